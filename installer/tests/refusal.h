/*
 * "This change to the example is refused with that message", as tables.
 */
#ifndef TESTS_REFUSAL_H
#define TESTS_REFUSAL_H

#include "tests/profile.h"

struct refusal {
	const char *from, *to; /* what is replaced in the example */
	const char *message;
};

static inline void assert_refusals(struct arena *arena, const char *text,
				   const struct refusal *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *edited = replaced(arena, text, cases[i].from, cases[i].to);
		struct profile p = { 0 };
		struct err err = { 0 };

		assert_fails(
			profile_parse("p.yaml", edited, strlen(edited), arena, &p, &err),
			ERR_CONFIG, cases[i].message);
		assert_null(p.host); /* untouched on failure */
	}
}

#endif
