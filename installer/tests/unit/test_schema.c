#include "config/schema.h"
#include "tests/support.h"

enum colour { RED, GREEN };

struct wheel {
	struct yaml_mark at;
	uint64_t inches;
	const char *maker;
};

struct bell {
	struct yaml_mark at;
	bool loud;
	const char *key;
};

struct bicycle {
	struct yaml_mark at;
	const char *owner, *motto;
	bool sold;
	uint64_t gears, weight;
	int colour;
	const char **names;
	size_t n_names;
	struct bell bell;
	struct wheel *wheels;
	size_t n_wheels;
};

static bool is_short(const char *s)
{
	return strlen(s) < 8;
}

static const char *const colours[] = { "red", "green", NULL };

static const struct key bell_keys[] = {
	{ .name = "loud",
	  .type = KEY_BOOL,
	  KEY_FIELD(bell, loud),
	  .preset = "yes",
	  .help = "can be heard" },
	{ .name = "key",
	  .type = KEY_STRING,
	  KEY_FIELD(bell, key),
	  .secret = true,
	  .valid = is_short,
	  .form = "a short key",
	  .help = "opens it" },
};
static const struct schema bell_schema = SCHEMA("bell", bell, bell_keys);

static const struct key wheel_keys[] = {
	{ .name = "inches",
	  .type = KEY_UINT,
	  KEY_FIELD(wheel, inches),
	  .required = true,
	  .min = 12,
	  .max = 29,
	  .help = "diameter" },
	{ .name = "maker", .type = KEY_STRING, KEY_FIELD(wheel, maker), .help = "who" },
};
static const struct schema wheel_schema = SCHEMA("wheels", wheel, wheel_keys);

static const struct key bicycle_keys[] = {
	{ .name = "owner",
	  .type = KEY_STRING,
	  KEY_FIELD(bicycle, owner),
	  .required = true,
	  .valid = is_short,
	  .form = "a short name",
	  .help = "whose" },
	{ .name = "motto",
	  .type = KEY_STRING,
	  KEY_FIELD(bicycle, motto),
	  .preset = "",
	  .help = "painted on it" },
	{ .name = "sold", .type = KEY_BOOL, KEY_FIELD(bicycle, sold), .help = "gone" },
	{ .name = "gears",
	  .type = KEY_UINT,
	  KEY_FIELD(bicycle, gears),
	  .max = 30,
	  .preset = "3",
	  .help = "how many" },
	{ .name = "weight",
	  .type = KEY_SIZE,
	  KEY_FIELD(bicycle, weight),
	  .rest = true,
	  .min = 1024,
	  .max = 1024 * 1024,
	  .preset = "2K",
	  .help = "in bytes" },
	{ .name = "colour",
	  .type = KEY_CHOICE,
	  KEY_FIELD(bicycle, colour),
	  .choices = colours,
	  .preset = "green",
	  .help = "paint" },
	{ .name = "names",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(bicycle, names),
	  .valid = is_short,
	  .form = "a short name",
	  .help = "what it is called" },
	{ .name = "bell",
	  .type = KEY_MAP,
	  KEY_FIELD(bicycle, bell),
	  .of = &bell_schema,
	  .help = "rings" },
	{ .name = "wheels",
	  .type = KEY_LIST,
	  KEY_COUNTED(bicycle, wheels),
	  .of = &wheel_schema,
	  .help = "turn" },
};
static const struct schema schema = SCHEMA("bicycle", bicycle, bicycle_keys);

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int read_text(const char *text, struct bicycle *ret, struct err *err)
{
	struct yaml_node *root;

	*ret = (struct bicycle){ 0 };
	if (yaml_parse("b.yaml", text, strlen(text), &arena, &root, err) < 0)
		return -1;
	return schema_read(&schema, "b.yaml", root, &arena, ret, err);
}

