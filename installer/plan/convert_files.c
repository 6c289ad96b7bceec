#include "bootcfg/entry.h"
#include "core/text.h"
#include "plan/convert.h"

/*
 * The host's own name of a path on a filesystem that a menu names; NULL: on another one.
 * A loader's device name can be nothing but the filesystem with /boot here: the others
 * have no boot files.
 */
static const char *name_path(const struct convert *c, const char *root, const char *path,
			     struct arena *arena)
{
	const char *uuid = root && str_starts(root, "UUID=") ? root + strlen("UUID=")
							     : NULL;

	if (uuid && !str_same_id(uuid, c->boot.boot_uuid))
		return str_same_id(uuid, c->boot.root_uuid) ? path : NULL;
	if (*c->boot.boot_prefix)
		return path;
	return arena_printf(arena, "/boot%s", path);
}

static const char *read_file(void *context, const char *root, const char *path,
			     struct arena *arena)
{
	const struct convert *c = context;
	const char *name = name_path(c, root, path, arena);

	return name ? host_text(c->host, name) : NULL;
}

static bool has_file(void *context, const char *root, const char *path)
{
	const struct convert *c = context;
	auto_arena struct arena arena = { 0 };
	const char *name = name_path(c, root, path, &arena);

	if (!name)
		return false;
	if (str_eq(path, "/") || host_find_file(c->host, name))
		return true;
	for (size_t i = 0; str_starts(name, "/boot/") && i < c->host->n_boot; i++)
		if (str_eq(c->host->boot[i], name + strlen("/boot/")))
			return true;
	return false;
}

static size_t list_files(void *context, const char *root, const char *path,
			 struct arena *arena, const char *const **ret_names)
{
	const struct convert *c = context;
	const char *directory = name_path(c, root, path, arena), **names = NULL;
	size_t n = 0, len = directory ? strlen(directory) : 0;

	for (size_t i = 0; directory && i < c->host->n_files; i++) {
		const char *file = c->host->files[i].path;
		const char *name = file + len + 1;

		if (str_starts(file, directory) && file[len] == '/' && !strchr(name, '/'))
			names = arena_append(arena, names, &n, &name, sizeof(name));
	}
	*ret_names = names;
	return n;
}

struct boot_files convert_files(struct convert *c)
{
	return (struct boot_files){
		.read = read_file, .has = has_file, .list = list_files, .context = c
	};
}
