#include "image/walk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "image/labels.h"
#include "image/path.h"

#define FOLLOW_MAX 40 /* symlinks on one path: the kernel's own limit */

static int open_beneath(int at, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, at, name, &how, sizeof(how));
}

struct walk { /* one path on its way from component to component */
	struct extraction *x;
	const char *entry; /* for messages */
	unsigned followed;
	bool made; /* the last component was made just now */
};

static struct dir *walk_path(struct walk *w, struct dir *at, const char *path);

static struct dir *root_dir(struct extraction *x)
{
	struct dir *d = dirs_cached(x->dirs, "", 0);
	int fd;

	if (d)
		return d;
	fd = open_beneath(x->root, ".");
	if (fd < 0) {
		extraction_fail(x, errno, "open", "", ".");
		return NULL;
	}
	return dirs_insert(x, "", 0, fd, false);
}

static struct dir *leads_outside(struct walk *w, const char *link, const char *target)
{
	failure_set(&w->x->failure, ERR_SOURCE, 0,
		    "the image is not safe to unpack: entry \"%s\" goes through the "
		    "symlink \"%s\" -> \"%s\", which leads outside the target",
		    w->entry, link, target);
	return NULL;
}

/* `path` (from `at`'s directory) is a symlink: go where it leads, if that is inside. */
static struct dir *follow(struct walk *w, struct dir *at, const char *name,
			  const char *path)
{
	char target[PATH_BYTES];
	ssize_t len = readlinkat(at->fd, name, target, sizeof(target) - 1);

	if (len < 0) {
		failure_set(&w->x->failure, ERR_SOURCE, 0,
			    "the image contradicts itself: entry \"%s\" is below \"%s\", "
			    "which is not a directory",
			    w->entry, path);
		return NULL;
	}
	target[len] = '\0';
	if (target[0] == '/')
		return leads_outside(w, path, target);
	if (++w->followed > FOLLOW_MAX) {
		failure_set(&w->x->failure, ERR_SOURCE, 0,
			    "entry \"%s\": the symlinks on its path go in circles",
			    w->entry);
		return NULL;
	}
	at = walk_path(w, at, target);
	if (!at && !failure_is_set(&w->x->failure))
		return leads_outside(w, path, target);
	return at;
}

/* Open the real directory at/name, or make it. -1 with ENOTDIR or ELOOP: not one. */
static int open_or_make(struct walk *w, struct dir *at, const char *name)
{
	uint64_t hash = names_hash(at->hash, name, strlen(name));
	int fd = open_beneath(at->fd, name);

	if (fd < 0 && names_has(w->x->names, hash)) {
		dir_hold(at);
		if (extraction_drain(w->x) == 0)
			fd = open_beneath(at->fd, name);
		dir_release(at);
	}
	if (fd >= 0 || errno != ENOENT || mkdirat(at->fd, name, 0755) < 0)
		return fd;
	w->made = true;
	return open_beneath(at->fd, name);
}

/* One component, which is neither "" nor "." nor "..". */
static struct dir *child(struct walk *w, struct dir *at, const char *name, size_t len)
{
	char path[PATH_BYTES];
	size_t base = at->path_len + (at->path_len > 0);
	bool asked = w->made; /* made by walk_make(): an entry of its own */
	struct dir *d;
	int fd;

	if (base + len + 1 > sizeof(path)) {
		extraction_fail(w->x, ENAMETOOLONG, "open", at->path, w->entry);
		return NULL;
	}
	memcpy(path, at->path, at->path_len);
	path[at->path_len] = '/';
	memcpy(path + base, name, len);
	path[base + len] = '\0';
	d = dirs_cached(w->x->dirs, path, base + len);
	if (d)
		return d;
	fd = open_or_make(w, at, path + base);
	if (fd >= 0) {
		bool plain = w->made && !at->inherits;

		if (w->made && !asked)
			labels_note_dir(w->x, path);
		w->made = false;
		return dirs_insert(w->x, path, base + len, fd, plain);
	}
	if (failure_is_set(&w->x->failure))
		return NULL;
	if (errno == ELOOP || errno == ENOTDIR)
		return follow(w, at, path + base, path);
	extraction_fail(w->x, errno, "open", "", path);
	return NULL;
}

/* NULL without a failure noted: ".." would leave the target. */
static struct dir *walk_path(struct walk *w, struct dir *at, const char *path)
{
	while (at && *path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			char up[PATH_BYTES];
			size_t len = path_base(at->path, at->path_len);

			if (at->path_len == 0)
				return NULL;
			memcpy(up, at->path, len);
			up[len ? len - 1 : 0] = '\0';
			at = walk_path(w, root_dir(w->x), up);
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			at = child(w, at, path, n);
		}
		path += n;
		path += strspn(path, "/");
	}
	return at;
}

struct dir *walk_find(struct extraction *x, const char *path, size_t len,
		      const char *entry)
{
	struct walk w = { .x = x, .entry = entry };
	char rest[PATH_BYTES];
	size_t known = len;
	struct dir *at;

	memcpy(rest, path, len);
	rest[len] = '\0';
	while (!(at = dirs_cached(x->dirs, rest, known)) && known > 0) {
		known = path_base(rest, known);
		known -= known > 0;
	}
	return walk_path(&w, at ? at : root_dir(x), rest + known);
}

/* Make at/name a directory; a symlink there gives way. */
static int make(struct walk *w, struct dir *at, const char *name, mode_t mode)
{
	struct extraction *x = w->x;
	const char *path = w->entry;
	struct stat st;

	w->made = mkdirat(at->fd, name, mode) == 0;
	if (w->made)
		return 0;
	if (errno != EEXIST || fstatat(at->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return extraction_fail(x, errno, "make directory", "", path);
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISLNK(st.st_mode))
		return failure_set(&x->failure, ERR_SOURCE, 0,
				   "the image contradicts itself: \"%s\" is a directory, "
				   "but was something else before",
				   path);
	if (unlinkat(at->fd, name, 0) < 0 || mkdirat(at->fd, name, mode) < 0)
		return extraction_fail(x, errno, "make directory", "", path);
	return 0;
}

struct dir *walk_make(struct extraction *x, const char *path, size_t len, mode_t mode)
{
	struct walk w = { .x = x, .entry = path };
	size_t base = path_base(path, len);
	struct dir *at = walk_find(x, path, base - (base > 0), path);
	const char *name = path + base;
	bool waited = true;
	int rc = -1;

	if (!at || len == 0)
		return at;
	dir_hold(at);
	if (names_has(x->names, names_hash(at->hash, name, len - base)))
		waited = extraction_drain(x) == 0;
	if (waited)
		rc = make(&w, at, name, mode);
	dir_release(at);
	return rc < 0 ? NULL : child(&w, at, name, len - base);
}
