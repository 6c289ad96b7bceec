#include "core/json.h"

#include <inttypes.h>

static void add_quoted(struct text *out, const char *s)
{
	text_add(out, "\"");
	while (*s) {
		uint32_t c = 0;
		size_t len = utf8_decode(s, &c);

		if (len == 0)
			text_add(out, "?");
		else if (utf8_is_control(c)) /* none is beyond U+FFFF */
			text_printf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			text_printf(out, "\\%c", *s);
		else
			text_add_bytes(out, s, len);
		s += len ? len : 1;
	}
	text_add(out, "\"");
}

static void before(struct json *j, const char *key)
{
	if (j->need_comma)
		text_add(j->out, ",");
	if (key) {
		add_quoted(j->out, key);
		text_add(j->out, ":");
	}
	j->need_comma = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	before(j, key);
	text_add_bytes(j->out, &bracket, 1);
	j->need_comma = false;
}

void json_close(struct json *j, char bracket)
{
	text_add_bytes(j->out, &bracket, 1);
	j->need_comma = true;
}

void json_string(struct json *j, const char *key, const char *value)
{
	before(j, key);
	if (value)
		add_quoted(j->out, value);
	else
		text_add(j->out, "null");
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
	before(j, key);
	text_printf(j->out, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	before(j, key);
	text_add(j->out, value ? "true" : "false");
}

void json_raw(struct json *j, const char *key, const char *number)
{
	before(j, key);
	text_add(j->out, number);
}
