/*
 * What each boot loader can start from, and which of them can forget an entry by itself.
 */
#include "config/profile_parts.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static const char *const names[] = { "grub2", "grub-legacy", "extlinux", "keep" };

static const struct filesystem *find_boot(const struct profile *p)
{
	const struct filesystem *boot = profile_find_mount(p, "/boot");

	return boot ? boot : profile_find_mount(p, "/");
}

/* Neither knows RAID: it reads one member, where a plain filesystem must begin. */
static int check_old_loader(const struct profile *p, struct err *err)
{
	const struct filesystem *boot = find_boot(p);
	const char *name = names[p->boot_loader];
	const struct array *array = profile_find_array(p, boot->on);

	if (p->table == TABLE_GPT)
		return fail(p, p->at, err,
			    "boot-loader: %s starts from an MBR; say "
			    "`table: mbr`",
			    name);
	if (!str_starts(boot->type, "ext"))
		return fail(
			p, boot->at, err,
			"filesystem %s: boot-loader %s reads ext2, ext3 and ext4 only",
			boot->mount, name);
	if (array ? array->level != RAID_1 || (!str_eq(array->metadata, "0.90") &&
					       !str_eq(array->metadata, "1.0"))
		  : !profile_find_partition(p, boot->on))
		return fail(
			p, boot->at, err,
			"filesystem %s: boot-loader %s knows neither RAID nor LVM; put "
			"it on a partition, or on an array of level 1 with metadata "
			"\"1.0\" or \"0.90\"",
			boot->mount, name);
	return 0;
}

static int check_once(const struct profile *p, struct err *err)
{
	const struct filesystem *boot = find_boot(p);

	if (p->boot_loader == LOADER_GRUB2 && !profile_find_partition(p, boot->on))
		return fail(
			p, p->xen.at, err,
			"xen: default: once needs a loader that can write where /boot "
			"is, to forget it again; GRUB 2 cannot write to %s, so that "
			"Xen would be started every time",
			boot->on);
	return profile_validate_once(p, err);
}

int profile_validate_once(const struct profile *p, struct err *err)
{
	if (p->finish == FINISH_KEXEC)
		return fail(p, p->xen.at, err,
			    "xen: default: once is for the next boot from the disk, and "
			    "`finish: kexec` does without one; say `finish: reboot` or "
			    "`poweroff`");
	return 0;
}

int profile_validate_boot(const struct profile *p, struct err *err)
{
	if (p->boot_loader == LOADER_KEEP)
		return fail(
			p, p->at, err,
			"boot-loader: keep has nothing to keep on new disks; name one");
	if (p->boot_loader != LOADER_GRUB2 && check_old_loader(p, err) < 0)
		return -1;
	return p->xen.make_default == XEN_DEFAULT_ONCE ? check_once(p, err) : 0;
}
