/*
 * What comes out of a table of keys: canonical JSON, and the reference page.
 */
#include "config/schema.h"
#include "core/json.h"

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

static char *describe_map(const struct schema *schema)
{
	for (size_t i = 0; schema->lone && i < schema->n; i++)
		if (str_eq(schema->keys[i].name, schema->lone)) {
			auto_free char *lone = schema_describe(&schema->keys[i]);

			return xasprintf("%s, or a map of keys", lone);
		}
	return xstrdup("a map of keys");
}

char *schema_describe(const struct key *key)
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
				 key->rest ? ", a share such as 25%, or rest" : "");
	case KEY_CHOICE:
		return list_words(key->choices);
	case KEY_MAP:
		return describe_map(key->of);
	case KEY_LIST:
		return xstrdup("a list");
	case KEY_NAMED:
		return xstrdup("a map of names, each with a map of keys");
	}
	abort();
}

static void write_map(struct json *j, const struct schema *schema, const char *name,
		      const char *object, enum schema_form form);

static void write_list(struct json *j, const struct key *key, const char *items, size_t n,
		       enum schema_form form)
{
	json_open(j, key->name, '[');
	for (size_t i = 0; i < n; i++)
		write_map(j, key->of, NULL, items + i * key->of->size, form);
	json_close(j, ']');
}

static void write_named(struct json *j, const struct key *key, const char *items,
			size_t n, enum schema_form form)
{
	const struct schema unnamed = schema_unnamed(key->of);

	json_open(j, key->name, '{');
	for (size_t i = 0; i < n; i++) {
		const char *item = items + i * key->of->size;
		const void *name = item + key->of->keys->offset;

		write_map(j, &unnamed, *(const char *const *)name, item, form);
	}
	json_close(j, '}');
}

static void write_size(struct json *j, const struct key *key, uint64_t bytes)
{
	if (key->rest && bytes == SIZE_REST) {
		json_string(j, key->name, "rest");
	} else if (key->rest && SIZE_IS_PERCENT(bytes)) {
		auto_free char *share = xasprintf("%u%%", SIZE_PERCENT_OF(bytes));

		json_string(j, key->name, share);
	} else {
		json_uint(j, key->name, bytes);
	}
}

static void write_choice(struct json *j, const struct key *key, int value)
{
	json_string(j, key->name, value == CHOICE_UNSAID ? NULL : key->choices[value]);
}

static void write_strings(struct json *j, const struct key *key, const char *const *items,
			  size_t n)
{
	json_open(j, key->name, '[');
	for (size_t i = 0; i < n; i++)
		json_string(j, NULL, items[i]);
	json_close(j, ']');
}

/* An optional map begins with its mark, which nobody set. */
static bool is_absent(const struct key *key, const void *map)
{
	return key->optional && !((const struct yaml_mark *)map)->line;
}

static void write_value(struct json *j, const struct key *key, const char *object,
			enum schema_form form)
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
		write_size(j, key, *(const uint64_t *)field);
		break;
	case KEY_UINT:
		json_uint(j, key->name, *(const uint64_t *)field);
		break;
	case KEY_CHOICE:
		write_choice(j, key, *(const int *)field);
		break;
	case KEY_STRINGS:
		write_strings(j, key, *(const char *const *const *)field, count);
		break;
	case KEY_MAP:
		if (!is_absent(key, field))
			write_map(j, key->of, key->name, field, form);
		break;
	case KEY_LIST:
		write_list(j, key, *(const char *const *)field, count, form);
		break;
	case KEY_NAMED:
		write_named(j, key, *(const char *const *)field, count, form);
		break;
	}
}

static bool is_default_map(const struct schema *schema, const char *object);

static size_t value_bytes(enum key_type type)
{
	switch (type) {
	case KEY_BOOL:
		return sizeof(bool);
	case KEY_CHOICE:
		return sizeof(int);
	default:
		return sizeof(uint64_t);
	}
}

static bool is_default(const struct schema *schema, const struct key *key,
		       const char *object)
{
	size_t count = *(const size_t *)(const void *)(object + key->count_offset);
	const char *field = object + key->offset;
	auto_free char *preset = NULL;

	switch (key->type) {
	case KEY_STRINGS:
	case KEY_LIST:
	case KEY_NAMED:
		return count == 0;
	case KEY_MAP:
		return key->optional ? is_absent(key, field)
				     : is_default_map(key->of, field);
	case KEY_STRING:
		return str_eq(*(const char *const *)(const void *)field, key->preset);
	default:
		break;
	}
	if (key->required)
		return false;
	preset = xcalloc(1, schema->size);
	schema_preset(key, preset);
	return memcmp(field, preset + key->offset, value_bytes(key->type)) == 0;
}

static bool is_default_map(const struct schema *schema, const char *object)
{
	for (size_t i = 0; i < schema->n; i++)
		if (!is_default(schema, &schema->keys[i], object))
			return false;
	return true;
}

static bool is_written(const struct schema *schema, const struct key *key,
		       const char *object, enum schema_form form)
{
	return form == SCHEMA_SHOWN ? !key->secret : !is_default(schema, key, object);
}

static void write_map(struct json *j, const struct schema *schema, const char *name,
		      const char *object, enum schema_form form)
{
	json_open(j, name, '{');
	for (size_t i = 0; i < schema->n; i++)
		if (is_written(schema, &schema->keys[i], object, form))
			write_value(j, &schema->keys[i], object, form);
	json_close(j, '}');
}

void schema_json(const struct schema *schema, const void *object, enum schema_form form,
		 struct text *out)
{
	struct json j = { .out = out };

	write_map(&j, schema, NULL, object, form);
}

static void document_key(const struct key *key, const char *label, struct text *out)
{
	auto_free char *form = schema_describe(key);
	bool preset = !key->required && !str_empty(key->preset);

	text_printf(out, "| `%s` | %s%s | %s%s%s | %s%s%s |\n", label, form,
		    key->type == KEY_STRINGS ? ", or a list of such" : "",
		    key->required ? "**required**"
		    : preset      ? "`"
				  : "",
		    preset ? key->preset : "", preset ? "`" : "", key->help,
		    key->only ? "; only with target " : "", key->only ? key->only : "");
}

void schema_document(const struct schema *schema, const char *path, struct text *out)
{
	bool top = str_eq(path, "profile"), named = str_ends(path, ".NAME");

	text_printf(
		out,
		"\n## `%s`\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
		path);
	for (size_t i = 0; i < schema->n; i++)
		document_key(&schema->keys[i],
			     named && i == 0 ? "NAME" : schema->keys[i].name, out);
	for (size_t i = 0; i < schema->n; i++) {
		const struct key *key = &schema->keys[i];
		auto_free char *below = NULL;

		if (!key->of)
			continue;
		below = xasprintf("%s%s%s%s", top ? "" : path, top ? "" : ".", key->name,
				  key->type == KEY_NAMED ? ".NAME" : "");
		schema_document(key->of, below, out);
	}
}
