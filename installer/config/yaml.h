/*
 * YAML text → a tree that remembers where everything stood.
 *
 * YAML 1.1 as libyaml reads it, less what a profile has no use for: anchors, aliases,
 * tags, several documents and keys that are not plain text are errors. JSON is a subset.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml_mark {
	unsigned line, column; /* both count from 1, as editors do */
	const char *file;      /* NULL: the one whose name messages are given */
};

struct yaml_node {
	enum yaml_kind kind;
	struct yaml_mark at; /* where the value begins */
	const char *key;     /* in a map: its key, else NULL */
	struct yaml_mark key_at;
	const char *text;        /* scalar: its value */
	bool quoted;             /* scalar: "1" is a text, 1 a number */
	struct yaml_node *first; /* map, list: the first child */
	struct yaml_node *next;  /* the next child of the same parent */
};

#define YAML_MAX_BYTES (1024 * 1024)
#define YAML_MAX_DEPTH 16

/*
 * Parse one document. `name` is the file's name in messages ("name:line:column: …"). The
 * tree lives in the arena. An empty document is an error. Fails with ERR_CONFIG.
 */
must_check int yaml_parse(const char *name, const char *text, size_t len,
			  struct arena *arena, struct yaml_node **ret_root,
			  struct err *err);

/*
 * `over` on top of `base`, a file named base_name: maps are merged key by key, at every
 * depth, and anything else in `over` replaces what `base` says. Keys stand where `base`
 * has them, those of `over` alone behind. The result is `over`, changed; it shares nodes
 * with `base`. Every place goes on naming the file that it is in.
 */
void yaml_merge(struct yaml_node *base, const char *base_name, struct yaml_node *over);

/* The tree as YAML, one key a line, without the comments that it never had. */
void yaml_write(const struct yaml_node *root, struct text *out);

/*
 * The form of every message about a place in a file: "name:line:column: what", with
 * the mark's own file in place of name where it has one. Sets ERR_CONFIG, returns -1.
 */
int yaml_error(const char *name, struct yaml_mark at, struct err *err, const char *fmt,
	       ...) printf_like(4, 5);

#endif
