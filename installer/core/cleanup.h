/*
 * Scope-bound ownership.
 *
 * Declare an owner with one of the auto_* attributes and return whenever you like;
 * hand ownership on with take_fd()/take_ptr(). There is no `goto out` in this tree.
 */
#ifndef CORE_CLEANUP_H
#define CORE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define must_check        __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

#define auto_free         __attribute__((cleanup(cleanup_free_)))
#define auto_fd           __attribute__((cleanup(cleanup_fd_)))
#define auto_file         __attribute__((cleanup(cleanup_file_)))

static inline void cleanup_free_(void *slot)
{
	void *p;

	memcpy(&p, slot, sizeof(p)); /* slot may be a char **, so no aliasing cast */
	free(p);
}

static inline void cleanup_fd_(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_file_(FILE *const *f)
{
	if (*f)
		fclose(*f);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void *take_ptr_(void *slot)
{
	void *p, *null = NULL;

	memcpy(&p, slot, sizeof(p));
	memcpy(slot, &null, sizeof(null));
	return p;
}
#define take_ptr(p) ((__typeof__(p))take_ptr_(&(p)))

#endif
