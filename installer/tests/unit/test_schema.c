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

struct bag {
	struct yaml_mark at;
	const char *name;
	uint64_t litres;
};

struct rider {
	struct yaml_mark at;
	const char *name;
	uint64_t height;
	struct bag *bags;
	size_t n_bags;
};

struct bicycle {
	struct yaml_mark at;
	const char *owner, *motto;
	bool sold;
	uint64_t gears, weight, heavy, free;
	int colour;
	const char **names;
	size_t n_names;
	struct bell bell;
	struct wheel *wheels;
	size_t n_wheels;
	struct rider *riders;
	size_t n_riders;
	int light;
};

static bool is_short(const char *s)
{
	return strlen(s) < 8;
}

static const char *const colours[] = { "red", "green", NULL };
static const char *const lights[] = { "0", "1", "both", NULL };

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
static const struct schema bell_schema = { .name = "bell",
					   .size = sizeof(struct bell),
					   .keys = bell_keys,
					   .n = ARRAY_LEN(bell_keys),
					   .lone = "loud" };

static const struct key bag_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(bag, name),
	  .required = true,
	  .help = "on its label" },
	{ .name = "litres",
	  .type = KEY_UINT,
	  KEY_FIELD(bag, litres),
	  .min = 5,
	  .max = 60,
	  .help = "volume" },
};
static const struct schema bag_schema = SCHEMA("bags", bag, bag_keys);

