#include "image/writer.h"

#include <fcntl.h>
#include <selinux/selinux.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/log.h"
#include "core/mem.h"
#include "image/attrs.h"
#include "image/thread.h"
#include "selinux/contexts.h"

#define FLUSH_BYTES ((uint64_t)8 * 1024 * 1024)

static int set_attrs(struct extraction *x, int fd, const struct record_entry *e,
		     const char *name)
{
	const char *attr;
	int rc = attrs_apply(fd, e->dir->fd, name, record_attrs(e), e->attr_len, &attr);

	if (rc == 0)
		return 0;
	if (!attrs_unsupported(rc))
		return failure_set(&x->failure, ERR_SYSTEM, rc,
				   "set attribute %s of %s%s%s/%s", attr, x->target,
				   e->dir->path_len ? "/" : "", e->dir->path, name);
	if (!atomic_exchange(&x->warned_attrs, true))
		log_warning("%s/%s: the file system there has no attribute %s (not "
			    "reported again)",
			    e->dir->path, name, attr);
	return 0;
}

/* What a parent's default ACL gave and the image does not want. */
static void drop_inherited(int fd)
{
	fremovexattr(fd, "system.posix_acl_access");
	fremovexattr(fd, "system.posix_acl_default");
}

/* Something has this name already: a later entry replaces it, unless it is a directory.
 */
static int make_way(struct extraction *x, const struct dir *dir, const char *name)
{
	struct stat st;

	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT
			       ? 0
			       : extraction_fail(x, errno, "replace", dir->path, name);
	if (S_ISDIR(st.st_mode))
		return failure_set(&x->failure, ERR_SOURCE, 0,
				   "the image contradicts itself: \"%s%s%s\" is a "
				   "directory already",
				   dir->path, dir->path_len ? "/" : "", name);
	if (unlinkat(dir->fd, name, 0) < 0 && errno != ENOENT)
		return extraction_fail(x, errno, "replace", dir->path, name);
	return 0;
}

static int file_begin(struct writer *w, const struct record_entry *e)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const char *name = record_name(e);

	w->fd = openat(e->dir->fd, name, flags, e->meta.mode);
	if (w->fd < 0 && errno == EEXIST) {
		if (make_way(w->x, e->dir, name) < 0)
			return -1;
		w->fd = openat(e->dir->fd, name, flags, e->meta.mode);
	}
	if (w->fd < 0)
		return extraction_fail(w->x, errno, "create", e->dir->path, name);
	w->written = w->flushed = 0;
	memcpy(w->name, name, e->name_len + 1);
	return 0;
}

static int file_data(struct writer *w, const struct record_data *d, const struct dir *dir)
{
	const unsigned char *p = d->bytes;
	uint64_t offset = d->offset, left = d->len;

	while (left > 0) {
		ssize_t n = pwrite(w->fd, p, left, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return extraction_fail(w->x, n < 0 ? errno : EIO, "write",
					       dir->path, w->name);
		p += n;
		offset += (uint64_t)n;
		left -= (uint64_t)n;
	}
	w->written += d->len;
	/* Else a machine with much memory writes nothing until the end, in silence. */
	if (w->written - w->flushed >= FLUSH_BYTES) {
		sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		w->flushed = w->written;
	}
	return 0;
}

/*
 * Owner before mode (chown clears set-user-id), mode before the ACL (chmod changes its
 * mask), both and all data before attributes (writing and chown drop
 * security.capability), the time last.
 */
static int file_finish(struct writer *w, const struct record_entry *e)
{
	struct extraction *x = w->x;
	const struct meta *m = &e->meta;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, m->mtime };
	bool chown = e->dir->inherits || m->uid != x->uid || m->gid != x->gid;
	bool chmod = e->dir->inherits || (m->mode & 07000);

	if (e->size && ftruncate(w->fd, (off_t)e->size) < 0)
		return extraction_fail(x, errno, "set the size of", e->dir->path,
				       w->name);
	if (chown && fchown(w->fd, m->uid, m->gid) < 0)
		return extraction_fail(x, errno, "set the owner of", e->dir->path,
				       w->name);
	if (e->dir->inherits)
		drop_inherited(w->fd);
	if (chmod && fchmod(w->fd, m->mode) < 0)
		return extraction_fail(x, errno, "set the mode of", e->dir->path,
				       w->name);
	if (set_attrs(x, w->fd, e, w->name) < 0)
		return -1;
	if (futimens(w->fd, times) < 0)
		return extraction_fail(x, errno, "set the time of", e->dir->path,
				       w->name);
	return 0;
}

