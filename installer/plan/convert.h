/*
 * Converting an installed host: what is found out before there is a plan. Pure: the host
 * is data (facts/host.h), and every change to a file is computed here, whole.
 */
#ifndef PLAN_CONVERT_H
#define PLAN_CONVERT_H

#include "bootcfg/entry.h"
#include "bootcfg/select.h"
#include "plan/plan.h"

struct convert_change {
	const char *path; /* where links lead to */
	const char *old;  /* NULL: there is none */
	const char *new;
	unsigned mode; /* of a new file */
};

struct convert {
	const struct installed *host;
	bool tree; /* no machine: none of the host's programs is run */
	struct boot_spec boot;
	struct boot_choice choice;
	const char *fallback; /* the old default's title; NULL: not known */
	struct convert_change *changes;
	size_t n_changes;
	bool generate;            /* GRUB 2: the menu has to be made anew by the host */
	const char *arm_extlinux; /* `extlinux --once` in that directory, which keeps it
				     in ldlinux.sys; or NULL */
	const char *links; /* libvirtd's that are not there yet, a line each; or NULL */
};

/*
 * Fails with ERR_HARDWARE (no host, or more than one; no loader that is known),
 * ERR_SOURCE (the host lacks a package or a kernel; each is named) or ERR_CONFIG (what
 * the profile asks for cannot be had with this host's loader).
 */
must_check int convert_compute(const struct profile *profile, const struct facts *facts,
			       struct arena *arena, struct layout *layout,
			       struct convert *ret, struct err *err);

/* The same entry for a host in a tree, in the menu of the profile's boot loader.
 * kernel_options: of dom0's kernel. */
must_check int convert_tree(const struct profile *profile, const struct installed *host,
			    const char *kernel_options, struct arena *arena,
			    struct convert *ret, struct err *err);

/* step_convert.c: the actions of what has been computed. */
void plan_add_changes(struct plan *plan, const struct convert *c, bool destroys);

/* convert_files.c: how a menu's reader gets at the files of the host's /boot that are
 * facts. */
struct boot_files convert_files(struct convert *c);

/* convert_menu.c: the loader's own files. */
must_check int convert_menu(const struct profile *profile, struct arena *arena,
			    struct convert *c, struct err *err);

/* Adds a change, unless there is nothing to change. `path` as the host names it. */
void convert_add(struct convert *c, struct arena *arena, const char *path, unsigned mode,
		 const char *new);

/* convert_print.c: parts of plan_print(). */
void plan_print_change(const struct action *action, struct text *out);
void plan_print_convert(const struct convert *convert, struct text *out);

#endif
