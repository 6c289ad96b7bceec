/*
 * What must hold for every menu that a reader makes of any text. The text is cut at its
 * first 0xff bytes into the configuration and the further files, handed out in turn.
 */
#ifndef TESTS_BOOT_FUZZ_H
#define TESTS_BOOT_FUZZ_H

#include <assert.h>
#include <stdint.h>

#include "bootcfg/entry.h"
#include "core/text.h"

typedef void boot_read_fn(const struct boot_source *, struct arena *, struct boot_menu *);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_files {
	char *pieces[8];
	size_t n, next;
};

static inline const char *fuzz_read(void *context, const char *root, const char *path,
				    struct arena *arena)
{
	struct fuzz_files *f = context;

	(void)root;
	(void)arena;
	assert(path[0] == '/');
	return f->next < 2 * f->n ? f->pieces[f->next++ % f->n] : NULL;
}

static inline bool fuzz_has(void *context, const char *root, const char *path)
{
	(void)context;
	return !root || strlen(root) % 2 || strlen(path) % 2;
}

static inline size_t fuzz_list(void *context, const char *root, const char *path,
			       struct arena *arena, const char *const **ret_names)
{
	static const char *const names[] = { "a-1.conf", "a-10.conf", "b-0-rescue.conf",
					     "x" };

	(void)context;
	(void)root;
	(void)arena;
	assert(path[0] == '/');
	*ret_names = names;
	return ARRAY_LEN(names);
}

/* The first bytes of the configuration, whatever is asked for. */
static inline const unsigned char *fuzz_peek(void *context, const char *root,
					     const char *path, size_t offset, size_t len,
					     struct arena *arena)
{
	const struct fuzz_files *f = context;

	(void)root;
	(void)offset;
	(void)arena;
	assert(path[0] == '/');
	return strlen(f->pieces[0]) < len ? NULL : (const unsigned char *)f->pieces[0];
}

static inline size_t fuzz_size(void *context, const char *root, const char *path)
{
	const struct fuzz_files *f = context;

	(void)root;
	assert(path[0] == '/');
	return strlen(f->pieces[0]);
}

static inline void check_entry(const struct boot_entry *e)
{
	assert(e->title && e->position && e->file && e->line);
	assert(e->why_not || e->kernel.path);
	assert(!e->hypervisor.path || e->hypervisor.path[0] == '/');
	assert(!e->kernel.path || (e->kernel.path[0] == '/' && e->kernel.args));
	for (size_t i = 0; i < e->n_initrds; i++)
		assert(e->initrds[i].path[0] == '/');
}

static inline void fuzz_reader(boot_read_fn *read, const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	char *text = arena_strndup(&arena, (const char *)data, size);
	struct fuzz_files pieces = { .pieces = { text }, .n = 1 };
	const struct boot_files files = { .read = fuzz_read,
					  .has = fuzz_has,
					  .list = fuzz_list,
					  .peek = fuzz_peek,
					  .size = fuzz_size,
					  .context = &pieces };
	const struct boot_source source = {
		.file = "/boot/x/cfg", .text = text, .efi = size % 2, .files = &files
	};
	struct boot_menu m;
	bool any = false;

	for (char *c = text; *c && pieces.n < ARRAY_LEN(pieces.pieces); c++)
		if (*c == '\xff') {
			*c = '\0';
			pieces.pieces[pieces.n++] = c + 1;
		}
	read(&source, &arena, &m);
	assert(m.n <= BOOT_MAX_ENTRIES && m.n_notes <= BOOT_MAX_NOTES);
	assert(m.default_entry >= -1 && m.default_entry < (int)m.n);
	assert(m.fallback_entry >= -1 && m.fallback_entry < (int)m.n);
	for (size_t i = 0; i < m.n; i++) {
		check_entry(&m.entries[i]);
		any |= !m.entries[i].why_not;
	}
	assert(any == !m.why_none);
	assert(m.default_once || !m.n_once);
	for (size_t i = 0; i < m.n_once; i++)
		assert(m.once[i].path[0] == '/' && m.once[i].bytes && m.once[i].len);
}

#endif
