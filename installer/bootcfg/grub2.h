/*
 * What is written into a GRUB 2 configuration, as text (GNU GRUB manual 2.06, "Writing
 * full configuration files directly"), and what matters of a menu that was read.
 */
#ifndef BOOTCFG_GRUB2_H
#define BOOTCFG_GRUB2_H

#include "bootcfg/entry.h"
#include "bootcfg/select.h"

/* The entry with this id that starts Xen; NULL: none does. */
const struct boot_entry *grub2_find_xen(const struct boot_menu *menu, const char *id);

/*
 * Where to go when Xen fails: an entry outside of submenus (GRUB 2 takes only their
 * numbers) that boots Linux without a hypervisor. The one with this title, else the
 * menu's default, else what is its fallback already, else the first; NULL: there is none.
 */
const struct boot_entry *grub2_find_plain(const struct boot_menu *menu,
					  const char *title);

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
