/*
 * The installer's constants.py: which values it assigns, and the same text with others.
 *
 * It is a Python module of plain assignments and a few functions, but not always valid
 * Python, so it is read line by line: an assignment is `NAME = VALUE` at the start of a
 * line outside strings. What stands behind the value (a comment, a carriage return) and
 * every other byte stays as it is.
 */
#ifndef XENSERVER_CONSTANTS_H
#define XENSERVER_CONSTANTS_H

#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

enum constant_kind {
	CONSTANT_UINT,   /* 4096 */
	CONSTANT_BOOL,   /* True, False */
	CONSTANT_STRING, /* 'ext3', "ext3" */
	CONSTANT_OTHER,  /* an expression: max(root_mbr_size, root_gpt_size) */
};

struct constant {
	const char *name, *value; /* the value without its comment */
	enum constant_kind kind;
	uint64_t number;  /* CONSTANT_UINT */
	unsigned line;    /* from 1 */
	size_t at, len;   /* of the value in the text */
	bool conditional; /* indented, but not in a function: below an `if` or `try` */
};

struct constants {
	const char *file; /* its name, for messages */
	const char *text;
	size_t len;
	const struct constant *items; /* in the order of the lines */
	size_t n;
};

/* NAME=VALUE; the value as it stands in the file: 8192, True, 'ext3'. */
struct patch_setting {
	const char *name, *value;
};

/* Never fails: what is no assignment is not listed. Names and values are in the arena,
 * the text stays the caller's. */
void constants_read(const char *file, const char *text, size_t len, struct arena *arena,
		    struct constants *ret);

/* NULL when it is not assigned at the start of a line. */
const struct constant *constants_find(const struct constants *c, const char *name);

/*
 * The text with these values. ERR_CONFIG where a name is not assigned (the message shows
 * the line of the nearest name), is assigned twice or under a condition, or where the
 * value is not of the kind that stands there, or a number out of range.
 */
must_check int constants_set(const struct constants *c,
			     const struct patch_setting *settings, size_t n,
			     struct text *ret, struct err *err);

#endif
