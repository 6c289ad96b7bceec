#include "tests/installer_image.h"
#include "xenserver/constants.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct constants read_text(const char *text)
{
	struct constants c;

	constants_read("constants.py", text, strlen(text), &arena, &c);
	return c;
}

static void assert_set(const char *text, const char *name, const char *value,
		       const char *expected)
{
	const struct patch_setting setting = { name, value };
	struct constants c = read_text(text);
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	assert_ok(constants_set(&c, &setting, 1, &t, &err));
	assert_string_equal(t.s, expected);
}

static void assert_refused(const char *text, const char *name, const char *value,
			   const char *message)
{
	const struct patch_setting setting = { name, value };
	struct constants c = read_text(text);
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	assert_fails(constants_set(&c, &setting, 1, &t, &err), ERR_CONFIG, message);
	assert_null(t.s);
}

static void test_forms(void **state)
{
	static const struct {
		const char *text, *expected; /* n → 7 */
	} forms[] = {
		{ "n = 1\n", "n = 7\n" },
		{ "n=1", "n=7" },
		{ "n\t=\t1\n", "n\t=\t7\n" },
		{ "n = 1 #GB\n", "n = 7 #GB\n" },
		{ "n = 1#GB\n", "n = 7#GB\n" },
		{ "n = 1  # was n = 2\n", "n = 7  # was n = 2\n" },
		{ "n = 1\r\nm = 2\r\n", "n = 7\r\nm = 2\r\n" },
		{ "n = 1   \n", "n = 7   \n" },
		{ "# n = 1\nn = 2\n", "# n = 1\nn = 7\n" },
		{ "s = \"# n\"\nn = 2\n", "s = \"# n\"\nn = 7\n" },
		{ "s = '''\nn = 1\n'''\nn = 2\n", "s = '''\nn = 1\n'''\nn = 7\n" },
		{ "s = \"\"\"a\\\"\"\"\nn = 1\n\"\"\"\nn = 2\n",
		  "s = \"\"\"a\\\"\"\"\nn = 1\n\"\"\"\nn = 7\n" },
		{ "s = 'it\\'s'\nn = 2\n", "s = 'it\\'s'\nn = 7\n" },
		{ "def f(n):\n    n = 3\n    return n\nn = 2\n",
		  "def f(n):\n    n = 3\n    return n\nn = 7\n" },
		{ "n_old = 1\nx = n + n_old\nn == 3\nn = 2\nmax_n = n\n",
		  "n_old = 1\nx = n + n_old\nn == 3\nn = 7\nmax_n = n\n" },
		/* Not valid Python: a quote is left open, a bracket, an indent. */
		{ "s = 'open\nn = 2\n", "s = 'open\nn = 7\n" },
		{ "f(a, [\nn = 2\n", "f(a, [\nn = 7\n" },
		{ "if x\nprint x\nn = 2\n", "if x\nprint x\nn = 7\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		assert_set(forms[i].text, "n", "7", forms[i].expected);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_set("b = True\n", "b", "False", "b = False\n");
	assert_set("s = 'ext3' # old\n", "s", "\"ext4\"", "s = \"ext4\" # old\n");
	assert_set("s = \"it's\"\n", "s", "'x'", "s = 'x'\n");
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("other = 1\nthing = 2\n", "root_size", "2",
		       "constants.py does not assign root_size");
	assert_refused("a = 1\nroot_sise = 4096 # MB\n", "root_size", "2",
		       "constants.py does not assign root_size; nearest is line 2: "
		       "root_sise = 4096 # MB");
	assert_refused("", "n", "2", "constants.py does not assign n");
	assert_refused("n = 1\nn = 2\n", "n", "3",
		       "constants.py assigns n twice, in lines 1 and 2");
	assert_refused("n = 1\nn += 2\n", "n", "3",
		       "constants.py assigns n twice, in lines 1 and 2");
	assert_refused("n = 1\nif x:\n    n = 2\n", "n", "3",
		       "constants.py assigns n twice, in lines 1 and 3");
	assert_refused("if x:\n    n = 2\n", "n", "3",
		       "constants.py:2 assigns n under a condition only");
	assert_refused(
		"n = max(a, b)  # c\n", "n", "3",
		"constants.py:1: n is no plain value but `max(a, b)`, which is not "
		"replaced");
	assert_refused("n = 1; m = 2\n", "n", "3",
		       "constants.py:1: n is no plain value but `1; m = 2`, which is not "
		       "replaced");
	assert_refused("n = \"\"\"a\nb\"\"\"\n", "n", "3",
		       "constants.py:1: n is no plain value but `\"\"\"a`, which is not "
		       "replaced");
	assert_refused("n = 1\n", "n", "True",
		       "constants.py:1: n is a whole number; \"True\" is not");
	assert_refused("n = 1\n", "n", "1 # x",
		       "constants.py:1: n is a whole number; \"1 # x\" is not");
	assert_refused("n = True\n", "n", "1",
		       "constants.py:1: n is True or False; \"1\" is not");
	assert_refused("n = 'a'\n", "n", "'a'; x = 'b'",
		       "constants.py:1: n is a text in quotes; \"'a'; x = 'b'\" is not");
	assert_refused("n = 1\n", "n", "0", "n: 0 is out of range (1 to 2147483647)");
	assert_refused("n = 1\n", "n", "2147483648",
		       "n: 2147483648 is out of range (1 to 2147483647)");
}

/* The traps of each era's file: only the assignments themselves are found. */
static void test_eras(void **state)
{
	struct constants c = read_text(constants_7);

	(void)state;
	assert_int_equal(constants_find(&c, "root_size")->kind, CONSTANT_OTHER);
	assert_int_equal(constants_find(&c, "root_size")->line, 10);
	assert_int_equal(constants_find(&c, "root_size_old")->kind, CONSTANT_OTHER);
	assert_int_equal(constants_find(&c, "install_size")->kind, CONSTANT_OTHER);
	assert_int_equal(constants_find(&c, "logs_size")->number, 4096);
	assert_int_equal(constants_find(&c, "min_primary_disk_size")->number, 46);
	c = read_text(constants_6);
	assert_int_equal(constants_find(&c, "root_size")->line, 5);
	assert_int_equal(constants_find(&c, "GPT_SUPPORT")->line, 4);
	assert_null(constants_find(&c, "root_size_old"));
}

static void test_several_at_once(void **state)
{
	static const struct patch_setting settings[] = {
		{ "swap_size", "1024" },
		{ "GPT_SUPPORT", "False" },
		{ "swap_size", "2048" }, /* the last one counts */
	};
	struct constants c = read_text(constants_6);
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(constants_set(&c, settings, ARRAY_LEN(settings), &t, &err));
	assert_contains(t.s, "\nswap_size = 2048\n");
	assert_contains(t.s, "\nGPT_SUPPORT = False\n");
	assert_contains(t.s, "# Change GPT_SUPPORT = True to False");
	text_free(&t);
	assert_ok(constants_set(&c, NULL, 0, &t, &err));
	assert_string_equal(t.s, constants_6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),           cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_refusals),        cmocka_unit_test(test_eras),
		cmocka_unit_test(test_several_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
