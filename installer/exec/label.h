/*
 * SELinux labels of files in TARGET_DIR, by the host's own contexts.
 *
 * The contexts are opened at the first use, which is after the image has brought them,
 * and kept until label_end(). There is one target at a time, as everywhere in exec/.
 */
#ifndef EXEC_LABEL_H
#define EXEC_LABEL_H

#include <sys/types.h>

#include "image/image.h"

/* How files get labels from now on, and by which policy: see image/image.h. */
void label_begin(enum image_labels labels, const char *policy);
void label_end(void);

/*
 * The label of `path` ("/etc/fstab"), or NULL: the host has no contexts or is not to be
 * labelled. The caller frees it.
 */
char *label_of(const char *path, mode_t mode);

/*
 * Give the open file or directory `fd`, which is or is going to be `path`, the label of
 * that path. A file system without labels is no failure.
 */
must_check int label_new_file(int fd, const char *path, struct err *err);

/*
 * The directory `path` and, with `below`, all in it: what has no label gets one. Other
 * file systems below it are entered when they are a disk's. A path that is not there, or
 * no directory, is none to label.
 */
must_check int label_missing(const char *path, bool below, uint64_t *ret_labelled,
			     struct err *err);

/* Why the host's contexts cannot be used; code 0: they can, or are not wanted. */
const struct err *label_trouble(void);

#endif
