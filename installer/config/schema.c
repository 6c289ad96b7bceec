#include "config/schema.h"

#include <inttypes.h>

struct reading {
	const char *name; /* of the file */
	struct arena *arena;
	struct err *err;
};

#define fail(r, at, ...) yaml_error((r)->name, at, (r)->err, __VA_ARGS__)

static const char *kind_name(const struct yaml_node *node)
{
	switch (node->kind) {
	case YAML_MAP:
		return "a map";
	case YAML_LIST:
		return "a list";
	case YAML_SCALAR:
		break;
	}
	return *node->text ? "a single value" : "nothing";
}

static bool parse_bool(const char *s, bool *ret)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(s, words[i])) {
			*ret = i % 2;
			return true;
		}
	return false;
}

static bool parse_uint(const char *s, uint64_t *ret)
{
	/* A size without a unit is a plain decimal number. */
	return *s && s[strspn(s, "0123456789")] == '\0' && size_parse(s, ret);
}

static bool parse_choice(const struct key *key, const char *s, int *ret)
{
	for (int i = 0; key->choices[i]; i++)
		if (str_eq(s, key->choices[i])) {
			*ret = i;
			return true;
		}
	return false;
}

static int fail_value(const struct reading *r, const struct key *key,
		      const struct yaml_node *node)
{
	auto_free char *expected = schema_describe(key);

	if (node->kind == YAML_SCALAR && *node->text && !key->secret)
		return fail(r, node->at, "%s: \"%s\" is not %s", key->name, node->text,
			    expected);
	return fail(r, node->at, "%s must be %s, not %s", key->name, expected,
		    key->secret ? "this" : kind_name(node));
}

static bool in_range(const struct key *key, uint64_t value)
{
	if (value == 0 && !key->required && !key->preset)
		return true;
	return value >= key->min && (!key->max || value <= key->max);
}

static int fail_range(const struct reading *r, const struct key *key,
		      const struct yaml_node *node)
{
	if (key->type == KEY_SIZE && str_ends(node->text, "%"))
		return fail(r, node->at, "%s: %s is out of range (1%% to 100%%)",
			    key->name, node->text);
	if (key->type == KEY_SIZE)
		return fail(r, node->at, "%s: %s is out of range (from %s%s%s)",
			    key->name, node->text, SIZE_TEXT(key->min),
			    key->max ? " to " : "", key->max ? SIZE_TEXT(key->max) : "");
	return fail(r, node->at, "%s: %s is out of range (%" PRIu64 " to %" PRIu64 ")",
		    key->name, node->text, key->min, key->max);
}

/* A bare `key:` or JSON's null: absent. */
static bool is_nothing(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->quoted &&
	       (!*node->text || str_eq(node->text, "null") || str_eq(node->text, "~"));
}

static int read_string(const struct reading *r, const struct key *key,
		       const struct yaml_node *node, const char **ret)
{
	if (is_nothing(node)) {
		if (key->required)
			return fail(r, node->at, "%s must not be empty", key->name);
		*ret = key->preset;
		return 0;
	}
	if (node->kind != YAML_SCALAR || (key->valid && !key->valid(node->text)))
		return fail_value(r, key, node);
	*ret = node->text;
	return 0;
}

static int read_strings(const struct reading *r, const struct key *key,
			const struct yaml_node *node, const char ***items, size_t *n)
{
	const struct yaml_node *first = node, *end = node->next;

	/* One value need not be dressed up as a list; but an empty place is no value. */
	if (is_nothing(node))
		return fail(r, node->at, "%s must be a value or a list, not nothing",
			    key->name);
	if (node->kind == YAML_LIST) {
		first = node->first;
		end = NULL;
	}
	for (const struct yaml_node *i = first; i != end; i = i->next) {
		if (i->kind != YAML_SCALAR || (key->valid && !key->valid(i->text)))
			return fail_value(r, key, i);
		*items = arena_append(r->arena, *items, n, &i->text, sizeof(i->text));
	}
	return 0;
}

static int read_map(const struct reading *r, const struct schema *schema,
		    const struct yaml_node *node, void *object);

