#include "bootcfg/edit.h"

#include "core/text.h"

/* The line's value, when it assigns `key` ("  KEY=…", "export KEY=…"); else NULL. */
static const char *assignment(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	if (str_starts(line, "export "))
		line += strlen("export ");
	return strncmp(line, key, len) == 0 && line[len] == '=' ? line + len + 1 : NULL;
}

/*
 * Where the value ends: what ends a word for a shell, outside quotes. Quotes may span
 * lines; one that is never closed is taken to end with its line.
 */
static const char *value_end(const char *value)
{
	const char *line_end = NULL;
	char quote = '\0';

	for (; *value && (quote || *value != '\n'); value++) {
		if (*value == '\n' && !line_end)
			line_end = value;
		else if (quote == '\'' ? *value == '\'' : quote && *value == quote)
			quote = '\0';
		else if (*value == '\\' && quote != '\'' && value[1])
			value++;
		else if (!quote && (*value == '"' || *value == '\'')) {
			quote = *value;
			line_end = NULL;
		} else if (!quote && strchr(" \t;&|<>()", *value))
			break;
	}
	return quote && line_end ? line_end : value;
}

/* The value of the last assignment, or NULL. quotes: as a shell reads them, so that a
 * value may span lines. */
static const char *last_assignment(const char *text, const char *key, bool quotes)
{
	const char *last = NULL, *line = text;

	while (line) {
		const char *found = assignment(line, key);

		if (found) {
			last = found;
			if (quotes)
				line = value_end(found);
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return last;
}

char *edit_plain_variable(const char *text, const char *key, const char *value)
{
	const char *last = last_assignment(text, key, false);
	struct text t = { 0 };

	if (!last)
		return NULL;
	text_add_bytes(&t, text, (size_t)(last - text));
	text_printf(&t, "%s%s", value, last + strcspn(last, "\n"));
	return text_take(&t);
}

char *edit_shell_variable(const char *text, const char *key, const char *value)
{
	const char *last = last_assignment(text, key, true);
	struct text t = { 0 };

	if (last) {
		text_add_bytes(&t, text, (size_t)(last - text));
		text_printf(&t, "\"%s\"%s", value, value_end(last));
		return text_take(&t);
	}
	text_add(&t, text);
	if (t.len && t.s[t.len - 1] != '\n')
		text_add(&t, "\n");
	text_printf(&t, "%s=\"%s\"\n", key, value);
	return text_take(&t);
}

bool edit_sets_key(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	return strncmp(line, key, len) == 0 &&
	       (!line[len] || strchr(" \t\n=:", line[len]));
}

char *edit_line(const char *text, const char *key, const char *line, const char *before)
{
	struct text t = { 0 };
	bool done = false;

	while (*text && !(before && edit_sets_key(text, before))) {
		size_t len = strcspn(text, "\n"), whole = len + (text[len] == '\n');
		bool is_key = edit_sets_key(text, key);

		if (!is_key)
			text_add_bytes(&t, text, whole);
		else if (!done)
			text_printf(&t, "%s%s", line, whole > len ? "\n" : "");
		done |= is_key;
		text += whole;
	}
	if (!done && t.len && t.s[t.len - 1] != '\n')
		text_add(&t, "\n");
	if (!done)
		text_printf(&t, "%s\n", line);
	text_add(&t, text);
	return text_take(&t);
}

bool edit_shell_is(const char *text, const char *key, const char *value)
{
	const char *found = NULL;
	size_t len = strlen(value);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (assignment(line, key))
			found = assignment(line, key);
	}
	if (!found)
		return false;
	if (*found == '"' || *found == '\'')
		return strncmp(found + 1, value, len) == 0 && found[1 + len] == *found &&
		       value_end(found) == found + len + 2;
	return strncmp(found, value, len) == 0 && value_end(found) == found + len;
}

char *edit_shadow_password(const char *text, const char *user, const char *hash)
{
	size_t len = strlen(user);

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		if (strncmp(line, user, len) == 0 && line[len] == ':') {
			const char *field = line + len + 1;
			struct text t = { 0 };

			text_add_bytes(&t, text, (size_t)(field - text));
			text_printf(&t, "%s%s", hash, field + strcspn(field, ":\n"));
			return text_take(&t);
		}
		if (!strchr(line, '\n'))
			break;
	}
	return NULL;
}

/* The field at *p, which is left behind it; its length. */
static size_t next_field(const char **p, const char **ret)
{
	size_t len;

	*p += strspn(*p, " \t");
	len = strcspn(*p, " \t\n");
	*ret = *p;
	*p += len;
	return len;
}

size_t edit_fstab_list(const char *text, struct arena *arena,
		       struct fstab_entry **ret_entries)
{
	struct fstab_entry *entries = NULL;
	size_t n = 0;

	for (const char *line = text; *line; line += *line == '\n') {
		const char *fields[4];
		size_t lens[4];

		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			lens[i] = next_field(&line, &fields[i]);
		line += strcspn(line, "\n");
		if (*fields[0] != '#' && lens[1]) {
			const struct fstab_entry e = {
				.source = arena_strndup(arena, fields[0], lens[0]),
				.mount = arena_strndup(arena, fields[1], lens[1]),
				.type = arena_strndup(arena, fields[2], lens[2]),
				.options = arena_strndup(arena, fields[3], lens[3]),
			};

			entries = arena_append(arena, entries, &n, &e, sizeof(e));
		}
	}
	*ret_entries = entries;
	return n;
}

const char *edit_fstab_source(const char *text, const char *mount, struct arena *arena)
{
	struct fstab_entry *entries;
	size_t n = edit_fstab_list(text, arena, &entries);

	for (size_t i = 0; i < n; i++)
		if (str_eq(entries[i].mount, mount))
			return entries[i].source;
	return NULL;
}

const char *edit_fstab_uuid(const char *text, const char *mount, struct arena *arena)
{
	static const char prefix[] = "UUID=";
	struct fstab_entry *entries;
	size_t n = edit_fstab_list(text, arena, &entries);

	for (size_t i = 0; i < n; i++) {
		const char *uuid = entries[i].source + strlen(prefix);

		if (!str_eq(entries[i].mount, mount) ||
		    !str_starts(entries[i].source, prefix))
			continue;
		if (uuid[0] == '"' && uuid[1]) /* allowed by mount(8) */
			return arena_strndup(arena, uuid + 1, strlen(uuid) - 2);
		return uuid;
	}
	return NULL;
}
