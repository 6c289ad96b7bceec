#include "image/segments.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "image/bzip2_decode.h"
#include "image/cpio_seek.h"

#define PIECE_BYTES (256 * 1024)
#define START_BYTES 8
#define TAIL_BYTES  4096 /* more than a trailer and the zeros behind it mostly are */

struct segments {
	int fd;
	uint64_t size, at;
	struct cpio_reader *reader;
	const struct segments_wanted *wanted;
	char *piece;
	size_t before;     /* bytes to be dropped before the folder */
	uint64_t piece_at; /* the source's place while libarchive reads it */
	uint64_t plain;    /* decompressed bytes of this segment */
	bool begun;        /* there was a segment */
};

static int fail(const struct segments *s, const char *what, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0, "%s %s", s->reader->name, what);
}

static int read_at(const struct segments *s, void *buf, size_t len, uint64_t at,
		   size_t *ret_len, struct err *err)
{
	ssize_t n;

	do
		n = pread(s->fd, buf, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, ERR_SYSTEM, errno, "read %s", s->reader->name);
	*ret_len = (size_t)n;
	return 0;
}

static int skip_zeros(struct segments *s, struct err *err)
{
	size_t len, n;

	do {
		if (read_at(s, s->piece, PIECE_BYTES, s->at, &len, err) < 0)
			return -1;
		for (n = 0; n < len && s->piece[n] == '\0'; n++)
			;
		s->at += n;
	} while (len > 0 && n == len);
	return 0;
}

