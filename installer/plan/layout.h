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
	STATE_BLANK,    /* the disks carry nothing */
	STATE_STARTED,  /* our tables, none bootable yet: go through it all again */
	STATE_COMPLETE, /* bootable, the last write of all: boot it, never install again
			 */
};

struct layout_disk {
	const struct disk *disk;
	uint32_t mbr_id;
	bool bootable; /* complete: this one has its active flag already */
};

struct layout_partition { /* the same on every disk */
	const char *name;
	unsigned number;
	uint64_t start_bytes, size_bytes;
	unsigned mbr_type;
	bool active;
};

struct layout_array {
	const struct array *array;
	const char *device;   /* "/dev/md0" */
	const char *uuid;     /* as mdadm writes it: "00112233:44556677:…" */
	const char **members; /* one partition per disk, "/dev/sda1" */
	size_t n_members;
};

struct layout_filesystem {
	const struct filesystem *filesystem;
	const char *device;
	const char *uuid; /* "00112233-4455-…" */
};

struct layout {
	enum layout_state state;
	struct layout_disk *disks; /* by serial number, so that sda/sdb may swap */
	size_t n_disks;
	struct layout_partition *partitions;
	size_t n_partitions;
	struct layout_array *arrays;
	size_t n_arrays;
	struct layout_filesystem
		*filesystems; /* parents before what is mounted in them */
	size_t n_filesystems;
	const char *homehost; /* the name that the arrays carry */
};

/*
 * Fails with ERR_HARDWARE (no disk fits, too few, too many, too small, in use; a machine
 * that the profile is not for) or ERR_UNSAFE (somebody else's data; each finding listed).
 */
must_check int layout_compute(const struct profile *profile, const struct facts *facts,
			      struct arena *arena, struct layout *ret, struct err *err);

const struct layout_filesystem *layout_find_mount(const struct layout *layout,
						  const char *mount);

/* select.c: the disks that the profile asks for, sorted by serial number. */
must_check int layout_select_disks(const struct profile *profile,
				   const struct facts *facts, struct arena *arena,
				   struct layout *layout, struct err *err);

/* signature.c: is there anything on the disks that is not ours? Sets layout->state. */
must_check int layout_check_signatures(struct layout *layout, struct err *err);

/* What a disk is known by whatever its name is today; its path if it tells nothing. */
const char *layout_disk_id(const struct disk *disk);

/* /dev/sda + 1 → /dev/sda1, /dev/nvme0n1 + 1 → /dev/nvme0n1p1 */
char *layout_partition_path(struct arena *arena, const char *disk, unsigned number);

#endif
