#include "config/yaml.h"
#include "tests/support.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct yaml_node *parse(const char *text)
{
	struct yaml_node *root = NULL;
	struct err err = { 0 };

	assert_ok(yaml_parse("f.yaml", text, strlen(text), &arena, &root, &err));
	assert_non_null(root);
	return root;
}

static void assert_refused(const char *text, size_t len, const char *msg)
{
	struct yaml_node *root = NULL;
	struct err err = { 0 };

	assert_fails(yaml_parse("f.yaml", text, len, &arena, &root, &err), ERR_CONFIG,
		     msg);
	assert_null(root);
}

static void assert_node(const struct yaml_node *n, enum yaml_kind kind, unsigned line,
			unsigned column)
{
	assert_non_null(n);
	assert_int_equal(n->kind, kind);
	assert_int_equal(n->at.line, line);
	assert_int_equal(n->at.column, column);
}

static void test_tree_remembers_places(void **state)
{
	const struct yaml_node *root = parse("# comment\n"
					     "host: xen01\n"
					     "disks: {count: 2, size: \"1G\"}\n"
					     "list:\n"
					     "  - a\n"
					     "  - {b: c}\n");
	const struct yaml_node *n = root->first;

	(void)state;
	assert_node(root, YAML_MAP, 2, 1);
	assert_node(n, YAML_SCALAR, 2, 7);
	assert_string_equal(n->key, "host");
	assert_int_equal(n->key_at.line, 2);
	assert_int_equal(n->key_at.column, 1);
	assert_string_equal(n->text, "xen01");
	assert_false(n->quoted);

	n = n->next;
	assert_node(n, YAML_MAP, 3, 8);
	assert_node(n->first, YAML_SCALAR, 3, 16);
	assert_string_equal(n->first->next->text, "1G");
	assert_true(n->first->next->quoted);
	assert_int_equal(n->first->next->key_at.column, 19);
	assert_null(n->first->next->next);

	n = n->next;
	assert_node(n, YAML_LIST, 5, 3);
	assert_node(n->first, YAML_SCALAR, 5, 5);
	assert_null(n->first->key);
	assert_node(n->first->next, YAML_MAP, 6, 5);
	assert_string_equal(n->first->next->first->key, "b");
	assert_null(n->next);
}

static void test_json_is_read(void **state)
{
	const struct yaml_node *root = parse("{\"a\":[1,\"2\",null,true],\"b\":{}}");

	(void)state;
	assert_string_equal(root->first->key, "a");
	assert_false(root->first->first->quoted);
	assert_true(root->first->first->next->quoted);
	assert_null(root->first->next->first);
}

static void test_empty_documents(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refused(texts[i], strlen(texts[i]),
			       "f.yaml:1:1: the file is empty");
}

static void test_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "a: 1\nb: 2\na: 3\n",
		  "f.yaml:3:1: \"a\" stands here a second time (first in line 1)" },
		{ "a: &x 1\n", "f.yaml:1:4: anchors are not used here" },
		{ "a: &x\n  b: 1\n", "f.yaml:1:4: anchors are not used here" },
		{ "a: &x [1]\n", "f.yaml:1:4: anchors are not used here" },
		{ "&x a: 1\n", "f.yaml:1:1: anchors are not used here" },
		{ "a: *x\n", "f.yaml:1:4: aliases (*name) are not used here" },
		{ "a: [*x]\n", "f.yaml:1:5: aliases (*name) are not used here" },
		{ "*x : 1\n", "f.yaml:1:1: a key must be plain text" },
		{ "a: !!str 1\n", "f.yaml:1:4: tags (!name) are not used here" },
		{ "a: !x {b: 1}\n", "f.yaml:1:4: tags (!name) are not used here" },
		{ "a: ! [1]\n", "f.yaml:1:4: tags (!name) are not used here" },
		{ "!!str a: 1\n", "f.yaml:1:1: tags (!name) are not used here" },
		{ "[1]: 2\n", "f.yaml:1:1: a key must be plain text" },
		{ "? {a: 1}\n: 2\n", "f.yaml:1:3: a key must be plain text" },
		{ "a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here" },
		{ "a: \"\\0\"\n", "f.yaml:1:4: a NUL byte stands in the text" },
		{ "\"a\\0b\": 1\n", "f.yaml:1:1: a NUL byte stands in the text" },
		{ "a: [1, 2\nb: 3\n", "f.yaml:2:2: did not find expected ',' or ']'" },
		{ "a: 1\n\tb: 2\n",
		  "f.yaml:2:1: found a tab character that violates indentation" },
		{ "a: 1\n b: 2\n", "f.yaml:2:3: mapping values are not allowed in this "
				   "context" },
		{ "a: \"x\n", "f.yaml:2:1: found unexpected end of stream" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_refused(cases[i][0], strlen(cases[i][0]), cases[i][1]);
}

/* libyaml gives no place for what it cannot even read as characters. */
static void test_place_of_bad_characters(void **state)
{
	(void)state;
	assert_refused("a: 1\nb: \x01\n", 9,
		       "f.yaml:2:4: control characters are not allowed");
	assert_refused("a: 1\nb: caf\xe9 noir\n", 18,
		       "f.yaml:2:8: invalid trailing UTF-8 octet");
	assert_refused("a: 1\n\xc3\xa9: \xff\n", 11,
		       "f.yaml:2:4: invalid leading UTF-8 octet");
	assert_refused("a: b\0c\n", 7, "f.yaml:1:5: control characters are not allowed");
}

static void test_depth_and_size_are_limited(void **state)
{
	auto_text struct text deep = { 0 }, deeper = { 0 };
	auto_free char *large = xmalloc(YAML_MAX_BYTES + 1);

	(void)state;
	for (unsigned i = 0; i < YAML_MAX_DEPTH; i++)
		text_add(&deep, "[");
	text_add(&deep, "x");
	for (unsigned i = 0; i < YAML_MAX_DEPTH; i++)
		text_add(&deep, "]");
	parse(deep.s);
	text_printf(&deeper, "[%s]", deep.s);
	assert_refused(deeper.s, deeper.len, "f.yaml:1:18: nested too deeply");

	memset(large, '#', YAML_MAX_BYTES + 1);
	assert_refused(large, YAML_MAX_BYTES + 1, "f.yaml: larger than 1048576 bytes");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_tree_remembers_places),   test(test_json_is_read),
		test(test_empty_documents),         test(test_refused),
		test(test_place_of_bad_characters), test(test_depth_and_size_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
