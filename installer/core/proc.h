/*
 * Run external programs. No shell is ever involved: argv in, exit status out.
 */
#ifndef CORE_PROC_H
#define CORE_PROC_H

#include "core/err.h"

struct proc {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in $PATH */
	const char *input;       /* text for stdin; NULL means empty stdin */
	const char *name;        /* in the log and in messages; NULL: argv[0] */
};

/*
 * Run and wait. stdout and stderr are logged line by line as `[argv0] ...`.
 *
 * Fails with ERR_TOOL if the program cannot be started, exits non-zero, or dies from a
 * signal; the three read differently and the message ends with the last line it printed.
 * Blocks without limit: the watchdog belongs to the executor, which knows the step.
 */
must_check int proc_run(const struct proc *proc, struct err *err);

/* RUN(err, "mkfs.ext4", "-q", dev) */
#define RUN(err, ...)                                                                    \
	proc_run(&(struct proc){ .argv = (const char *const[]){ __VA_ARGS__, NULL } },   \
		 err)

#endif
