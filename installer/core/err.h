/*
 * One error type for the whole program.
 *
 * Contract: a function that can fail returns int and takes `struct err *err` last.
 * It returns 0 and leaves *err untouched, or returns -1 and has set *err exactly once.
 * The caller owns the struct (usually on main's stack); nothing is allocated or freed.
 * Predicates return bool and cannot fail.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include "core/cleanup.h"

/* Also the exit status, so init, the QEMU tests and operators' scripts can tell them
 * apart. */
enum err_code {
	ERR_NONE = 0,
	ERR_CONFIG = 10,   /* the operator must change the profile */
	ERR_HARDWARE = 11, /* this machine cannot satisfy it */
	ERR_SOURCE = 12,   /* what was fetched is missing, truncated or wrong */
	ERR_TOOL = 13,     /* an external program failed */
	ERR_SYSTEM = 14,   /* a system call failed; see sys_errno */
	ERR_UNSAFE =
		15, /* somebody else's data is in the way: refused, nothing written */
};

struct err {
	enum err_code code;
	int sys_errno;  /* errno value, 0 if none applies */
	char msg[8192]; /* outermost context first, may have several lines; long text is
			   cut */
};

/* Both return -1, so `return err_set(...)` is the whole failure path. */
int err_set(struct err *err, enum err_code code, int sys_errno, const char *fmt, ...)
	printf_like(4, 5);
int err_wrap(struct err *err, const char *fmt, ...) printf_like(2, 3);

/* "profile", "hardware", … as the last line on the console names it. */
const char *err_code_name(enum err_code code);

#endif
