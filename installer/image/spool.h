/*
 * Batches of records on their way from the reader to the writers, one queue per writer.
 *
 * Batches are large and few, so that threads wake each other rarely and memory stays
 * bounded: the reader waits when all of them are in use. An idle writer gets what there
 * is, if it is worth waking for.
 *
 * Functions marked (R) belong to the reader's thread, (W) to the writer's of that number.
 */
#ifndef IMAGE_SPOOL_H
#define IMAGE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "image/failure.h"

#define BATCH_BYTES ((size_t)256 * 1024)

struct batch {
	struct batch *next;
	size_t used;
	_Alignas(8) unsigned char bytes[BATCH_BYTES];
};

struct spool;

struct spool *spool_new(unsigned writers, struct failure *failure);
void spool_free(struct spool *s); /* after the writers have ended */

/*
 * (R) Room for at least `bytes` (at most BATCH_BYTES) at the end of the writer's open
 * batch, 8-byte aligned; *ret_len says how much there is. NULL after a failure.
 */
void *spool_room(struct spool *s, unsigned writer, size_t bytes, size_t *ret_len);
void spool_add(struct spool *s, unsigned writer,
	       size_t bytes); /* (R) that much is used */

/* (R) An entry is complete: hand the batch over if the writer has nothing to do. */
void spool_nudge(struct spool *s, unsigned writer);

unsigned spool_idlest(struct spool *s); /* (R) the writer with the least to do */

/* (R) Wait until every record has been carried out. -1 after a failure. */
must_check int spool_drain(struct spool *s);

void spool_end(struct spool *s); /* (R) hand over the rest; no more will come */

/*
 * (W) The next batch, or NULL at the end; the previous one is given back. After a failure
 * the batches still come, to be released.
 */
struct batch *spool_take(struct spool *s, unsigned writer, struct batch *done);

#endif
