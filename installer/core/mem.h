/*
 * Memory: allocation that aborts instead of failing, and arenas.
 *
 * An installer that is out of memory has nothing useful left to do, so no caller handles
 * it: every function here either returns memory or aborts.
 *
 * An arena owns many small objects that live and die together (a profile, the facts, a
 * plan). There is no way to free one of them.
 */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "core/cleanup.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) printf_like(1, 2);
char *xvasprintf(const char *fmt, va_list ap) printf_like(1, 0);

/* Where the first byte stands that is not zero; `len`: all are. */
size_t mem_first_nonzero(const void *bytes, size_t len);

struct arena {
	struct arena_block *blocks;
};
#define auto_arena __attribute__((cleanup(arena_free)))

void arena_free(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) printf_like(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) printf_like(2, 0);

/*
 * Append *item (item_size bytes) to an arena-owned array of *n items, growing by
 * doubling: capacity is implied (the next power of two), so only the pointer and the
 * count are kept.
 */
void *arena_append(struct arena *arena, void *items, size_t *n, const void *item,
		   size_t item_size);

#endif
