/*
 * What the unit tests share: cmocka with its headers, a profile and a machine to start
 * from, and one way to say "this fails, with exactly this message".
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

#define assert_ok(call)                                                                  \
	do {                                                                             \
		int rc_ = (call);                                                        \
		if (rc_ < 0)                                                             \
			print_error("%s\n", err.msg);                                    \
		assert_int_equal(rc_, 0);                                                \
		assert_int_equal(err.code, ERR_NONE);                                    \
	} while (0)

/* The call fails with this code and this message; err can be used again afterwards. */
#define assert_fails(call, expected_code, expected_msg)                                  \
	do {                                                                             \
		assert_int_equal((call), -1);                                            \
		assert_string_equal(err.msg, expected_msg);                              \
		assert_int_equal(err.code, expected_code);                               \
		err = (struct err){ 0 };                                                 \
	} while (0)

#define assert_contains(haystack, needle)                                                \
	do {                                                                             \
		const char *hay_ = (haystack), *needle_ = (needle);                      \
		if (!strstr(hay_, needle_))                                              \
			fail_msg("\"%s\" is not in:\n%s", needle_, hay_);                \
	} while (0)

#define assert_lacks(haystack, needle)                                                   \
	do {                                                                             \
		const char *hay_ = (haystack), *needle_ = (needle);                      \
		if (strstr(hay_, needle_))                                               \
			fail_msg("\"%s\" is in:\n%s", needle_, hay_);                    \
	} while (0)

/* `text` with the first `from` replaced by `to`; `from` must be there. */
static inline char *replaced(struct arena *arena, const char *text, const char *from,
			     const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("nothing to replace: \"%s\" is not in the text", from);
	return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to,
			    at + strlen(from));
}

#endif