static void test_every_type_is_read(void **state)
{
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: Ada\n"
			    "motto: \"go: on\"\n"
			    "sold: on\n"
			    "gears: 30\n"
			    "weight: rest\n"
			    "colour: red\n"
			    "names: [x, 'y z']\n"
			    "bell: {loud: false, key: abc}\n"
			    "wheels:\n"
			    "  - {inches: 12}\n"
			    "  - {inches: 29, maker: M}\n",
			    &b, &err));
	assert_string_equal(b.owner, "Ada");
	assert_string_equal(b.motto, "go: on");
	assert_true(b.sold);
	assert_int_equal(b.gears, 30);
	assert_int_equal(b.weight, SIZE_REST);
	assert_int_equal(b.colour, RED);
	assert_int_equal(b.n_names, 2);
	assert_string_equal(b.names[1], "y z");
	assert_false(b.bell.loud);
	assert_string_equal(b.bell.key, "abc");
	assert_int_equal(b.bell.at.line, 8);
	assert_int_equal(b.n_wheels, 2);
	assert_int_equal(b.wheels[0].inches, 12);
	assert_null(b.wheels[0].maker);
	assert_int_equal(b.wheels[1].at.line, 11);
	assert_int_equal(b.wheels[1].at.column, 5);
}

static void test_defaults(void **state)
{
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: Ada\n", &b, &err));
	assert_non_null(b.motto); /* an empty text is a text */
	assert_string_equal(b.motto, "");
	assert_false(b.sold);
	assert_int_equal(b.gears, 3);
	assert_int_equal(b.weight, 2048);
	assert_int_equal(b.colour, GREEN);
	assert_int_equal(b.n_names, 0);
	assert_true(b.bell.loud); /* the map is absent, its keys' defaults are not */
	assert_null(b.bell.key);
	assert_int_equal(b.n_wheels, 0);
}

static void test_nothing_is_the_default(void **state)
{
	static const char *const nothing[] = { "", "null", "~" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
		struct bicycle b;
		struct err err = { 0 };

		assert_ok(read_text(arena_printf(&arena,
						 "owner: Ada\nmotto: %s\nbell: {key: %s}",
						 nothing[i], nothing[i]),
				    &b, &err));
		assert_non_null(b.motto);
		assert_string_equal(b.motto, "");
		assert_null(b.bell.key);
	}
}

static void test_messages(void **state)
{
	static const char *const cases[][2] = {
		{ "[owner]", "1:1: bicycle must be a map of keys, not a list" },
		{ "owner", "1:1: bicycle must be a map of keys, not a single value" },
		{ "--- ''", "1:5: bicycle must be a map of keys, not nothing" },
		{ "sold: true", "1:1: bicycle: the key \"owner\" is missing (whose)" },
		{ "owner:", "1:7: owner must not be empty" },
		{ "owner: ~", "1:8: owner must not be empty" },
		{ "owner: Ada Lovelace",
		  "1:8: owner: \"Ada Lovelace\" is not a short name" },
		{ "owner: [Ada]", "1:8: owner must be a short name, not a list" },
		{ "owner: {a: b}", "1:8: owner must be a short name, not a map" },
		{ "owner: Ada\nclour: red",
		  "2:1: unknown key \"clour\" in bicycle; did you mean \"colour\"?" },
		{ "owner: Ada\nengine: 1", "2:1: unknown key \"engine\" in bicycle" },
		{ "owner: Ada\ncolour: blue",
		  "2:9: colour: \"blue\" is not red or green" },
		{ "owner: Ada\ncolour: [red]",
		  "2:9: colour must be red or green, not a list" },
		{ "owner: Ada\nsold: maybe",
		  "2:7: sold: \"maybe\" is not true or false" },
		{ "owner: Ada\nsold:", "2:6: sold must be true or false, not nothing" },
		{ "owner: Ada\ngears: 31", "2:8: gears: 31 is out of range (0 to 30)" },
		{ "owner: Ada\ngears: -1", "2:8: gears: \"-1\" is not a whole number" },
		{ "owner: Ada\ngears: 1K", "2:8: gears: \"1K\" is not a whole number" },
		{ "owner: Ada\ngears: 99999999999999999999",
		  "2:8: gears: \"99999999999999999999\" is not a whole number" },
		{ "owner: Ada\nweight: 1023",
		  "2:9: weight: 1023 is out of range (from 1 KiB to 1 MiB)" },
		{ "owner: Ada\nweight: 2M",
		  "2:9: weight: 2M is out of range (from 1 KiB to 1 MiB)" },
		{ "owner: Ada\nweight: all",
		  "2:9: weight: \"all\" is not a size such as 20G or 512M, or rest" },
		{ "owner: Ada\nnames: x", "2:8: names must be a list, as in [x]" },
		{ "owner: Ada\nnames: {x: y}",
		  "2:8: names must be a short name, not a map" },
		{ "owner: Ada\nnames: [x, [y]]",
		  "2:12: names must be a short name, not a list" },
		{ "owner: Ada\nnames: [x, 123456789]",
		  "2:12: names: \"123456789\" is not a short name" },
		{ "owner: Ada\nbell: loud",
		  "2:7: bell must be a map of keys, not a single value" },
		{ "owner: Ada\nbell: {lound: true}",
		  "2:8: unknown key \"lound\" in bell; did you mean \"loud\"?" },
		{ "owner: Ada\nwheels: {inches: 12}",
		  "2:9: wheels must be a list, not a map" },
		{ "owner: Ada\nwheels: [12]",
		  "2:10: wheels must be a map of keys, not a single value" },
		{ "owner: Ada\nwheels:\n  - {inches: 28}\n  - {maker: M}",
		  "4:5: wheels: the key \"inches\" is missing (diameter)" },
		{ "owner: Ada\nwheels: [{inches: 11}]",
		  "2:19: inches: 11 is out of range (12 to 29)" },
		/* What a secret is stays out of messages. */
		{ "owner: Ada\nbell: {key: much-too-long}",
		  "2:13: key must be a short key, not this" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bicycle b;
		struct err err = { 0 };

		assert_fails(read_text(cases[i][0], &b, &err), ERR_CONFIG,
			     arena_printf(&arena, "b.yaml:%s", cases[i][1]));
	}
}

static void test_json_form(void **state)
{
	auto_text struct text t = { 0 };
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("wheels: [{inches: 20}]\nowner: Ada # comes second here\n"
			    "names: [a, b]\nbell: {key: abc}\nweight: rest",
			    &b, &err));
	schema_json(&schema, &b, true, &t);
	assert_string_equal(t.s, "{\"owner\":\"Ada\",\"motto\":\"\",\"sold\":false,"
				 "\"gears\":3,\"weight\":\"rest\",\"colour\":\"green\","
				 "\"names\":[\"a\",\"b\"],"
				 "\"bell\":{\"loud\":true,\"key\":\"abc\"},"
				 "\"wheels\":[{\"inches\":20,\"maker\":null}]}");
}

