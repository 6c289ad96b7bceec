/*
 * A folder of the test program's own: made, entered, and removed with all that is in it.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "core/proc.h"
#include "tests/support.h"

static char scratch[] = "/tmp/dom0strap-test.XXXXXX";

/* For cmocka_run_group_tests(), or called from the program's own. */
static inline int scratch_enter(void **state)
{
	(void)state;
	return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static inline int scratch_leave(void **state)
{
	struct err err = { 0 };

	(void)state;
	return chdir("/") < 0 || RUN(&err, "rm", "-rf", scratch);
}

#endif
