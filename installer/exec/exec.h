/*
 * Carry out a plan. The only code with effects.
 */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include "plan/plan.h"

/*
 * Carry out every action in order; stop at the first failure.
 *
 * may_destroy: asked once, before the first action with .destroys set. Nothing on any
 * disk has changed yet; returning false ends the run with ERR_UNSAFE. What has an undo
 * (mounts, arrays) is taken back in reverse on success and on failure.
 */
must_check int exec_plan(const struct plan *plan,
			 bool (*may_destroy)(const struct plan *), struct err *err);

/*
 * After exec_plan(): jump into the loaded kernel, reboot, or power off. Returns only for
 * FINISH_SHELL, or with an error.
 */
must_check int exec_finish(enum finish finish, struct err *err);

/* Ask a running exec_plan() to stop before its next action. Safe in a signal handler. */
void exec_interrupt(void);

/* One function per kind: act_KIND.c. Each returns 0 or -1 with *err set. */
must_check int act_partition(const struct action *a, struct err *err);
must_check int act_extract(const struct action *a, struct err *err);
must_check int act_write(const struct action *a, struct err *err);
must_check int act_edit(const struct action *a, struct err *err);
must_check int act_initrd(const struct action *a, struct err *err);
must_check int act_boot_entry(const struct action *a, struct err *err);
must_check int act_boot_code(const struct action *a, struct err *err);
must_check int act_boot_record(const struct action *a, struct err *err);
must_check int act_kexec(const struct action *a, struct err *err);

#endif
