#include "bootcfg/new_entry.h"
#include "core/text.h"

#define SIGNATURE   "# GRUB Environment Block\n"
#define BLOCK_BYTES 1024

static int fail(struct err *err, const char *what)
{
	return err_set(err, ERR_SOURCE, 0, "grubenv: %s", what);
}

/* A value's end: a newline that no backslash takes its meaning from. */
static size_t value_len(const char *s)
{
	size_t n = 0;

	for (; s[n] && s[n] != '\n'; n++)
		if (s[n] == '\\' && s[n + 1])
			n++;
	return n;
}

/* The line that sets `key`, or where the filling begins. */
static const char *find(const char *block, const char *key, bool *ret_found)
{
	size_t len = strlen(key);
	const char *line = block + strlen(SIGNATURE);

	*ret_found = false;
	while (*line && *line != '#') {
		if (strncmp(line, key, len) == 0 && line[len] == '=') {
			*ret_found = true;
			return line;
		}
		line += value_len(line);
		line += *line == '\n';
	}
	return line;
}

static void add_escaped(struct text *t, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '\n')
			text_add(t, "\\");
		text_add_bytes(t, value, 1);
	}
}

int grubenv_set(const char *block, const char *key, const char *value, char **ret,
		struct err *err)
{
	size_t size = block ? strlen(block) : BLOCK_BYTES;
	const char *line, *rest;
	struct text t = { 0 };
	bool found;

	if (!block)
		block = SIGNATURE;
	if (!str_starts(block, SIGNATURE))
		return fail(err, "it does not begin as an environment block does");
	line = find(block, key, &found);
	rest = line;
	if (found) {
		rest += value_len(line);
		rest += *rest == '\n';
	}
	text_add_bytes(&t, block, (size_t)(line - block));
	if (*value) {
		text_printf(&t, "%s=", key);
		add_escaped(&t, value);
		text_add(&t, "\n");
	}
	text_add_bytes(&t, rest, strlen(rest));
	while (t.len > size && t.s[t.len - 1] == '#')
		t.s[--t.len] = '\0';
	if (t.len > size) {
		text_free(&t);
		return fail(err, "it has no room for one more variable");
	}
	while (t.len < size)
		text_add(&t, "#");
	*ret = text_take(&t);
	return 0;
}

const char *grubenv_get(const char *block, const char *key, struct arena *arena)
{
	struct text t = { 0 };
	const char *line, *copy;
	bool found;
	size_t len;

	if (!block || !str_starts(block, SIGNATURE))
		return NULL;
	line = find(block, key, &found);
	if (!found)
		return NULL;
	line += strlen(key) + 1;
	len = value_len(line);
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\' && i + 1 < len)
			i++;
		text_add_bytes(&t, line + i, 1);
	}
	copy = arena_strndup(arena, t.s ? t.s : "", t.len);
	text_free(&t);
	return copy;
}
