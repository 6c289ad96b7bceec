/*
 * Other machines that may have a chunk (fetch/share.h), asked before the boot server is.
 *
 * Nobody has to look after them: one that does not answer is out of the way in half a
 * second, one that answers slowly once it has taken longer than a slow network would, and
 * both are left alone for a while then, for longer each time. One that sends something
 * else than was asked for is not asked again.
 */
#ifndef FETCH_PEERS_H
#define FETCH_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "fetch/fetch.h"

struct peers;

/* Keeps copies. NULL where there are none. */
struct peers *peers_new(const char *const *urls, size_t n);
void peers_free(struct peers *peers);

/* Who is to be asked at this moment, from number `from` on; NULL: nobody else. */
const char *peers_next(const struct peers *peers, size_t from, uint64_t now_ms,
		       size_t *ret_number);

enum peer_answer { PEER_GOOD, PEER_NONE, PEER_WRONG };
void peers_note(struct peers *peers, size_t number, enum peer_answer answer,
		uint64_t now_ms);

/* How a chunk of that size is fetched from one; what counts for all stays. */
struct fetch_options peers_options(const struct fetch_options *options, size_t len);

#endif
