/*
 * Which signed lists a host has seen: the highest serial number by the list's address,
 * as lines "NUMBER URL". Lists are signed for ever, so only this tells an old one.
 */
#ifndef FETCH_SEEN_H
#define FETCH_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/text.h"

struct seen_list {
	const char *url; /* in the arena, without a password */
	uint64_t serial;
};

struct seen {
	struct seen_list *lists;
	size_t n;
};

/* The number of that list from now on. */
void seen_set(struct seen *seen, const char *url, uint64_t serial, struct arena *arena);

/* What is no such line is passed over; of two numbers the higher counts. */
void seen_read(const char *text, struct arena *arena, struct seen *seen);

const struct seen_list *seen_find(const struct seen *seen, const char *url);

void seen_print(const struct seen *seen, struct text *out);

#endif
