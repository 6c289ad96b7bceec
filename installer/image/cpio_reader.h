/*
 * Read cpio archives of the "newc" format (with or without check sums) as they arrive,
 * one or several one after the other, as the kernel does
 * (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
 *
 * A push parser: it keeps a header and a name, never content, and touches no file.
 */
#ifndef IMAGE_CPIO_READER_H
#define IMAGE_CPIO_READER_H

#include "core/err.h"
#include "image/cpio.h"

struct cpio_sink {
	void *arg;
	/* An entry begins; the trailer is none. The name is valid during the call. */
	int (*entry)(void *arg, const struct cpio_entry *entry, struct err *err);
	/* Its content, in as many pieces as it comes in. */
	int (*data)(void *arg, const void *bytes, size_t len, struct err *err);
	/* Its content is complete. */
	int (*end)(void *arg, struct err *err);
};

struct cpio_reader {
	const char *name; /* the image's, for messages */
	struct cpio_sink sink;
	/* For the reader alone. */
	struct text head;  /* a header, or a header and a name, as far as it is there */
	size_t name_bytes; /* with NUL; 0: the header is not complete */
	uint64_t content, skip; /* bytes to come of content, and of padding behind it */
	uint64_t offset;        /* in this archive */
	size_t archives;        /* complete ones */
	size_t entries;
};

/*
 * *ret_used is less than len only between two archives, before a byte that is neither
 * zero nor the begin of an archive: what follows there is the caller's to find out.
 * ERR_SOURCE where it is no archive or a damaged one.
 */
must_check int cpio_reader_feed(struct cpio_reader *reader, const void *bytes, size_t len,
				size_t *ret_used, struct err *err);

/* All that came is whole archives, or nothing but zeros. */
bool cpio_reader_is_between(const struct cpio_reader *reader);

/* As before the first byte, but for what was counted. */
void cpio_reader_reset(struct cpio_reader *reader);

void cpio_reader_free(struct cpio_reader *reader);

#endif
