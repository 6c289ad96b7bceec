/*
 * Carry out a plan. The only code with effects.
 */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include "plan/plan.h"

/* In memory: gone with the machine's power. */
#define EXEC_UNDO_DEFAULT "/run/dom0strap"

struct exec_options { /* all zero: the defaults */
	/* Where the undo archive goes: a directory, or an http(s) URL that it is PUT
	 * below. NULL: EXEC_UNDO_DEFAULT, with a warning. */
	const char *undo;
	struct share *share; /* gets the image's chunks (fetch/share.h); NULL: nothing
			      * does */
	const char *root;    /* of /sys and /dev/kmsg; NULL: this machine's. For tests */
};

/*
 * Carry out every action in order; stop at the first failure. A disk of the plan that
 * fails on the way ends it with ERR_HARDWARE, which names the disk.
 *
 * may_destroy: asked once, before the first action with .destroys set. Nothing on any
 * disk has changed yet; returning false ends the run with ERR_UNSAFE. What has an undo
 * (mounts, arrays) is taken back in reverse on success and on failure.
 */
must_check int exec_plan(const struct plan *plan, const struct exec_options *options,
			 bool (*may_destroy)(const struct plan *), struct err *err);

/*
 * After exec_plan(): jump into the loaded kernel, reboot, or power off. Returns only for
 * FINISH_SHELL, or with an error.
 */
must_check int exec_finish(enum finish finish, struct err *err);

/*
 * Ask a running exec_plan() to stop: before its next action, or within what takes long
 * (zeroing, unpacking) soon. Safe in a signal handler.
 */
void exec_interrupt(void);
bool exec_interrupted(void);

struct exec { /* one run, as its actions see it */
	const struct plan *plan;
	const struct exec_options *options;
	struct kept *kept; /* see kept.h */
};

/*
 * All that was written to the host's filesystems and disks, out of the kernel, out of the
 * filesystems' journals to its place, and out of the disks' own caches. A write error
 * that came to light late is reported here.
 */
must_check int exec_flush(const struct exec *x, struct err *err);

/* One function per kind: act_KIND.c. Each returns 0 or -1 with *err set. */
#define EXEC_ACT(name)                                                                   \
	must_check int name(const struct exec *x, const struct action *a, struct err *err)
EXEC_ACT(act_save);
EXEC_ACT(act_clear);
EXEC_ACT(act_partition);
EXEC_ACT(act_array);
EXEC_ACT(act_array_undo);
EXEC_ACT(act_extract);
EXEC_ACT(act_write);
EXEC_ACT(act_edit);
EXEC_ACT(act_check);
EXEC_ACT(act_put);
EXEC_ACT(act_preserve);
EXEC_ACT(act_host_key);
EXEC_ACT(act_change);
EXEC_ACT(act_booleans);
EXEC_ACT(act_label);
EXEC_ACT(act_initrd);
EXEC_ACT(act_service);
EXEC_ACT(act_disable);
EXEC_ACT(act_boot_entry);
EXEC_ACT(act_boot_code);
EXEC_ACT(act_boot_record);
EXEC_ACT(act_kexec);
EXEC_ACT(act_table_entry);
EXEC_ACT(act_installer);
EXEC_ACT(act_menu_edit);
EXEC_ACT(act_menu_kexec);

#endif
