/*
 * A writer: carries out records, one after the other, with the fewest system calls that
 * give the right result. umask is 0, so most files are openat, pwrite, futimens, close.
 */
#ifndef IMAGE_WRITER_H
#define IMAGE_WRITER_H

#include <pthread.h>

#include "image/extract.h"
#include "image/record.h"

struct writer {
	struct extraction *x;
	unsigned number;
	pthread_t thread;
	/* the regular file between REC_FILE and REC_END: */
	int fd;
	uint64_t written, flushed; /* bytes; flushed: on their way to the disk */
	char name[256];
};

void *writer_run(void *writer); /* until spool_end() */

#endif
