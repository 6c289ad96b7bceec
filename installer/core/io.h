/*
 * Whole files in and out.
 */
#ifndef CORE_IO_H
#define CORE_IO_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

/*
 * Read a whole file (or a sysfs attribute, whose size is unknown) into a new
 * NUL-terminated string that the caller frees. A file above max_bytes is ERR_SYSTEM.
 * dirfd may be AT_FDCWD.
 */
must_check int io_read_file(int dirfd, const char *path, size_t max_bytes,
			    char **ret_text, size_t *ret_len, struct err *err);

/* The same without an error to report: NULL when it cannot be read; trailing newlines
 * cut. */
char *io_read_line(int dirfd, const char *path);

must_check int io_write_all(int fd, const void *bytes, size_t len, const char *what,
			    struct err *err);

#endif
