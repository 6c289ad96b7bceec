/*
 * The profile: what the operator wants this host to become.
 *
 * profile_keys.c holds the one table of keys with types, ranges, defaults and help; the
 * reference page docs/profile.md is printed from it (`dom0strap reference`).
 */
#ifndef CONFIG_PROFILE_H
#define CONFIG_PROFILE_H

#include "config/schema.h"
#include "core/digest.h"

enum target { TARGET_XEN_DOM0, TARGET_XENSERVER };
enum mode { MODE_INSTALL, MODE_CONVERT };
enum table_kind { TABLE_MBR, TABLE_GPT };
enum align { ALIGN_MIB, ALIGN_CYLINDER };
enum wipe_policy { WIPE_BLANK_ONLY, WIPE_OWN, WIPE_LISTED };
enum raid_level { RAID_0, RAID_1, RAID_4, RAID_5, RAID_6, RAID_10, RAID_LINEAR };
enum bitmap { BITMAP_INTERNAL, BITMAP_NONE };
enum boot_loader { LOADER_GRUB2, LOADER_GRUB_LEGACY, LOADER_EXTLINUX, LOADER_KEEP };
enum xen_default {
	XEN_DEFAULT_FALSE, /* only add it; where it is the default, the old one again */
	XEN_DEFAULT_TRUE,  /* from now on; the old one becomes the fallback */
	XEN_DEFAULT_ONCE,  /* the next boot only */
};
enum selinux_choice {
	SELINUX_CHOICE_UNSAID = CHOICE_UNSAID, /* as the image has it */
	SELINUX_CHOICE_DISABLED,
	SELINUX_CHOICE_PERMISSIVE,
	SELINUX_CHOICE_ENFORCING,
};
enum relabel { RELABEL_MISSING, RELABEL_BOOT, RELABEL_NONE };
enum finish { FINISH_KEXEC, FINISH_REBOOT, FINISH_POWEROFF, FINISH_SHELL };
enum kexec { KEXEC_ALLOWED, KEXEC_NEVER };
enum on_error { ON_ERROR_SHELL, ON_ERROR_REBOOT, ON_ERROR_POWEROFF };
/* NET_AUTO6 and NET_DHCP6: IPv6 alone. NET_BOOT: as facts->boot_network says. */
enum net_method { NET_DHCP, NET_STATIC, NET_AUTO6, NET_DHCP6, NET_BOOT };
extern const char *const network_methods[]; /* by that number; NULL at the end */

enum sr_type { SR_EXT, SR_LVM };
enum serial_port { SERIAL_COM1, SERIAL_COM2 };
enum network_backend { BACKEND_VSWITCH, BACKEND_BRIDGE };
enum choice { CHOICE_ANY, CHOICE_FALSE, CHOICE_TRUE };

struct match {
	struct yaml_mark at;
	const char *mac, *uuid, *serial;
};

struct disk_selector {
	struct yaml_mark at;
	const char *name; /* a data-disks set's; NULL: `disks`, which carry the table */
	uint64_t count;
	uint64_t min_bytes, max_bytes; /* 0: no limit */
	const char **serials;
	size_t n_serials;
	const char **wwns;
	size_t n_wwns;
	const char **by_paths; /* as in /dev/disk/by-path */
	size_t n_by_paths;
	const char *model;     /* shell pattern */
	const char *transport; /* sata, sas, nvme, usb, virtio, … */
	enum choice rotational;
	bool removable; /* removable and USB disks may be chosen */
};

struct wipe {
	struct yaml_mark at;
	enum wipe_policy policy; /* WIPE_LISTED: n_listed is not 0 */
	const char **listed;     /* serial numbers */
	size_t n_listed;
};

struct partition {
	struct yaml_mark at;
	const char *name;
	uint64_t bytes;   /* or SIZE_REST, or SIZE_PERCENT(n) of the smallest disk */
	const char *type; /* name, MBR number or GUID; NULL: from what it carries */
	bool active;
};

struct array {
	struct yaml_mark at;
	const char *name; /* md0 */
	enum raid_level level;
	const char *of;       /* a partition's name, or a data-disks set's: whole disks */
	const char *metadata; /* "0.90", "1.0", "1.1", "1.2" */
	const char *layout;   /* mdadm's name: "n2", "f2", "left-symmetric"; NULL: its
				 default */
	uint64_t chunk_bytes; /* 0: mdadm's default */
	enum bitmap bitmap;   /* where it was not said: BITMAP_INTERNAL if redundant */
	uint64_t spares;      /* how many of the members wait */
	uint64_t missing;     /* how many more the array is made for */
};

struct volume {
	struct yaml_mark at;
	const char *name;
	uint64_t bytes; /* or SIZE_REST, or SIZE_PERCENT(n) of the group */
};

