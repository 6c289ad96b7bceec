/*
 * A reader of boot menus before texts of 1 MB that are made to be expensive: four times
 * the text may cost four times the processor's time, not sixteen, and memory stays within
 * a fixed multiple of it.
 */
#ifndef TESTS_BOOT_HOSTILE_H
#define TESTS_BOOT_HOSTILE_H

#include <time.h>

#include "tests/boot_files.h"
#include "tests/support.h"

#define HOSTILE_BYTES        BOOT_MAX_FILE_BYTES
#define HOSTILE_MEMORY_BYTES (96 * MIB) /* small pieces cost what malloc adds */

size_t __sanitizer_get_current_allocated_bytes(void); /* of the host builds' ASan */

/* Every further file is the same text. */
static inline const char *hostile_again(void *context, const char *root, const char *path,
					struct arena *arena)
{
	(void)root;
	(void)path;
	(void)arena;
	return context;
}

typedef void boot_read_fn(const struct boot_source *, struct arena *, struct boot_menu *);

static inline double hostile_seconds(boot_read_fn *read, const char *piece, size_t bytes)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	struct timespec before, after;
	struct boot_files files = { .read = hostile_again };
	struct boot_source source = { .file = "/cfg", .files = &files };
	struct boot_menu menu;
	size_t memory;

	while (text.len < bytes)
		text_add(&text, piece);
	files.context = text.s;
	source.text = text.s;
	memory = __sanitizer_get_current_allocated_bytes();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	read(&source, &arena, &menu);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	memory = __sanitizer_get_current_allocated_bytes() - memory;
	if (memory > HOSTILE_MEMORY_BYTES)
		fail_msg("%zu bytes for \"%s\" over and over", memory, piece);
	assert_true(menu.n <= BOOT_MAX_ENTRIES && menu.n_notes <= BOOT_MAX_NOTES);
	return (double)(after.tv_sec - before.tv_sec) +
	       (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

static inline void assert_linear(boot_read_fn *read, const char *piece)
{
	double quarter = hostile_seconds(read, piece, HOSTILE_BYTES / 4);
	double whole = hostile_seconds(read, piece, HOSTILE_BYTES);

	if (whole > 0.2 && whole > 8 * quarter)
		fail_msg("%.3f s for a quarter, %.3f s for 1 MB of \"%s\"", quarter,
			 whole, piece);
	if (whole > 5)
		fail_msg("%.3f s for 1 MB of \"%s\"", whole, piece);
}

#endif
