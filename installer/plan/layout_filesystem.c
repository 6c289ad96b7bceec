/*
 * What stands on partitions and arrays: volume groups and filesystems.
 */
#include "plan/layout_parts.h"

/* Before a group's first extent, at the least. */
#define PV_HEADER_BYTES UINT64_C(1048576)
#define XFS_MIN_BYTES   (300 * UINT64_C(1048576))

static const struct volume_group *find_group(const struct profile *p, const char *on)
{
	size_t len = strcspn(on, "/");

	for (size_t i = 0; on[len] && i < p->n_volume_groups; i++)
		if (strlen(p->volume_groups[i].name) == len &&
		    strncmp(p->volume_groups[i].name, on, len) == 0)
			return &p->volume_groups[i];
	return NULL;
}

const char *layout_find_base(const struct profile *p, const char *on)
{
	const struct volume_group *group = find_group(p, on);
	const struct array *array;

	if (group)
		on = group->of;
	array = profile_find_array(p, on);
	return array ? array->of : on;
}

const char *layout_device(const struct layout *layout, const char *on,
			  struct arena *arena, uint64_t *ret_bytes)
{
	const struct layout_array *array = layout_find_array(layout, on);
	const struct layout_partition *part = layout_find_partition(layout, on);

	if (!array && !part)
		abort(); /* profile_validate() has seen to it */
	*ret_bytes = array ? array->size_bytes : part->size_bytes;
	return array ? array->device
		     : layout_partition_path(arena, layout->disks[0].disk->path,
					     part->number);
}

static void lay_volumes(const struct volume_group *from, struct arena *arena,
			struct layout_group *group)
{
	for (size_t i = 0; i < from->n_volumes; i++) {
		struct layout_volume volume = {
			.volume = &from->volumes[i],
			.device = arena_printf(arena, "/dev/%s/%s", from->name,
					       from->volumes[i].name),
		};

		group->volumes = arena_append(arena, group->volumes, &group->n_volumes,
					      &volume, sizeof(volume));
	}
}

/* Before anything is wiped: do the fixed sizes fit at all? */
static int check_group(const struct profile *p, const struct volume_group *from,
		       uint64_t room, struct err *err)
{
	uint64_t left = room > PV_HEADER_BYTES ? room - PV_HEADER_BYTES : 0, used = 0;

	for (size_t i = 0; i < from->n_volumes; i++) {
		const struct volume *v = &from->volumes[i];
		uint64_t bytes = v->bytes;

		if (bytes == SIZE_REST || SIZE_IS_PERCENT(bytes))
			continue;
		if (bytes > left)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s:%u:%u: volume \"%s\" does not fit: group \"%s\" on "
				"%s has %s, and the volumes before it take %s",
				p->name, v->at.line, v->at.column, v->name, from->name,
				from->of, SIZE_TEXT(room), SIZE_TEXT(used));
		left -= bytes;
		used += bytes;
	}
	return 0;
}

int layout_lay_groups(const struct profile *p, struct arena *arena, struct layout *layout,
		      struct err *err)
{
	for (size_t i = 0; i < p->n_volume_groups; i++) {
		const struct volume_group *from = &p->volume_groups[i];
		auto_free char *purpose = xasprintf("volume group %s", from->name);
		struct layout_group group = { .group = from };
		uint64_t room;

		group.device = layout_device(layout, from->of, arena, &room);
		group.pv_uuid = layout_derive_pv_uuid(p, purpose, layout->disks,
						      layout->n_disks, arena);
		if (!layout->found && check_group(p, from, room, err) < 0)
			return -1;
		lay_volumes(from, arena, &group);
		layout->groups = arena_append(arena, layout->groups, &layout->n_groups,
					      &group, sizeof(group));
	}
	return 0;
}

/* As FAT has it: "1A2B-3C4D". */
static const char *derive_fat_id(const struct profile *p, const char *purpose,
				 const struct layout *layout, struct arena *arena)
{
	const char *id = layout_derive_short_id(p, purpose, layout->disks,
						layout->n_disks, arena);
	unsigned number = 0;

	sscanf(id, "0x%8x", &number);
	return arena_printf(arena, "%04X-%04X", number >> 16, number & 0xffff);
}

static struct layout_filesystem lay_filesystem(const struct profile *p,
					       const struct filesystem *from,
					       const struct layout *layout,
					       struct arena *arena)
{
	auto_free char *purpose = from->mount
					  ? xasprintf("filesystem %s", from->mount)
					  : xasprintf("%s on %s", from->type, from->on);
	struct layout_filesystem fs = { .filesystem = from };

	fs.device = find_group(p, from->on)
			    ? arena_printf(arena, "/dev/%s", from->on)
			    : layout_device(layout, from->on, arena, &fs.size_bytes);
	fs.uuid = str_eq(from->type, "vfat")
			  ? derive_fat_id(p, purpose, layout, arena)
			  : layout_derive_uuid(p, purpose, layout->disks, layout->n_disks,
					       arena);
	return fs;
}

/* "/" < "/boot" < "/boot/efi": a parent is a prefix of what is mounted in it. Swap, which
 * is mounted nowhere, comes last. */
static int compare_mounts(const void *a, const void *b)
{
	const struct filesystem *x = ((const struct layout_filesystem *)a)->filesystem;
	const struct filesystem *y = ((const struct layout_filesystem *)b)->filesystem;

	if (!x->mount || !y->mount)
		return x->mount ? -1 : y->mount ? 1 : strcmp(x->on, y->on);
	return strcmp(x->mount, y->mount);
}

/* Before anything is wiped: would mkfs.xfs refuse? */
static int check_size(const struct profile *p, const struct layout_filesystem *fs,
		      struct err *err)
{
	const struct filesystem *f = fs->filesystem;

	if (!str_eq(f->type, "xfs") || !fs->size_bytes || fs->size_bytes >= XFS_MIN_BYTES)
		return 0;
	return err_set(err, ERR_HARDWARE, 0,
		       "%s:%u:%u: xfs on \"%s\" needs %s, there are %s", p->name,
		       f->at.line, f->at.column, f->on, SIZE_TEXT(XFS_MIN_BYTES),
		       SIZE_TEXT(fs->size_bytes));
}

int layout_lay_filesystems(const struct profile *p, struct arena *arena,
			   struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < p->n_filesystems; i++) {
		struct layout_filesystem fs = lay_filesystem(p, &p->filesystems[i],
							     layout, arena);

		if (!layout->found && check_size(p, &fs, err) < 0)
			return -1;
		layout->filesystems = arena_append(arena, layout->filesystems,
						   &layout->n_filesystems, &fs,
						   sizeof(fs));
	}
	qsort(layout->filesystems, layout->n_filesystems, sizeof(*layout->filesystems),
	      compare_mounts);
	return 0;
}

const struct layout_filesystem *layout_find_mount(const struct layout *layout,
						  const char *mount)
{
	for (size_t i = 0; i < layout->n_filesystems; i++)
		if (str_eq(layout->filesystems[i].filesystem->mount, mount))
			return &layout->filesystems[i];
	return NULL;
}
