/*
 * Which disks, and what goes where on them: computed once, read by every step.
 *
 * Pure. Every identifier is derived from the profile's digest and the serial numbers of
 * the disks, so that a second run of the same profile on the same disks arrives at the
 * same identifiers and recognises its own work.
 */
#ifndef PLAN_LAYOUT_H
#define PLAN_LAYOUT_H

#include "config/profile.h"
#include "facts/facts.h"

/* How far an earlier run of this very profile got, read from the disks. */
enum layout_state {
	STATE_BLANK,     /* nothing of this profile's is there; what is may be wiped */
	STATE_STARTED,   /* begun, none bootable yet: go on from what is there */
	STATE_CONVERT,   /* somebody's installed host: its boot menu changes */
	STATE_CONVERTED, /* nothing of it has to change: boot it */
	STATE_COMPLETE,  /* bootable, the last write of all: boot it, never install again
			  */
};

struct layout_disk {
	const struct disk *disk;
	const struct disk_selector *set; /* &profile->disks, or one of data_disks */
	bool whole;                      /* no table: the disk itself is a member */
	const char *table_id;            /* "0x1a2b3c4d", or a GUID with GPT */
	const char **partition_uuids;    /* GPT: by partition; MBR: NULL */
	bool started;                    /* its table (or whole-disk array) is ours */
	bool bootable;                   /* complete: this one is marked already */
	bool added; /* to a complete host, since it was installed: see layout.found */
	const char *wiped; /* why what is there may go; NULL: nothing there, or ours */
	bool kept;         /* XenServer's own: but for its storage partition it stays */
};

struct partition_type {   /* plan/partition_type.c has the table of names */
	const char *name; /* "raid", "efi", …; NULL: given as number or GUID */
	unsigned mbr;     /* 0: has none */
	const char *guid; /* NULL: has none */
};

struct layout_partition { /* the same on every disk */
	const char *name;
	unsigned number;
	uint64_t start_bytes, size_bytes;
	struct partition_type type;
	bool active; /* to be marked by the last write of all */
};

/* How the members of a new array come to agree. */
enum array_sync {
	SYNC_NOTHING, /* nothing to agree on: RAID 0, linear, a single member present */
	SYNC_ZERO,    /* all zeroed, read back on a sample, then --assume-clean */
	SYNC_RESYNC,  /* by the host, with a write-intent bitmap; held back till then */
};

struct layout_array {
	const struct array *array;
	const char *device;   /* "/dev/md0" */
	const char *uuid;     /* as mdadm writes it: "00112233:44556677:…" */
	const char **members; /* "/dev/sda1" or "/dev/sda", the spares last */
	size_t n_members;
	size_t n_spares, n_missing; /* raid-devices: n_members - n_spares + n_missing */
	uint64_t member_bytes;      /* of the smallest member */
	uint64_t size_bytes; /* of what it offers, roughly: superblocks not counted */
	bool exists;         /* all members carry it: assemble, do not create */
	enum array_sync sync;
	const char *sync_reason; /* for people: "sda has no write-zeroes offload" */
};

struct layout_volume {
	const struct volume *volume;
	const char *device;  /* "/dev/vmstorage/images" */
	uint64_t size_bytes; /* at the least; whole extents */
};

struct layout_group {
	const struct volume_group *group;
	const char *device;  /* of its one physical volume */
	const char *pv_uuid; /* as LVM writes it, 32 letters in seven groups */
	struct layout_volume *volumes;
	size_t n_volumes;
};

struct layout_filesystem {
	const struct filesystem *filesystem;
	const char *device;
	const char *uuid; /* "00112233-4455-…"; vfat: "0011-2233"; NULL: layout.found */
	uint64_t size_bytes; /* of the device, roughly */
};

/* Bytes that are overwritten before a new owner can make use of them. */
struct layout_range {
	const char *disk, *serial;
	uint64_t offset_bytes, size_bytes; /* sector-aligned; sorted, none overlapping */
};

enum xenserver_stage {
	XENSERVER_INSTALL, /* its own installer is to be started */
	XENSERVER_STORAGE, /* XenServer is there: the array for its repository */
	XENSERVER_BOOT,
};

/* Target xenserver: how far the machine is, and what the disks say about it. */
struct layout_xenserver {
	enum xenserver_stage stage;
	size_t primary;     /* in layout.disks: where XenServer is, or goes to */
	unsigned attempt;   /* INSTALL: which start of its installer this is, from 1 */
	const char **marks; /* INSTALL: what each disk's table is called meanwhile */
	const char *root;   /* "/dev/sda1"; NULL: there is none yet */
	bool mirrored;      /* by XenServer itself: its root is on two whole disks */
	const struct layout_partition *storage; /* STORAGE: the array's member, */
	const struct layout_partition *boot;    /* and what carries / */
	bool storage_is_new; /* the primary disk has no such partition, or of that type */
};

