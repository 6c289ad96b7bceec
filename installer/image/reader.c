#include "image/reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/log.h"
#include "core/mem.h"
#include "image/attrs.h"
#include "image/labels.h"
#include "image/later.h"
#include "image/path.h"
#include "image/send.h"
#include "image/walk.h"

#define NAME_MAX_LEN 255
#define MADE_BY_LINK UINT64_C(0x9e3779b97f4a7c15) /* marks a hash in x->names */

struct reader {
	struct extraction *x;
	struct intake *in;
	bool progress;
	struct archive *archive;
	struct attrs attrs; /* of the current entry */
	char path[PATH_BYTES];
};

static int unsafe(struct reader *r, const char *name, enum path_fault fault)
{
	return failure_set(&r->x->failure, ERR_SOURCE, 0,
			   "the image is not safe to unpack: entry \"%s\" %s", name,
			   path_fault_text(fault));
}

/* Everything that was sent under this name must be done before it is used again. */
static int claim(struct extraction *x, uint64_t hash)
{
	if (names_has(x->names, hash) && extraction_drain(x) < 0)
		return -1;
	if (names_add(x->names, hash))
		return 0;
	if (extraction_drain(x) < 0)
		return -1;
	names_add(x->names, hash);
	return 0;
}

static int damage(struct reader *r, struct err *err, const char *where)
{
	const char *why = archive_error_string(r->archive);

	if (failure_is_set(&r->x->failure))
		return -1;
	return err_set(err, ERR_SOURCE, 0, "cannot be read as an archive (%s): %s", where,
		       why ? why : "no reason given");
}

static int check_size(struct reader *r)
{
	la_int64_t bytes = archive_filter_bytes(r->archive, 0);

	if (bytes > 0 && (uint64_t)bytes > r->x->max_bytes)
		return extraction_too_much(&r->x->failure, r->x->max_bytes);
	return 0;
}

static int send_content(struct reader *r, unsigned writer, uint64_t *ret_end,
			struct err *err)
{
	struct record_data *tail = NULL;
	const void *bytes;
	la_int64_t offset;
	size_t len;
	int rc;

	*ret_end = 0;
	while ((rc = archive_read_data_block(r->archive, &bytes, &len, &offset)) ==
		       ARCHIVE_OK ||
	       rc == ARCHIVE_WARN) {
		if (check_size(r) < 0)
			return -1;
		if (len == 0)
			continue;
		if (send_data(r->x, writer, &tail, bytes, len, (uint64_t)offset) < 0)
			return -1;
		*ret_end = (uint64_t)offset + len;
	}
	return rc == ARCHIVE_EOF ? 0 : damage(r, err, r->path);
}

static int read_file(struct reader *r, struct archive_entry *entry, struct sending *s,
		     struct err *err)
{
	unsigned writer = send_writer(r->x, s->dir);
	uint64_t size = (uint64_t)archive_entry_size(entry), end;
	size_t attrs_len = s->attrs_len;

	s->kind = REC_FILE;
	s->attrs_len = 0;
	if (send_record_to(r->x, writer, s) < 0 || send_content(r, writer, &end, err) < 0)
		return -1;
	s->kind = REC_END;
	s->name = NULL;
	s->attrs_len = attrs_len;
	s->size = end == size ? 0 : size; /* a hole at the end */
	if (send_record_to(r->x, writer, s) < 0)
		return -1;
	spool_nudge(r->x->spool, writer);
	return 0;
}

