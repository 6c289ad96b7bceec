/*
 * Boot Loader Specification, type 1: one small file per entry (UAPI.1 "The Boot Loader
 * Specification"; systemd's loader.conf(5); the blscfg module of Fedora's GRUB).
 */
#ifndef BOOTCFG_BLS_H
#define BOOTCFG_BLS_H

#include "bootcfg/menu.h"

struct bls_item {
	const char *file; /* its path */
	const char *id;   /* its name, without .conf and boot counters */
	const char *title, *version, *machine_id, *sort_key, *architecture;
	const char *linux_path, *initrds, *options, *devicetree,
		*efi; /* NULL: not said */
};

enum bls_order {
	BLS_BY_NAME,     /* GRUB: by file name, as RPM compares versions, newest first */
	BLS_BY_SORT_KEY, /* the specification: sort-key, machine-id, version, file name */
};

/* All entries of a directory, in order; their number. at: where the menu asks for it. */
size_t bls_collect(struct menu *menu, const char *file, size_t line, const char *root,
		   const char *dir, enum bls_order order, struct bls_item **ret);

/* Into a menu's entry; not added yet. options and initrds are what the item's became. */
struct boot_entry bls_entry(struct menu *menu, const struct bls_item *item,
			    const char *root, const char *options, const char *initrds,
			    struct boot_image **ret_images, size_t *ret_n);

/* As rpm compares the versions of packages: < 0, 0, > 0. */
int bls_compare_versions(const char *a, const char *b);

#endif
