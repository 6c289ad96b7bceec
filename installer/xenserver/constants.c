#include "xenserver/constants.h"

#include <ctype.h>

#define NUMBER_MAX INT32_MAX

/* Where reading stands between two lines. */
struct scan {
	char quote;       /* of a string of three quotes that is open */
	bool in_function; /* since the last line that was not indented */
};

struct span {
	const char *s, *end;
};

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool span_is(struct span v, const char *word)
{
	return (size_t)(v.end - v.s) == strlen(word) &&
	       memcmp(v.s, word, strlen(word)) == 0;
}

static bool span_starts(struct span v, const char *prefix)
{
	return (size_t)(v.end - v.s) >= strlen(prefix) &&
	       memcmp(v.s, prefix, strlen(prefix)) == 0;
}

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

static bool opens_triple(const char *s, const char *end)
{
	return end - s >= 3 && (*s == '"' || *s == '\'') && s[1] == *s && s[2] == *s;
}

/* Behind a string's last quote, or the end of the line if it stays open there. */
static const char *skip_string(const char *s, const char *end, struct scan *scan)
{
	char quote = *s;
	bool triple = opens_triple(s, end);

	for (s += triple ? 3 : 1; s < end; s++) {
		if (*s == '\\' && s + 1 < end)
			s++;
		else if (*s == quote && (!triple || opens_triple(s, end)))
			return s + (triple ? 3 : 1);
	}
	if (triple)
		scan->quote = quote;
	return end;
}

/* The part of a line before its comment; what strings are left open is noted. */
static const char *find_code_end(const char *s, const char *end, struct scan *scan)
{
	while (s < end && *s != '#')
		if (*s == '"' || *s == '\'')
			s = skip_string(s, end, scan);
		else
			s++;
	return s;
}

/* Inside a string of three quotes: behind its end, or the end of the line. */
static const char *leave_string(const char *s, const char *end, struct scan *scan)
{
	for (; s < end; s++) {
		if (*s == '\\' && s + 1 < end) {
			s++;
		} else if (*s == scan->quote && opens_triple(s, end)) {
			scan->quote = '\0';
			return s + 3;
		}
	}
	return end;
}

static bool parse_number(struct span v, uint64_t *ret)
{
	uint64_t number = 0;

	if (v.s == v.end || v.end - v.s > 10 || (*v.s == '0' && v.end - v.s > 1))
		return false;
	for (; v.s < v.end; v.s++) {
		if (!isdigit((unsigned char)*v.s))
			return false;
		number = number * 10 + (uint64_t)(*v.s - '0');
	}
	*ret = number;
	return true;
}

static bool is_string(struct span v)
{
	struct scan scan = { 0 };

	return v.s < v.end && (*v.s == '"' || *v.s == '\'') &&
	       !opens_triple(v.s, v.end) && v.end - v.s >= 2 && v.end[-1] == *v.s &&
	       skip_string(v.s, v.end, &scan) == v.end;
}

static enum constant_kind find_kind(struct span v, uint64_t *ret_number)
{
	if (parse_number(v, ret_number))
		return CONSTANT_UINT;
	if (span_is(v, "True") || span_is(v, "False"))
		return CONSTANT_BOOL;
	return is_string(v) ? CONSTANT_STRING : CONSTANT_OTHER;
}

/* `NAME =`, or `NAME +=` and its like; false: no assignment. */
static bool split(struct span line, struct span *ret_name, struct span *ret_value)
{
	const char *s = line.s, *operator;

	if (s == line.end || isdigit((unsigned char)*s))
		return false;
	while (s < line.end && is_name_char(*s))
		s++;
	*ret_name = (struct span){ line.s, s };
	operator= s = skip_blanks(s, line.end);
	while (s < line.end && strchr("+-*/%&|^<>@", *s) && *s)
		s++;
	/* `a <= b` and `a >= b` compare; `a <<= b` assigns. */
	if (s - operator== 1 &&(*operator== '<' || * operator== '>'))
		return false;
	if (ret_name->s == ret_name->end || s == line.end || *s != '=' ||
	    (s + 1 < line.end && s[1] == '='))
		return false;
	s = operator<s ? operator: skip_blanks(s + 1, line.end);
	*ret_value = (struct span){ s, line.end };
	while (ret_value->end > s && isspace((unsigned char)ret_value->end[-1]))
		ret_value->end--;
	return true;
}

static void read_line(struct span line, unsigned number, struct scan *scan,
		      struct arena *arena, struct constants *c)
{
	struct constant item = { .line = number };
	struct span name, value;
	const char *s = line.s;