static void test_json_without_secrets(void **state)
{
	auto_text struct text t = { 0 };
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: Ada\nbell: {key: abc}", &b, &err));
	schema_json(&schema, &b, false, &t);
	assert_contains(t.s, "\"bell\":{\"loud\":true}");
	assert_lacks(t.s, "abc");
}

static void test_json_is_read_back(void **state)
{
	auto_text struct text t = { 0 }, again = { 0 };
	struct bicycle b, c;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: \"null\"\nmotto: \"~\"\nsold: yes\ngears: 0\n"
			    "weight: 4K\ncolour: red\nnames: ['', \"\\n\\u2028\"]\n"
			    "wheels: [{inches: 20, maker: \"a: b #c\"}, {inches: 21}]",
			    &b, &err));
	schema_json(&schema, &b, true, &t);
	assert_ok(read_text(t.s, &c, &err));
	schema_json(&schema, &c, true, &again);
	assert_string_equal(again.s, t.s);
	assert_string_equal(c.owner, "null");
	assert_string_equal(c.names[1], "\n\xe2\x80\xa8");
}

static void test_reference(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	schema_document(&schema, "bicycle", &t);
	assert_contains(t.s, "\n## `bicycle`\n\n| key | value | default | meaning |\n"
			     "|---|---|---|---|\n"
			     "| `owner` | a short name | **required** | whose |\n");
	assert_contains(t.s, "| `colour` | red or green | `green` | paint |\n");
	assert_contains(t.s, "| `sold` | true or false |  | gone |\n");
	assert_contains(t.s, "\n## `bicycle.bell`\n");
	assert_contains(t.s, "\n## `bicycle.wheels`\n");
	assert_contains(t.s, "| `inches` | a whole number | **required** | diameter |\n");
	assert_lacks(t.s, "``"); /* an empty default */
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_every_type_is_read),
		test(test_defaults),
		test(test_nothing_is_the_default),
		test(test_messages),
		test(test_json_form),
		test(test_json_without_secrets),
		test(test_json_is_read_back),
		test(test_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
