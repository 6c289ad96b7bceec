/*
 * Which hypervisor, kernel and initramfs of a /boot directory to boot.
 *
 * Pure: the caller hands in the directory's names and a way to read a kernel's
 * configuration.
 */
#ifndef BOOTCFG_SELECT_H
#define BOOTCFG_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct boot_choice {            /* names in /boot, pointing into the caller's list */
	const char *hypervisor; /* "xen-4.17-amd64.gz" */
	const char *kernel;     /* "vmlinuz-6.1.0-38-amd64" */
	const char *initrd;  /* "initrd.img-…" (Debian), "initramfs-….img" (Fedora) */
	const char *version; /* the kernel's: points into `kernel` */
};

struct boot_listing {
	const char *const *names;
	size_t n;
	const char *hypervisor; /* the one to take; NULL: the newest */
	/* May a kernel of this version run as dom0? (CONFIG_XEN_DOM0 in its config) */
	bool (*can_be_dom0)(const char *version, void *context);
	void *context;
};

/*
 * The newest hypervisor (or the one named), and the newest kernel that can be dom0 and
 * has an initramfs. Fails with ERR_SOURCE and says what is missing, naming the kernels
 * that were passed over.
 */
must_check int boot_select(const struct boot_listing *boot, struct boot_choice *ret,
			   struct err *err);

/* Does a kernel's configuration file say that it can be dom0? */
bool boot_config_has_dom0(const char *config);

/* "vmlinuz-6.1.0" → "6.1.0"; NULL when the name is not a kernel's (rescue images too). */
const char *boot_kernel_version(const char *name);

bool boot_is_initrd(const char *name);

#endif
