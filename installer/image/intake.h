/*
 * The image's bytes as they are in the file: a thread fetches and hashes them into a ring
 * of blocks, ahead of the reader.
 */
#ifndef IMAGE_INTAKE_H
#define IMAGE_INTAKE_H

#include "image/failure.h"
#include "image/image.h"

struct intake;

/* Opens the source, so "not found" is reported here, and starts the thread. More than
 * max_bytes is a failure. */
must_check int intake_start(const struct image_source *source, uint64_t max_bytes,
			    struct failure *failure, struct intake **ret,
			    struct err *err);

uint64_t intake_total_bytes(const struct intake *in); /* 0: unknown */

/*
 * The next block, valid until the next call; *ret_len 0 at the end. Returns -1 when the
 * source failed, which `failure` then says.
 */
must_check int intake_next(struct intake *in, const void **ret, size_t *ret_len);

uint64_t intake_taken_bytes(const struct intake *in); /* by intake_next() */

/* Read the rest and give it up; then the digest of everything. Where nobody has said how
 * long it is, not much more may come: a failure. */
must_check int intake_finish(struct intake *in, struct digest *ret);

void intake_free(struct intake *in); /* stops it, wherever it is; NULL is fine */

#endif
