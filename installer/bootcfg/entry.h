/*
 * What a boot loader's menu offers: one model for all of them, and how it is read.
 *
 * The readers are pure functions on text. Whatever else a configuration names (included
 * files, grubenv, a directory of entries) they ask for through struct boot_files, so a
 * test hands them text and a mounted host is read through a few functions of exec/.
 *
 * They never fail: what is not understood is passed over with a note. A hostile text of
 * any kind costs time linear in its length and memory within BOOT_MENU_LIMITS.
 */
#ifndef BOOTCFG_ENTRY_H
#define BOOTCFG_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/mem.h"

/* BOOT_MENU_LIMITS: beyond them the rest is left out, and a note says so. */
#define BOOT_MAX_ENTRIES    512
#define BOOT_MAX_NOTES      32
#define BOOT_MAX_FILES      64            /* further files of one menu */
#define BOOT_MAX_FILE_BYTES (1024 * 1024) /* boot_files.read() gives no more */

/*
 * Which filesystem a path is on, as a word:
 *   NULL                the one that the configuration itself stands on
 *   "UUID=…" "LABEL=…"  the one that bears it
 *   "FILE=/path"        the first one that has this file
 *   anything else       the loader's own name for it, without parentheses: "hd0,0" (GRUB
 *                       legacy, counted from 0), "hd0,msdos1", "md/0", "lvm/vg-lv"
 * Paths on it begin with "/", which is the filesystem's own root: a host with a separate
 * /boot has "/vmlinuz". Symlinks are not resolved.
 */
struct boot_image {
	const char *path; /* NULL: there is none */
	const char *args; /* one line, "" without any; not the loader's own options */
	const char *root; /* see above */
};

struct boot_entry {
	const char *title;    /* as it is shown; never NULL */
	const char *id;       /* label, --id, or a BLS file's name; NULL without one */
	const char *position; /* how its own loader counts it: "0", "1>2" in a submenu */
	struct boot_image hypervisor; /* Xen; none: plain Linux */
	struct boot_image kernel;     /* of dom0, or the only one */
	struct boot_image *initrds;   /* loaded one after the other; args unused */
	size_t n_initrds;
	const char *devicetree; /* NULL without one */
	const char *why_not; /* cannot be booted, and why ("chainloader"); NULL: it can */
	const char *file;    /* where it stands: path on the configuration's filesystem */
	size_t line;         /* from 1 */
};

/* Bytes that a loader puts in the place of others, as GRUB does: a file keeps its size.
 */
struct boot_write {
	const char *root, *path; /* as in struct boot_image */
	size_t offset;
	const void *bytes;
	size_t len;
};

struct boot_menu {
	struct boot_entry *entries; /* in the menu's order, submenus in their place */
	size_t n;
	int default_entry; /* what the loader itself would start now; -1: none of them */
	bool default_once; /* for the next boot only (next_entry, savedefault or extlinux
			      --once) */
	struct boot_write *once; /* how the loader makes that so, before it starts it */
	size_t n_once;
	int fallback_entry; /* where the loader goes when that fails; -1: nowhere */
	int timeout_s;      /* -1: it waits for a key, or does not say */
	bool runs_another;  /* grub.cfg, which is a menu where that stands, too */
	const char **notes; /* "grub.cfg:12: …": what was passed over */
	size_t n_notes;
	const char *why_none; /* not one entry can be booted, and why; NULL: one can */
};

/* How a reader gets at further files. `root` as in struct boot_image. */
struct boot_files {
	/* The text, NUL-terminated, in the arena; NULL when it cannot be had. */
	const char *(*read)(void *context, const char *root, const char *path,
			    struct arena *arena);
	/* Is it there? "/" asks for the filesystem. */
	bool (*has)(void *context, const char *root, const char *path);
	/* The names in a directory, in any order; their number. */
	size_t (*list)(void *context, const char *root, const char *path,
		       struct arena *arena, const char *const **ret_names);
	/* The same number of bytes of any kind; NULL as a function: none can be had. */
	const unsigned char *(*peek)(void *context, const char *root, const char *path,
				     size_t offset, size_t len, struct arena *arena);
	/* Its length in bytes, 0 for none; NULL as a function where `peek` is. */
	size_t (*size)(void *context, const char *root, const char *path);
	void *context;
};

struct boot_source {
	const char *file; /* the configuration's path on its filesystem */
	const char *text; /* for BLS without a configuration: "" */
	bool efi;         /* the loader was started by UEFI (GRUB asks for it) */
	const struct boot_files *files; /* NULL: there are no others */
};

/* A kind of configuration, and where its loader looks for it. */
struct boot_reader {
	const char *name;         /* "grub2", "extlinux", "grub-legacy", "bls" */
	const char *const *paths; /* on its filesystem, NULL-terminated, best first */
	void (*read)(const struct boot_source *source, struct arena *arena,
		     struct boot_menu *ret);
};

extern const struct boot_reader boot_readers[]; /* the likeliest loader first */
extern const size_t boot_n_readers;

/* The entry of this index, if it boots Linux without Xen; else NULL, as for -1. */
const struct boot_entry *boot_plain_entry(const struct boot_menu *menu, int index);

/* All strings live in the arena, or in what source and its files handed out. */
void extlinux_read(const struct boot_source *source, struct arena *arena,
		   struct boot_menu *ret);
void grub2_read(const struct boot_source *source, struct arena *arena,
		struct boot_menu *ret);
void grub_legacy_read(const struct boot_source *source, struct arena *arena,
		      struct boot_menu *ret);
void bls_read(const struct boot_source *source, struct arena *arena,
	      struct boot_menu *ret);

#endif
