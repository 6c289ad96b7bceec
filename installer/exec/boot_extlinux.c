#include <fcntl.h>

#include "bootcfg/new_entry.h"
#include "core/io.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/boot.h"
#include "exec/device.h"

#define DIRECTORY  "/boot/extlinux"
#define CODE_BYTES 440 /* then the disk's signature and the table */

static const char *const module_dirs[] = { "/usr/lib/syslinux/modules/bios",
					   "/usr/share/syslinux", "/usr/lib/syslinux",
					   NULL };
static const char *const mbr_dirs[] = { "/usr/lib/syslinux/mbr", "/usr/share/syslinux",
					"/usr/lib/syslinux", NULL };

static int write_entry(const struct boot_spec *spec, const struct boot_choice *choice,
		       struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct boot_new_entry entry = boot_describe(spec, choice, &arena);
	auto_free char *menu = extlinux_menu(&entry);
	struct boot_edit edit;

	extlinux_edit(menu, &entry, &arena, &edit);
	log_info("  " DIRECTORY "/extlinux.conf: %s", entry.title);
	log_info("  fallback: %s", edit.fallback);
	return target_write(DIRECTORY "/extlinux.conf", 0644, edit.text, err);
}

/* libcom32 came with version 5; an older mboot.c32 needs nothing beside it. */
static int provide_modules(struct err *err)
{
	static const char package[] = "Syslinux's modules'";
	struct err ignored = { 0 };

	if (boot_provide(module_dirs, "libcom32.c32", DIRECTORY "/libcom32.c32", package,
			 &ignored) < 0 &&
	    ignored.code != ERR_SOURCE)
		return err_set(err, ignored.code, ignored.sys_errno, "%s", ignored.msg);
	return boot_provide(module_dirs, "mboot.c32", DIRECTORY "/mboot.c32", package,
			    err);
}

static int write_files(const struct exec *x, const struct action *a, struct err *err)
{
	static const char *const programs[] = { "extlinux", NULL };

	(void)x;
	if (!target_find_program(programs))
		return err_set(err, ERR_SOURCE, 0,
			       "boot-loader: extlinux, but the host has no program "
			       "`extlinux`; the image needs its package");
	if (provide_modules(err) < 0 ||
	    RUN_IN_TARGET(err, "extlinux", "--install", DIRECTORY) < 0)
		return -1;
	return a->record.once ? RUN_IN_TARGET(err, "extlinux", "--once=" EXTLINUX_LABEL,
					      DIRECTORY)
			      : 0;
}

/* Syslinux's code, which starts the active partition's boot sector. */
static int write_mbr(const struct exec *x, const struct action *a, struct err *err)
{
	static const char file[] = DIRECTORY "/mbr.bin";
	const char *disk = a->record.disk;
	unsigned char code[CODE_BYTES] = { 0 };
	auto_fd int from = -1, to = -1;

	(void)x;
	if (boot_provide(mbr_dirs, "mbr.bin", file, "Syslinux's", err) < 0)
		return -1;
	from = target_open(file, O_RDONLY);
	to = open(disk, O_RDWR | O_CLOEXEC);
	if (from < 0 || read(from, code, sizeof(code)) <= 0)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", file);
	if (to < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", disk);
	if (device_write(to, disk, code, 0, sizeof(code), err) < 0)
		return -1;
	return device_flush(to, disk, err);
}

const struct boot_ops boot_extlinux = { .entry = write_entry,
					.files = write_files,
					.code = write_mbr };
