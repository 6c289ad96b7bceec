/*
 * The parts of layout_compute(), one file each, in this order. Pure. They rely on
 * profile_validate(): every name that one key gives, another defines.
 */
#ifndef PLAN_LAYOUT_PARTS_H
#define PLAN_LAYOUT_PARTS_H

#include "plan/layout.h"

/* layout_partition.c: the same partitions on every system disk. ERR_HARDWARE. */
must_check int layout_lay_partitions(const struct profile *p, struct arena *arena,
				     struct layout *layout, struct err *err);

/* layout_array.c. ERR_HARDWARE where mdadm would refuse. */
must_check int layout_lay_arrays(const struct profile *p, struct arena *arena,
				 struct layout *layout, struct err *err);

/* layout_filesystem.c: volume groups, what does not fit into one, filesystems. */
must_check int layout_lay_groups(const struct profile *p, struct arena *arena,
				 struct layout *layout, struct err *err);
must_check int layout_lay_filesystems(const struct profile *p, struct arena *arena,
				      struct layout *layout, struct err *err);

/* signature.c: the table that this profile writes onto this disk, made bootable, and
 * what libblkid says of that table. They need disk->table_id. */
bool layout_has_our_table(const struct profile *p, const struct layout_disk *d);
bool layout_is_marked(const struct profile *p, const struct layout_disk *d);
bool layout_is_of_our_table(const struct layout_disk *d, const struct signature *s);

/* From an earlier install of this host, by whatever profile? */
bool layout_is_own_signature(const struct profile *p, const struct disk *disk,
			     const struct signature *s);

/* Every serial number in `wipe` is that of a chosen disk. ERR_HARDWARE. */
must_check int layout_check_listed(const struct profile *p, const struct layout *layout,
				   struct err *err);

/* Sets arrays[].exists: all members, on disks that are started, carry its UUID. */
void layout_find_existing_arrays(struct layout *layout);

/* layout.c: what table_id is to be. */
const char *layout_table_id(const struct profile *p, const struct layout_disk *d,
			    struct arena *arena);

/* One array more, of these disks and partitions. */
must_check int layout_lay_array(const struct profile *p, const struct array *from,
				struct arena *arena, struct layout *layout,
				struct err *err);

/* layout_array.c: how many members must be missing, at the most, for what is left to hold
 * everything just once. */
uint64_t layout_count_redundant(const struct layout_array *a);

/*
 * layout_found.c: a complete host on some of its disks, the others missing or blank, or
 * replaced since. False: there is no such host, and nothing is said against it. Chooses
 * its disks, and sets layout->found and ->degraded.
 */
bool layout_find_host(const struct profile *p, const struct facts *facts,
		      struct arena *arena, struct layout *layout);

/* Behind the other parts, in place of layout_check_signatures(): arrays and filesystems
 * as they are on these disks. ERR_HARDWARE: / or /boot lacks too much to run. */
must_check int layout_adopt_host(const struct profile *p, struct arena *arena,
				 struct layout *layout, struct err *err);

/* layout_xenserver.c: all of layout_compute() for target xenserver. */
must_check int layout_compute_xenserver(const struct profile *p,
					const struct facts *facts, struct arena *arena,
					struct layout *ret, struct err *err);

/* What a group, an array or a filesystem stands on, all the way down: the name of a
 * partition, or of a data-disks set. */
const char *layout_find_base(const struct profile *p, const char *on);

/* NULL when there is none of that name. */
const struct layout_partition *layout_find_partition(const struct layout *layout,
						     const char *name);
const struct layout_array *layout_find_array(const struct layout *layout,
					     const char *name);

/* The device of an array or, on the first disk, a partition; and its size. */
const char *layout_device(const struct layout *layout, const char *on,
			  struct arena *arena, uint64_t *ret_bytes);

#endif
