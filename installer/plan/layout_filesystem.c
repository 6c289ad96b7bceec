/*
 * What stands on partitions and arrays: volume groups and filesystems.
 */
#include "plan/layout_parts.h"

#define MIB UINT64_C(1048576)
/* vgcreate's default, which an lvm.conf of ours leaves alone. */
#define EXTENT_BYTES    (4 * MIB)
#define PV_HEADER_BYTES MIB /* before a group's first extent */
/* What mdadm keeps of each member for itself, to reshape into, and for a bitmap. */
#define MEMBER_SHARE     64
#define MEMBER_OWN_BYTES (256 * MIB)
#define XFS_MIN_BYTES    (300 * MIB)
/* Blocks of 4 KiB, counted in 32 bits. */
#define EXT_32_BIT_BYTES (UINT64_C(1) << 44)

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

/* The same, and of an array what is left of it for sure. */
static uint64_t find_room(const struct layout *layout, const char *on, uint64_t bytes)
{
	const struct layout_array *a = layout_find_array(layout, on);
	uint64_t own, members;

	if (!a || !a->member_bytes)
		return bytes;
	own = a->member_bytes / MEMBER_SHARE + MIB;
	if (own > MEMBER_OWN_BYTES)
		own = MEMBER_OWN_BYTES;
	members = (bytes + a->member_bytes - 1) /
		  a->member_bytes; /* as much as so many */
	return bytes > own * members ? bytes - own * members : 0;
}

/* In extents. lvcreate rounds a size up and a share down. */
static uint64_t find_extents(const struct volume *v, uint64_t all, uint64_t left)
{
	if (v->bytes == SIZE_REST)
		return left;
	if (SIZE_IS_PERCENT(v->bytes))
		return all / 100 * SIZE_PERCENT_OF(v->bytes) +
		       all % 100 * SIZE_PERCENT_OF(v->bytes) / 100;
	return v->bytes / EXTENT_BYTES + (v->bytes % EXTENT_BYTES != 0);
}

/* Before anything is wiped: do the volumes fit? lvcreate would refuse a size, and make
 * less than the plan says of a share. */
static int lay_volumes(const struct profile *p, const struct volume_group *from,
		       uint64_t room, struct arena *arena, struct layout_group *group,
		       struct err *err)
{
	uint64_t all = room > PV_HEADER_BYTES ? (room - PV_HEADER_BYTES) / EXTENT_BYTES
					      : 0;
	uint64_t left = all;

	for (size_t i = 0; i < from->n_volumes; i++) {
		const struct volume *v = &from->volumes[i];
		uint64_t n = find_extents(v, all, left);
		struct layout_volume volume = {
			.volume = v,
			.device = arena_printf(arena, "/dev/%s/%s", from->name, v->name),
			.size_bytes = n * EXTENT_BYTES,
		};

		if (n == 0 || n > left)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s:%u:%u: volume \"%s\" does not fit: group \"%s\" on "
				"%s has %s, and the volumes before it take %s; make it "
				"or "
				"them smaller",
				p->name, v->at.line, v->at.column, v->name, from->name,
				from->of, SIZE_TEXT(all * EXTENT_BYTES),
				SIZE_TEXT((all - left) * EXTENT_BYTES));
		left -= n;
		group->volumes = arena_append(arena, group->volumes, &group->n_volumes,
					      &volume, sizeof(volume));
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
		room = find_room(layout, from->of, room);
		if (lay_volumes(p, from, room, arena, &group, err) < 0 && !layout->found)
			return -1;
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

static const struct layout_volume *find_volume(const struct layout *layout,
					       const struct volume *volume)
{
	for (size_t i = 0; i < layout->n_groups; i++)
		for (size_t j = 0; j < layout->groups[i].n_volumes; j++)
			if (layout->groups[i].volumes[j].volume == volume)
				return &layout->groups[i].volumes[j];
	abort(); /* every one of them has been laid out */
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
	const struct volume *volume = profile_find_volume(p, from->on, NULL);

	if (volume) {
		fs.device = find_volume(layout, volume)->device;
		fs.size_bytes = find_volume(layout, volume)->size_bytes;
	} else {
		fs.device = layout_device(layout, from->on, arena, &fs.size_bytes);
	}
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

/* Before anything is wiped: would the program that makes it refuse? */
static int check_size(const struct profile *p, const struct layout *layout,
		      const struct layout_filesystem *fs, struct err *err)
{
	const struct filesystem *f = fs->filesystem;
	bool ext_32_bit = str_eq(f->type, "ext2") || str_eq(f->type, "ext3") ||
			  f->inode_bytes == 128;
	uint64_t room = find_room(layout, f->on, fs->size_bytes);

	if (str_eq(f->type, "xfs") && room < XFS_MIN_BYTES)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s:%u:%u: xfs on \"%s\" needs %s, there are %s", p->name,
			       f->at.line, f->at.column, f->on, SIZE_TEXT(XFS_MIN_BYTES),
			       SIZE_TEXT(room));
	if (ext_32_bit && fs->size_bytes >= EXT_32_BIT_BYTES)
		return err_set(
			err, ERR_HARDWARE, 0,
			"%s:%u:%u: %s%s on \"%s\" can have %s, there are %s; say ext4 "
			"with larger inodes, or xfs",
			p->name, f->at.line, f->at.column, f->type,
			f->inode_bytes == 128 ? " with inode-size 128" : "", f->on,
			SIZE_TEXT(EXT_32_BIT_BYTES), SIZE_TEXT(fs->size_bytes));
	return 0;
}

int layout_lay_filesystems(const struct profile *p, struct arena *arena,
			   struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < p->n_filesystems; i++) {
		struct layout_filesystem fs = lay_filesystem(p, &p->filesystems[i],
							     layout, arena);

		if (!layout->found && check_size(p, layout, &fs, err) < 0)
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
