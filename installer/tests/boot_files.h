/*
 * Files for a reader of boot menus, as text in a table: what stands for a mounted host.
 */
#ifndef TESTS_BOOT_FILES_H
#define TESTS_BOOT_FILES_H

#include "bootcfg/entry.h"
#include "core/text.h"

struct text_file {
	const char *root, *path, *text; /* root NULL: the configuration's own */
};

static inline const char *text_files_read(void *context, const char *root,
					  const char *path, struct arena *arena)
{
	(void)arena;
	for (const struct text_file *f = context; f->path; f++)
		if (str_eq(f->root, root) && str_eq(f->path, path))
			return f->text;
	return NULL;
}

static inline bool text_files_has(void *context, const char *root, const char *path)
{
	for (const struct text_file *f = context; f->path; f++)
		if (str_eq(f->root, root) && (str_eq(path, "/") || str_eq(f->path, path)))
			return true;
	return false;
}

/* Names of files that stand right in the directory. */
static inline size_t text_files_list(void *context, const char *root, const char *path,
				     struct arena *arena, const char *const **ret_names)
{
	const char **names = NULL;
	size_t n = 0, len = strlen(path);

	for (const struct text_file *f = context; f->path; f++) {
		const char *name = f->path + len + 1;

		if (str_eq(f->root, root) && str_starts(f->path, path) &&
		    f->path[len] == '/' && !strchr(name, '/'))
			names = arena_append(arena, names, &n, &name, sizeof(name));
	}
	*ret_names = names;
	return n;
}

#define TEXT_FILES(table)                                                                \
	{                                                                                \
		.read = text_files_read, .has = text_files_has, .list = text_files_list, \
		.context = (void *)(uintptr_t)(table)                                    \
	}

#endif
