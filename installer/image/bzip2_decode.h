/*
 * The content of bzip2 blocks, in order, decompressed on all cores.
 */
#ifndef IMAGE_BZIP2_DECODE_H
#define IMAGE_BZIP2_DECODE_H

#include <stdbool.h>

#include "image/bzip2_index.h"

struct bzip2_sink {
	void *arg;
	/* Called in the caller's thread. *ret_enough: nothing more is wanted. */
	int (*take)(void *arg, const void *bytes, size_t len, bool *ret_enough,
		    struct err *err);
};

/*
 * Blocks first to end - 1. ERR_SOURCE where one is damaged. Memory: some 7 MB for each
 * core, of which it uses four at most.
 */
must_check int bzip2_decode(const char *name, int fd, const struct bzip2_index *index,
			    size_t first, size_t end, const struct bzip2_sink *sink,
			    struct err *err);

#endif
