/*
 * Changes to the arguments of one entry of a boot menu, for menus that no generator makes
 * anew. Everything else stays byte for byte. Pure.
 */
#ifndef BOOTCFG_EDIT_ENTRY_H
#define BOOTCFG_EDIT_ENTRY_H

#include "bootcfg/entry.h"

struct entry_edit {
	const char *const *drop; /* words to take out; NULL-terminated */
	/* Added unless the words are there; NULL: nothing. The hypervisor's come last,
	 * because it goes by the last `console=`, and XenServer has an empty one; the
	 * kernel's come first, so that /dev/console stays what it was. */
	const char *xen_options, *kernel_options;
};

/* `entry` was read from `text` (its line is what is looked for). Returns a new string;
 * the same text again where there is nothing to do. */
char *edit_entry(const char *text, const struct boot_entry *entry,
		 const struct entry_edit *edit);

#endif
