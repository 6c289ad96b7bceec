/*
 * Write cpio archives of the "newc" format, as the kernel unpacks them into its initramfs
 * (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef IMAGE_CPIO_H
#define IMAGE_CPIO_H

#include "core/text.h"

#define CPIO_ALIGN                                                                       \
	4 /* a segment begins at a multiple of this; zeros may stand before it */
#define CPIO_TRAILER "TRAILER!!!"

struct cpio_entry {
	const char *name;
	uint32_t mode; /* with the file type */
	uint32_t uid, gid;
	uint32_t mtime;
	uint32_t size;
	uint32_t ino, nlink, dev[2]; /* major, minor: tell hard links, where nlink > 1 */
	uint32_t rdev[2];
};

/* Everything but the content, which the caller adds, and cpio_pad() behind it. */
void cpio_add_head(struct text *archive, const struct cpio_entry *entry);
void cpio_pad(struct text *archive);

/*
 * Owner root, time 0, so that the same input gives the same bytes. Parent directories
 * that the kernel would otherwise not find must be added before what is in them.
 */
void cpio_add_directory(struct text *archive, const char *path, unsigned mode);
void cpio_add_file(struct text *archive, const char *path, unsigned mode,
		   const void *bytes, size_t len);
void cpio_add_parents(struct text *archive, const char *path);
void cpio_end(struct text *archive);

/* kexec-tools decompresses a module that begins so (gzip, xz, lzma), by its first
 * member alone unless all are gzip. */
bool cpio_is_unpacked_by_kexec(const unsigned char *start, size_t len);

#endif
