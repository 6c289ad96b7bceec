/*
 * Unpack an image into a directory while it arrives.
 *
 * A tar archive (ustar, pax, GNU), plain or in gzip, xz, zstd or bzip2, is fetched,
 * hashed, decompressed and written in parallel, in bounded memory (about 30 MB and the
 * decompressor's window) and without a temporary file. The result is what GNU tar's
 * `tar --xattrs --acls --numeric-owner -xp` makes of it: numeric owners, modes, times to
 * the nanosecond, hard and symbolic links, devices, extended attributes, POSIX ACLs,
 * holes. File flags (chattr) are left alone. Two things are kept that GNU tar 1.34 drops
 * or mistakes: an ACL that was packed as a plain attribute (system.posix_acl_*), and
 * names in ACLs, which are looked up in the image's own etc/passwd and etc/group.
 *
 * However much a server sends, and whatever it decompresses to, there is an end: neither
 * may be more than max_bytes, and a body of unknown length ends soon after the archive.
 *
 * SELinux labels that the image brings are kept like other attributes. What it brings
 * without one gets the label that the image's own file_contexts names
 * (selinux/contexts.h) in the same pass: what comes before the contexts are there is
 * remembered and labelled as soon as they are; contexts that change later are obeyed at
 * the end.
 *
 * Foreign bytes cannot reach outside the directory: an absolute name, a `..`, a path
 * through a symlink that leads out (every absolute one does), or a hard link to something
 * outside is ERR_SOURCE and names the entry. Symlinks that stay inside are followed in
 * the middle of a path (merged /usr) and replaced at its end. A later entry replaces an
 * earlier one of the same name, also a directory a symlink, but never a directory
 * something else: that is ERR_SOURCE.
 *
 * Errors: ERR_SOURCE for all that is wrong with the image (a wrong digest is reported in
 * preference to the damage it caused), ERR_HARDWARE when it does not fit, ERR_SYSTEM for
 * other failures of the target. What was written until then stays.
 *
 * The caller has called setlocale(LC_CTYPE, "C.UTF-8"), or libarchive cannot pass on the
 * names in pax headers. The process's umask is 0 during the call; other threads must not
 * create files. Needs root where owners, devices or trusted attributes are to be set.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/err.h"
#include "fetch/fetch.h"

enum image_labels {
	IMAGE_LABELS_NONE,       /* only those that the image brings */
	IMAGE_LABELS_IF_ENABLED, /* if the image's own etc/selinux/config says so */
	IMAGE_LABELS_ALWAYS,     /* the profile does: no contexts is a failure to label */
};

struct image_source {
	const char *url;                   /* or a local path, with fetch.allow_path */
	const struct chunk_source *chunks; /* where it is in chunks, fetched instead; or
					    * NULL */
	const struct digest *sha256; /* of the compressed bytes; NULL: whatever comes */
	struct fetch_options fetch;
	const char *progress; /* the bar's text, e.g. "image"; NULL: no bar */
	unsigned writers;     /* threads that create files; 0: chosen here */
	uint64_t max_bytes;   /* of the file, and of the archive in it, and 64 MiB beyond;
			       * 0: twice the size of the file system of dirfd */
	enum image_labels labels;
	const char *policy; /* whose contexts; NULL: SELINUXTYPE of the image's config */
};

struct image_stats {
	uint64_t source_bytes;  /* read, compressed */
	uint64_t content_bytes; /* written as files' content; holes do not count */
	uint64_t files;         /* regular ones; hard links do not count again */
	uint64_t entries;       /* of every kind */
	struct digest sha256;   /* of what was read: meaningful on success only */
	uint64_t labelled;      /* entries that got their label from the contexts */
	struct err unlabelled;  /* why labels could not be computed; code 0: no reason */
};

/*
 * Unpack into the directory `dirfd` (opened for reading). `target` is its path, for
 * messages. ret may be NULL; it is also filled on failure, with what was done until then.
 * On success everything has been handed to the kernel; see image_sync().
 */
must_check int image_extract(const struct image_source *source, int dirfd,
			     const char *target, struct image_stats *ret,
			     struct err *err);

/*
 * Wait until the file system of dirfd is on the disk, with a progress bar named
 * `progress` (NULL: none) of what is still unwritten. A write error that the kernel
 * could not report earlier appears here as ERR_SYSTEM.
 */
must_check int image_sync(int dirfd, const char *target, const char *progress,
			  struct err *err);

#endif
