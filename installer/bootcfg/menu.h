/*
 * What the readers of boot menus share: a menu in the making, and pieces of its text.
 */
#ifndef BOOTCFG_MENU_H
#define BOOTCFG_MENU_H

#include "bootcfg/entry.h"

struct menu { /* a struct boot_menu in the making */
	const struct boot_source *source;
	struct arena *arena;
	struct boot_menu *out;
	size_t n_files, file_bytes; /* further ones, read so far */
	const char *failed;         /* why_not of the last entry without a kernel */
};

void menu_begin(struct menu *menu, const struct boot_source *source, struct arena *arena,
		struct boot_menu *ret);

/* Every reader's last word: out->why_none, and default_entry within the entries. */
void menu_end(struct menu *menu);

/* "file:line: …"; line 0: the file as such. */
void menu_note(struct menu *menu, const char *file, size_t line, const char *fmt, ...)
	printf_like(4, 5);

/*
 * Add a copy, sorted out. `images` are what it loads, in order: with `multiboot` the
 * hypervisor, the kernel, initrds (tboot before them is passed over), else the kernel and
 * initrds. Sets why_not where that is no system to boot and it is not set yet. False:
 * there are BOOT_MAX_ENTRIES already.
 */
bool menu_add(struct menu *menu, const struct boot_entry *entry,
	      const struct boot_image *images, size_t n, bool multiboot);

/* A further file, or NULL with a note when it cannot be had or is one too many. */
const char *menu_read(struct menu *menu, const char *file, size_t line, const char *root,
		      const char *path);

/* The default is for the next boot only, and this is how it is taken back. What was to
 * be written to the same place before is replaced. */
void menu_add_once(struct menu *menu, const struct boot_write *write);

/* Index of the entry with this position, title or id, in this order; -1: none has it. */
int menu_find(const struct boot_menu *menu, const char *name);

/* "(hd0,1)/boot/xen.gz" → root and path; without parentheses the root is `root`. A
 * relative path is below `dir`. */
struct boot_image menu_image(struct arena *arena, const char *root, const char *dir,
			     const char *word, const char *args);

/* "/boot/grub/grub.cfg" → "/boot/grub"; "/menu.lst" → "". */
const char *menu_directory(struct arena *arena, const char *file);

struct slice { /* part of a text, not terminated */
	const char *s;
	size_t len;
};

/* The next line, without its end ("\r" too) and without blanks around it. */
bool slice_line(const char **pos, struct slice *ret);

/* Cut the first word off `rest`, up to a blank or one of `also`; empty at the end. */
struct slice slice_word(struct slice *rest, const char *also);

bool slice_is(struct slice s, const char *word); /* without regard to case */
char *slice_dup(struct arena *arena, struct slice s);

/* A number of at most nine digits, or -1. */
int slice_number(struct slice s);

#endif