static bool find_compression(const char *start, size_t len, enum compression *ret)
{
	static const struct {
		enum compression compression;
		const char *magic;
		size_t len;
	} table[] = {
		{ COMPRESSION_NONE, "0707", 4 },
		{ COMPRESSION_GZIP, "\x1f\x8b", 2 },
		{ COMPRESSION_BZIP2, "BZh", 3 },
		{ COMPRESSION_XZ, "\xfd\x37zXZ", 5 },
		{ COMPRESSION_LZMA, "\x5d\0\0", 3 },
		{ COMPRESSION_ZSTD, "\x28\xb5\x2f\xfd", 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (len >= table[i].len &&
		    memcmp(start, table[i].magic, table[i].len) == 0) {
			*ret = table[i].compression;
			return true;
		}
	return false;
}

/* A plain segment, up to what is no archive any more. */
static int read_plain(struct segments *s, struct err *err)
{
	size_t len, used;

	do {
		if (read_at(s, s->piece, PIECE_BYTES, s->at, &len, err) < 0)
			return -1;
		if (cpio_reader_feed(s->reader, s->piece, len, &used, err) < 0)
			return -1;
		s->at += used;
	} while (len > 0 && used == len);
	return 0;
}

static int feed_all(struct segments *s, const void *bytes, size_t len, struct err *err)
{
	size_t used;

	s->plain += len;
	if (cpio_reader_feed(s->reader, bytes, len, &used, err) < 0)
		return -1;
	if (used < len)
		return fail(s, "holds something else than cpio archives", err);
	return 0;
}

static la_ssize_t source_read(struct archive *a, void *arg, const void **ret)
{
	struct segments *s = arg;
	struct err err = { 0 };
	size_t len;

	if (read_at(s, s->piece, PIECE_BYTES, s->piece_at, &len, &err) < 0) {
		archive_set_error(a, err.sys_errno, "%s", err.msg);
		return ARCHIVE_FATAL;
	}
	s->piece_at += len;
	*ret = s->piece;
	return (la_ssize_t)len;
}

static int damaged(const struct segments *s, struct archive *a, struct err *err)
{
	const char *why = archive_error_string(a);

	return err_set(err, ERR_SOURCE, 0, "%s is truncated or damaged: %s",
		       s->reader->name, why ? why : "no reason given");
}

static int read_blocks(struct segments *s, struct archive *a, struct err *err)
{
	struct archive_entry *entry;
	const void *bytes;
	la_int64_t offset;
	size_t len;
	int rc;

	if (archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return damaged(s, a, err);
	while ((rc = archive_read_data_block(a, &bytes, &len, &offset)) == ARCHIVE_OK)
		if (feed_all(s, bytes, len, err) < 0)
			return -1;
	return rc == ARCHIVE_EOF ? 0 : damaged(s, a, err);
}

static int read_filtered(struct segments *s, enum compression compression,
			 struct err *err)
{
	struct archive *a = archive_read_new();
	int rc;

	if (!a)
		abort();
	switch (compression) {
	case COMPRESSION_GZIP:
		archive_read_support_filter_gzip(a);
		break;
	case COMPRESSION_XZ:
		archive_read_support_filter_xz(a);
		break;
	case COMPRESSION_LZMA:
		archive_read_support_filter_lzma(a);
		break;
	case COMPRESSION_ZSTD:
		archive_read_support_filter_zstd(a);
		break;
	case COMPRESSION_NONE:
	case COMPRESSION_BZIP2:
		break;
	}
	archive_read_support_format_raw(a);
	s->piece_at = s->at;
	if (archive_read_open(a, s, NULL, source_read, NULL) != ARCHIVE_OK)
		rc = damaged(s, a, err);
	else if (archive_filter_count(a) < 2)
		rc = fail(s, "is damaged where a compressed segment begins", err);
	else
		rc = read_blocks(s, a, err);
	s->at += (uint64_t)archive_filter_bytes(a, -1);
	archive_read_free(a);
	return rc;
}

static bool is_enough(const struct segments *s)
{
	return s->wanted && s->wanted->enough(s->wanted->arg);
}

static int take_bzip2(void *arg, const void *bytes, size_t len, bool *ret_enough,
		      struct err *err)
{
	struct segments *s = arg;
	size_t drop = s->before < len ? s->before : len;

	s->before -= drop;
	if (feed_all(s, (const char *)bytes + drop, len - drop, err) < 0)
		return -1;
	*ret_enough = is_enough(s);
	return 0;
}

static int take_tail(void *arg, const void *bytes, size_t len, bool *ret_enough,
		     struct err *err)
{
	struct text *tail = arg;
	size_t keep = len < TAIL_BYTES ? len : TAIL_BYTES;

	(void)err;
	*ret_enough = false;
	text_add_bytes(tail, (const char *)bytes + len - keep, keep);
	return 0;
}

/* Do its last blocks end an archive? Two, because the last may be a few bytes long. */
static int check_tail(struct segments *s, const struct bzip2_index *index,
		      struct err *err)
{
	static const char trailer[] = CPIO_TRAILER;
	auto_text struct text tail = { 0 };
	const struct bzip2_sink sink = { &tail, take_tail };
	size_t len;

	if (bzip2_decode(s->reader->name, s->fd, index, index->n > 2 ? index->n - 2 : 0,
			 index->n, &sink, err) < 0)
		return -1;
	len = tail.len;
	while (len > 0 && tail.s[len - 1] == '\0')
		len--;
	if (len < sizeof(trailer) - 1 || memcmp(tail.s + len - (sizeof(trailer) - 1),
						trailer, sizeof(trailer) - 1) != 0)
		return fail(s, "is truncated: its archive has no end", err);
	return 0;
}

static int read_bzip2(struct segments *s, struct err *err)
{
	const struct bzip2_sink sink = { s, take_bzip2 };
	auto_arena struct arena arena = { 0 };
	struct cpio_place place = { 0 };
	struct bzip2_index index;

	if (bzip2_index_read(s->reader->name, s->fd, s->at, &arena, &index, err) < 0)
		return -1;
	if (s->wanted && s->wanted->folder &&
	    cpio_seek(s->reader->name, s->fd, &index, s->wanted->folder, &place, err) < 0)
		return -1;
	s->before = place.offset;
	if (bzip2_decode(s->reader->name, s->fd, &index, place.block, index.n, &sink,
			 err) < 0)
		return -1;
	s->at = index.end_bytes;
	if (cpio_reader_is_between(s->reader) || !is_enough(s))
		return 0;
	cpio_reader_reset(s->reader);
	return check_tail(s, &index, err);
}

static int read_segment(struct segments *s, struct segments_found *found, struct err *err)
{
	enum compression compression;
	char start[START_BYTES];
	uint64_t begin = s->at;
	size_t len;
	int rc;

	if (read_at(s, start, sizeof(start), s->at, &len, err) < 0)
		return -1;
	if (!find_compression(start, len, &compression))
		return err_set(err, ERR_SOURCE, 0,
			       "%s is no initramfs: at byte %llu begins neither a cpio "
			       "archive nor a compressed one",
			       s->reader->name, (unsigned long long)s->at);
	s->plain = 0;
	if (!s->begun)
		found->first = compression;
	s->begun = true;
	rc = compression == COMPRESSION_NONE    ? read_plain(s, err)
	     : compression == COMPRESSION_BZIP2 ? read_bzip2(s, err)
						: read_filtered(s, compression, err);
	found->gzip_alone &= compression == COMPRESSION_GZIP &&
			     s->plain % CPIO_ALIGN == 0;
	if (rc == 0 && s->at <= begin)
		return fail(s, "is damaged: a segment of no length", err);
	if (rc == 0 && !cpio_reader_is_between(s->reader))
		return fail(s, "is truncated in the middle of an archive", err);
	return rc;
}

static int read_segments(struct segments *s, struct segments_found *found,
			 struct err *err)
{
	while (s->at < s->size) {
		uint64_t end = s->at;

		if (skip_zeros(s, err) < 0)
			return -1;
		if (s->at > end)
			found->gzip_alone = false;
		if (s->at < s->size && read_segment(s, found, err) < 0)
			return -1;
	}
	if (!s->begun)
		return fail(s, "is empty", err);
	return 0;
}

int segments_read(int fd, struct cpio_reader *reader,
		  const struct segments_wanted *wanted, struct segments_found *ret,
		  struct err *err)
{
	struct segments s = { .fd = fd, .reader = reader, .wanted = wanted };
	struct segments_found found = { .gzip_alone = true };
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_SYSTEM, S_ISREG(st.st_mode) ? errno : 0,
			       "%s is not a file that can be read", reader->name);
	s.size = found.size_bytes = (uint64_t)st.st_size;
	s.piece = xmalloc(PIECE_BYTES);
	rc = read_segments(&s, &found, err);
	free(s.piece);
	if (rc == 0)
		*ret = found;
	return rc;
}
