/*
 * Between the files that make up the profile: its tables of keys, and its checks. Others
 * see only profile.h.
 */
#ifndef CONFIG_PROFILE_PARTS_H
#define CONFIG_PROFILE_PARTS_H

#include "config/profile.h"

/* profile_storage_keys.c */
extern const struct schema disk_schema, data_disk_schema, wipe_schema, partition_schema,
	array_schema, group_schema, filesystem_schema, resync_schema;
extern const char *const profile_level_names[], *const profile_bitmap_names[];

/* profile_convert_keys.c */
extern const struct schema convert_schema;

/* profile_xenserver_keys.c */
extern const struct schema xenserver_schema;

/* profile_validate_target.c: keys that this target needs, or has no use for. */
must_check int profile_validate_target(const struct profile *p, struct err *err);

/* profile_validate_xenserver.c */
must_check int profile_validate_xenserver(const struct profile *p, struct err *err);

/* profile_kerberos_keys.c */
extern const struct schema kerberos_schema;
must_check int profile_validate_kerberos(const struct profile *p, struct err *err);

/* profile_selinux_keys.c */
extern const struct schema selinux_schema;

/* profile_overlay_keys.c */
extern const struct schema overlay_use_schema;
must_check int profile_validate_overlays(const struct profile *p, struct err *err);

/* profile_validate_disks.c: selectors, wipe, the table and its partitions. */
must_check int profile_validate_disks(const struct profile *p, struct err *err);

/* profile_validate_arrays.c: each array for itself. */
must_check int profile_validate_arrays(const struct profile *p, struct err *err);
must_check int profile_validate_array(const struct profile *p, const struct array *a,
				      struct err *err);

/* profile_validate_filesystems.c: volumes and filesystems, each for itself. */
must_check int profile_validate_filesystems(const struct profile *p, struct err *err);

/* profile_validate_uses.c: who stands on what, and nobody twice. */
must_check int profile_validate_uses(const struct profile *p, struct err *err);

/* profile_validate_boot.c: the boot loader and what it has to read; `default: once` and
 * what comes after the install. */
must_check int profile_validate_boot(const struct profile *p, struct err *err);
must_check int profile_validate_once(const struct profile *p, struct err *err);

/* profile_validate_target.c: nothing is asked for that a conversion does not do. */
must_check int profile_validate_convert(const struct profile *p, struct err *err);

/* profile_validate_selinux.c: against the kernel's arguments. */
must_check int profile_validate_selinux(const struct profile *p, struct err *err);

/* What stands on a partition, set of disks, array or volume. */
struct profile_use {
	const char *what, *name; /* "array" "md0", "filesystem" "/boot" */
	const char *of;
	struct yaml_mark at;
};

/* The use of `of` after the first `skip` ones; false: there are not so many. */
bool profile_find_use(const struct profile *p, const char *of, size_t skip,
		      struct profile_use *ret);

/* How many disks an array's members are on; 0: its `of` is nothing's name. */
size_t profile_count_members(const struct profile *p, const struct array *array);

#endif
