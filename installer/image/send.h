/*
 * Records from the reader to the writers. (Reader)
 */
#ifndef IMAGE_SEND_H
#define IMAGE_SEND_H

#include "image/extract.h"
#include "image/record.h"

struct sending {
	enum record_kind kind;
	struct dir *dir, *other;
	const char *name, *target; /* NULL: "" */
	const struct meta *meta;
	uint64_t size, rdev;
	const void *attrs;
	size_t attrs_len;
};

/*
 * Who gets the records of this directory now: whoever has some of it still to do, which
 * keeps them in order and two writers off one directory's lock; else who has least to do.
 */
unsigned send_writer(struct extraction *x, struct dir *d);

/* A whole record, to its directory's writer. -1 after a failure. */
must_check int send_record(struct extraction *x, const struct sending *s);

/* One to this writer, who is not woken for it. */
must_check int send_record_to(struct extraction *x, unsigned writer,
			      const struct sending *s);

/* Content, between REC_FILE and REC_END. *tail is the last DATA record; NULL at first. */
must_check int send_data(struct extraction *x, unsigned writer, struct record_data **tail,
			 const unsigned char *p, size_t len, uint64_t offset);

#endif