static int read_link(struct reader *r, const char *link, struct sending *s)
{
	struct extraction *x = r->x;
	char path[PATH_BYTES];
	enum path_fault fault = path_clean(link, path);
	size_t len = strlen(path), base;
	unsigned writer;
	uint64_t hash;

	if (fault != PATH_OK)
		return failure_set(&x->failure, ERR_SOURCE, 0,
				   "the image is not safe to unpack: entry \"%s\" is a "
				   "hard link to \"%s\", which %s",
				   r->path, link, path_fault_text(fault));
	base = path_base(path, len);
	s->other = walk_find(x, path, base - (base > 0), r->path);
	if (!s->other)
		return -1;
	s->kind = REC_LINK;
	s->target = path + base;
	if (s->other == s->dir && strcmp(s->name, s->target) == 0)
		return 0; /* to itself: nothing to do, and nothing to unlink first */
	hash = names_hash(s->other->hash, s->target, len - base);
	if (names_has(x->names, hash ^ MADE_BY_LINK) && extraction_drain(x) < 0)
		return -1;
	hash = names_hash(s->dir->hash, s->name, strlen(s->name)) ^ MADE_BY_LINK;
	if (!names_add(x->names, hash) && extraction_drain(x) < 0)
		return -1;
	names_add(x->names, hash);
	/* The target may still be on its way to the writer of its own directory. */
	writer = send_writer(x, s->other);
	return send_record_to(x, writer, s);
}

static int read_dir(struct reader *r, const struct meta *meta)
{
	struct extraction *x = r->x;
	mode_t usable = x->uid ? 0700 : 0; /* who is not root must get into it */
	struct dir *d = walk_make(x, r->path, strlen(r->path),
				  (mode_t)(meta->mode & 0777) | usable);
	int rc;

	if (!d)
		return -1;
	dir_hold(d);
	rc = labels_enter(x, d, NULL, S_IFDIR, &r->attrs);
	dir_release(d);
	if (rc < 0)
		return -1;
	later_add_dir(x->later, d->path, meta, r->attrs.block.s, r->attrs.block.len);
	if (r->attrs.acl_names.len)
		later_add_acl(x->later, d->path, ".", r->attrs.acl_names.s,
			      r->attrs.acl_names.len);
	return later_is_full(x->later) ? later_settle(x) : 0;
}

static int read_special(struct reader *r, struct archive_entry *entry, struct sending *s)
{
	struct extraction *x = r->x;
	const char *target;

	switch (archive_entry_filetype(entry)) {
	case AE_IFLNK:
		target = archive_entry_symlink(entry);
		if (!target || !*target || strlen(target) >= PATH_BYTES)
			return failure_set(&x->failure, ERR_SOURCE, 0,
					   "the image is damaged: the symlink \"%s\" has "
					   "no usable target",
					   r->path);
		s->kind = REC_SYMLINK;
		s->target = target;
		return send_record(x, s);
	case AE_IFCHR:
	case AE_IFBLK:
		s->rdev = makedev((unsigned)archive_entry_rdevmajor(entry),
				  (unsigned)archive_entry_rdevminor(entry));
		/* fall through */
	case AE_IFIFO:
		s->kind = REC_NODE;
		return send_record(x, s);
	default:
		return failure_set(&x->failure, ERR_SOURCE, 0,
				   "the image has an entry \"%s\" of a kind that cannot "
				   "be unpacked (%o)",
				   r->path, (unsigned)archive_entry_filetype(entry));
	}
}

static struct meta meta_of(struct archive_entry *entry)
{
	struct meta m = { .mode = archive_entry_mode(entry),
			  .uid = (uint32_t)archive_entry_uid(entry),
			  .gid = (uint32_t)archive_entry_gid(entry),
			  .mtime = { .tv_sec = archive_entry_mtime(entry),
				     .tv_nsec = archive_entry_mtime_nsec(entry) } };

	/* libarchive (3.6 to 3.7) reads pax's "-1.5" as -1 s and +0.5 s. */
	if (m.mtime.tv_sec < 0 && m.mtime.tv_nsec > 0) {
		m.mtime.tv_sec--;
		m.mtime.tv_nsec = 1000000000 - m.mtime.tv_nsec;
	}
	if (archive_entry_filetype(entry) != AE_IFCHR &&
	    archive_entry_filetype(entry) != AE_IFBLK &&
	    archive_entry_filetype(entry) != AE_IFIFO)
		m.mode &= 07777;
	return m;
}

