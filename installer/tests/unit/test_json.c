#include "config/yaml.h"
#include "core/json.h"
#include "tests/support.h"

static void test_nesting_and_commas(void **state)
{
	auto_text struct text t = { 0 };
	struct json j = { .out = &t };

	(void)state;
	json_open(&j, NULL, '{');
	json_string(&j, "a", "b");
	json_string(&j, "absent", NULL);
	json_open(&j, "list", '[');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_uint(&j, NULL, UINT64_MAX);
	json_bool(&j, NULL, true);
	json_close(&j, ']');
	json_bool(&j, "no", false);
	json_raw(&j, "time", "12.345");
	json_close(&j, '}');
	assert_string_equal(t.s, "{\"a\":\"b\",\"absent\":null,"
				 "\"list\":[{},18446744073709551615,true],"
				 "\"no\":false,\"time\":12.345}");
}

static void assert_written(const char *value, const char *expected)
{
	auto_text struct text t = { 0 };
	struct json j = { .out = &t };

	json_string(&j, NULL, value);
	assert_string_equal(t.s, expected);
}

static void test_escapes(void **state)
{
	(void)state;
	assert_written("", "\"\"");
	assert_written("say \"hi\" \\ /", "\"say \\\"hi\\\" \\\\ /\"");
	assert_written("a\nb\tc\x1b[2J", "\"a\\u000ab\\u0009c\\u001b[2J\"");
	assert_written("\x7f", "\"\\u007f\"");
	assert_written("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		       "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

/* U+009B is as good as ESC [ to a terminal; U+0085 and U+2028 break lines in YAML. */
static void test_escapes_controls_beyond_ascii(void **state)
{
	(void)state;
	assert_written("\xc2\x9b"
		       "2J",
		       "\"\\u009b2J\"");
	assert_written("\xc2\x85 \xc2\xa0", "\"\\u0085 \xc2\xa0\"");
	assert_written("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x80\xaf",
		       "\"\\u2028\\u2029\\u202e\xe2\x80\xaf\"");
	assert_written("\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf",
		       "\"\\ufeff\\ufffe\\uffff\"");
}

static void test_replaces_what_is_not_utf8(void **state)
{
	(void)state;
	assert_written("\xff", "\"?\"");
	assert_written("a\x80z", "\"a?z\"");
	assert_written("\xc0\xaf", "\"??\"");           /* overlong */
	assert_written("\xe0\x9f\xbf", "\"???\"");      /* overlong */
	assert_written("\xed\xa0\x80", "\"???\"");      /* a surrogate */
	assert_written("\xf4\x90\x80\x80", "\"????\""); /* beyond U+10FFFF */
	assert_written("\xf0\x8f\xbf\xbf", "\"????\""); /* overlong */
	assert_written("\xe2\x82", "\"??\"");           /* cut off at the end */
	assert_written("\xe2\x82z", "\"??z\"");         /* cut off in between */
	assert_written("\xc3", "\"?\"");
}

static void assert_read_back(const char *value)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 }, again = { 0 };
	struct json j = { .out = &t };
	struct json k = { .out = &again };
	struct yaml_node *root;
	struct err err = { 0 };

	json_string(&j, NULL, value);
	assert_ok(yaml_parse("x", t.s, t.len, &arena, &root, &err));
	json_string(&k, NULL, root->text);
	assert_string_equal(again.s, t.s);
}

/* What we write, we can read: any two bytes, any character of three. */
static void test_the_yaml_reader_reads_it(void **state)
{
	(void)state;
	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 0; b < 256; b += 5)
			assert_read_back(
				(const char[]){ 'x', (char)a, (char)b, 'y', '\0' });
	for (unsigned c = 0x800; c < 0x10000; c += c % 256 < 0xf0 ? 7 : 1)
		assert_read_back((const char[]){ ' ', (char)(0xe0 | c >> 12),
						 (char)(0x80 | (c >> 6 & 0x3f)),
						 (char)(0x80 | (c & 0x3f)), ' ', '\0' });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting_and_commas),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_escapes_controls_beyond_ascii),
		cmocka_unit_test(test_replaces_what_is_not_utf8),
		cmocka_unit_test(test_the_yaml_reader_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