struct layout {
	enum layout_state state;
	enum table_kind table; /* of the tables that are written */
	/* The system's disks first, then each set's; by serial number within a set, so
	 * that sda/sdb may swap. */
	struct layout_disk *disks;
	size_t n_disks;
	size_t n_system; /* how many carry the table */
	struct layout_partition *partitions;
	size_t n_partitions;
	struct layout_array *arrays;
	size_t n_arrays;
	struct layout_group *groups;
	size_t n_groups;
	struct layout_filesystem
		*filesystems; /* parents before what is mounted in them */
	size_t n_filesystems;
	const char *homehost; /* the name that the arrays carry */
	/*
	 * A complete host that is not on all the disks any more that it was installed on:
	 * what is derived from all of them is not known. Arrays are as found on those
	 * that are there, other UUIDs are NULL. It is booted and nothing else.
	 */
	bool found;
	const char *missing;  /* "1 of 2 disks is missing"; NULL: none is */
	const char *degraded; /* the same, and what that means and asks for */
	struct layout_xenserver *xenserver; /* NULL: another target */
};

/*
 * Fails with ERR_HARDWARE (no disk fits, too few, too many, too small, in use; a machine
 * that the profile is not for) or ERR_UNSAFE (somebody else's data; each finding listed).
 */
must_check int layout_compute(const struct profile *profile, const struct facts *facts,
			      struct arena *arena, struct layout *ret, struct err *err);

/* Is it the one that the profile's `match` names? ERR_HARDWARE. */
must_check int layout_check_machine(const struct profile *profile,
				    const struct facts *facts, struct err *err);

const struct layout_filesystem *layout_find_mount(const struct layout *layout,
						  const char *mount);

/* select.c: the disks that the profile asks for, sorted by serial number. */
must_check int layout_select_disks(const struct profile *profile,
				   const struct facts *facts, struct arena *arena,
				   struct layout *layout, struct err *err);

/* The same, but disks may be missing. */
must_check int layout_select_present(const struct profile *profile,
				     const struct facts *facts, struct arena *arena,
				     struct layout *layout, struct err *err);

/*
 * signature.c: is there anything on the disks that may not be wiped? Sets layout->state,
 * disks[].started, .bootable and arrays[].exists.
 */
must_check int layout_check_signatures(const struct profile *profile,
				       struct layout *layout, struct err *err);

/*
 * ranges.c: what the plan overwrites on a disk before anything new is made there: both
 * ends of the disk, of its partitions as they are and as they will be, and the place of
 * every signature found. Saved first (undo), then cleared.
 */
struct layout_range *layout_ranges(const struct layout *layout,
				   const struct layout_disk *disk, struct arena *arena,
				   size_t *ret_n);

/*
 * identity.c: identifiers. The first half of each is derived from the host's name, the
 * second from the profile's digest and the disks, so that `wipe: own` recognises what an
 * earlier profile of the same host left.
 */
const char *layout_derive_uuid(const struct profile *p, const char *purpose,
			       const struct layout_disk *disks, size_t n,
			       struct arena *arena); /* RFC 9562, version 8 */
const char *layout_derive_md_uuid(const struct profile *p, const char *purpose,
				  const struct layout_disk *disks, size_t n,
				  struct arena *arena); /* four words with colons */
const char *layout_derive_short_id(const struct profile *p, const char *purpose,
				   const struct layout_disk *disks, size_t n,
				   struct arena *arena); /* "0x1a2b3c4d" */
const char *layout_derive_pv_uuid(const struct profile *p, const char *purpose,
				  const struct layout_disk *disks, size_t n,
				  struct arena *arena); /* LVM's alphabet */

/* Carries that identifier, in whichever of these forms, the host's half? */
bool layout_is_own_id(const struct profile *p, const char *id);

/* "fd", "0xfd", "raid" or a GUID; false: no such type (in this kind of table). */
bool layout_parse_type(const char *text, enum table_kind table,
		       struct partition_type *ret);

/* What a disk is known by whatever its name is today; its path if it tells nothing. */
const char *layout_disk_id(const struct disk *disk);

/* /dev/sda + 1 → /dev/sda1, /dev/nvme0n1 + 1 → /dev/nvme0n1p1 */
char *layout_partition_path(struct arena *arena, const char *disk, unsigned number);

#endif
