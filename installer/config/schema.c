#include "config/schema.h"

#include <inttypes.h>

#include "core/json.h"

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

/* "blank-only, own or listed" */
static char *list_words(const char *const *words)
{
	struct text t = { 0 };

	for (size_t i = 0; words[i]; i++)
		text_printf(&t, "%s%s",
			    i == 0         ? ""
			    : words[i + 1] ? ", "
					   : " or ",
			    words[i]);
	return text_take(&t);
}

static char *describe(const struct key *key)
{
	switch (key->type) {
	case KEY_STRING:
	case KEY_STRINGS:
		return xstrdup(key->form ? key->form : "text");
	case KEY_BOOL:
		return xstrdup("true or false");
	case KEY_UINT:
		return xstrdup("a whole number");
	case KEY_SIZE:
		return xasprintf("a size such as 20G or 512M%s",
				 key->rest ? ", or rest" : "");
	case KEY_CHOICE:
		return list_words(key->choices);
	case KEY_MAP:
		return xstrdup("a map of keys");
	case KEY_LIST:
	case KEY_NAMED:
		return xstrdup("a list");
	}
	abort();
}

static int fail_value(const struct reading *r, const struct key *key,
		      const struct yaml_node *node)
{
	auto_free char *expected = describe(key);

	if (node->kind == YAML_SCALAR && *node->text && !key->secret)
		return fail(r, node->at, "%s: \"%s\" is not %s", key->name, node->text,
			    expected);
	return fail(r, node->at, "%s must be %s, not %s", key->name, expected,
		    key->secret ? "this" : kind_name(node));
}

static bool in_range(const struct key *key, uint64_t value)
{
	if (key->rest && value == SIZE_REST)
		return true;
	return value >= key->min && (!key->max || value <= key->max);
}

static int fail_range(const struct reading *r, const struct key *key,
		      const struct yaml_node *node)
{
	if (key->type == KEY_SIZE)
		return fail(r, node->at, "%s: %s is out of range (from %s%s%s)",
			    key->name, node->text, SIZE_TEXT(key->min),
			    key->max ? " to " : "", key->max ? SIZE_TEXT(key->max) : "");
	return fail(r, node->at, "%s: %s is out of range (%" PRIu64 " to %" PRIu64 ")",
		    key->name, node->text, key->min, key->max);
}