struct volume_group {
	struct yaml_mark at;
	const char *name;
	const char *of; /* an array's or, with a single disk, a partition's name */
	struct volume *volumes;
	size_t n_volumes;
};

struct filesystem {
	struct yaml_mark at;
	const char *on;       /* array, GROUP/VOLUME, or with a single disk a partition */
	const char *type;     /* ext2, ext3, ext4, xfs, vfat, swap */
	const char *mount;    /* NULL: swap */
	uint64_t inode_bytes; /* ext2/3/4; 0: mke2fs's default */
	const char *options;  /* of mount(8), for fstab */
};

/* How a new array's members come to agree, and at what cost to dom0. */
struct resync {
	struct yaml_mark at;
	uint64_t zero_limit_s; /* zeroing that would take longer is left to the resync */
	uint64_t min_kib, max_kib; /* per second, in dom0; 0: the kernel's own */
};

struct image {
	struct yaml_mark at;
	const char *url;
	const char *sha256;        /* one of these two */
	const char *manifest;      /* the URL of a signed list that has it */
	const char *listed_sha256; /* by that list; no key: whoever loads it sets it */
	const char *chunks;        /* the URL of the list of its chunks; or NULL */
	const char **chunk_peers;  /* URLs of machines that may have them */
	size_t n_chunk_peers;
	const char *serve_chunks;  /* for how long it does so itself; or NULL */
	const char *listed_chunks; /* SHA-256 of that one, as listed_sha256 */
	const char *lists_seen;    /* fetch/seen.h's text for the host; neither */
};

struct network {
	struct yaml_mark at;
	const char *interface, *mac; /* which card: by name or, better, by address */
	enum net_method method;
	const char *address; /* 192.0.2.10/24 */
	const char *gateway;
	const char **nameservers;
	size_t n_nameservers;
};

struct identity {
	struct yaml_mark at;
	const char **ssh_keys;
	size_t n_ssh_keys;
	const char *root_password_hash;
	struct network *networks;
	size_t n_networks;
};

/* Where the host's own key comes from. At most one of keytab and enrol. */
struct host_key {
	struct yaml_mark at;
	const char *keytab; /* URL */
	const char *sha256; /* of that file; NULL: HTTPS answers for it */
	const char *enrol;  /* one-time password of host/HOST@REALM */
};

struct kerberos {
	struct yaml_mark at;
	const char *realm; /* NULL: no Kerberos */
	const char **kdcs; /* host or host:port; none: DNS knows them */
	size_t n_kdcs;
	const char *admin_server; /* NULL: the first KDC */
	struct host_key host_key;
	bool allow_weak_crypto;
};

struct selinux_boolean {
	struct yaml_mark at;
	const char *name;
	bool state;
	const char **others; /* what other policies call it */
	size_t n_others;
};

struct selinux {
	struct yaml_mark at;
	enum selinux_choice mode;
	const char *type; /* NULL: as the image has it */
	struct selinux_boolean *booleans;
	size_t n_booleans;
	enum relabel relabel;
};

struct overlay_value {
	struct yaml_mark at;
	const char *name, *value;
};

struct overlay; /* overlay/overlay.h */

struct overlay_use { /* one overlay that the host gets */
	struct yaml_mark at;
	const char *name;
	struct overlay_value *parameters;
	size_t n_parameters;
	const char *url;               /* NULL: beside a signed list, or a local folder */
	const char *sha256;            /* of what is there; NULL: HTTPS answers for it */
	const struct overlay *overlay; /* no key: whoever loads it sets it */
};

struct xen {
	struct yaml_mark at;
	const char *options;        /* the hypervisor's arguments */
	const char *kernel_options; /* dom0's, beyond root= and ro */
	const char *hypervisor;     /* a file in the host's /boot; NULL: the newest */
	enum xen_default make_default;
	uint64_t timeout; /* seconds the boot menu is shown */
	bool libvirtd;    /* started with the host, where it has one */
};

/* SHA-256 of the three files of the source that are booted. */
struct source_digests {
	struct yaml_mark at;
	const char *xen, *vmlinuz, *install_img;
};

/* Where guests' disks go: on the third partition of each disk. */
struct storage {
	struct array array; /* "md0" of "storage"; .level CHOICE_UNSAID: no array, the
			       plain partition; .metadata NULL: as the release needs it */
	enum sr_type type;
	const char *label;
	bool replace; /* an existing repository of that label may be destroyed */
};

/* How the installed host shows itself while it boots. */
struct boot_options {
	struct yaml_mark at;
	bool verbose;            /* without quiet and splash */
	enum serial_port serial; /* CHOICE_UNSAID: none added */
	uint64_t speed;
};

