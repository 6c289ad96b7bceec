/*
 * What has to wait until the files are there: a directory's own mode, owner, time and
 * attributes (each new file would change its time; a set-group-id bit or default ACL
 * would leak into it), and ACLs that name users, which the image's own etc/passwd has to
 * translate.
 */
#ifndef IMAGE_LATER_H
#define IMAGE_LATER_H

#include "image/extract.h"
#include "image/record.h"

struct later;

struct later *later_new(void);
void later_free(struct later *l);

/* `path` is the directory's real path. attrs: see image/attrs.h. */
void later_add_dir(struct later *l, const char *path, const struct meta *meta,
		   const void *attrs, size_t attrs_len);

/*
 * A directory that was completed gets entries again: put its present time back later,
 * unless the archive says otherwise.
 */
void later_keep_time(struct later *l, const char *path, struct timespec mtime);

/* `name` in the directory `path` has ACLs with names (attrs.h). */
void later_add_acl(struct later *l, const char *path, const char *name,
		   const void *acl_names, size_t len);

/*
 * Carry out what has been collected and wait for it. Called when much has come together,
 * and at the end.
 */
must_check int later_settle(struct extraction *x);
bool later_is_full(const struct later *l);
bool later_has_settled(const struct later *l); /* and is not just doing so */

#endif
