/*
 * Where a folder begins in a cpio archive packed by bzip2, found by looking into a few of
 * its blocks.
 *
 * Archives are made from what find(1) lists, sorted or not: each folder in one piece. So
 * between two entries of one folder stands nothing else, and what lies between entries of
 * two is closed in on by halves. A block is decompressed by itself; an entry in it is
 * told by its header, and by the next header standing where the one before says.
 */
#ifndef IMAGE_CPIO_SEEK_H
#define IMAGE_CPIO_SEEK_H

#include <stdbool.h>

#include "image/bzip2_index.h"

struct cpio_place {
	bool found;
	size_t block, offset; /* of a header: the folder's first, or one before it */
};

/*
 * `folder` without slashes at its ends. Not found, in an archive of another order or
 * where the folder is not there, says nothing: read it all then. ERR_SOURCE where a block
 * that was looked into is damaged, ERR_SYSTEM.
 */
must_check int cpio_seek(const char *name, int fd, const struct bzip2_index *index,
			 const char *folder, struct cpio_place *ret, struct err *err);

#endif
