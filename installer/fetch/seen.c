#include "fetch/seen.h"

#include <inttypes.h>

#define DIGITS_MAX 18 /* as in a manifest */

const struct seen_list *seen_find(const struct seen *seen, const char *url)
{
	for (size_t i = 0; i < seen->n; i++)
		if (str_eq(seen->lists[i].url, url))
			return &seen->lists[i];
	return NULL;
}

void seen_set(struct seen *seen, const char *url, uint64_t serial, struct arena *arena)
{
	struct seen_list list = { .url = arena_strdup(arena, url), .serial = serial };

	for (size_t i = 0; i < seen->n; i++)
		if (str_eq(seen->lists[i].url, url)) {
			seen->lists[i].serial = serial;
			return;
		}
	seen->lists = arena_append(arena, seen->lists, &seen->n, &list, sizeof(list));
}

void seen_read(const char *text, struct arena *arena, struct seen *seen)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), digits = strspn(text, "0123456789");
		uint64_t serial = strtoull(text, NULL, 10);
		const struct seen_list *known;
		const char *url;

		if (digits > 0 && digits <= DIGITS_MAX && digits + 1 < len &&
		    text[digits] == ' ') {
			url = arena_strndup(arena, text + digits + 1, len - digits - 1);
			known = seen_find(seen, url);
			if (!known || known->serial < serial)
				seen_set(seen, url, serial, arena);
		}
		text += len + (text[len] == '\n');
	}
}

void seen_print(const struct seen *seen, struct text *out)
{
	for (size_t i = 0; i < seen->n; i++)
		text_printf(out, "%" PRIu64 " %s\n", seen->lists[i].serial,
			    seen->lists[i].url);
}
