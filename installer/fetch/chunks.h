/*
 * An object in chunks of one size, each a file that is called by its SHA-256, beside a
 * list of them:
 *
 *	chunks SIZE CHUNK-BYTES
 *	SHA-256 of the first, in hexadecimal
 *	...
 *
 * Each chunk is checked alone, and fetched again alone, before a byte of it is handed on.
 * It never changes, so any cache or other machine may serve it: nobody has to be believed
 * but the list. The whole has a digest of its own, which is its reader's to check.
 */
#ifndef FETCH_CHUNKS_H
#define FETCH_CHUNKS_H

#include "core/digest.h"
#include "core/mem.h"
#include "fetch/fetch.h"

#define CHUNK_MAX_BYTES (UINT64_C(64) << 20)

struct chunk_list {
	uint64_t size_bytes, chunk_bytes; /* of all, and of each but the last */
	const char *digests;              /* lines of 64 digits, in the list's text */
	size_t n;
};

/* `name` stands in messages; the text has to live as long as the list. ERR_SOURCE. */
must_check int chunk_list_parse(const char *name, const char *text,
				struct chunk_list *ret, struct err *err);

struct chunk { /* one of the list's */
	struct digest digest;
	size_t len;
};
struct chunk chunk_at(const struct chunk_list *list, size_t i);

/* Behind fetch_open_chunks() and its like, which state what holds. */
struct chunks;
must_check int chunks_open(const struct chunk_source *source,
			   const struct fetch_options *options, struct chunks **ret,
			   struct err *err);
must_check int chunks_read(struct chunks *c, void *buf, size_t len, size_t *ret_len,
			   struct err *err);
uint64_t chunks_total_bytes(const struct chunks *c);
void chunks_cancel(struct chunks *c);
void chunks_close(struct chunks *c);

#endif
