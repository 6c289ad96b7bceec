/*
 * What system an entry boots: where its root is, and what that calls itself.
 */
#ifndef BOOTCFG_SYSTEM_H
#define BOOTCFG_SYSTEM_H

#include "bootcfg/entry.h"

struct system_name {
	const char *name;    /* "Debian GNU/Linux 12 (bookworm)"; never NULL */
	const char *version; /* "12"; NULL where it does not say */
};

/*
 * From os-release (its manual page os-release(5)), XenServer's inventory, or the one line
 * that older systems have in a file of their own. root: of the system's / (boot_image).
 */
struct system_name system_find_name(const struct boot_files *files, const char *root,
				    struct arena *arena);

/* The value of root= among a kernel's arguments ("UUID=…", "/dev/sda2"), or NULL. The
 * last one counts. */
const char *system_find_root(const char *args, struct arena *arena);

/*
 * A loader's own name for a filesystem: "hd0,msdos2", "hd1,gpt3", and "hd0,1" of GRUB
 * legacy with `from_zero`. The partition's number from 1, or 0 when it names none.
 */
unsigned system_partition(const char *root, bool from_zero);

#endif
