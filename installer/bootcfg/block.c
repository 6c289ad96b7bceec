#include "bootcfg/block.h"

#include <strings.h>

#include "core/text.h"

const char *line_next(const char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

bool line_has_key(const char *line, const char *key, bool any_case,
		  const char **ret_value)
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	if ((any_case ? strncasecmp(line, key, len) : strncmp(line, key, len)) != 0)
		return false;
	line += len;
	if (*line && !strchr(" \t=\r\n", *line))
		return false;
	line += strspn(line, " \t");
	if (*line == '=')
		line += 1 + strspn(line + 1, " \t");
	if (ret_value)
		*ret_value = line;
	return true;
}

/* The first whole line, from `from` on, that is `marker`. */
static const char *find_marker(const char *text, const char *from, const char *marker)
{
	const char *found = strstr(from, marker);

	for (; found; found = strstr(found + 1, marker)) {
		char after = found[strlen(marker)];

		if ((found == text || found[-1] == '\n') && (after == '\n' || !after))
			break;
	}
	return found;
}

/* An end and the last beginning before it; a marker without its other half is text. */
bool block_find(const char *text, size_t *ret_start, size_t *ret_end)
{
	const char *begin = NULL, *end = find_marker(text, text, BLOCK_END);
	const char *next = find_marker(text, text, BLOCK_BEGIN);

	for (; end && next; end = find_marker(text, end + 1, BLOCK_END)) {
		for (; next && next < end;
		     next = find_marker(text, next + 1, BLOCK_BEGIN))
			begin = next;
		if (begin)
			break;
	}
	if (!end || !begin)
		return false;
	end += strlen(BLOCK_END);
	*ret_start = (size_t)(begin - text);
	*ret_end = (size_t)(end - text) + (*end == '\n');
	return true;
}

char *block_replace(const char *text, const char *block)
{
	size_t start, end;
	struct text t = { 0 };

	if (block_find(text, &start, &end)) {
		text_add_bytes(&t, text, start);
		text += end;
	} else {
		text_add(&t, text);
		if (t.len && t.s[t.len - 1] != '\n')
			text_add(&t, "\n");
		text = "";
	}
	text_printf(&t, BLOCK_BEGIN "\n%s" BLOCK_END "\n%s", block, text);
	return text_take(&t);
}

const char *setting_find(const char *text, const struct line_setting *s, size_t *ret_len)
{
	size_t start = 0, end = 0;
	bool ours = block_find(text, &start, &end);
	const char *found = NULL, *value;

	for (const char *line = text; line; line = line_next(line)) {
		size_t at = (size_t)(line - text);

		if (s->stop && line_has_key(line, s->stop, s->any_case, NULL))
			break;
		if (!(ours && at >= start && at < end) &&
		    line_has_key(line, s->key, s->any_case, &value))
			found = value;
	}
	if (!found)
		return NULL;
	*ret_len = strcspn(found, "\n");
	while (*ret_len && strchr(" \t\r", found[*ret_len - 1]))
		--*ret_len;
	return found;
}

/* Behind comments and empty lines at the beginning, but before a block of ours. */
static size_t first_setting(const char *text)
{
	size_t start, end;
	const char *line = text;

	while (line && (line[strspn(line, " \t")] == '#' || *line == '\n'))
		line = line_next(line);
	if (!line)
		line = text + strlen(text);
	if (block_find(text, &start, &end) && (size_t)(line - text) > start)
		return start;
	return (size_t)(line - text);
}

char *setting_put(const char *text, const struct line_setting *s, const char *value)
{
	size_t len, at;
	const char *found = setting_find(text, s, &len);
	struct text t = { 0 };

	if (found) {
		bool bare = strchr(" \t=", found[-1]) == NULL;

		text_add_bytes(&t, text, (size_t)(found - text));
		text_printf(&t, "%s%s%s", bare ? " " : "", value, found + len);
		return text_take(&t);
	}
	at = first_setting(text);
	text_add_bytes(&t, text, at);
	if (t.len && t.s[t.len - 1] != '\n')
		text_add(&t, "\n");
	text_printf(&t, "%s %s\n%s", s->key, value, text + at);
	return text_take(&t);
}