static int read_list(const struct reading *r, const struct key *key,
		     const struct yaml_node *node, void **items, size_t *n)
{
	if (node->kind != YAML_LIST)
		return fail_value(r, key, node);
	for (const struct yaml_node *i = node->first; i; i = i->next) {
		auto_free void *item = xcalloc(1, key->of->size);

		if (read_map(r, key->of, i, item) < 0)
			return -1;
		*items = arena_append(r->arena, *items, n, item, key->of->size);
	}
	return 0;
}

struct schema schema_unnamed(const struct schema *schema)
{
	struct schema unnamed = *schema;

	unnamed.keys++;
	unnamed.n--;
	return unnamed;
}

static int read_named(const struct reading *r, const struct key *key,
		      const struct yaml_node *node, void **items, size_t *n)
{
	const struct schema unnamed = schema_unnamed(key->of);
	const struct key *name = key->of->keys;

	if (node->kind != YAML_MAP)
		return fail_value(r, key, node);
	for (const struct yaml_node *i = node->first; i; i = i->next) {
		auto_free char *item = xcalloc(1, key->of->size);

		if (name->valid && !name->valid(i->key))
			return fail(r, i->key_at, "%s: \"%s\" is not %s", key->name,
				    i->key, name->form);
		if (read_map(r, &unnamed, i, item) < 0)
			return -1;
		*(struct yaml_mark *)(void *)item = i->key_at;
		*(const char **)(void *)(item + name->offset) = i->key;
		*items = arena_append(r->arena, *items, n, item, key->of->size);
	}
	return 0;
}

/* "25%": 1 to 100. */
static bool parse_percent(const char *s, uint64_t *ret)
{
	size_t digits = strspn(s, "0123456789");
	uint64_t percent = 0;

	if (digits == 0 || !str_eq(s + digits, "%"))
		return false;
	for (; *s != '%'; s++)
		if (percent <= 100)
			percent = percent * 10 + (uint64_t)(*s - '0');
	*ret = percent;
	return true;
}

static int read_size(const struct reading *r, const struct key *key,
		     const struct yaml_node *node, uint64_t *ret)
{
	uint64_t value;

	if (node->kind != YAML_SCALAR)
		return fail_value(r, key, node);
	if (key->rest && str_eq(node->text, "rest")) {
		*ret = SIZE_REST;
	} else if (key->rest && parse_percent(node->text, &value)) {
		if (value < 1 || value > 100)
			return fail_range(r, key, node);
		*ret = SIZE_PERCENT(value);
	} else {
		if (!size_parse(node->text, &value))
			return fail_value(r, key, node);
		/* So many bytes would be taken for a share. */
		if (!in_range(key, value) || (key->rest && value >= SIZE_PERCENT(100)))
			return fail_range(r, key, node);
		*ret = value;
	}
	return 0;
}

static int read_value(const struct reading *r, const struct key *key,
		      const struct yaml_node *node, char *object)
{
	void *field = object + key->offset;
	size_t *count = (size_t *)(void *)(object + key->count_offset);
	bool scalar = node->kind == YAML_SCALAR;

	switch (key->type) {
	case KEY_STRING:
		return read_string(r, key, node, field);
	case KEY_STRINGS:
		return read_strings(r, key, node, field, count);
	case KEY_MAP:
		if (key->optional && is_nothing(node))
			return 0;
		return read_map(r, key->of, node, field);
	case KEY_LIST:
		return read_list(r, key, node, field, count);
	case KEY_NAMED:
		return read_named(r, key, node, field, count);
	case KEY_BOOL:
		if (!scalar || !parse_bool(node->text, field))
			return fail_value(r, key, node);
		return 0;
	case KEY_CHOICE:
		if (is_nothing(node) && !key->required && !key->preset)
			*(int *)field = CHOICE_UNSAID;
		else if (!scalar || !parse_choice(key, node->text, field))
			return fail_value(r, key, node);
		return 0;
	case KEY_UINT:
		if (!scalar || !parse_uint(node->text, field))
			return fail_value(r, key, node);
		return in_range(key, *(uint64_t *)field) ? 0 : fail_range(r, key, node);
	case KEY_SIZE:
		return read_size(r, key, node, field);
	}
	abort();
}