/* All but directories. */
static int read_leaf(struct reader *r, struct archive_entry *entry,
		     const struct meta *meta, struct err *err)
{
	size_t len = strlen(r->path), base = path_base(r->path, len);
	struct extraction *x = r->x;
	struct sending s = { .meta = meta, .name = r->path + base };
	const char *link = archive_entry_hardlink(entry);
	int rc;

	if (len == 0 || len - base > NAME_MAX_LEN)
		return unsafe(r, r->path, len ? PATH_TOO_LONG : PATH_EMPTY);
	s.dir = walk_find(x, r->path, base - (base > 0), r->path);
	if (!s.dir)
		return -1;
	send_writer(x, s.dir); /* chosen while nothing of ours holds it */
	dir_hold(s.dir);       /* what follows may look for other directories */
	rc = claim(x, names_hash(s.dir->hash, s.name, len - base));
	if (rc == 0 && !link)
		rc = labels_enter(x, s.dir, s.name, archive_entry_filetype(entry),
				  &r->attrs);
	s.attrs = r->attrs.block.s;
	s.attrs_len = r->attrs.block.len;
	if (rc == 0 && link)
		rc = read_link(r, link, &s);
	else if (rc == 0 && archive_entry_filetype(entry) == AE_IFREG)
		rc = read_file(r, entry, &s, err);
	else if (rc == 0)
		rc = read_special(r, entry, &s);
	if (rc == 0 && r->attrs.acl_names.len && !link)
		later_add_acl(x->later, s.dir->path, r->path + base, r->attrs.acl_names.s,
			      r->attrs.acl_names.len);
	dir_release(s.dir);
	return rc;
}

static int read_entry(struct reader *r, struct archive_entry *entry, struct err *err)
{
	const char *name = archive_entry_pathname(entry);
	struct meta meta = meta_of(entry);
	enum path_fault fault;

	if (!name)
		name = archive_entry_pathname_utf8(entry);
	fault = path_clean(name ? name : "", r->path);
	if (fault != PATH_OK)
		return unsafe(r, name ? name : "(not representable)", fault);
	if (attrs_read(entry, &r->attrs) < 0)
		return failure_set(&r->x->failure, ERR_SOURCE, 0,
				   "the image is damaged: entry \"%s\" has attributes "
				   "that no file can have",
				   r->path);
	r->x->entries++;
	if (archive_entry_filetype(entry) == AE_IFDIR && !archive_entry_hardlink(entry))
		return read_dir(r, &meta);
	return read_leaf(r, entry, &meta, err);
}

static la_ssize_t read_block(struct archive *a, void *arg, const void **ret)
{
	struct reader *r = arg;
	size_t len;

	if (intake_next(r->in, ret, &len) < 0) {
		archive_set_error(a, EIO, "the source failed");
		return ARCHIVE_FATAL;
	}
	if (r->progress)
		progress_update(intake_taken_bytes(r->in));
	return (la_ssize_t)len;
}

static int open_archive(struct reader *r, struct err *err)
{
	struct archive *a = r->archive;

	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_format_tar(a);
	if (archive_read_open(a, r, NULL, read_block, NULL) != ARCHIVE_OK)
		return damage(r, err, "at the beginning");
	return 0;
}

static int read_all(struct reader *r, struct archive_entry *entry, struct err *err)
{
	int rc;

	if (open_archive(r, err) < 0)
		return -1;
	while ((rc = archive_read_next_header2(r->archive, entry)) != ARCHIVE_EOF) {
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return damage(r, err,
				      r->x->entries ? r->path : "at the beginning");
		if (check_size(r) < 0 || read_entry(r, entry, err) < 0)
			return -1;
	}
	if (r->x->entries == 0)
		return err_set(err, ERR_SOURCE, 0, "is an archive without any entry");
	return 0;
}

int reader_run(struct extraction *x, struct intake *in, bool progress,
	       struct err *ret_damage)
{
	struct reader r = { .x = x, .in = in, .progress = progress };
	struct archive_entry *entry = archive_entry_new();
	int rc;

	r.archive = archive_read_new();
	if (!r.archive || !entry)
		abort();
	rc = read_all(&r, entry, ret_damage);
	archive_read_free(r.archive);
	archive_entry_free(entry);
	attrs_free(&r.attrs);
	return rc;
}
