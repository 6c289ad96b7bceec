/*
 * The target's directories that are open, the most recently used ones. Belongs to the
 * reader's thread, but for what is said of dir_release().
 *
 * A directory is known by its real path below the target, without symlinks. Directories
 * are never removed or replaced, so an open one stays the right one.
 */
#ifndef IMAGE_DIRS_H
#define IMAGE_DIRS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dir {
	int fd;
	uint64_t hash; /* of device and inode */
	bool inherits; /* set-group-id or default ACL: new files get more than asked */
	mode_t mode;   /* mode and owner when it was opened */
	uid_t uid;
	gid_t gid;
	unsigned writer;  /* who gets its entries, while any are held */
	atomic_uint held; /* records that point here */
	struct dir *chain, *newer, *older;
	size_t path_len;
	char path[]; /* "" is the target itself */
};

struct extraction;
struct dirs;

/* Called while the process has one thread, if it can be: see there. */
struct dirs *dirs_new(int root);
void dirs_free(struct dirs *dirs);

/* The directory of this real path, if it is open. */
struct dir *dirs_cached(struct dirs *dirs, const char *path, size_t len);

/*
 * Keep this open directory; takes fd. `plain`: it is new, and nothing can have been
 * inherited. Others that are not held may be closed for it. NULL after a failure.
 */
struct dir *dirs_insert(struct extraction *x, const char *path, size_t len, int fd,
			bool plain);

/* Let go of all that are open (writers are idle): the next use opens them again. */
void dirs_forget(struct extraction *x);

static inline void dir_hold(struct dir *d)
{
	atomic_fetch_add_explicit(&d->held, 1, memory_order_relaxed);
}

/* From any thread. The directory may be gone right after. */
static inline void dir_release(struct dir *d)
{
	atomic_fetch_sub_explicit(&d->held, 1, memory_order_release);
}

static inline bool dir_is_held(struct dir *d)
{
	return atomic_load_explicit(&d->held, memory_order_acquire) != 0;
}

#endif