static int read_string(const struct reading *r, const struct key *key,
		       const struct yaml_node *node, const char **ret)
{
	/* A bare `key:` or JSON's null: absent. */
	if (node->kind == YAML_SCALAR && !node->quoted &&
	    (!*node->text || str_eq(node->text, "null") || str_eq(node->text, "~"))) {
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
	if (node->kind == YAML_SCALAR) /* one value need not be dressed up as a list */
		return fail(r, node->at, "%s must be a list, as in [%s]", key->name,
			    key->secret ? "…" : node->text);
	if (node->kind != YAML_LIST)
		return fail_value(r, key, node);
	for (const struct yaml_node *i = node->first; i; i = i->next) {
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
		return read_map(r, key->of, node, field);
	case KEY_LIST:
	case KEY_NAMED:
		return read_list(r, key, node, field, count);
	case KEY_BOOL:
		if (!scalar || !parse_bool(node->text, field))
			return fail_value(r, key, node);
		return 0;
	case KEY_CHOICE:
		if (!scalar || !parse_choice(key, node->text, field))
			return fail_value(r, key, node);
		return 0;
	case KEY_UINT:
		if (!scalar || !parse_uint(node->text, field))
			return fail_value(r, key, node);
		break;
	case KEY_SIZE:
		if (scalar && key->rest && str_eq(node->text, "rest"))
			*(uint64_t *)field = SIZE_REST;
		else if (!scalar || !size_parse(node->text, field))
			return fail_value(r, key, node);
		break;
	}
	return in_range(key, *(uint64_t *)field) ? 0 : fail_range(r, key, node);
}

/* Defaults are typed like values, so they are read like values. */
static int apply_preset(const struct reading *r, const struct key *key,
			struct yaml_mark at, char *object)
{
	const struct yaml_node node = { .kind = YAML_SCALAR,
					.at = at,
					.text = key->preset };

	return read_value(r, key, &node, object);
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

static int read_map(const struct reading *r, const struct schema *schema,
		    const struct yaml_node *node, void *object)
{
	auto_free bool *seen = xcalloc(schema->n, sizeof(*seen));

	if (node->kind != YAML_MAP)
		return fail(r, node->at, "%s must be a map of keys, not %s", schema->name,
			    kind_name(node));
	*(struct yaml_mark *)object = node->at;
	for (const struct yaml_node *i = node->first; i; i = i->next) {
		const struct key *key = find_key(schema, i->key);

		if (!key)
			return fail_unknown(r, schema, i);
		seen[key - schema->keys] = true;
		if (read_value(r, key, i, object) < 0)
			return -1;
	}
	for (size_t i = 0; i < schema->n; i++) {
		const struct key *key = &schema->keys[i];

		if (seen[i])
			continue;
		if (key->required)
			return fail(r, node->at, "%s: the key \"%s\" is missing%s%s%s",
				    schema->name, key->name, key->help ? " (" : "",
				    key->help ? key->help : "", key->help ? ")" : "");
		if (key->preset && apply_preset(r, key, node->at, object) < 0)
			return -1;
		/* An absent map still has its keys' defaults. */
		if (key->type == KEY_MAP &&
		    read_map(r, key->of,
			     &(struct yaml_node){ .kind = YAML_MAP, .at = node->at },
			     (char *)object + key->offset) < 0)
			return -1;
	}
	return 0;
}

int schema_read(const struct schema *schema, const char *name,
		const struct yaml_node *map, struct arena *arena, void *object,
		struct err *err)
{
	return read_map(&(struct reading){ name, arena, err }, schema, map, object);
}

static void write_map(struct json *j, const struct schema *schema, const char *name,
		      const char *object, bool secrets);

static void write_list(struct json *j, const struct key *key, const char *items, size_t n,
		       bool secrets)
{
	json_open(j, key->name, '[');
	for (size_t i = 0; i < n; i++)
		write_map(j, key->of, NULL, items + i * key->of->size, secrets);
	json_close(j, ']');
}

static void write_strings(struct json *j, const struct key *key, const char *const *items,
			  size_t n)
{
	json_open(j, key->name, '[');
	for (size_t i = 0; i < n; i++)
		json_string(j, NULL, items[i]);
	json_close(j, ']');
}

static void write_value(struct json *j, const struct key *key, const char *object,
			bool secrets)
{
	const void *field = object + key->offset;
	size_t count = *(const size_t *)(const void *)(object + key->count_offset);

	switch (key->type) {
	case KEY_STRING:
		json_string(j, key->name, *(const char *const *)field);
		break;
	case KEY_BOOL:
		json_bool(j, key->name, *(const bool *)field);
		break;
	case KEY_SIZE:
		if (key->rest && *(const uint64_t *)field == SIZE_REST) {
			json_string(j, key->name, "rest");
			break;
		} /* fall through */
	case KEY_UINT:
		json_uint(j, key->name, *(const uint64_t *)field);
		break;
	case KEY_CHOICE:
		json_string(j, key->name, key->choices[*(const int *)field]);
		break;
	case KEY_STRINGS:
		write_strings(j, key, *(const char *const *const *)field, count);
		break;
	case KEY_MAP:
		write_map(j, key->of, key->name, field, secrets);
		break;
	case KEY_LIST:
	case KEY_NAMED:
		write_list(j, key, *(const char *const *)field, count, secrets);
		break;
	}
}

static void write_map(struct json *j, const struct schema *schema, const char *name,
		      const char *object, bool secrets)
{
	json_open(j, name, '{');
	for (size_t i = 0; i < schema->n; i++)
		if (secrets || !schema->keys[i].secret)
			write_value(j, &schema->keys[i], object, secrets);
	json_close(j, '}');
}

void schema_json(const struct schema *schema, const void *object, bool secrets,
		 struct text *out)
{
	struct json j = { .out = out };

	write_map(&j, schema, NULL, object, secrets);
}

static void document_key(const struct key *key, struct text *out)
{
	auto_free char *form = describe(key);

	bool preset = !key->required && !str_empty(key->preset);

	text_printf(out, "| `%s` | %s | %s%s%s | %s |\n", key->name, form,
		    key->required ? "**required**"
		    : preset      ? "`"
				  : "",
		    preset ? key->preset : "", preset ? "`" : "", key->help);
}

void schema_document(const struct schema *schema, const char *path, struct text *out)
{
	text_printf(
		out,
		"\n## `%s`\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
		path);
	for (size_t i = 0; i < schema->n; i++)
		document_key(&schema->keys[i], out);
	for (size_t i = 0; i < schema->n; i++) {
		const struct key *key = &schema->keys[i];
		auto_free char *below = NULL;

		if (!key->of)
			continue;
		below = str_eq(path, "profile") ? xstrdup(key->name)
						: xasprintf("%s.%s", path, key->name);
		schema_document(key->of, below, out);
	}
}