	if (scan->quote) {
		s = leave_string(s, line.end, scan);
		find_code_end(s, line.end, scan);
		return;
	}
	line.end = find_code_end(s, line.end, scan);
	line.s = skip_blanks(s, line.end);
	if (line.s == line.end || *line.s == '\r')
		return;
	if (line.s == s)
		scan->in_function = span_starts(line, "def ") ||
				    span_starts(line, "class ");
	item.conditional = line.s > s;
	if ((item.conditional && scan->in_function) || !split(line, &name, &value))
		return;
	item.name = arena_strndup(arena, name.s, (size_t)(name.end - name.s));
	item.value = arena_strndup(arena, value.s, (size_t)(value.end - value.s));
	item.kind = scan->quote ? CONSTANT_OTHER : find_kind(value, &item.number);
	item.at = (size_t)(value.s - c->text);
	item.len = (size_t)(value.end - value.s);
	c->items = arena_append(arena, (void *)c->items, &c->n, &item, sizeof(item));
}

void constants_read(const char *file, const char *text, size_t len, struct arena *arena,
		    struct constants *ret)
{
	const char *end = text + len;
	struct scan scan = { 0 };
	unsigned number = 0;

	*ret = (struct constants){ .file = file, .text = text, .len = len };
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct span line = { text, newline ? newline : end };

		read_line(line, ++number, &scan, arena, ret);
		text = newline ? newline + 1 : end;
	}
}

const struct constant *constants_find(const struct constants *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->items[i].conditional && str_eq(c->items[i].name, name))
			return &c->items[i];
	return NULL;
}

/* The line as it stands there, made fit for a message. */
static char *copy_line(const struct constants *c, const struct constant *item)
{
	size_t begin = item->at, end = item->at + item->len;
	char *line;

	while (begin > 0 && c->text[begin - 1] != '\n')
		begin--;
	while (end < c->len && c->text[end] != '\n' && c->text[end] != '\r')
		end++;
	line = xmalloc(end - begin + 1);
	memcpy(line, c->text + begin, end - begin);
	line[end - begin] = '\0';
	str_clean(line);
	return line;
}

static int fail_missing(const struct constants *c, const char *name, struct err *err)
{
	auto_free const char **names = xcalloc(c->n + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < c->n; i++)
		names[i] = c->items[i].name;
	near = str_nearest(name, names, c->n);
	for (size_t i = 0; near && i < c->n; i++)
		if (str_eq(near, c->items[i].name)) {
			auto_free char *line = copy_line(c, &c->items[i]);

			return err_set(err, ERR_CONFIG, 0,
				       "%s does not assign %s; nearest is line %u: %s",
				       c->file, name, c->items[i].line, line);
		}
	return err_set(err, ERR_CONFIG, 0, "%s does not assign %s", c->file, name);
}

static int find_single(const struct constants *c, const char *name,
		       const struct constant **ret, struct err *err)
{
	const struct constant *item = NULL;

	for (size_t i = 0; i < c->n; i++) {
		if (!str_eq(c->items[i].name, name))
			continue;
		if (item)
			return err_set(err, ERR_CONFIG, 0,
				       "%s assigns %s twice, in lines %u and %u", c->file,
				       name, item->line, c->items[i].line);
		item = &c->items[i];
	}
	if (!item)
		return fail_missing(c, name, err);
	if (item->conditional)
		return err_set(err, ERR_CONFIG, 0,
			       "%s:%u assigns %s under a condition only", c->file,
			       item->line, name);
	*ret = item;
	return 0;
}

static int check_value(const struct constants *c, const struct constant *item,
		       const struct patch_setting *setting, struct err *err)
{
	static const char *const kinds[] = { "a whole number", "True or False",
					     "a text in quotes", "an expression" };
	struct span v = { setting->value, setting->value + strlen(setting->value) };
	uint64_t number = 0;

	if (item->kind == CONSTANT_OTHER)
		return err_set(err, ERR_CONFIG, 0,
			       "%s:%u: %s is no plain value but `%s`, which is not "
			       "replaced",
			       c->file, item->line, item->name, item->value);
	if (find_kind(v, &number) != item->kind || strpbrk(setting->value, "\r\n"))
		return err_set(err, ERR_CONFIG, 0, "%s:%u: %s is %s; \"%s\" is not",
			       c->file, item->line, item->name, kinds[item->kind],
			       setting->value);
	if (number > NUMBER_MAX || (item->kind == CONSTANT_UINT && number == 0))
		return err_set(err, ERR_CONFIG, 0, "%s: %s is out of range (1 to %d)",
			       item->name, setting->value, NUMBER_MAX);
	return 0;
}

/* The setting for what is assigned here; the last one counts. */
static const struct patch_setting *find_setting(const struct patch_setting *settings,
						size_t n, const char *name)
{
	while (n-- > 0)
		if (str_eq(settings[n].name, name))
			return &settings[n];
	return NULL;
}

int constants_set(const struct constants *c, const struct patch_setting *settings,
		  size_t n, struct text *ret, struct err *err)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		const struct constant *item = NULL;

		if (find_single(c, settings[i].name, &item, err) < 0 ||
		    check_value(c, item, &settings[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct constant *item = &c->items[i];
		const struct patch_setting *setting = find_setting(settings, n,
								   item->name);

		if (!setting)
			continue;
		text_add_bytes(ret, c->text + done, item->at - done);
		text_add(ret, setting->value);
		done = item->at + item->len;
	}
	text_add_bytes(ret, c->text + done, c->len - done);
	return 0;
}
