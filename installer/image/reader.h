/*
 * The archive's entries, in order: parsed by libarchive, checked, and sent to the
 * writers. Runs in the thread that called image_extract().
 */
#ifndef IMAGE_READER_H
#define IMAGE_READER_H

#include "image/extract.h"
#include "image/intake.h"

/*
 * Read the whole archive. -1: `failure` is set, or what libarchive found wrong is in
 * *ret_damage (and only there, so that a wrong digest can be reported instead).
 */
must_check int reader_run(struct extraction *x, struct intake *in, bool progress,
			  struct err *ret_damage);

#endif
