/*
 * Write JSON (RFC 8259) into a text buffer. The caller keeps the nesting right; commas
 * are put in here. Text that is not valid UTF-8, and control characters, are escaped, so
 * that what a disk or a server calls itself cannot break a line or a terminal.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

struct json {
	struct text *out;
	bool need_comma;
};

void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
/* key is NULL inside an array; value NULL writes null. */
void json_string(struct json *j, const char *key, const char *value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_raw(struct json *j, const char *key, const char *number);

#endif
