#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "core/io.h"
#include "exec/undo.h"
#include "image/cpio.h"

#define FILES_MAX 4096
#define FILE_MAX  (UINT64_C(256) << 20)
#define TOTAL_MAX (UINT64_C(2) << 30) /* in memory, all of it */
#define BLOCK     65536

struct file {
	const char *name;
	struct text content;
};

struct reading {
	struct archive *archive;
	struct file *files;
	size_t n;
	uint64_t total_bytes;
};

static void end_reading(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		text_free(&r->files[i].content);
	archive_read_free(r->archive);
}
#define auto_reading __attribute__((cleanup(end_reading)))

static int broken(const struct reading *r, const char *name, struct err *err)
{
	const char *why = archive_error_string(r->archive);

	return err_set(err, ERR_SOURCE, 0, "%s is not a whole undo archive: %s", name,
		       why ? why : "unknown format");
}

static int read_content(struct reading *r, struct file *f, const char *name,
			struct err *err)
{
	auto_free char *buf = xmalloc(BLOCK);
	la_ssize_t n;

	/* As it comes: the size that the header claims may be anything. */
	while ((n = archive_read_data(r->archive, buf, BLOCK)) > 0) {
		r->total_bytes += (uint64_t)n;
		if (f->content.len + (size_t)n > FILE_MAX || r->total_bytes > TOTAL_MAX)
			return err_set(err, ERR_SOURCE, 0,
				       "%s is too large for an undo archive", name);
		text_add_bytes(&f->content, buf, (size_t)n);
	}
	return n < 0 ? broken(r, name, err) : 0;
}

static int read_files(struct reading *r, const char *name, struct arena *arena,
		      struct err *err)
{
	struct archive_entry *entry;
	int rc;

	while ((rc = archive_read_next_header(r->archive, &entry)) == ARCHIVE_OK) {
		const char *path = archive_entry_pathname(entry);
		struct file f = { 0 };

		if (!path || !S_ISREG(archive_entry_mode(entry)))
			continue;
		if (r->n == FILES_MAX)
			return err_set(err, ERR_SOURCE, 0,
				       "%s has too many files for an undo archive", name);
		f.name = arena_strdup(arena, path);
		r->files = arena_append(arena, r->files, &r->n, &f, sizeof(f));
		if (read_content(r, &r->files[r->n - 1], name, err) < 0)
			return -1;
	}
	return rc == ARCHIVE_EOF ? 0 : broken(r, name, err);
}

static const struct file *find_file(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->files[i].name, name))
			return &r->files[i];
	return NULL;
}

/* The place's bytes, if they are what undo.json says. */
static int attach(const struct reading *r, const char *name, struct undo_range *range,
		  struct arena *arena, struct err *err)
{
	const struct file *f = range->file ? find_file(r, range->file) : NULL;
	struct digest expected, found;
	char *copy;

	if (!range->file)
		return 0;
	if (!f || f->content.len != range->size_bytes)
		return err_set(err, ERR_SOURCE, 0,
			       "%s is damaged: %s is missing or not %llu bytes long",
			       name, range->file, (unsigned long long)range->size_bytes);
	found = digest_of(f->content.s, f->content.len);
	if (!digest_parse(range->sha256, &expected) ||
	    memcmp(&expected, &found, sizeof(found)) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "%s is damaged: %s is not what was saved", name,
			       range->file);
	copy = arena_alloc(arena, f->content.len);
	memcpy(copy, f->content.s, f->content.len);
	range->bytes = copy;
	return 0;
}

static int read_json(const struct reading *r, const char *name, struct arena *arena,
		     struct undo *ret, struct err *err)
{
	const struct file *f = find_file(r, UNDO_JSON);
	struct yaml_node *root;

	if (!f || !f->content.len)
		return err_set(err, ERR_SOURCE, 0,
			       "%s is not a whole undo archive: it has no " UNDO_JSON,
			       name);
	if (yaml_parse(UNDO_JSON, f->content.s, f->content.len, arena, &root, err) == 0 &&
	    schema_read(&undo_schema, UNDO_JSON, root, arena, ret, err) == 0)
		return undo_validate(ret, err);
	err->code = ERR_SOURCE; /* not the operator's to change */
	return err_wrap(err, "%s", name);
}

int undo_read(int fd, const char *name, struct arena *arena, struct undo *ret,
	      struct err *err)
{
	auto_reading struct reading r = { .archive = archive_read_new() };
	struct undo u = { 0 };

	if (!r.archive)
		abort();
	archive_read_support_format_cpio(r.archive);
	if (archive_read_open_fd(r.archive, fd, BLOCK) != ARCHIVE_OK)
		return broken(&r, name, err);
	if (read_files(&r, name, arena, err) < 0 ||
	    read_json(&r, name, arena, &u, err) < 0)
		return -1;
	for (size_t i = 0; i < u.n_disks; i++)
		for (size_t j = 0; j < u.disks[i].n_ranges; j++)
			if (attach(&r, name, &u.disks[i].ranges[j], arena, err) < 0)
				return -1;
	*ret = u;
	return 0;
}

int undo_write_range(int fd, const struct undo_range *range, struct err *err)
{
	auto_text struct text t = { 0 };

	if (!range->file)
		return 0;
	cpio_add_file(&t, range->file, 0600, range->bytes, range->size_bytes);
	return io_write_all(fd, t.s, t.len, "the undo archive", err);
}

int undo_write_end(int fd, const struct undo *u, struct err *err)
{
	auto_text struct text t = { 0 }, json = { 0 };

	schema_json(&undo_schema, u, SCHEMA_SHOWN, &json);
	text_add(&json, "\n");
	cpio_add_file(&t, UNDO_JSON, 0600, json.s, json.len);
	cpio_end(&t);
	return io_write_all(fd, t.s, t.len, "the undo archive", err);
}