static int file_end(struct writer *w, const struct record_entry *e)
{
	int rc = file_finish(w, e);

	/* The error of a delayed write may come here (NFS, quotas). */
	if (close(w->fd) < 0 && rc == 0)
		rc = extraction_fail(w->x, errno, "close", e->dir->path, w->name);
	w->fd = -1;
	atomic_fetch_add_explicit(&w->x->files, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&w->x->content_bytes, w->written, memory_order_relaxed);
	return rc;
}

static int create_once(const struct record_entry *e)
{
	const char *name = record_name(e), *target = record_target(e);

	switch (e->head.kind) {
	case REC_SYMLINK:
		return symlinkat(target, e->dir->fd, name);
	case REC_LINK:
		return linkat(e->other->fd, target, e->dir->fd, name, 0);
	default:
		return mknodat(e->dir->fd, name, e->meta.mode, e->rdev);
	}
}

/* Symlink, hard link or node: nothing there to open. */
static int create(struct writer *w, const struct record_entry *e)
{
	static const char *const doing[] = { [REC_SYMLINK] = "make symlink",
					     [REC_LINK] = "make hard link",
					     [REC_NODE] = "make device or pipe" };
	const char *name = record_name(e);

	if (create_once(e) == 0)
		return 0;
	if (errno == EEXIST) {
		if (make_way(w->x, e->dir, name) < 0)
			return -1;
		if (create_once(e) == 0)
			return 0;
	}
	if (e->head.kind == REC_LINK && errno == ENOENT)
		return failure_set(&w->x->failure, ERR_SOURCE, 0,
				   "the image contradicts itself: \"%s%s%s\" is a hard "
				   "link to \"%s\", which is not in the image before it",
				   e->dir->path, e->dir->path_len ? "/" : "", name,
				   record_target(e));
	return extraction_fail(w->x, errno, doing[e->head.kind], e->dir->path, name);
}

