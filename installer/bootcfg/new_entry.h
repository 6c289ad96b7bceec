/*
 * The entry that boots Xen and dom0, as it is to stand in a boot loader's menu, and the
 * editors that put it there. Pure.
 *
 * Whatever else a configuration holds stays byte for byte; our own entry stands between
 * marker lines (block.h) and is replaced where it stands. It is added at the end, so that
 * the numbers by which others are known do not change.
 */
#ifndef BOOTCFG_NEW_ENTRY_H
#define BOOTCFG_NEW_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "bootcfg/select.h"
#include "config/profile.h"
#include "core/err.h"
#include "core/mem.h"

struct boot_new_entry {
	const char *title;
	const char *plain_title; /* of the same kernel without Xen, in a new menu */
	const char *hypervisor, *kernel, *initrd; /* on the filesystem that holds /boot */
	const char *xen_args;                     /* "" for none */
	const char *kernel_args;                  /* with root= */
	enum xen_default make_default;
	unsigned timeout_s; /* of the menu, where ours is the default */
};

/* Titles and paths: "Fedora + Xen (4.1.2)", "/boot/xen-4.1.2.gz". `prefix` as in
 * grub2_xen_entry.boot_prefix. */
void boot_name_files(const struct boot_choice *choice, const char *os, const char *prefix,
		     struct arena *arena, struct boot_new_entry *entry);

/*
 * What the host calls itself, out of os-release(5) or of a line such as "Fedora release
 * 15 (Lovelock)"; NULL: it does not say.
 */
const char *boot_os_name(const char *text, struct arena *arena);

/* A kernel's arguments with those of `more` behind them that are not there already. */
const char *boot_add_args(const char *args, const char *more, struct arena *arena);

/* What an editor has found and made. Strings live in the arena. */
struct boot_edit {
	const char *text;     /* the new configuration */
	const char *fallback; /* the old default's title or label; NULL: there is none */
};

/*
 * GRUB legacy (GNU GRUB manual 0.97): menu.lst, grub.conf. `root` is the loader's name of
 * the filesystem that holds /boot, as in "(hd0,0)". *saved is the number in the file
 * `default` beside the menu, which counts where the menu says `default saved`; -1: there
 * is no such file. On return it is what that file has to say, or -1: nothing.
 *
 * Once: the menu says `default saved`, the file names our entry, and the entry itself
 * puts the old default's number there (`savedefault N`) before it does anything else.
 */
void grub_legacy_edit(const char *text, const struct boot_new_entry *entry,
		      const char *root, int *saved, struct arena *arena,
		      struct boot_edit *ret);

/* A menu for a host that has none: the kernel alone. The editor adds ours. */
char *grub_legacy_menu(const struct boot_new_entry *entry, const char *root);

/* The file `default`: its size is fixed, since GRUB writes in place. */
char *grub_legacy_saved_text(int number);

/* The number in that file; -1: none. */
int grub_legacy_saved_number(const char *text);

/*
 * extlinux.conf (Syslinux's doc/syslinux.txt and doc/menu.txt). Once is not a matter of
 * this file: `extlinux --once=EXTLINUX_LABEL` keeps it in ldlinux.sys.
 */
#define EXTLINUX_LABEL "dom0strap-xen"
char *extlinux_menu(const struct boot_new_entry *entry); /* the kernel alone */
void extlinux_edit(const char *text, const struct boot_new_entry *entry,
		   struct arena *arena, struct boot_edit *ret);

/*
 * GRUB 2's environment block (GNU GRUB manual 2.06, "The GRUB environment block"): a text
 * of fixed size, 1024 bytes as everybody makes it, filled up with `#`. NULL makes a new
 * one; an empty value removes the variable. Fails with ERR_SOURCE where it has no room,
 * or is no such block.
 */
must_check int grubenv_set(const char *block, const char *key, const char *value,
			   char **ret, struct err *err);

/* The variable's value in the arena, or NULL. */
const char *grubenv_get(const char *block, const char *key, struct arena *arena);

#endif
