/*
 * What the reader of the archive tells the writers: a byte stream of records, cut into
 * batches (image/spool.h). A regular file is FILE, any number of DATA, END, all to one
 * writer; everything else is one record.
 *
 * Records live only in memory of this process: native byte order, 8-byte aligned.
 */
#ifndef IMAGE_RECORD_H
#define IMAGE_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "image/dirs.h"

enum record_kind {
	REC_FILE,    /* name, meta.mode: create and open it */
	REC_DATA,    /* struct record_data */
	REC_END,     /* size, meta, attributes: complete and close it */
	REC_SYMLINK, /* name, target */
	REC_LINK,    /* name, other/target: the existing file */
	REC_NODE,    /* name, meta.mode with its type, rdev */
	REC_DIR,     /* meta and attributes of dir itself */
	REC_LABEL, /* name ("": dir itself), attributes: its label, unless it has one that
		      is not the target, which was computed from earlier contexts */
};

struct record {
	uint32_t bytes; /* the whole record with its padding: a multiple of 8 */
	uint32_t kind;
};

struct record_data {
	struct record head;
	uint64_t offset;
	uint64_t len;
	unsigned char bytes[];
};

struct meta {
	struct timespec mtime;
	uint32_t mode; /* permission bits, with S_IFMT for REC_NODE */
	uint32_t uid, gid;
};
#define META_KEEP_MODE  UINT32_MAX /* for REC_DIR */
#define META_KEEP_OWNER UINT32_MAX /* as chown takes it */

struct record_entry {
	struct record head;
	struct dir *dir;   /* held until the record is done */
	struct dir *other; /* REC_LINK: held as well */
	uint64_t size;
	uint64_t rdev;
	struct meta meta;
	uint32_t name_len, target_len; /* without their NUL */
	uint32_t attr_len;
	char text[]; /* name NUL target NUL attributes */
};

static inline const char *record_name(const struct record_entry *e)
{
	return e->text;
}

static inline const char *record_target(const struct record_entry *e)
{
	return e->text + e->name_len + 1;
}

static inline const void *record_attrs(const struct record_entry *e)
{
	return e->text + e->name_len + e->target_len + 2;
}

#endif
