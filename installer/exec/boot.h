/*
 * Each boot loader's part of the actions `boot entry` and `boot code`, on a host whose
 * files are all new: its menu is written anew, since no entry of the image's can be right
 * on these disks. (An installed host's menu is edited; see plan/step_convert.c.)
 */
#ifndef EXEC_BOOT_H
#define EXEC_BOOT_H

#include "exec/exec.h"
#include "exec/target.h"

struct boot_ops {
	int (*entry)(const struct boot_spec *spec, const struct boot_choice *choice,
		     struct err *err);
	/* Into /boot. Never once a disk boots from there: a boot loader reads no
	 * journal, and what is being written is not in its place yet. */
	int (*files)(const struct exec *x, const struct action *a, struct err *err);
	/* Onto the disk; of /boot, what it needs is in its place. */
	int (*code)(const struct exec *x, const struct action *a, struct err *err);
};

/* boot_grub2.c: by the host's own grub-mkconfig, grub-install and grub-bios-setup. */
extern const struct boot_ops boot_grub2;

/* boot_legacy.c: by the host's own `grub --batch`. */
extern const struct boot_ops boot_legacy;

/* boot_extlinux.c: by the host's own extlinux, and Syslinux's code in the MBR. */
extern const struct boot_ops boot_extlinux;

/* The entry, as new_entry.h has it, from the spec and what the host's files say. */
struct boot_new_entry boot_describe(const struct boot_spec *spec,
				    const struct boot_choice *choice,
				    struct arena *arena);

/*
 * Copy that file to `to`, unless it is there, from the first of the directories that has
 * it (NULL-terminated). ERR_SOURCE where none has, saying which package it belongs to.
 */
must_check int boot_provide(const char *const *dirs, const char *name, const char *to,
			    const char *package, struct err *err);

#endif