static int node_finish(struct writer *w, const struct record_entry *e)
{
	struct extraction *x = w->x;
	const struct meta *m = &e->meta;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, m->mtime };
	bool chown = e->dir->inherits || m->uid != x->uid || m->gid != x->gid;
	const char *name = record_name(e);

	if (chown && fchownat(e->dir->fd, name, m->uid, m->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return extraction_fail(x, errno, "set the owner of", e->dir->path, name);
	/* Not a symlink: fchmodat() would follow nothing. */
	if (e->head.kind == REC_NODE && (e->dir->inherits || (m->mode & 07000)) &&
	    fchmodat(e->dir->fd, name, m->mode & 07777, 0) < 0)
		return extraction_fail(x, errno, "set the mode of", e->dir->path, name);
	if (set_attrs(x, -1, e, name) < 0)
		return -1;
	if (utimensat(e->dir->fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return extraction_fail(x, errno, "set the time of", e->dir->path, name);
	return 0;
}

static int dir_finish(struct writer *w, const struct record_entry *e)
{
	struct extraction *x = w->x;
	struct dir *d = e->dir;
	const struct meta *m = &e->meta;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, m->mtime };
	bool chown = (m->uid != META_KEEP_OWNER && m->uid != d->uid) ||
		     (m->gid != META_KEEP_OWNER && m->gid != d->gid);

	if (chown && fchown(d->fd, m->uid, m->gid) < 0)
		return extraction_fail(x, errno, "set the owner of", "", d->path);
	if (d->inherits && m->mode != META_KEEP_MODE)
		drop_inherited(d->fd);
	if (m->mode != META_KEEP_MODE && (chown || d->inherits || m->mode != d->mode) &&
	    fchmod(d->fd, (mode_t)m->mode) < 0)
		return extraction_fail(x, errno, "set the mode of", "", d->path);
	if (set_attrs(x, d->fd, e, ".") < 0)
		return -1;
	if (futimens(d->fd, times) < 0)
		return extraction_fail(x, errno, "set the time of", "", d->path);
	d->uid = m->uid == META_KEEP_OWNER ? d->uid
					   : m->uid; /* it may be an entry once more */
	d->gid = m->gid == META_KEEP_OWNER ? d->gid : m->gid;
	d->mode = m->mode == META_KEEP_MODE ? d->mode : m->mode;
	return 0;
}

/* A later entry has taken its place, and will be labelled by itself. */
static bool was_replaced(const struct record_entry *e, const char *name)
{
	struct stat st;

	return fstatat(e->dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       (st.st_mode & S_IFMT) != e->meta.mode;
}

/* Has it a label that the image brought? The kernel's own, where SELinux runs, is none.
 */
static bool has_own_label(const struct record_entry *e, const char *name)
{
	auto_free char *path = xasprintf("/proc/self/fd/%d/%s", e->dir->fd, name);
	const char *earlier = record_target(e);
	char label[4096];
	ssize_t len = is_selinux_enabled() > 0
			      ? -1
			      : lgetxattr(path, SELINUX_ATTRIBUTE, label, sizeof(label));

	if (len <= 0)
		return false;
	len -= label[len - 1] == '\0';
	return (size_t)len != e->target_len || memcmp(label, earlier, (size_t)len) != 0;
}

static int add_label(struct writer *w, const struct record_entry *e)
{
	const char *name = e->name_len ? record_name(e) : ".";

	return was_replaced(e, name) || has_own_label(e, name)
		       ? 0
		       : set_attrs(w->x, -1, e, name);
}

static int carry_out(struct writer *w, const struct record_entry *e)
{
	switch (e->head.kind) {
	case REC_FILE:
		return file_begin(w, e);
	case REC_END:
		return file_end(w, e);
	case REC_LINK:
		return create(w, e);
	case REC_DIR:
		return dir_finish(w, e);
	case REC_LABEL:
		return add_label(w, e);
	default:
		return create(w, e) < 0 ? -1 : node_finish(w, e);
	}
}

/* REC_FILE keeps its directory until REC_END. */
static void carry_out_batch(struct writer *w, const struct batch *b,
			    struct dir **file_dir)
{
	for (size_t at = 0; at < b->used;) {
		const struct record *r = (const void *)(b->bytes + at);
		const struct record_entry *e = (const void *)r;

		at += r->bytes;
		if (r->kind == REC_DATA) {
			if (!failure_is_set(&w->x->failure))
				file_data(w, (const void *)r, *file_dir);
			continue;
		}
		if (!failure_is_set(&w->x->failure))
			carry_out(w, e);
		if (r->kind == REC_FILE) {
			*file_dir = e->dir;
			continue;
		}
		dir_release(e->dir);
		if (r->kind == REC_LINK)
			dir_release(e->other);
	}
}

void *writer_run(void *arg)
{
	struct writer *w = arg;
	struct dir *file_dir = NULL;
	struct batch *b = NULL;

	thread_give_way();
	w->fd = -1;
	while ((b = spool_take(w->x->spool, w->number, b)) != NULL)
		carry_out_batch(w, b, &file_dir);
	if (w->fd >= 0)
		close(w->fd); /* cut off by a failure */
	return NULL;
}
