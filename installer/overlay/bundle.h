/*
 * The files of an overlay, in memory, as its archive or its folder has them: nothing but
 * overlay.yaml, first-boot and regular files below files/. Owners, modes and times are
 * dropped: those of the machine that made it mean nothing.
 *
 * All of it is foreign: names are absolute nowhere, lead nowhere else, and come once.
 */
#ifndef OVERLAY_BUNDLE_H
#define OVERLAY_BUNDLE_H

#include "core/err.h"
#include "core/mem.h"

#define OVERLAY_MAX_BYTES ((size_t)4 * 1024 * 1024) /* of an archive, of all contents */
#define OVERLAY_MAX_FILES 1000
#define OVERLAY_FILE      "overlay.yaml"
#define OVERLAY_SCRIPT    "first-boot"
#define OVERLAY_FILES     "files" /* with a path of the host behind it */

struct bundle_entry {
	const char *path;  /* "overlay.yaml", "files/etc/motd" */
	const char *bytes; /* a NUL behind them */
	size_t len;
};

struct bundle {
	const char *name; /* where it comes from, for messages */
	struct bundle_entry *entries;
	size_t n;
	size_t bytes; /* of all of them */
};

/* One more file. Refuses what an overlay does not have, with ERR_SOURCE. The bytes are
 * copied into the arena. */
must_check int bundle_add(struct bundle *b, const char *path, const void *bytes,
			  size_t len, struct arena *arena, struct err *err);

/* What cannot be in it, a link for example; always -1. */
int bundle_refuse(const struct bundle *b, const char *path, const char *why,
		  struct err *err);

const struct bundle_entry *bundle_find(const struct bundle *b, const char *path);

/* A tar archive (ustar, pax, GNU), not compressed. ERR_SOURCE. */
must_check int bundle_read_archive(const char *name, const void *bytes, size_t len,
				   struct arena *arena, struct bundle *ret,
				   struct err *err);

/* A folder of this machine. ERR_SOURCE, or ERR_SYSTEM where it cannot be read. */
must_check int bundle_read_folder(const char *path, struct arena *arena,
				  struct bundle *ret, struct err *err);

#endif
