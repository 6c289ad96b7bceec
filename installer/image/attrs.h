/*
 * Extended attributes and POSIX ACLs: from libarchive's entry to one flat block, from
 * there to a file.
 *
 * The block is a sequence of items: u32 name length, u32 value length, name, NUL, value;
 * nothing aligned. An ACL is the kernel's own attribute (system.posix_acl_access and
 * _default, linux/posix_acl_xattr.h, version 2), so no libacl is needed.
 */
#ifndef IMAGE_ATTRS_H
#define IMAGE_ATTRS_H

#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"
#include "image/extract.h"

/* What one entry may carry: the kernel allows 64 KB for one attribute. */
#define ATTRS_MAX_BYTES ((size_t)128 * 1024)

struct attrs {
	struct text block;
	bool labelled;         /* security.selinux is among them */
	struct text acl_names; /* ACLs that name users or groups without a number, for
				  attrs_resolve(); empty as a rule */
};
#define auto_attrs __attribute__((cleanup(attrs_free)))
void attrs_free(struct attrs *a);

/* Refills *a. -1 when the entry carries more than ATTRS_MAX_BYTES, or broken ACLs. */
must_check int attrs_read(struct archive_entry *entry, struct attrs *a);

/* One more. */
void attrs_add(struct text *block, const char *name, const void *value, size_t len);

/*
 * Set them. On an open file by fd; on a name in a directory (fd -1, symlinks are not
 * followed) through /proc. Returns 0, or the errno, with *ret_name the attribute.
 */
int attrs_apply(int fd, int dirfd, const char *name, const void *block, size_t len,
		const char **ret_name);

/* A file system that has no such attributes (FAT): not a reason to fail. */
bool attrs_unsupported(int sys_errno);

/* NAME:x:NUMBER:… → NUMBER, the same in passwd(5) and group(5). */
bool attrs_look_up(const char *table, const char *name, uint32_t *ret);

/*
 * Turn acl_names into a block of attributes, by the text of the image's own etc/passwd
 * and etc/group. Returns NULL, or the name that is in neither.
 */
const char *attrs_resolve(const struct text *acl_names, const char *passwd,
			  const char *group, struct text *block);

#endif
