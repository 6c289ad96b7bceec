/*
 * Write cpio archives of the "newc" format, as the kernel unpacks them into its initramfs
 * (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef IMAGE_CPIO_H
#define IMAGE_CPIO_H

#include "core/text.h"

#define CPIO_ALIGN                                                                       \
	4 /* a segment begins at a multiple of this; zeros may stand before it */

/*
 * Owner root, time 0, so that the same input gives the same bytes. Parent directories
 * that the kernel would otherwise not find must be added before what is in them.
 */
void cpio_add_directory(struct text *archive, const char *path, unsigned mode);
void cpio_add_file(struct text *archive, const char *path, unsigned mode,
		   const void *bytes, size_t len);
void cpio_end(struct text *archive);

#endif
