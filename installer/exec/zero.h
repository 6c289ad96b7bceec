/*
 * Members of a new array that are zero everywhere agree already: no resync. Zeroed is
 * what the device itself can zero; that it did is read back on a sample, not believed.
 */
#ifndef EXEC_ZERO_H
#define EXEC_ZERO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/mem.h"

struct zero_member { /* a partition, a disk, or an image file */
	const char *path;
	const char *disk, *serial; /* for messages; serial may be NULL */
};

/*
 * Zero all of them at once. 0: they are, and *ret_why is NULL; or they are not, and
 * *ret_why (the arena's) says on which disk and why. -1: `stop` was true, ERR_SYSTEM.
 * `seed`: the places that are read back depend on it.
 */
must_check int zero_members(const char *progress, const struct zero_member *members,
			    size_t n, const char *seed, uint64_t limit_s,
			    bool (*stop)(void), struct arena *arena, const char **ret_why,
			    struct err *err);

/*
 * Read a sample back, past the page cache. ERR_HARDWARE: a byte that is not zero, with
 * its place. Ends early, with 0, when `stop` is true.
 */
must_check int zero_read_back(const char *path, uint64_t size_bytes, const char *seed,
			      bool (*stop)(void), struct err *err);

/* zero_rule.c, pure: what to zero next, when to give up, where to look afterwards. */

/* Bytes of the next piece, such that it takes about a second. */
uint64_t zero_next_piece(uint64_t done_bytes, uint64_t elapsed_ms);

/* At this rate, is the limit for all of it out of reach? Never before a whole second. */
bool zero_is_too_slow(uint64_t done_bytes, uint64_t total_bytes, uint64_t elapsed_ms,
		      uint64_t limit_s);

struct zero_place {
	uint64_t offset_bytes;
	size_t size_bytes;
};

#define ZERO_PLACES    66 /* both ends, and one in each of 64 equal parts */
#define ZERO_END_BYTES (UINT64_C(1024) * 1024)
#define ZERO_BYTES     (UINT64_C(64) * 1024)

/* Places that are to be read back, all inside; returns how many. Sorted by nothing. */
size_t zero_choose_places(uint64_t total_bytes, const char *seed, struct zero_place *ret);

#endif
