#include "config/yaml.h"

#include <stdarg.h>
#include <yaml.h>

#include "core/text.h"

struct reader {
	const char *name, *text;
	struct arena *arena;
	yaml_parser_t *parser;
	struct err *err;
};

static struct yaml_mark mark(const yaml_mark_t *m)
{
	return (struct yaml_mark){ .line = (unsigned)m->line + 1,
				   .column = (unsigned)m->column + 1 };
}

int yaml_error(const char *name, struct yaml_mark at, struct err *err, const char *fmt,
	       ...)
{
	auto_free char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(err, ERR_CONFIG, 0, "%s:%u:%u: %s", at.file ? at.file : name,
		       at.line, at.column, what);
}

static int fail(struct reader *r, const yaml_mark_t *at, const char *what)
{
	return yaml_error(r->name, mark(at), r->err, "%s", what);
}

/* For bytes that are no characters libyaml leaves the mark empty, and gives an offset. */
static yaml_mark_t problem_mark(const struct reader *r)
{
	yaml_mark_t at = { 0 };

	if (r->parser->error != YAML_READER_ERROR)
		return r->parser->problem_mark;
	for (at.index = 0; at.index < r->parser->problem_offset; at.index++) {
		unsigned char c = (unsigned char)r->text[at.index];

		at.column = c == '\n' ? 0 : at.column + ((c & 0xc0) != 0x80);
		at.line += c == '\n';
	}
	return at;
}

static int next_event(struct reader *r, yaml_event_t *ret)
{
	yaml_mark_t at;

	if (yaml_parser_parse(r->parser, ret))
		return 0;
	at = problem_mark(r);
	return fail(r, &at,
		    r->parser->problem ? r->parser->problem : "not readable as YAML");
}

/* What a value or key may not carry. */
static int check_plain(struct reader *r, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		if (strlen((char *)event->data.scalar.value) != event->data.scalar.length)
			return fail(r, &event->start_mark,
				    "a NUL byte stands in the text");
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	}
	if (anchor)
		return fail(r, &event->start_mark, "anchors are not used here");
	if (tag)
		return fail(r, &event->start_mark, "tags (!name) are not used here");
	return 0;
}

static int check_duplicate(struct reader *r, const struct yaml_node *map,
			   const yaml_event_t *key, const char *name)
{
	for (const struct yaml_node *n = map->first; n; n = n->next)
		if (str_eq(n->key, name))
			return err_set(r->err, ERR_CONFIG, 0,
				       "%s:%zu:%zu: \"%s\" stands here a second time "
				       "(first in line %u)",
				       r->name, key->start_mark.line + 1,
				       key->start_mark.column + 1, name, n->key_at.line);
	return 0;
}

static int read_node(struct reader *r, const yaml_event_t *event, unsigned depth,
		     struct yaml_node **ret);

/* One key and its value; *ret stays NULL at the end of the map. */
static int read_pair(struct reader *r, const struct yaml_node *map, unsigned depth,
		     struct yaml_node **ret)
{
	yaml_event_t key, value;
	int rc = -1;

	if (next_event(r, &key) < 0)
		return -1;
	if (key.type == YAML_MAPPING_END_EVENT) {
		yaml_event_delete(&key);
		return 0;
	}
	if (key.type != YAML_SCALAR_EVENT) {
		fail(r, &key.start_mark, "a key must be plain text");
	} else if (check_plain(r, &key) == 0 &&
		   check_duplicate(r, map, &key, (char *)key.data.scalar.value) == 0 &&
		   next_event(r, &value) == 0) {
		rc = read_node(r, &value, depth, ret);
		yaml_event_delete(&value);
	}
	if (rc == 0) {
		(*ret)->key = arena_strdup(r->arena, (char *)key.data.scalar.value);
		(*ret)->key_at = mark(&key.start_mark);
	}
	yaml_event_delete(&key);
	return rc;
}

static int read_item(struct reader *r, unsigned depth, struct yaml_node **ret)
{
	yaml_event_t event;
	int rc = 0;

	if (next_event(r, &event) < 0)
		return -1;
	if (event.type != YAML_SEQUENCE_END_EVENT)
		rc = read_node(r, &event, depth, ret);
	yaml_event_delete(&event);
	return rc;
}

static int read_children(struct reader *r, struct yaml_node *node, unsigned depth)
{
	struct yaml_node **slot = &node->first;

	for (;;) {
		struct yaml_node *child = NULL;
		int rc = node->kind == YAML_MAP ? read_pair(r, node, depth, &child)
						: read_item(r, depth, &child);

		if (rc < 0)
			return -1;
		if (!child)
			return 0;
		*slot = child;
		slot = &child->next;
	}
}

static int read_node(struct reader *r, const yaml_event_t *event, unsigned depth,
		     struct yaml_node **ret)
{
	struct yaml_node *node = arena_alloc(r->arena, sizeof(*node));

	node->at = mark(&event->start_mark);
	if (depth > YAML_MAX_DEPTH)
		return fail(r, &event->start_mark, "nested too deeply");
	if (check_plain(r, event) < 0)
		return -1;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		node->kind = YAML_SCALAR;
		node->text = arena_strdup(r->arena,
					  (const char *)event->data.scalar.value);
		node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		node->kind = event->type == YAML_MAPPING_START_EVENT ? YAML_MAP
								     : YAML_LIST;
		if (read_children(r, node, depth + 1) < 0)
			return -1;
		break;
	case YAML_ALIAS_EVENT:
		return fail(r, &event->start_mark, "aliases (*name) are not used here");
	default:
		return fail(r, &event->start_mark, "a value is missing here");
	}
	*ret = node;
	return 0;
}

/* Stream start, document start, the root, document end, stream end. */
static int read_document(struct reader *r, struct yaml_node **ret)
{
	struct yaml_node *root = NULL;
	bool more = true;

	while (more) {
		yaml_event_t event;
		int rc = 0;

		if (next_event(r, &event) < 0)
			return -1;
		if (event.type == YAML_STREAM_END_EVENT)
			more = false;
		else if (event.type == YAML_DOCUMENT_START_EVENT && root)
			rc = fail(r, &event.start_mark, "a second document begins here");
		else if (event.type != YAML_STREAM_START_EVENT &&
			 event.type != YAML_DOCUMENT_START_EVENT &&
			 event.type != YAML_DOCUMENT_END_EVENT)
			rc = read_node(r, &event, 0, &root);
		yaml_event_delete(&event);
		if (rc < 0)
			return -1;
	}
	if (!root)
		return err_set(r->err, ERR_CONFIG, 0, "%s:1:1: the file is empty",
			       r->name);
	*ret = root;
	return 0;
}

int yaml_parse(const char *name, const char *text, size_t len, struct arena *arena,
	       struct yaml_node **ret_root, struct err *err)
{
	yaml_parser_t parser;
	struct reader r = { name, text, arena, &parser, err };
	int rc;

	if (len > YAML_MAX_BYTES)
		return err_set(err, ERR_CONFIG, 0, "%s: larger than %d bytes", name,
			       YAML_MAX_BYTES);
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	rc = read_document(&r, ret_root);
	yaml_parser_delete(&parser);
	return rc;
}
