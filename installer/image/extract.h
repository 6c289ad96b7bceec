/*
 * What the parts of an extraction share. The reader's thread is the one that called
 * image_extract(); it parses the archive, makes directories and decides; writers carry
 * out records.
 */
#ifndef IMAGE_EXTRACT_H
#define IMAGE_EXTRACT_H

#include <stdatomic.h>
#include <sys/types.h>

#include "image/failure.h"
#include "image/image.h"
#include "image/names.h"
#include "image/spool.h"

struct extraction {
	int root;
	const char *target;
	uid_t uid; /* what a new file gets by itself */
	gid_t gid;
	struct failure failure;
	struct spool *spool;
	struct names *names;   /* the reader's */
	struct dirs *dirs;     /* the reader's */
	struct later *later;   /* the reader's */
	struct labels *labels; /* the reader's */
	atomic_bool warned_attrs;
	atomic_uint_fast64_t content_bytes, files;
	uint64_t entries;
	uint64_t
		max_bytes; /* of the source, and of the archive that it decompresses to */
};

/* (Reader) Wait for all writers. -1 after a failure. */
static inline int extraction_drain(struct extraction *x)
{
	int rc = spool_drain(x->spool);

	names_forget(x->names);
	return rc;
}

/* Note that there is no end to it (ERR_SOURCE). Returns -1. */
int extraction_too_much(struct failure *failure, uint64_t max_bytes);

/*
 * A system call failed on the target: note it under the right code (full file system:
 * ERR_HARDWARE; a name that no file system takes: ERR_SOURCE). Returns -1.
 */
int extraction_fail(struct extraction *x, int sys_errno, const char *doing,
		    const char *dir, const char *name);

#endif
