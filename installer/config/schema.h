/*
 * Tables of keys, and what comes from them: the reader with its error messages, the
 * canonical JSON, and the reference page.
 *
 * A schema describes one map: a C struct and the keys that fill it. The first member of
 * every such struct is `struct yaml_mark at`, where the map began, for later messages.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <stdint.h>

#include "config/yaml.h"
#include "core/text.h"

enum key_type {
	KEY_STRING,  /* const char *, NULL when absent */
	KEY_BOOL,    /* bool: true, false, yes, no, on, off */
	KEY_UINT,    /* uint64_t */
	KEY_SIZE,    /* uint64_t, bytes; `rest` where .rest is set: SIZE_REST */
	KEY_CHOICE,  /* int: index into .choices; CHOICE_UNSAID: absent, no preset */
	KEY_STRINGS, /* const char ** and, at .count_offset, size_t; or a single value */
	KEY_MAP,     /* an embedded struct described by .of */
	KEY_LIST,    /* struct * and, at .count_offset, size_t; items described by .of */
	KEY_NAMED,   /* the same, typed as a map: names go into the first key of .of */
};

#define CHOICE_UNSAID (-1)

#define SIZE_REST     UINT64_MAX
/* 1 to 100 %; no size in bytes comes near. */
#define SIZE_PERCENT(n)    (UINT64_MAX - 1 - (uint64_t)(n))
#define SIZE_IS_PERCENT(b) ((b) < SIZE_REST && (b) >= SIZE_PERCENT(100))
#define SIZE_PERCENT_OF(b) ((unsigned)(UINT64_MAX - 1 - (b)))

struct key {
	const char *name;
	enum key_type type;
	size_t offset, count_offset;
	bool required;
	bool secret;   /* replaced in schema_json() unless asked for */
	bool optional; /* KEY_MAP: absent is a value, told by .at.line 0; what the map
			* needs or presets counts only where it was typed */
	bool rest;     /* KEY_SIZE: the word `rest` and `N%` are values */
	const struct schema *of;    /* KEY_MAP, KEY_LIST, KEY_NAMED */
	const char *const *choices; /* KEY_CHOICE: NULL-terminated */
	/* KEY_UINT, KEY_SIZE; max 0: no limit. Where a key may be absent and has no
	 * preset, 0 is always a value: the same as absent. */
	uint64_t min, max;
	/* KEY_STRING(S): false refuses the value, and `form` says what was expected. */
	bool (*valid)(const char *value);
	const char *form;
	const char *preset; /* the default, as one would type it; NULL: zero */
	/* The value of `target` that it goes with, and where it is required; NULL: all.
	 * The reader leaves this to whoever knows the target. */
	const char *only;
	const char *help;
};

struct schema {
	const char *name; /* "partitions", for messages and the reference page */
	size_t size;      /* of the struct */
	const struct key *keys;
	size_t n;
	const char *lone; /* the key that a value fills which is not a map; NULL: none */
};

/* For tables of keys: where a member stands in its struct, and where its count does. */
#define KEY_FIELD(type, member) .offset = offsetof(struct type, member)
#define KEY_COUNTED(type, member)                                                        \
	KEY_FIELD(type, member), .count_offset = offsetof(struct type, n_##member)
#define SCHEMA(title, type, table)                                                       \
	{                                                                                \
		.name = title, .size = sizeof(struct type), .keys = table,               \
		.n = ARRAY_LEN(table)                                                    \
	}

/*
 * Fill *object (of schema->size bytes, zeroed by the caller) from a map. Every message
 * begins with "name:line:column: ". Strings and lists live in the arena. ERR_CONFIG.
 */
must_check int schema_read(const struct schema *schema, const char *name,
			   const struct yaml_node *map, struct arena *arena, void *object,
			   struct err *err);

/*
 * One line of JSON with the keys in the table's order; the same object always gives the
 * same bytes, and schema_read() reads it back.
 */
enum schema_form {
	SCHEMA_SHOWN,     /* every key but secrets, absent strings as null, absent
			     optional maps not at all */
	SCHEMA_CANONICAL, /* secrets too, and only what differs from the default: for
			     digests, which a later table with more keys must not change
			   */
};
void schema_json(const struct schema *schema, const void *object, enum schema_form form,
		 struct text *out);

/* Give the object this key's default. Of keys with a single value that need no memory:
 * not KEY_STRINGS, nor maps and lists. */
void schema_preset(const struct key *key, void *object);

/* What a value of this key looks like: "a whole number". The caller frees it. */
char *schema_describe(const struct key *key);

/* The items of a KEY_NAMED without their names. */
struct schema schema_unnamed(const struct schema *schema);

/* The reference: a Markdown table for this schema and for each one below it. */
void schema_document(const struct schema *schema, const char *path, struct text *out);

#endif
