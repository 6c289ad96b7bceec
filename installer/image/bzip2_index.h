/*
 * Where the blocks of a bzip2 file begin, found without decompressing it.
 *
 * A block begins, at any bit, with the 48 bits 0x314159265359 and its check sum; a stream
 * ends with 0x177245385090 and a check sum made of all its blocks'. Streams may follow
 * each other (pbzip2). So a truncated file, or one that has lost a block, is told from a
 * whole one by looking at less than a thousandth of it; what is damaged inside a block
 * shows when that is decompressed. Format: bzip2 1.0.8, compress.c and decompress.c.
 */
#ifndef IMAGE_BZIP2_INDEX_H
#define IMAGE_BZIP2_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/mem.h"

struct bzip2_block {
	uint64_t begin, end; /* in bits from the file's beginning, at the magic */
	uint32_t crc;
	char level; /* '1' to '9': a block's size / 100,000 bytes */
};

struct bzip2_index {
	const struct bzip2_block *blocks; /* in the arena */
	size_t n;
	uint64_t end_bytes; /* what follows the last stream */
};

/*
 * From offset on, where "BZh" stands. ERR_SOURCE where it is truncated or the check sums
 * do not add up, ERR_SYSTEM where it cannot be read.
 */
must_check int bzip2_index_read(const char *name, int fd, uint64_t offset_bytes,
				struct arena *arena, struct bzip2_index *ret,
				struct err *err);

#endif
