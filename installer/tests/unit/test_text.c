#include "tests/support.h"

static void test_size_parse_reads_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "10B", 10 },
		{ "1K", 1024 },
		{ "1k", 1024 },
		{ "512M", 512 * MIB },
		{ "20G", 20 * GIB },
		{ "20GiB", 20 * GIB },
		{ "20GB", 20 * GIB },
		{ "3T", 3 * 1024 * GIB },
		{ "16777215T", UINT64_C(16777215) << 40 },
		{ "18446744073709551615", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t bytes = 7;

		if (!size_parse(cases[i].text, &bytes))
			fail_msg("%s is not read", cases[i].text);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void test_size_parse_refuses(void **state)
{
	static const char *const cases[] = {
		"",
		"-1",
		"+1",
		" 1",
		"1 G",
		"1.5G",
		"G",
		"1GG",
		"1Gi",
		"1iB",
		"1X",
		"0x10",
		"rest",
		"1G ",
		"1GBB",
		"1\xc2\xb0",
		"18446744073709551616",
		"16777216T",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t bytes = 7;

		if (size_parse(cases[i], &bytes))
			fail_msg("\"%s\" is taken for a size", cases[i]);
		assert_int_equal(bytes, 7);
	}
}

static void test_size_print_is_short_and_never_too_large(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 bytes" },
		{ 1023, "1023 bytes" },
		{ 1024, "1 KiB" },
		{ 1536 * MIB, "1.5 GiB" },
		{ 20 * GIB, "20 GiB" },
		{ 20 * GIB + 1, "20 GiB" },
		{ 2 * GIB - 1, "1.9 GiB" },
		{ 3 * 1024 * GIB, "3 TiB" },
		{ UINT64_MAX, "16777215.9 TiB" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(SIZE_TEXT(cases[i].bytes), cases[i].text);
}

static void test_nearest_word(void **state)
{
	static const char *const words[] = { "host", "partitions", "filesystems",
					     "finish", "on" };
	size_t n = ARRAY_LEN(words);
	char word[80];

	(void)state;
	assert_string_equal(str_nearest("flesystem", words, n), "filesystems");
	assert_string_equal(str_nearest("patritions", words, n), "partitions");
	assert_string_equal(str_nearest("hots", words, n), "host");
	assert_string_equal(str_nearest("host", words, n), "host");
	assert_null(str_nearest("kerberos", words, n));
	assert_null(str_nearest("x", words, n)); /* not "on": all of it would be new */
	assert_null(str_nearest("", words, n));
	assert_null(str_nearest("host", words, 0));
	memset(word, 'o', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(str_nearest(word, words, n));
}

static void test_buffer_grows(void **state)
{
	auto_text struct text t = { 0 };
	struct text nothing = { 0 };
	auto_free char *empty = text_take(&nothing);
	char *all;

	(void)state;
	assert_string_equal(empty, "");
	for (unsigned i = 0; i < 1000; i++) {
		text_printf(&t, "%03u", i);
		assert_int_equal(t.len, 3 * (i + 1));
		assert_int_equal(t.s[t.len], '\0');
	}
	assert_memory_equal(t.s + 3 * 123, "123", 3);
	text_add(&t, "end");
	all = text_take(&t);
	assert_string_equal(all + 3000, "end");
	assert_null(t.s);
	assert_int_equal(t.len, 0);
	free(all);
}

static void test_buffer_keeps_nul_bytes(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	text_add_bytes(&t, "a\0b", 3);
	text_add_bytes(&t, NULL, 0);
	text_add(&t, "");
	assert_int_equal(t.len, 3);
	assert_memory_equal(t.s, "a\0b", 4);
}

static void test_clean(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "QEMU HARDDISK", "QEMU HARDDISK" },
		{ "a\nb\x1b[2J\x7f", "a?b?[2J?" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xc2\x9b\xe2\x80\xa8z", "??z" },
		{ "\xff\xc3", "??" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_free char *s = xstrdup(cases[i][0]);

		str_clean(s);
		assert_string_equal(s, cases[i][1]);
	}
}

static void test_string_questions(void **state)
{
	(void)state;
	assert_true(str_eq(NULL, NULL));
	assert_true(str_eq("a", "a"));
	assert_false(str_eq("a", NULL));
	assert_false(str_eq(NULL, "a"));
	assert_false(str_eq("a", "A"));
	assert_true(str_starts("/target/etc", "/target"));
	assert_true(str_starts("a", ""));
	assert_false(str_starts("/tar", "/target"));
	assert_true(str_ends("initramfs.img", ".img"));
	assert_true(str_ends(".img", ".img"));
	assert_false(str_ends("img", ".img"));
	assert_true(str_empty(NULL));
	assert_true(str_empty(""));
	assert_false(str_empty(" "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_parse_reads_units),
		cmocka_unit_test(test_size_parse_refuses),
		cmocka_unit_test(test_size_print_is_short_and_never_too_large),
		cmocka_unit_test(test_nearest_word),
		cmocka_unit_test(test_buffer_grows),
		cmocka_unit_test(test_buffer_keeps_nul_bytes),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_string_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
