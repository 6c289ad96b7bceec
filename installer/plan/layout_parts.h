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
