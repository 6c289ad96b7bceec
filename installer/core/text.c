#include "core/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

#include "core/mem.h"

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

void text_reserve(struct text *t, size_t more)
{
	size_t need = t->len + more + 1;

	if (need <= t->cap)
		return;
	t->cap = need < 64 ? 64 : 2 * need;
	t->s = xreallocarray(t->s, t->cap, 1);
}

void text_add_bytes(struct text *t, const void *bytes, size_t len)
{
	text_reserve(t, len);
	if (len)
		memcpy(t->s + t->len, bytes, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	auto_free char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	text_add(t, s);
}

char *text_take(struct text *t)
{
	char *s = t->s ? t->s : xstrdup("");

	*t = (struct text){ 0 };
	return s;
}

bool str_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);

	return len >= tail && strcmp(s + len - tail, suffix) == 0;
}

bool str_same_id(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	for (;;) {
		a += strspn(a, ":-");
		b += strspn(b, ":-");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

bool str_empty(const char *s)
{
	return !s || !*s;
}

size_t utf8_decode(const char *text, uint32_t *ret_code_point)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = len == 1 ? s[0] : s[0] & (0xffu >> (len + 1));

	if (s[0] >= 0x80 && (s[0] < 0xc2 || s[0] > 0xf4))
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* Written longer than need be, a surrogate, or beyond Unicode. */
	if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) ||
	    (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret_code_point = c;
	return len;
}

bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

void str_clean(char *s)
{
	char *to = s;

	while (*s) {
		uint32_t c = 0;
		size_t len = utf8_decode(s, &c);

		if (len == 0 || utf8_is_control(c))
			*to++ = '?';
		else
			to = (char *)memmove(to, s, len) + len;
		s += len ? len : 1;
	}
	*to = '\0';
}

static size_t distance(const char *a, const char *b)
{
	size_t width = strlen(b) + 1;
	auto_free size_t *row = xcalloc(width, sizeof(*row));

	for (size_t j = 0; j < width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j < width; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[width - 1];
}

const char *str_nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word),
	       best = len / 3 + 2; /* "near": a third of it mistyped */
	const char *nearest = NULL;

	if (len > 64)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, names[i]);

		if (d < best && d < strlen(names[i])) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

static const struct {
	char letter;
	unsigned shift;
} units[] = { { 'T', 40 }, { 'G', 30 }, { 'M', 20 }, { 'K', 10 } };

const char *size_print(uint64_t bytes, char *buf, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint64_t unit = UINT64_C(1) << units[i].shift;
		uint64_t tenths;

		if (bytes < unit)
			continue;
		/* Rounded down: a size must never look larger than it is. */
		tenths = (bytes % unit) * 10 / unit;
		if (tenths)
			snprintf(buf, len, "%" PRIu64 ".%" PRIu64 " %ciB", bytes / unit,
				 tenths, units[i].letter);
		else
			snprintf(buf, len, "%" PRIu64 " %ciB", bytes / unit,
				 units[i].letter);
		return buf;
	}
	snprintf(buf, len, "%" PRIu64 " bytes", bytes);
	return buf;
}

bool size_parse(const char *s, uint64_t *ret_bytes)
{
	uint64_t value = 0;
	unsigned shift = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	for (size_t i = 0; *s && i < ARRAY_LEN(units); i++)
		if (toupper((unsigned char)*s) == units[i].letter)
			shift = units[i].shift;
	if (shift) {
		s++;
		if (*s == 'i' && s[1] == 'B')
			s++;
	}
	if (*s == 'B')
		s++;
	if (*s || value > UINT64_MAX >> shift)
		return false;
	*ret_bytes = value << shift;
	return true;
}
