/*
 * Write bytes to a file, compressed on the way, in the forms that segments.h reads.
 */
#ifndef IMAGE_PACKER_H
#define IMAGE_PACKER_H

#include "image/segments.h"

struct packer;

/* The file stays the caller's. `name` is its name in messages. ERR_SYSTEM. */
must_check int packer_open(int fd, const char *name, enum compression compression,
			   struct packer **ret, struct err *err);
must_check int packer_add(struct packer *packer, const void *bytes, size_t len,
			  struct err *err);
/* Without it, what was written is cut off. */
must_check int packer_finish(struct packer *packer, struct err *err);

void packer_free(struct packer **packer);
#define auto_packer __attribute__((cleanup(packer_free)))

#endif
