#include "bootcfg/entry.h"

/* A filesystem is / or /boot of its host; a folder may hold the file right away. */
static const char *const grub2_paths[] = {
	"/boot/grub2/grub.cfg", "/grub2/grub.cfg", "/boot/grub/grub.cfg",
	"/grub/grub.cfg",       "/grub.cfg",       NULL,
};

static const char *const extlinux_paths[] = {
	"/boot/extlinux/extlinux.conf",
	"/extlinux/extlinux.conf",
	"/boot/extlinux.conf",
	"/extlinux.conf",
	"/boot/syslinux/syslinux.cfg",
	"/syslinux/syslinux.cfg",
	"/syslinux.cfg",
	"/isolinux/isolinux.cfg",
	"/pxelinux.cfg/default",
	NULL,
};

static const char *const legacy_paths[] = {
	"/boot/grub/menu.lst", "/grub/menu.lst", "/boot/grub/grub.conf",
	"/grub/grub.conf",     "/menu.lst",      NULL,
};

/* Where there is no loader.conf, its directory of entries is enough. */
static const char *const bls_paths[] = {
	"/boot/loader/loader.conf",
	"/loader/loader.conf",
	NULL,
};

const struct boot_reader boot_readers[] = {
	{ "grub2", grub2_paths, grub2_read },
	{ "extlinux", extlinux_paths, extlinux_read },
	{ "grub-legacy", legacy_paths, grub_legacy_read },
	{ "bls", bls_paths, bls_read },
};
const size_t boot_n_readers = sizeof(boot_readers) / sizeof(boot_readers[0]);
