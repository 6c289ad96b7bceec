#include "selinux/settings.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"

#define BLANK " \t\r"

bool selinux_is_type(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_-.");

	return len > 0 && len < SELINUX_TYPE_BYTES && s[len] == '\0' && *s != '.';
}

/* The line's value when it begins with `key` and `=`; its length without blanks. */
static const char *value_of(const char *line, const char *key, size_t *ret_len)
{
	size_t len = strlen(key);

	line += strspn(line, BLANK);
	if (strncmp(line, key, len) != 0 || line[len] != '=')
		return NULL;
	line += len + 1;
	line += strspn(line, BLANK);
	len = strcspn(line, "\n");
	while (len > 0 && strchr(BLANK, line[len - 1]))
		len--;
	*ret_len = len;
	return line;
}

struct selinux_settings selinux_parse_config(const char *text)
{
	static const char *const modes[] = { "disabled", "permissive", "enforcing" };
	struct selinux_settings s = { .mode = SELINUX_DISABLED };
	const char *value;
	size_t len;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		value = value_of(line, "SELINUX", &len);
		for (size_t i = 0; value && i < 3; i++)
			if (strncasecmp(value, modes[i], strlen(modes[i])) == 0)
				s.mode = (enum selinux_mode)i;
		value = value_of(line, "SELINUXTYPE", &len);
		if (!value || len >= sizeof(s.type))
			continue;
		memcpy(s.type, value, len);
		s.type[len] = '\0';
		if (!selinux_is_type(s.type))
			s.type[0] = '\0';
	}
	return s;
}

static bool is_record(const char *line, const char *name)
{
	size_t len = strlen(name);

	line += strspn(line, BLANK);
	if (strncmp(line, name, len) != 0)
		return false;
	line += len;
	return line[strspn(line, BLANK)] == '=';
}

char *selinux_set_record(const char *text, const char *name, bool state)
{
	struct text t = { 0 };
	bool done = false;

	while (*text) {
		size_t len = strcspn(text, "\n"), whole = len + (text[len] == '\n');

		if (!is_record(text, name))
			text_add_bytes(&t, text, whole);
		else if (!done)
			text_printf(&t, "%s=%d\n", name, state);
		done |= is_record(text, name);
		text += whole;
	}
	if (t.len && t.s[t.len - 1] != '\n')
		text_add(&t, "\n");
	if (!done)
		text_printf(&t, "%s=%d\n", name, state);
	return text_take(&t);
}
