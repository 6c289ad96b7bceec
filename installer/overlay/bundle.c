#include "overlay/bundle.h"

#include "config/value.h"
#include "core/text.h"

int bundle_refuse(const struct bundle *b, const char *path, const char *why,
		  struct err *err)
{
	auto_free char *shown = xstrdup(path);

	str_clean(shown);
	return err_set(err, ERR_SOURCE, 0, "overlay %s: %s %s", b->name, shown, why);
}

const struct bundle_entry *bundle_find(const struct bundle *b, const char *path)
{
	for (size_t i = 0; i < b->n; i++)
		if (str_eq(b->entries[i].path, path))
			return &b->entries[i];
	return NULL;
}

static bool has_place(const char *path)
{
	return str_eq(path, OVERLAY_FILE) || str_eq(path, OVERLAY_SCRIPT) ||
	       (str_starts(path, OVERLAY_FILES "/") &&
		value_is_host_path(path + strlen(OVERLAY_FILES)));
}

int bundle_add(struct bundle *b, const char *path, const void *bytes, size_t len,
	       struct arena *arena, struct err *err)
{
	struct bundle_entry entry = { .len = len };

	if (!has_place(path))
		return bundle_refuse(b, path,
				     "is no part of an overlay: " OVERLAY_FILE
				     ", " OVERLAY_SCRIPT " and files below " OVERLAY_FILES
				     "/ are",
				     err);
	if (bundle_find(b, path))
		return bundle_refuse(b, path, "is there twice", err);
	if (b->n == OVERLAY_MAX_FILES || len > OVERLAY_MAX_BYTES - b->bytes)
		return bundle_refuse(b, path, "is too much: 1000 files and 4 MiB at most",
				     err);
	entry.path = arena_strdup(arena, path);
	entry.bytes = arena_strndup(arena, bytes, len);
	b->bytes += len;
	b->entries = arena_append(arena, b->entries, &b->n, &entry, sizeof(entry));
	return 0;
}