/* XenServer and XCP-ng, which partition and install themselves (target: xenserver). */
struct xenserver {
	struct yaml_mark at;
	const char
		*source; /* the unpacked medium: boot/xen.gz, boot/vmlinuz, install.img */
	struct source_digests sha256; /* at.line 0: none */
	const char *packages;         /* for its installer; NULL: as source */
	uint64_t root_bytes;          /* and the backup's; 0: as its installer has it */
	bool mirror;                  /* whole disks, by its installer's own means */
	struct storage storage;       /* array.at.line 0: no repository is made */
	struct boot_options boot;
	const char *installer_options; /* arguments of its installer's kernel */
	const char *timezone, *keyboard;
	const char **ntp;
	size_t n_ntp;
	enum network_backend backend; /* CHOICE_UNSAID: as its installer has it */
};

struct convert_selector { /* NULL: any */
	struct yaml_mark at;
	const char *root; /* its filesystem's UUID */
	const char *serial;
};

struct profile {
	struct yaml_mark at;
	const char *name; /* the file's, or URL, for messages */
	const char *host;
	enum target target;
	enum mode mode;
	struct convert_selector convert;
	struct match match;
	struct disk_selector disks;       /* at.line 0: none, with MODE_CONVERT */
	struct disk_selector *data_disks; /* further sets, used whole */
	size_t n_data_disks;
	enum table_kind table;
	enum align align;
	struct wipe wipe;
	struct partition *partitions;
	size_t n_partitions;
	struct array *arrays;
	size_t n_arrays;
	struct volume_group *volume_groups;
	size_t n_volume_groups;
	struct filesystem *filesystems;
	size_t n_filesystems;
	struct resync resync;
	struct image image;         /* at.line 0: none */
	struct xenserver xenserver; /* at.line 0: another target */
	struct identity identity;
	struct kerberos kerberos;
	const char **preserve; /* words: see profile_preserves() */
	size_t n_preserve;
	struct selinux selinux;
	struct overlay_use *overlays; /* in the order in which they are applied */
	size_t n_overlays;
	struct xen xen;
	enum boot_loader boot_loader;
	enum finish finish;
	enum kexec kexec;
	enum on_error on_error;
	bool insecure;
};

extern const struct schema profile_schema;
extern const struct schema selinux_boolean_schema; /* an overlay has them, too */

/*
 * Read and check a whole profile: `name` stands in messages ("name:line:column: …"). All
 * that can be known without a machine is checked here. Everything lives in the arena.
 * Fails with ERR_CONFIG.
 */
must_check int profile_parse(const char *name, const char *text, size_t len,
			     struct arena *arena, struct profile *ret, struct err *err);

/* The same from a tree, as yaml_merge() makes one. */
must_check int profile_read(const char *name, const struct yaml_node *root,
			    struct arena *arena, struct profile *ret, struct err *err);

/*
 * A MAC address, UUID or serial number as it stands in the URL of a profile and in the
 * name of its file: lower case, and whatever is not a letter, digit, `.` or `_` is a `-`.
 * A dot at the beginning is one, too. The caller frees it.
 */
char *profile_file_name(const char *id);

/* What belongs together: used by profile_parse(), apart for its tests. */
must_check int profile_validate(const struct profile *profile, struct err *err);

/*
 * SHA-256 over the canonical form: comments, order of keys and spelled-out defaults do
 * not count, every other value does, but for image.chunk-peers and serve-chunks. All
 * identifiers that an install creates are derived from it, so a default in the key table
 * never changes.
 */
struct digest profile_digest(const struct profile *profile);

/* NULL when there is none of that name (or mount point). */
const struct partition *profile_find_partition(const struct profile *p, const char *name);
const struct array *profile_find_array(const struct profile *p, const char *name);
const struct filesystem *profile_find_mount(const struct profile *p, const char *mount);
const struct disk_selector *profile_find_data_disks(const struct profile *p,
						    const char *name);
const struct volume_group *profile_find_group(const struct profile *p, const char *name);
/* GROUP/VOLUME: the volume, and its group where it is asked for. */
const struct volume *profile_find_volume(const struct profile *p, const char *place,
					 const struct volume_group **ret_group);

/* "keytab", "ssh-host-keys" */
bool profile_preserves(const struct profile *p, const char *what);

/* Is "selinux=1", say, one of these kernel arguments? */
bool profile_has_argument(const char *arguments, const char *argument_and_value);

/* Whether an array of this level outlives the loss of a member. */
bool profile_is_redundant(enum raid_level level);

/* How many copies of each block a RAID 10 keeps: "n2", "f3"; mdadm's default is two. */
unsigned profile_count_copies(const struct array *array);
/* "5", "linear" */
const char *profile_level_name(enum raid_level level);

#endif
