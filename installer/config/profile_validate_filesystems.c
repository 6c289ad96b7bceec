/*
 * Logical volumes and filesystems: what stands where, and whether the machine can start
 * from it.
 */
#include "config/profile_parts.h"

#define DM_NAME_MAX           127 /* linux/dm-ioctl.h: DM_NAME_LEN with its NUL */

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

/* How long it is in /dev/mapper, where each hyphen is doubled. */
static size_t mapper_length(const char *name)
{
	size_t len = strlen(name);

	for (; *name; name++)
		len += *name == '-';
	return len;
}

static int check_volumes(const struct profile *p, const struct volume_group *group,
			 struct err *err)
{
	unsigned percent = 0;

	for (size_t i = 0; i < group->n_volumes; i++) {
		const struct volume *v = &group->volumes[i];

		if (v->bytes == SIZE_REST && i + 1 < group->n_volumes)
			return fail(p, v->at, err,
				    "volume %s/%s: only the last volume can have the "
				    "rest of the group",
				    group->name, v->name);
		percent += SIZE_IS_PERCENT(v->bytes) ? SIZE_PERCENT_OF(v->bytes) : 0;
		if (percent > 100)
			return fail(p, v->at, err,
				    "volume %s/%s: the shares make %u%% of the group",
				    group->name, v->name, percent);
		if (mapper_length(group->name) + 1 + mapper_length(v->name) > DM_NAME_MAX)
			return fail(p, v->at, err,
				    "volume %s/%s: the two names are too long for "
				    "/dev/mapper (%d characters, hyphens doubled)",
				    group->name, v->name, DM_NAME_MAX);
	}
	return 0;
}

static bool is_ext(const char *type)
{
	return str_starts(type, "ext");
}

static int check_type(const struct profile *p, const struct filesystem *fs,
		      struct err *err)
{
	bool swap = str_eq(fs->type, "swap");

	if (swap && fs->mount)
		return fail(p, fs->at, err,
			    "swap on %s is mounted nowhere; leave mount out", fs->on);
	if (!swap && !fs->mount)
		return fail(p, fs->at, err,
			    "filesystem on %s: the key \"mount\" is missing (only swap "
			    "has none)",
			    fs->on);
	if (str_eq(fs->type, "vfat") != str_eq(fs->mount, "/boot/efi"))
		return fail(p, fs->at, err,
			    "filesystem on %s: vfat and /boot/efi go together; firmware "
			    "reads nothing else there, and a host needs files' owners "
			    "elsewhere",
			    fs->on);
	if (fs->inode_bytes && !is_ext(fs->type))
		return fail(p, fs->at, err,
			    "filesystem on %s: inode-size goes with ext2, ext3 and ext4, "
			    "not %s",
			    fs->on, fs->type);
	if (fs->inode_bytes & (fs->inode_bytes - 1))
		return fail(p, fs->at, err,
			    "filesystem on %s: inode-size is not a power of two", fs->on);
	return 0;
}

static int check_mounts(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_filesystems; i++) {
		const struct filesystem *fs = &p->filesystems[i], *same;

		if (check_type(p, fs, err) < 0)
			return -1;
		same = fs->mount ? profile_find_mount(p, fs->mount) : fs;
		if (same != fs)
			return fail(p, fs->at, err,
				    "two filesystems are mounted on %s (the first in "
				    "line %u)",
				    fs->mount, same->at.line);
	}
	if (!profile_find_mount(p, "/"))
		return fail(p, p->at, err, "filesystems: none is mounted on /");
	return 0;
}

/* What firmware and boot loader read is on the disks that have the boot code. */
static int check_system_disks(const struct profile *p, const struct filesystem *fs,
			      const char *what, struct err *err)
{
	const struct array *array = profile_find_array(p, fs->on);

	if (profile_find_volume(p, fs->on, NULL))
		return fail(p, fs->at, err,
			    "%s on %s: %s reads no LVM; put it on a partition or an "
			    "array of them",
			    fs->mount, fs->on, what);
	if (array && profile_find_data_disks(p, array->of))
		return fail(p, fs->at, err,
			    "%s on %s: %s starts from `disks`, not from data-disks %s; "
			    "put it on a partition or an array of them",
			    fs->mount, fs->on, what, array->of);
	return 0;
}

/*
 * Firmware knows nothing of RAID: each member must look like a FAT filesystem by itself,
 * so all must be alike, and the superblock must stand behind it.
 */
static int check_efi(const struct profile *p, const struct filesystem *fs,
		     struct err *err)
{
	const struct array *array = profile_find_array(p, fs->on);

	if (check_system_disks(p, fs, "firmware", err) < 0)
		return -1;
	if (array && array->level != RAID_1)
		return fail(p, fs->at, err,
			    "/boot/efi on %s: firmware reads a single member, which only "
			    "level 1 makes whole, not %s",
			    fs->on, profile_level_name(array->level));
	if (array && !str_eq(array->metadata, "1.0") && !str_eq(array->metadata, "0.90"))
		return fail(p, fs->at, err,
			    "/boot/efi on %s: metadata %s stands where firmware looks "
			    "for FAT; 1.0 stands at the end",
			    fs->on, array->metadata);
	return 0;
}

int profile_validate_filesystems(const struct profile *p, struct err *err)
{
	const struct filesystem *boot = profile_find_mount(p, "/boot");
	const struct filesystem *efi = profile_find_mount(p, "/boot/efi");

	for (size_t i = 0; i < p->n_volume_groups; i++)
		if (check_volumes(p, &p->volume_groups[i], err) < 0)
			return -1;
	if (check_mounts(p, err) < 0)
		return -1;
	if (!boot)
		boot = profile_find_mount(p, "/");
	if (check_system_disks(p, boot, "the boot loader", err) < 0)
		return -1;
	return efi ? check_efi(p, efi, err) : 0;
}
