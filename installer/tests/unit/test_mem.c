#include <signal.h>
#include <stdalign.h>
#include <sys/wait.h>

#include "tests/support.h"

static void test_arena_memory_is_zeroed_and_aligned(void **state)
{
	auto_arena struct arena arena = { 0 };

	(void)state;
	for (size_t size = 0; size < 100; size++) {
		unsigned char *p = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_free(&arena);
	assert_null(arena.blocks);
	arena_free(&arena); /* twice is fine */
}

static void test_arena_texts(void **state)
{
	auto_arena struct arena arena = { 0 };
	auto_free char *long_text = xmalloc(5001);

	(void)state;
	memset(long_text, 'x', 5000);
	long_text[5000] = '\0';
	assert_string_equal(arena_strdup(&arena, "abc"), "abc");
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&arena, "abc", 0), "");
	assert_string_equal(arena_printf(&arena, "%s%d", "md", 0), "md0");
	assert_string_equal(arena_printf(&arena, "%s", long_text), long_text);
}

static void test_append_keeps_what_is_there(void **state)
{
	auto_arena struct arena arena = { 0 };
	size_t n = 0;
	unsigned *items = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		items = arena_append(&arena, items, &n, &i, sizeof(i));
		assert_int_equal(n, i + 1);
	}
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
}

/* xreallocarray() with a size that does not fit a size_t must not return. */
static void test_overflow_aborts(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL); /* cmocka catches it */
		free(xreallocarray(NULL, SIZE_MAX / 2 + 2, 2));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_zero_bytes_are_memory_too(void **state)
{
	auto_free void *a = xmalloc(0);
	auto_free void *b = xcalloc(0, 8);
	auto_free void *c = xreallocarray(NULL, 0, 8);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
}

static void test_take_ptr_moves(void **state)
{
	char *a = xstrdup("a");
	auto_free char *b = take_ptr(a);

	(void)state;
	assert_null(a);
	assert_string_equal(b, "a");
}

static void test_first_byte_that_is_not_zero(void **state)
{
	unsigned char bytes[100] = { 0 };

	(void)state;
	assert_int_equal(mem_first_nonzero(bytes, 0), 0);
	assert_int_equal(mem_first_nonzero(bytes, sizeof(bytes)), sizeof(bytes));
	for (size_t at = sizeof(bytes); at-- > 0;) {
		bytes[at] = 0x80;
		for (size_t from = 0; from <= at; from += 7) {
			assert_int_equal(mem_first_nonzero(bytes + from, at - from),
					 at - from);
			assert_int_equal(
				mem_first_nonzero(bytes + from, sizeof(bytes) - from),
				at - from);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_memory_is_zeroed_and_aligned),
		cmocka_unit_test(test_arena_texts),
		cmocka_unit_test(test_append_keeps_what_is_there),
		cmocka_unit_test(test_overflow_aborts),
		cmocka_unit_test(test_zero_bytes_are_memory_too),
		cmocka_unit_test(test_take_ptr_moves),
		cmocka_unit_test(test_first_byte_that_is_not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
