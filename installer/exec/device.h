/*
 * What every action on a disk needs of the kernel. A regular file can stand for a disk
 * (images, tests): what only a device can do is then left out.
 */
#ifndef EXEC_DEVICE_H
#define EXEC_DEVICE_H

#include <stdint.h>

#include "core/err.h"

/* Exclusively: fails while it is mounted, a member of something, or open like this. */
must_check int device_open(const char *path, int flags, struct err *err);

must_check int device_size(int fd, const char *path, uint64_t *ret_bytes,
			   struct err *err);

/* Whole reads and writes at a place. What is not there is an error. */
must_check int device_read(int fd, const char *path, void *buf, uint64_t offset,
			   size_t len, struct err *err);
must_check int device_write(int fd, const char *path, const void *buf, uint64_t offset,
			    size_t len, struct err *err);

/* Zeros, whatever it takes: the device's own way, or written by the kernel. */
must_check int device_zero(int fd, const char *path, uint64_t offset, uint64_t size,
			   struct err *err);

/* Let the kernel forget its partitions, or learn the new ones. */
must_check int device_reread(int fd, const char *path, struct err *err);

/* All that was written, out of the kernel and of the device's own cache. */
must_check int device_flush(int fd, const char *path, struct err *err);

/* The kernel makes device nodes by itself, but not before we go on. */
must_check int device_wait(const char *path, struct err *err);

#endif
