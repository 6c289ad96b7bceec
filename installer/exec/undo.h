/*
 * The undo archive: what stood where an install has written its tables and superblocks,
 * and how to put it back.
 *
 * A cpio archive ("newc"): one file for each place that was not zero, then `undo.json`,
 * which names them all. It comes from outside: each byte is checked before it is used,
 * and a digest is kept of each place.
 */
#ifndef EXEC_UNDO_H
#define EXEC_UNDO_H

#include "plan/plan.h"

#define UNDO_VERSION      1
#define UNDO_JSON         "undo.json"
#define UNDO_SAMPLES      64
#define UNDO_SAMPLE_BYTES 4096

struct undo_range {
	struct yaml_mark at;
	uint64_t offset_bytes, size_bytes;
	const char *sha256;
	const char *file;  /* in the archive; NULL: all zeros */
	const void *bytes; /* of that file; only once it was read */
};

struct undo_sample { /* a place outside the ranges */
	struct yaml_mark at;
	uint64_t offset_bytes;
	const char *sha256; /* of UNDO_SAMPLE_BYTES */
};

struct undo_signature {
	struct yaml_mark at;
	const char *type, *uuid;
	uint64_t offset_bytes;
};

struct undo_disk {
	struct yaml_mark at;
	const char *id;   /* layout_disk_id(): its serial number */
	const char *path; /* then; it may have another one now */
	uint64_t size_bytes;
	const char *table_was;             /* its id; NULL: there was none */
	const char *table_planned;         /* NULL: used whole */
	struct undo_signature *signatures; /* what was there */
	size_t n_signatures;
	struct undo_range *ranges;
	size_t n_ranges;
	struct undo_sample *samples;
	size_t n_samples;
};

enum undo_kind { UNDO_ARRAY, UNDO_GROUP, UNDO_FILESYSTEM };

struct undo_made { /* what the plan was going to make */
	struct yaml_mark at;
	int kind; /* enum undo_kind */
	const char *device, *uuid;
};

struct undo {
	struct yaml_mark at;
	uint64_t version;
	const char *host, *time, *digest;
	struct undo_disk *disks;
	size_t n_disks;
	struct undo_made *made;
	size_t n_made;
};

extern const struct schema undo_schema;

/*
 * What the archive of a plan will say, but for the digests and `file`, which only the
 * disks know. Pure; all in the arena.
 */
void undo_make(const struct plan *plan, const struct range_list *list, const char *time,
	       struct arena *arena, struct undo *ret);

/* Does undo.json make sense: places inside their disks, none overlapping? Pure. */
must_check int undo_validate(const struct undo *undo, struct err *err);

/*
 * undo_archive.c: read an archive from the descriptor's beginning. ERR_SOURCE when it is
 * not whole. All in the arena.
 */
must_check int undo_read(int fd, const char *name, struct arena *arena, struct undo *ret,
			 struct err *err);

/* Append a place's file, or the end of the archive, to what is written to fd. */
must_check int undo_write_range(int fd, const struct undo_range *range, struct err *err);
must_check int undo_write_end(int fd, const struct undo *undo, struct err *err);

struct undo_seen {               /* what one disk of the archive is like now */
	const struct disk *disk; /* NULL: not in this machine */
	const char **samples; /* digests, as many as the archive has; NULL: unreadable */
	const char **inner;   /* UUIDs that begin where an array's data begin */
	size_t n_inner;
};

struct undo_decision {
	/* Per disk of the archive: how many samples differ, and where. */
	struct undo_loss {
		uint64_t *offsets;
		size_t n;
	} * losses;
};

/*
 * May it be put back, and what is lost for good? ERR_HARDWARE: a disk is not there;
 * ERR_UNSAFE: the plan got as far as a filesystem, or somebody else has written since.
 * Every finding is listed. Pure.
 */
must_check int undo_decide(const struct undo *undo, const struct undo_seen *seen,
			   struct arena *arena, struct undo_decision *ret,
			   struct err *err);

/* undo_disk.c: look at a disk; `disk` NULL gives an empty answer. Reads only. */
void undo_look(const struct undo_disk *undo, const struct disk *disk, struct arena *arena,
	       struct undo_seen *ret);

/* Put all its places back, the table's last, and read them again. */
must_check int undo_restore(const struct undo_disk *undo, const char *path,
			    struct err *err);

#endif
