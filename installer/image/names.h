/*
 * Which names have been handed to the writers since all of them were last known to be
 * done. Writers work side by side, so when a name comes again (replaced, linked to,
 * followed) the reader first has to wait for the earlier one.
 *
 * Names are kept as 64-bit hashes: two names with one hash cost a needless wait, no more.
 */
#ifndef IMAGE_NAMES_H
#define IMAGE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names;

struct names *names_new(void);
void names_free(struct names *n);
void names_forget(struct names *n); /* the writers are done */

/* The hash of a name in the directory whose own hash this is. Never 0. */
uint64_t names_hash(uint64_t dir, const char *name, size_t len);

bool names_has(const struct names *n, uint64_t hash);
bool names_add(struct names *n, uint64_t hash); /* false: full, nothing added */

#endif
