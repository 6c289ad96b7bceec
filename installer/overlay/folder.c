/*
 * An overlay's folder, as its author has it: for trees that are worked on at once, and
 * while it is being written.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/text.h"
#include "overlay/bundle.h"

#define MAX_DEPTH 32

struct walk {
	struct bundle *b;
	struct arena *arena;
	struct err *err;
	unsigned depth;
};

static int read_folder(struct walk *w, int fd, const char *path);

/* Not what a link leads to; a device or a pipe is not opened at all. */
static int read_one(struct walk *w, int dir, const char *name, const char *path)
{
	auto_free char *bytes = NULL;
	struct stat st;
	size_t len;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(w->err, ERR_SYSTEM, errno, "overlay %s: look at %s",
			       w->b->name, path);
	if (S_ISDIR(st.st_mode))
		return read_folder(
			w,
			openat(dir, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			path);
	if (!S_ISREG(st.st_mode))
		return bundle_refuse(w->b, path, "is no regular file", w->err);
	if (io_read_file(dir, name, OVERLAY_MAX_BYTES, &bytes, &len, w->err) < 0)
		return err_wrap(w->err, "overlay %s", w->b->name);
	return bundle_add(w->b, path, bytes, len, w->arena, w->err);
}

/* Takes fd. Several mistakes are reported in any order. */
static int read_folder(struct walk *w, int fd, const char *path)
{
	auto_dir DIR *dir = io_take_dir(fd);
	int rc = 0;

	if (!dir)
		return err_set(w->err, ERR_SYSTEM, errno,
			       "overlay %s: read the folder %s", w->b->name, path);
	if (++w->depth > MAX_DEPTH)
		rc = bundle_refuse(w->b, path, "is too deep", w->err);
	for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
		auto_free char *below = xasprintf("%s%s%s", path, *path ? "/" : "",
						  e->d_name);

		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
			rc = read_one(w, fd, e->d_name, below);
	}
	w->depth--;
	return rc;
}

int bundle_read_folder(const char *path, struct arena *arena, struct bundle *ret,
		       struct err *err)
{
	struct bundle b = { .name = arena_strdup(arena, path) };
	struct walk w = { &b, arena, err, 0 };

	if (read_folder(&w, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "") < 0)
		return -1;
	*ret = b;
	return 0;
}