static const struct key rider_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(rider, name),
	  .required = true,
	  .valid = is_short,
	  .form = "a short name",
	  .help = "who rides" },
	{ .name = "height",
	  .type = KEY_UINT,
	  KEY_FIELD(rider, height),
	  .required = true,
	  .max = 250,
	  .help = "in cm" },
	{ .name = "bags",
	  .type = KEY_NAMED,
	  KEY_COUNTED(rider, bags),
	  .of = &bag_schema,
	  .help = "carried" },
};
static const struct schema rider_schema = SCHEMA("riders", rider, rider_keys);

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
	{ .name = "heavy", .type = KEY_SIZE, KEY_FIELD(bicycle, heavy), .help = "else" },
	{ .name = "free",
	  .type = KEY_SIZE,
	  KEY_FIELD(bicycle, free),
	  .rest = true,
	  .help = "inside" },
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
	{ .name = "riders",
	  .type = KEY_NAMED,
	  KEY_COUNTED(bicycle, riders),
	  .of = &rider_schema,
	  .help = "sit" },
	{ .name = "light",
	  .type = KEY_CHOICE,
	  KEY_FIELD(bicycle, light),
	  .choices = lights,
	  .help = "at night" },
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
		  "2:9: weight: \"all\" is not a size such as 20G or 512M, a "
		  "share such as 25%, or rest" },
		{ "owner: Ada\nweight: 0%",
		  "2:9: weight: 0% is out of range (1% to 100%)" },
		{ "owner: Ada\nweight: 101%",
		  "2:9: weight: 101% is out of range (1% to 100%)" },
		{ "owner: Ada\nweight: 18446744073709551641%",
		  "2:9: weight: 18446744073709551641% is out of range (1% to 100%)" },
		{ "owner: Ada\nweight: 5.5%",
		  "2:9: weight: \"5.5%\" is not a size such as 20G or 512M, a share "
		  "such as 25%, or rest" },
		{ "owner: Ada\nweight: 0",
		  "2:9: weight: 0 is out of range (from 1 KiB to 1 MiB)" },
		{ "owner: Ada\nheavy: 25%",
		  "2:8: heavy: \"25%\" is not a size such as 20G or 512M" },
		/* 100% of the inside, were it taken. */
		{ "owner: Ada\nfree: 18446744073709551514",
		  "2:7: free: 18446744073709551514 is out of range (from 0 bytes)" },
		{ "owner: Ada\nnames:",
		  "2:7: names must be a value or a list, not nothing" },
		{ "owner: Ada\nnames: ~",
		  "2:8: names must be a value or a list, not nothing" },
		{ "owner: Ada\nnames: 123456789",
		  "2:8: names: \"123456789\" is not a short name" },
		{ "owner: Ada\nnames: {x: y}",
		  "2:8: names must be a short name, not a map" },
		{ "owner: Ada\nnames: [x, [y]]",
		  "2:12: names must be a short name, not a list" },
		{ "owner: Ada\nnames: [x, 123456789]",
		  "2:12: names: \"123456789\" is not a short name" },
		{ "owner: Ada\nbell: loud", "2:7: bell: \"loud\" is not true or false" },
		{ "owner: Ada\nbell: [on]",
		  "2:7: bell must be a map of keys, not a list" },
		{ "owner: Ada\nbell:", "2:6: bell must be true or false, not nothing" },
		{ "owner: Ada\nlight: 2", "2:8: light: \"2\" is not 0, 1 or both" },
		{ "owner: Ada\nriders: [{name: Bo, height: 2}]",
		  "2:9: riders must be a map of names, each with a map of keys, not a "
		  "list" },
		{ "owner: Ada\nriders: {Bo: {name: Bo, height: 2}}",
		  "2:15: unknown key \"name\" in riders" },
		{ "owner: Ada\nriders: {Bo: {}}",
		  "2:14: riders: the key \"height\" is missing (in cm)" },
		{ "owner: Ada\nriders: {Bo: 170}",
		  "2:14: riders must be a map of keys, not a single value" },
		{ "owner: Ada\nriders:\n  Bo:",
		  "3:6: riders must be a map of keys, not nothing" },
		{ "owner: Ada\nriders:\n  Bo: {height: 1}\n  Bo: {height: 2}",
		  "4:3: \"Bo\" stands here a second time (first in line 3)" },
		{ "owner: Ada\nriders:\n  Ada Lovelace:\n    height: 1",
		  "3:3: riders: \"Ada Lovelace\" is not a short name" },
		{ "owner: Ada\nriders: {Bo: {height: 2, bags: {a: {litres: 4}}}}",
		  "2:45: litres: 4 is out of range (5 to 60)" },
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
			    "names: [a, b]\nbell: {key: abc}\nweight: rest\n"
			    "riders: {Bo: {bags: {a: {}}, height: 170}, Al: {height: 0}}",
			    &b, &err));
	schema_json(&schema, &b, SCHEMA_CANONICAL, &t);
	assert_string_equal(t.s,
			    "{\"owner\":\"Ada\",\"weight\":\"rest\","
			    "\"names\":[\"a\",\"b\"],\"bell\":{\"key\":\"abc\"},"
			    "\"wheels\":[{\"inches\":20}],"
			    "\"riders\":{\"Bo\":{\"height\":170,\"bags\":{\"a\":{}}},"
			    "\"Al\":{\"height\":0}}}");
	text_free(&t);
	schema_json(&schema, &b, SCHEMA_SHOWN, &t);
	assert_string_equal(
		t.s,
		"{\"owner\":\"Ada\",\"motto\":\"\",\"sold\":false,"
		"\"gears\":3,\"weight\":\"rest\",\"heavy\":0,\"free\":0,\"colour\":"
		"\"green\","
		"\"names\":[\"a\",\"b\"],"
		"\"bell\":{\"loud\":true},"
		"\"wheels\":[{\"inches\":20,\"maker\":null}],"
		"\"riders\":{\"Bo\":{\"height\":170,\"bags\":{\"a\":{\"litres\":0}}},"
		"\"Al\":{\"height\":0,\"bags\":{}}},\"light\":null}");
}

static void test_names(void **state)
{
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: Ada\n"
			    "riders:\n"
			    "  Bo:\n"
			    "    height: 170\n"
			    "    bags:\n"
			    "      \"red one\": {litres: 20}\n"
			    "  Al: {height: 180}\n",
			    &b, &err));
	assert_int_equal(b.n_riders, 2);
	assert_string_equal(b.riders[0].name, "Bo");
	assert_int_equal(b.riders[0].height, 170);
	assert_int_equal(b.riders[0].at.line, 3);
	assert_int_equal(b.riders[0].at.column, 3);
	assert_int_equal(b.riders[0].n_bags, 1);
	assert_string_equal(b.riders[0].bags[0].name, "red one");
	assert_int_equal(b.riders[0].bags[0].litres, 20);
	assert_string_equal(b.riders[1].name, "Al");
	assert_int_equal(b.riders[1].n_bags, 0);
}

