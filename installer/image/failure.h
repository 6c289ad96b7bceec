/*
 * One slot for the error of an extraction, shared by all its threads: the first one wins,
 * and every loop looks at it to know when to give up.
 */
#ifndef IMAGE_FAILURE_H
#define IMAGE_FAILURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/err.h"

struct failure {
	pthread_mutex_t lock;
	atomic_bool set;
	struct err err; /* valid once set */
};

#define FAILURE_INIT                                                                     \
	{                                                                                \
		.lock = PTHREAD_MUTEX_INITIALIZER                                        \
	}

static inline bool failure_is_set(struct failure *f)
{
	return atomic_load_explicit(&f->set, memory_order_relaxed);
}

/* Returns -1, so that `return failure_note(...)` is the whole failure path. */
int failure_note(struct failure *f, const struct err *err);

/* err_set() into the slot. */
int failure_set(struct failure *f, enum err_code code, int sys_errno, const char *fmt,
		...) printf_like(4, 5);

#endif
