#include "image/dirs.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/mem.h"
#include "image/extract.h"
#include "image/later.h"

#define OPEN_MAX_DIRS 512
#define OPEN_MIN_DIRS 16
#define OTHER_FILES   64 /* that the process has open besides */
#define BUCKETS       1024

struct dirs {
	struct dir *bucket[BUCKETS];
	struct dir *newest, *oldest;
	unsigned n, max;
};

static struct dir **bucket_of(struct dirs *dirs, const char *path, size_t len)
{
	return &dirs->bucket[names_hash(0, path, len) % BUCKETS];
}

static void unlink_lru(struct dirs *dirs, struct dir *d)
{
	*(d->newer ? &d->newer->older : &dirs->newest) = d->older;
	*(d->older ? &d->older->newer : &dirs->oldest) = d->newer;
}

static void push_lru(struct dirs *dirs, struct dir *d)
{
	d->newer = NULL;
	d->older = dirs->newest;
	*(dirs->newest ? &dirs->newest->newer : &dirs->oldest) = d;
	dirs->newest = d;
}

struct dir *dirs_cached(struct dirs *dirs, const char *path, size_t len)
{
	struct dir *d = *bucket_of(dirs, path, len);

	while (d && (d->path_len != len || memcmp(d->path, path, len) != 0))
		d = d->chain;
	if (d && d != dirs->newest) {
		unlink_lru(dirs, d);
		push_lru(dirs, d);
	}
	return d;
}

static void drop(struct dirs *dirs, struct dir *d)
{
	struct dir **slot = bucket_of(dirs, d->path, d->path_len);

	while (*slot != d)
		slot = &(*slot)->chain;
	*slot = d->chain;
	unlink_lru(dirs, d);
	dirs->n--;
	close(d->fd);
	free(d);
}

/* Close the one that was not used for the longest time and that no writer needs. */
static void make_room(struct extraction *x)
{
	struct dirs *dirs = x->dirs;
	struct dir *d = dirs->oldest;

	while (d && dir_is_held(d))
		d = d->newer;
	if (!d) {
		if (extraction_drain(x) < 0)
			return; /* one more than the limit does no harm: all ends here */
		d = dirs->oldest;
	}
	if (!dir_is_held(d))
		drop(dirs, d);
}

static bool has_default_acl(int fd)
{
	return fgetxattr(fd, "system.posix_acl_default", NULL, 0) > 0;
}

struct dir *dirs_insert(struct extraction *x, const char *path, size_t len, int fd,
			bool plain)
{
	struct dirs *dirs = x->dirs;
	struct dir *d, **slot;
	struct stat st;

	if (fstat(fd, &st) < 0) {
		extraction_fail(x, errno, "look at", "", path);
		close(fd);
		return NULL;
	}
	if (dirs->n >= dirs->max)
		make_room(x);
	d = xcalloc(1, sizeof(*d) + len + 1);
	memcpy(d->path, path, len);
	d->path_len = len;
	d->fd = fd;
	d->hash = names_hash(st.st_dev, (const char *)&st.st_ino, sizeof(st.st_ino));
	d->mode = st.st_mode & 07777;
	d->uid = st.st_uid;
	d->gid = st.st_gid;
	d->inherits = (st.st_mode & S_ISGID) || (!plain && has_default_acl(fd));
	slot = bucket_of(dirs, path, len);
	d->chain = *slot;
	*slot = d;
	push_lru(dirs, d);
	dirs->n++;
	if (!plain && later_has_settled(x->later))
		later_keep_time(x->later, d->path, st.st_mtim);
	return d;
}

/*
 * A process with several threads waits tens of milliseconds (for RCU) whenever its table
 * of open files has to grow. One high number makes it grow now.
 */
static void grow_file_table(int fd, unsigned files)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, (int)files);

	if (high >= 0)
		close(high);
}

struct dirs *dirs_new(int root)
{
	struct dirs *dirs = xcalloc(1, sizeof(*dirs));
	struct rlimit lim = { .rlim_cur = 1024 };

	getrlimit(RLIMIT_NOFILE, &lim);
	dirs->max = OPEN_MAX_DIRS;
	if (lim.rlim_cur / 2 < dirs->max)
		dirs->max = (unsigned)lim.rlim_cur / 2;
	if (dirs->max < OPEN_MIN_DIRS)
		dirs->max = OPEN_MIN_DIRS;
	grow_file_table(root, dirs->max + OTHER_FILES);
	return dirs;
}

void dirs_forget(struct extraction *x)
{
	while (x->dirs->newest)
		drop(x->dirs, x->dirs->newest);
}

void dirs_free(struct dirs *dirs)
{
	while (dirs && dirs->newest)
		drop(dirs, dirs->newest);
	free(dirs);
}
