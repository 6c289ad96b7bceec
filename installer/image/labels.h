/*
 * Labels for what the image brings without one. (Reader)
 *
 * The contexts are in the image themselves. They are opened at the first entry outside
 * etc/selinux once they have come, and from then on an entry is written with its label.
 * Everything that has none is noted, 20 bytes or so for each, so that it can be labelled
 * afterwards: what came before the contexts, and all of it when they change once more.
 */
#ifndef IMAGE_LABELS_H
#define IMAGE_LABELS_H

#include "image/attrs.h"
#include "image/dirs.h"
#include "image/extract.h"

struct labels;

struct labels *labels_new(const struct image_source *source);
void labels_free(struct labels *l);

/*
 * For an entry that is about to be sent: `name` in the directory `dir`, or with NULL that
 * directory itself. Adds the label to its attributes if they have none and it is known;
 * -1 after a failure.
 */
must_check int labels_enter(struct extraction *x, struct dir *dir, const char *name,
			    mode_t mode, struct attrs *attrs);

/* A directory that was made though the archive has no entry for it (yet). */
void labels_note_dir(struct extraction *x, const char *path);

/* At the end of the archive: label what is still to be. -1 after a failure. */
must_check int labels_finish(struct extraction *x);

/* Into ret->labelled and ret->unlabelled. */
void labels_stats(const struct labels *l, struct image_stats *ret);

#endif