/* Defaults are typed like values, so they are read like values. */
static int apply_preset(const struct reading *r, const struct key *key,
			struct yaml_mark at, char *object)
{
	const struct yaml_node node = { .kind = YAML_SCALAR,
					.at = at,
					.text = key->preset };

	if (key->preset)
		return read_value(r, key, &node, object);
	if (key->type == KEY_CHOICE)
		*(int *)(void *)(object + key->offset) = CHOICE_UNSAID;
	return 0;
}

void schema_preset(const struct key *key, void *object)
{
	struct err err = { 0 };

	if (apply_preset(&(struct reading){ .err = &err }, key, (struct yaml_mark){ 0 },
			 object) < 0)
		abort(); /* the table is wrong */
}

static const struct key *find_key(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n; i++)
		if (str_eq(schema->keys[i].name, name))
			return &schema->keys[i];
	return NULL;
}

static int fail_unknown(const struct reading *r, const struct schema *schema,
			const struct yaml_node *node)
{
	auto_free const char **names = xcalloc(schema->n, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < schema->n; i++)
		names[i] = schema->keys[i].name;
	near = str_nearest(node->key, names, schema->n);
	if (near)
		return fail(r, node->key_at,
			    "unknown key \"%s\" in %s; did you mean \"%s\"?", node->key,
			    schema->name, near);
	return fail(r, node->key_at, "unknown key \"%s\" in %s", node->key, schema->name);
}

/* Keys that were not typed. An absent map still has its keys' defaults. */
static int read_absent(const struct reading *r, const struct schema *schema,
		       const struct key *key, struct yaml_mark at, char *object)
{
	const struct yaml_node empty = { .kind = YAML_MAP, .at = at };

	if (key->required && !key->only)
		return fail(r, at, "%s: the key \"%s\" is missing%s%s%s", schema->name,
			    key->name, key->help ? " (" : "", key->help ? key->help : "",
			    key->help ? ")" : "");
	if (key->type == KEY_MAP && key->optional)
		return 0;
	if (key->type == KEY_MAP)
		return read_map(r, key->of, &empty, object + key->offset);
	return apply_preset(r, key, at, object);
}

static int read_keys(const struct reading *r, const struct schema *schema,
		     const struct yaml_node *map, bool *seen, void *object)
{
	for (const struct yaml_node *i = map->first; i; i = i->next) {
		const struct key *key = find_key(schema, i->key);

		if (!key)
			return fail_unknown(r, schema, i);
		seen[key - schema->keys] = true;
		if (read_value(r, key, i, object) < 0)
			return -1;
	}
	return 0;
}

/* A value instead of a map: in messages it is what the map is called. */
static int read_lone(const struct reading *r, const struct schema *schema,
		     const struct yaml_node *node, bool *seen, void *object)
{
	const struct key *key = find_key(schema, schema->lone);
	struct key lone = *key;

	lone.name = schema->name;
	seen[key - schema->keys] = true;
	return read_value(r, &lone, node, object);
}

static int read_map(const struct reading *r, const struct schema *schema,
		    const struct yaml_node *node, void *object)
{
	auto_free bool *seen = xcalloc(schema->n, sizeof(*seen));
	bool lone = schema->lone && node->kind == YAML_SCALAR;

	if (node->kind != YAML_MAP && !lone)
		return fail(r, node->at, "%s must be a map of keys, not %s", schema->name,
			    kind_name(node));
	*(struct yaml_mark *)object = node->at;
	if ((lone ? read_lone : read_keys)(r, schema, node, seen, object) < 0)
		return -1;
	for (size_t i = 0; i < schema->n; i++)
		if (!seen[i] &&
		    read_absent(r, schema, &schema->keys[i], node->at, object) < 0)
			return -1;
	return 0;
}

int schema_read(const struct schema *schema, const char *name,
		const struct yaml_node *map, struct arena *arena, void *object,
		struct err *err)
{
	return read_map(&(struct reading){ name, arena, err }, schema, map, object);
}
