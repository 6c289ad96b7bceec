/*
 * GRUB 2 configuration, as text (GNU GRUB manual 2.06, "Writing full configuration files
 * directly"). No file access.
 */
#ifndef BOOTCFG_GRUB2_H
#define BOOTCFG_GRUB2_H

#include <stdbool.h>
#include <stddef.h>

#include "bootcfg/select.h"
#include "core/mem.h"

struct grub2_entry { /* a top-level line of the menu */
	const char *title;
	const char *id; /* NULL without one */
	bool submenu;
	bool xen;         /* its body loads a hypervisor */
	bool plain_linux; /* its body loads a Linux kernel by itself */
};

struct grub2_menu {
	struct grub2_entry *entries; /* in the order in which GRUB numbers them, from 0 */
	size_t n;
};

/* Never fails: what is not understood is passed over. Strings live in the arena. */
void grub2_read_menu(const char *cfg, struct arena *arena, struct grub2_menu *ret);

/* Index of the entry with this id, or -1. */
int grub2_find_id(const struct grub2_menu *menu, const char *id);

/* The first entry that boots Linux without a hypervisor, or -1. */
int grub2_find_plain(const struct grub2_menu *menu);

struct grub2_xen_entry {
	const char *id;
	const struct boot_choice *choice;
	const char *boot_uuid; /* of the filesystem that holds /boot */
	const char
		*boot_prefix; /* "" when /boot is a filesystem of its own, else "/boot" */
	const char *xen_options;
	const char *kernel_args; /* with root= */
};

/* A menu entry, for hosts whose generator makes none. */
char *grub2_render_xen_entry(const struct grub2_xen_entry *entry);

/*
 * Commands for custom.cfg by which the next boot alone takes another entry (`next_entry`
 * in grubenv), where grub.cfg itself has none: GRUB 1.99, as in Fedora 16. "" elsewhere.
 */
const char *grub2_once_commands(const char *cfg);

#endif
