#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "bootcfg/new_entry.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/boot.h"
#include "exec/device.h"

#define DIRECTORY "/boot/grub"

/* Where distributions keep the stages until grub-install copies them. */
static const char *const stage_dirs[] = {
	"/usr/share/grub/x86_64-redhat", "/usr/share/grub/i386-redhat",
	"/usr/lib/grub/x86_64-pc",       "/usr/lib/grub/i386-pc",
	"/usr/share/grub/x86_64-pc",     NULL
};
static const char *const stages[] = { "stage1", "stage2", "e2fs_stage1_5" };

static bool is_red_hat(void)
{
	return target_has(stage_dirs[0]) || target_has(stage_dirs[1]);
}

static int write_entry(const struct boot_spec *spec, const struct boot_choice *choice,
		       struct err *err)
{
	/* Red Hat's GRUB looks for a file of its own name. */
	const char *path = is_red_hat() ? DIRECTORY "/grub.conf" : DIRECTORY "/menu.lst";
	auto_arena struct arena arena = { 0 };
	struct boot_new_entry entry = boot_describe(spec, choice, &arena);
	auto_free char *menu = grub_legacy_menu(&entry, spec->grub_root);
	auto_free char *number = NULL;
	struct boot_edit edit;
	int saved = -1;

	grub_legacy_edit(menu, &entry, spec->grub_root, &saved, &arena, &edit);
	log_info("  %s: %s", path, entry.title);
	log_info("  fallback: %s", edit.fallback);
	if (target_write(path, 0600, edit.text, err) < 0)
		return -1;
	if (saved < 0)
		return 0;
	number = grub_legacy_saved_text(saved);
	return target_write(DIRECTORY "/default", 0644, number, err);
}

static int provide_stages(const struct exec *x, const struct action *a, struct err *err)
{
	(void)x;
	(void)a;
	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		auto_free char *to = xasprintf(DIRECTORY "/%s", stages[i]);

		if (boot_provide(stage_dirs, stages[i], to, "GRUB legacy's", err) < 0)
			return -1;
	}
	return 0;
}

/* GRUB reads the filesystem by way of the disk, whose own cache knows nothing of what was
 * written to the partition. */
static int forget_cache(const char *disk, struct err *err)
{
	auto_fd int fd = open(disk, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BLKFLSBUF) < 0)
		return err_set(err, ERR_SYSTEM, errno, "flush the cache of %s", disk);
	return 0;
}

/* It reports no failure with its exit status; but without its code nothing boots. */
static int check_code(const char *disk, struct err *err)
{
	auto_fd int fd = open(disk, O_RDONLY | O_CLOEXEC);
	unsigned char sector[512];

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", disk);
	if (device_read(fd, disk, sector, 0, sizeof(sector), err) < 0)
		return -1;
	if (!str_eq(facts_boot_loader(sector), "grub-legacy"))
		return err_set(err, ERR_TOOL, 0,
			       "the host's grub has put no boot code on %s; what it said "
			       "stands above",
			       disk);
	return device_flush(fd, disk, err);
}

static int install(const struct exec *x, const struct action *a, struct err *err)
{
	static const char *const programs[] = { "grub", NULL };
	const char *disk = a->record.disk;
	auto_free char *script = xasprintf("device (hd0) %s\n"
					   "root (hd0,%u)\n"
					   "setup (hd0)\n"
					   "quit\n",
					   disk, a->record.partition - 1);

	(void)x;
	if (!target_find_program(programs))
		return err_set(err, ERR_SOURCE, 0,
			       "boot-loader: grub-legacy, but the host has no program "
			       "`grub`; the image needs the package of GRUB 0.97");
	if (forget_cache(disk, err) < 0)
		return -1;
	if (target_run((const char *const[]){ "grub", "--batch", "--no-floppy",
					      "--device-map=/dev/null", NULL },
		       script, err) < 0)
		return -1;
	return check_code(disk, err);
}

const struct boot_ops boot_legacy = { .entry = write_entry,
				      .files = provide_stages,
				      .code = install };
