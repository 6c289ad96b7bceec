/*
 * An overlay's archive, which is in memory already: parsed by libarchive, as images are.
 */
#include <archive.h>
#include <archive_entry.h>

#include "core/text.h"
#include "overlay/bundle.h"

static void free_archive(struct archive **a)
{
	archive_read_free(*a);
}
#define auto_archive __attribute__((cleanup(free_archive)))

static int fail(const struct bundle *b, struct archive *a, struct err *err)
{
	const char *why = archive_error_string(a);

	return err_set(err, ERR_SOURCE, 0,
		       "overlay %s: not a tar archive as it should be%s%s", b->name,
		       why ? ": " : "", why ? why : "");
}

/* "./files/etc/motd", "files/etc/": without what does not name anything. */
static char *plain_path(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	char *path;

	if (!name)
		name = archive_entry_pathname_utf8(entry);
	path = xstrdup(name ? name : "");
	while (str_starts(path, "./"))
		memmove(path, path + 2, strlen(path + 2) + 1);
	if (str_ends(path, "/"))
		path[strlen(path) - 1] = '\0';
	return path;
}

static int read_entry(struct bundle *b, struct archive *a, struct archive_entry *entry,
		      struct arena *arena, struct err *err)
{
	auto_free char *path = plain_path(entry);
	int64_t size = archive_entry_size(entry);
	auto_free char *bytes = NULL;

	if (archive_entry_hardlink(entry))
		return bundle_refuse(b, path, "is a link", err);
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return 0;
	if (archive_entry_filetype(entry) != AE_IFREG)
		return bundle_refuse(b, path, "is no regular file", err);
	if (size < 0 || (uint64_t)size > OVERLAY_MAX_BYTES)
		return bundle_refuse(b, path, "is larger than 4 MiB", err);
	bytes = xmalloc((size_t)size);
	if (archive_read_data(a, bytes, (size_t)size) != size)
		return fail(b, a, err);
	return bundle_add(b, path, bytes, (size_t)size, arena, err);
}

int bundle_read_archive(const char *name, const void *bytes, size_t len,
			struct arena *arena, struct bundle *ret, struct err *err)
{
	auto_archive struct archive *a = archive_read_new();
	struct bundle b = { .name = arena_strdup(arena, name) };
	struct archive_entry *entry;
	int rc;

	if (!a)
		abort();
	archive_read_support_format_tar(a);
	if (archive_read_open_memory(a, bytes, len) != ARCHIVE_OK)
		return fail(&b, a, err);
	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK)
		if (read_entry(&b, a, entry, arena, err) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return fail(&b, a, err);
	*ret = b;
	return 0;
}
