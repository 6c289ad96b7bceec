/*
 * Whole files in and out.
 */
#ifndef CORE_IO_H
#define CORE_IO_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

/*
 * Read a whole file (or a sysfs attribute, whose size is unknown) into a new
 * NUL-terminated string that the caller frees. A file above max_bytes is ERR_SYSTEM.
 * dirfd may be AT_FDCWD.
 */
must_check int io_read_file(int dirfd, const char *path, size_t max_bytes,
			    char **ret_text, size_t *ret_len, struct err *err);

/* The same from an open file, `name` for messages. */
must_check int io_read_fd(int fd, const char *name, size_t max_bytes, char **ret_text,
			  size_t *ret_len, struct err *err);

/* The same without an error to report: NULL when it cannot be read; trailing newlines
 * cut. */
char *io_read_line(int dirfd, const char *path);

/* A directory's entries. Takes fd, also when it fails: NULL with errno, which stays as it
 * is where fd is -1. */
DIR *io_take_dir(int fd);

#define auto_dir __attribute__((cleanup(io_close_dir)))
void io_close_dir(DIR *const *dir); /* NULL is fine; errno stays */

/* A line of /proc/meminfo (proc(5)), "MemAvailable" or another, in bytes; 0: not there.
 */
uint64_t io_meminfo_bytes(const char *name);

/*
 * openat2(2) of a path that is foreign, or leads through what is: links are followed as
 * if the directory `root` were /, so nothing outside is reached. -1 with errno.
 */
int io_open_in_root(int root, const char *path, int flags, mode_t mode);

must_check int io_write_all(int fd, const void *bytes, size_t len, const char *what,
			    struct err *err);

#endif
