#include "image/cpio_reader.h"

#include <ctype.h>
#include <inttypes.h>

#define HEADER_BYTES 110
#define NAME_MAX     4096 /* PATH_MAX, which the kernel allows */
#define FIELDS       13

/* ino, mode, uid, gid, nlink, mtime, size, maj, min, rmaj, rmin, name, check */
enum field { MODE = 1, UID, GID, NLINK, MTIME, SIZE, NAME = 11 };

void cpio_reader_free(struct cpio_reader *r)
{
	text_free(&r->head);
}

void cpio_reader_reset(struct cpio_reader *r)
{
	r->head.len = r->name_bytes = 0;
	r->content = r->skip = r->offset = 0;
}

bool cpio_reader_is_between(const struct cpio_reader *r)
{
	return r->offset == 0 && r->head.len == 0;
}

static int fail(const struct cpio_reader *r, const char *what, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0,
		       "%s is no cpio archive or damaged: %s (entry %zu)", r->name, what,
		       r->entries + 1);
}

static bool parse_fields(const char *header, uint32_t *fields)
{
	for (size_t i = 0; i < FIELDS; i++) {
		uint32_t value = 0;

		for (size_t j = 0; j < 8; j++) {
			char c = header[6 + 8 * i + j];

			if (!isxdigit((unsigned char)c))
				return false;
			value = value << 4 | (uint32_t)(isdigit((unsigned char)c)
								? c - '0'
								: (c | 0x20) - 'a' + 10);
		}
		fields[i] = value;
	}
	return true;
}

static int read_header(struct cpio_reader *r, struct err *err)
{
	uint32_t fields[FIELDS];

	if (memcmp(r->head.s, "070701", 6) != 0 && memcmp(r->head.s, "070702", 6) != 0)
		return fail(r, "its magic is not newc's, 070701", err);
	if (!parse_fields(r->head.s, fields))
		return fail(r, "its header is not hexadecimal", err);
	if (fields[NAME] < 2 || fields[NAME] > NAME_MAX)
		return fail(r, "its name has an impossible length", err);
	r->name_bytes = fields[NAME];
	return 0;
}

static uint64_t pad(uint64_t offset)
{
	return (CPIO_ALIGN - offset % CPIO_ALIGN) % CPIO_ALIGN;
}

static int begin_entry(struct cpio_reader *r, struct err *err)
{
	const char *name = r->head.s + HEADER_BYTES;
	uint32_t f[FIELDS];
	struct cpio_entry entry;

	if (memchr(name, '\0', r->name_bytes) != name + r->name_bytes - 1)
		return fail(r, "its name does not end where it should", err);
	if (!parse_fields(r->head.s, f))
		return fail(r, "its header is not hexadecimal", err);
	if (strcmp(name, CPIO_TRAILER) == 0) {
		r->archives++;
		r->offset = 0;
		r->content = r->skip = 0;
		return 0;
	}
	r->content = f[SIZE];
	r->skip = pad(r->offset + f[SIZE]);
	entry = (struct cpio_entry){ .name = name,
				     .ino = f[0],
				     .mode = f[MODE],
				     .uid = f[UID],
				     .gid = f[GID],
				     .nlink = f[NLINK],
				     .mtime = f[MTIME],
				     .size = f[SIZE],
				     .dev = { f[7], f[8] },
				     .rdev = { f[9], f[10] } };
	if (r->sink.entry(r->sink.arg, &entry, err) < 0)
		return -1;
	return f[SIZE] == 0 ? r->sink.end(r->sink.arg, err) : 0;
}

/* Collect a header, then name and padding. Returns what was used of the bytes. */
static size_t collect(struct cpio_reader *r, const char *bytes, size_t len)
{
	size_t want = HEADER_BYTES, n;

	if (r->name_bytes)
		want += r->name_bytes + pad(HEADER_BYTES + r->name_bytes);
	n = want - r->head.len < len ? want - r->head.len : len;
	text_add_bytes(&r->head, bytes, n);
	r->offset += n;
	return n;
}

static int read_head(struct cpio_reader *r, const char *bytes, size_t len,
		     size_t *ret_used, struct err *err)
{
	int rc = 0;

	*ret_used = collect(r, bytes, len);
	if (r->name_bytes == 0) {
		if (r->head.len == HEADER_BYTES)
			return read_header(r, err);
		return 0;
	}
	if (r->head.len <
	    HEADER_BYTES + r->name_bytes + pad(HEADER_BYTES + r->name_bytes))
		return 0;
	rc = begin_entry(r, err);
	r->entries++;
	r->name_bytes = 0;
	r->head.len = 0;
	return rc;
}

static int read_content(struct cpio_reader *r, const char *bytes, size_t len,
			size_t *ret_used, struct err *err)
{
	size_t n = r->content < len ? (size_t)r->content : len;

	*ret_used = n;
	r->content -= n;
	r->offset += n;
	if (r->sink.data(r->sink.arg, bytes, n, err) < 0)
		return -1;
	return r->content == 0 ? r->sink.end(r->sink.arg, err) : 0;
}

/* The kernel skips zeros between archives. */
static size_t skip_zeros(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] == '\0')
		n++;
	return n;
}

static int step(struct cpio_reader *r, const char *bytes, size_t len, size_t *ret_used,
		struct err *err)
{
	if (r->content)
		return read_content(r, bytes, len, ret_used, err);
	if (r->skip) {
		*ret_used = r->skip < len ? (size_t)r->skip : len;
		r->skip -= *ret_used;
		r->offset += *ret_used;
		return 0;
	}
	return read_head(r, bytes, len, ret_used, err);
}

int cpio_reader_feed(struct cpio_reader *r, const void *bytes, size_t len,
		     size_t *ret_used, struct err *err)
{
	const char *s = bytes;
	size_t done = 0;

	while (done < len) {
		size_t used;

		if (cpio_reader_is_between(r)) {
			done += skip_zeros(s + done, len - done);
			if (done == len || s[done] != '0')
				break;
		}
		if (step(r, s + done, len - done, &used, err) < 0)
			return -1;
		done += used;
	}
	*ret_used = done;
	return 0;
}
