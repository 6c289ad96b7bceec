#include "core/mem.h"

#include <stdalign.h>
#include <stdint.h>

struct arena_block {
	struct arena_block *next;
	alignas(max_align_t) unsigned char bytes[];
};

static void *or_die(void *p)
{
	if (!p)
		abort();
	return p;
}

void *xmalloc(size_t size)
{
	return or_die(malloc(size ? size : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return or_die(realloc(p, bytes ? bytes : 1));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void arena_free(struct arena *arena)
{
	for (struct arena_block *b = arena->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	arena->blocks = NULL;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *b = xcalloc(1, sizeof(*b) + size);

	b->next = arena->blocks;
	arena->blocks = b;
	return b->bytes;
}

size_t mem_first_nonzero(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	size_t at = 0;

	for (uint64_t words[4]; at + sizeof(words) <= len; at += sizeof(words)) {
		memcpy(words, p + at, sizeof(words));
		if (words[0] | words[1] | words[2] | words[3])
			break;
	}
	while (at < len && !p[at])
		at++;
	return at;
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		abort();
	s = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return s;
}

void *arena_append(struct arena *arena, void *items, size_t *n, const void *item,
		   size_t item_size)
{
	if ((*n & (*n - 1)) == 0) { /* 0, 1, 2, 4, 8 …: full */
		void *grown = arena_alloc(arena, (*n ? 2 * *n : 1) * item_size);

		if (*n)
			memcpy(grown, items, *n * item_size);
		items = grown;
	}
	memcpy((char *)items + (*n)++ * item_size, item, item_size);
	return items;
}
