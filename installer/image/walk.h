/*
 * From an entry's path to the open directory that it means. (Reader)
 *
 * Component by component, each opened with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
 * from a directory that is known to be inside. A symlink on the way is read and followed
 * here, so that where it leads is known by its real path, and one that leads out (an
 * absolute one always does) is refused by name.
 */
#ifndef IMAGE_WALK_H
#define IMAGE_WALK_H

#include "image/dirs.h"
#include "image/extract.h"

/*
 * The directory of this clean path (image/path.h); missing ones are made, mode 755. The
 * pointer is good until the next call unless held. NULL after a failure, which names
 * `entry`.
 */
struct dir *walk_find(struct extraction *x, const char *path, size_t len,
		      const char *entry);

/*
 * The same for an entry that is itself a directory: made with `mode` if it is not there.
 * A symlink of that name gives way; anything else is a failure.
 */
struct dir *walk_make(struct extraction *x, const char *path, size_t len, mode_t mode);

#endif
