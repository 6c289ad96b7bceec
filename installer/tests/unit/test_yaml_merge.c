/*
 * A host's file over the defaults: what the rule says, and that errors go on naming the
 * file they are in.
 */
#include "config/profile.h"
#include "tests/support.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct yaml_node *parse(const char *name, const char *text)
{
	struct yaml_node *root = NULL;
	struct err err = { 0 };

	assert_ok(yaml_parse(name, text, strlen(text), &arena, &root, &err));
	return root;
}

static void assert_merged(const char *base, const char *over, const char *expected)
{
	struct yaml_node *root = parse("xen01.yaml", over);
	auto_text struct text t = { 0 };

	yaml_merge(parse("defaults.yaml", base), "defaults.yaml", root);
	yaml_write(root, &t);
	assert_string_equal(t.s, expected);
}

static void test_maps_are_merged_and_the_rest_replaced(void **state)
{
	(void)state;
	assert_merged("a: 1\nb: 2\n", "b: 3\nc: 4\n", "a: 1\nb: 3\nc: 4\n");
	assert_merged("xen: {timeout: 5, options: x}\n", "xen: {timeout: 1}\n",
		      "xen:\n  timeout: 1\n  options: x\n");
	assert_merged("m: {n: {o: 1, p: 2}}\n", "m: {n: {o: 3}}\n",
		      "m:\n  n:\n    o: 3\n    p: 2\n");
	assert_merged("l: [a, b]\n", "l: [c]\n", "l:\n  - c\n");
	assert_merged("w: own\n", "w: {listed: [S]}\n", "w:\n  listed:\n    - S\n");
	assert_merged("w: {listed: [S]}\n", "w: own\n", "w: own\n");
	assert_merged("a: 1\n", "a:\nb: {}\n", "a: null\nb: {}\n");
	assert_merged("{}\n", "{}\n", "{}\n");
}

/* "" and "null" are texts, an empty place is not; the rest must survive its quotes. */
static void test_what_is_written_reads_the_same(void **state)
{
	static const char text[] = "a: \"\"\nb:\nc: \"null\"\nd: null\ne: ~\nf: "
				   "\"~\"\ng: 'it''s: # \\ \"so\"'\n"
				   "h: -x\ni: two words\nj: |\n  lines\n  of "
				   "text\n\"odd: key\": [{a: 1}, [b], []]\n"
				   "k: 52:54:00:aa:bb:cc\nl: \"1.0\"\n";
	static const char expected[] =
		"a: \"\"\nb: null\nc: \"null\"\nd: null\ne: null\nf: \"~\"\n"
		"g: \"it's: # \\\\ \\\"so\\\"\"\nh: \"-x\"\ni: \"two words\"\n"
		"j: \"lines\\u000aof text\\u000a\"\n"
		"\"odd: key\":\n  -\n    a: 1\n  -\n    - b\n  - []\n"
		"k: \"52:54:00:aa:bb:cc\"\nl: \"1.0\"\n";
	auto_text struct text once = { 0 }, twice = { 0 };

	(void)state;
	yaml_write(parse("f", text), &once);
	assert_string_equal(once.s, expected);
	yaml_write(parse("f", once.s), &twice);
	assert_string_equal(twice.s, once.s);
}

static void test_errors_name_their_own_file(void **state)
{
	static const struct {
		const char *base, *over, *msg;
	} cases[] = {
		{ "disks:\n  count: many\n", "host: a\ntarget: xen-dom0\n",
		  "defaults.yaml:2:10: count: \"many\" is not a whole number" },
		{ "disks: {count: 2}\n", "host: a\ntarget: xen-dom0\ndisks: {kount: 2}\n",
		  "xen01.yaml:3:9: unknown key \"kount\" in disks; did you mean "
		  "\"count\"?" },
		{ "disk: {count: 2}\n", "host: a\n",
		  "defaults.yaml:1:1: unknown key \"disk\" in profile; did you mean "
		  "\"disks\"?" },
		{ "target: xen-dom0\n", "wipe: own\n",
		  "xen01.yaml:1:1: profile: the key \"host\" is missing (the host's "
		  "name)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yaml_node *root = parse("xen01.yaml", cases[i].over);
		struct profile profile;
		struct err err = { 0 };

		yaml_merge(parse("defaults.yaml", cases[i].base), "defaults.yaml", root);
		assert_fails(profile_read("xen01.yaml", root, &arena, &profile, &err),
			     ERR_CONFIG, cases[i].msg);
	}
}

static void test_file_names(void **state)
{
	static const char *const pairs[][2] = {
		{ "52:54:00:AA:bb:cc", "52-54-00-aa-bb-cc" },
		{ "4C4C4544-0042", "4c4c4544-0042" },
		{ "VMware-56 4d/9a", "vmware-56-4d-9a" },
		{ "..", "-." },
		{ "a?b#c%d\n\xc3\xbc", "a-b-c-d---" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		auto_free char *name = profile_file_name(pairs[i][0]);

		assert_string_equal(name, pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps_are_merged_and_the_rest_replaced),
		cmocka_unit_test(test_what_is_written_reads_the_same),
		cmocka_unit_test(test_errors_name_their_own_file),
		cmocka_unit_test(test_file_names),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