static void test_shares(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{ "1%", SIZE_PERCENT(1) },
		{ "25%", SIZE_PERCENT(25) },
		{ "100%", SIZE_PERCENT(100) },
		{ "rest", SIZE_REST },
		{ "1K", 1024 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_text struct text t = { 0 };
		struct bicycle b, again;
		struct err err = { 0 };

		assert_ok(read_text(
			arena_printf(&arena, "owner: Ada\nweight: %s", cases[i].text), &b,
			&err));
		assert_int_equal(b.weight, cases[i].value);
		schema_json(&schema, &b, SCHEMA_CANONICAL, &t);
		assert_ok(read_text(t.s, &again, &err));
		assert_int_equal(again.weight, cases[i].value);
	}
	assert_false(SIZE_IS_PERCENT(SIZE_REST));
	assert_int_equal(SIZE_PERCENT_OF(SIZE_PERCENT(25)), 25);
}

/* What may be typed shorter. */
static void test_lone_values(void **state)
{
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: Ada\nnames: \"x y\"\nbell: off\nlight: 1", &b, &err));
	assert_int_equal(b.n_names, 1);
	assert_string_equal(b.names[0], "x y");
	assert_false(b.bell.loud);
	assert_null(b.bell.key);
	assert_int_equal(b.bell.at.line, 3);
	assert_int_equal(b.light, 1);
	assert_ok(read_text("owner: Ada", &b, &err));
	assert_int_equal(b.light, CHOICE_UNSAID);
	assert_ok(read_text("{owner: Ada, names: x, colour: red}", &b, &err));
	assert_int_equal(b.n_names, 1); /* what follows it is no name */
}

static void test_json_without_secrets(void **state)
{
	auto_text struct text t = { 0 };
	struct bicycle b;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text("owner: Ada\nbell: {key: abc}", &b, &err));
	schema_json(&schema, &b, SCHEMA_SHOWN, &t);
	assert_contains(t.s, "\"bell\":{\"loud\":true}");
	assert_lacks(t.s, "abc");
}

static void test_json_is_read_back(void **state)
{
	auto_text struct text t = { 0 }, again = { 0 };
	struct bicycle b, c;
	struct err err = { 0 };

	(void)state;
	assert_ok(read_text(
		"owner: \"null\"\nmotto: \"~\"\nsold: yes\ngears: 0\n"
		"weight: 4K\nfree: 7%\ncolour: red\nnames: ['', \"\\n\\u2028\"]\n"
		"wheels: [{inches: 20, maker: \"a: b #c\"}, {inches: 21}]\n"
		"riders: {\"a\\\"b\": {height: 1, bags: {\"\\u2028\": {}}}}\n",
		&b, &err));
	schema_json(&schema, &b, SCHEMA_CANONICAL, &t);
	assert_ok(read_text(t.s, &c, &err));
	schema_json(&schema, &c, SCHEMA_CANONICAL, &again);
	assert_string_equal(again.s, t.s);
	assert_string_equal(c.owner, "null");
	assert_int_equal(c.gears, 0); /* not its default */
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
	assert_contains(t.s, "| `weight` | a size such as 20G or 512M, a share such as "
			     "25%, or rest | `2K` | in bytes |\n");
	assert_contains(t.s, "| `bell` | true or false, or a map of keys |  | rings |\n");
	assert_contains(t.s, "| `riders` | a map of names, each with a map of keys |  | "
			     "sit |\n");
	assert_contains(t.s, "| `names` | a short name, or a list of such |  | what it "
			     "is called |\n");
	assert_contains(t.s, "\n## `bicycle.riders.NAME`\n");
	assert_contains(t.s, "| `NAME` | a short name | **required** | who rides |\n");
	assert_contains(t.s, "\n## `bicycle.riders.NAME.bags.NAME`\n");
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
		test(test_names),
		test(test_shares),
		test(test_lone_values),
		test(test_json_form),
		test(test_json_without_secrets),
		test(test_json_is_read_back),
		test(test_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
