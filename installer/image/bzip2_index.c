#include "image/bzip2_index.h"

#include <stdbool.h>

#define MAGIC_BITS   48
#define MAGIC_MASK   ((UINT64_C(1) << MAGIC_BITS) - 1)
#define HEADER_BITS  32 /* "BZh9" */
#define CRC_BITS     32
#define WINDOW_BYTES (256 * 1024)
#define MARGIN_BYTES 16 /* a magic at any bit, read as 8 bytes, and the step over it */

enum kind { BLOCK, END };
static const uint64_t magics[] = { [BLOCK] = 0x314159265359, [END] = 0x177245385090 };

struct scan {
	const char *name;
	int fd;
	uint64_t base; /* where the window begins in the file */
	size_t len;    /* bytes of the file in it; a margin of zeros follows */
	unsigned char window[WINDOW_BYTES + 2 * MARGIN_BYTES];
	/* Two bytes that stand somewhere inside a magic, at one of its 8 places. */
	bool may_be[65536];
};

/*
 * At whatever bit a magic begins, five whole bytes of it follow, and of their four pairs
 * exactly one begins at a multiple of four. So one look every four bytes finds it.
 */
static void mark_pairs(struct scan *s)
{
	for (size_t m = 0; m < ARRAY_LEN(magics); m++)
		for (unsigned shift = 0; shift < 8; shift++)
			for (unsigned byte = 1; byte <= 4; byte++)
				s->may_be[magics[m] >> (32 - 8 * byte + shift) & 0xffff] =
					true;
}

static int load(struct scan *s, uint64_t base, struct err *err)
{
	size_t len = 0;

	while (len < WINDOW_BYTES + MARGIN_BYTES) {
		ssize_t n = pread(s->fd, s->window + len,
				  WINDOW_BYTES + MARGIN_BYTES - len, (off_t)(base + len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_SYSTEM, errno, "read %s", s->name);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	memset(s->window + len, 0, MARGIN_BYTES);
	s->base = base;
	s->len = len;
	return 0;
}

static uint64_t load_64(const unsigned char *p)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8; i++)
		value = value << 8 | p[i];
	return value;
}

/* Up to 48 bits at this bit of the file; zeros where it has ended. */
static int peek(struct scan *s, uint64_t bit, unsigned bits, uint64_t *ret,
		struct err *err)
{
	uint64_t byte = bit / 8;

	if ((byte < s->base || byte + 8 > s->base + WINDOW_BYTES) &&
	    load(s, byte / 4 * 4, err) < 0)
		return -1;
	*ret = load_64(s->window + (byte - s->base)) << bit % 8 >> (64 - bits);
	return 0;
}

/* The first magic at or after `from` whose bytes around window[i] could be one. */
static bool match(const struct scan *s, size_t i, uint64_t from, uint64_t *ret_bit,
		  enum kind *ret_kind)
{
	for (size_t q = i < 4 ? 0 : i - 4; q < i; q++) {
		uint64_t word = load_64(s->window + q);

		for (unsigned shift = 0; shift < 8; shift++) {
			uint64_t value = word >> (64 - MAGIC_BITS - shift) & MAGIC_MASK;
			uint64_t bit = (s->base + q) * 8 + shift;

			if ((value != magics[BLOCK] && value != magics[END]) ||
			    bit < from)
				continue;
			*ret_bit = bit;
			*ret_kind = value == magics[END] ? END : BLOCK;
			return true;
		}
	}
	return false;
}

/* false in *ret_found: the file ends before. */
static int find_magic(struct scan *s, uint64_t from, uint64_t *ret_bit,
		      enum kind *ret_kind, bool *ret_found, struct err *err)
{
	uint64_t byte = from / 8 / 4 * 4;

	*ret_found = true;
	if ((byte < s->base || byte >= s->base + WINDOW_BYTES) && load(s, byte, err) < 0)
		return -1;
	for (;;) {
		for (size_t i = byte - s->base; i < WINDOW_BYTES && i < s->len; i += 4)
			if (s->may_be[s->window[i] << 8 | s->window[i + 1]] &&
			    match(s, i, from, ret_bit, ret_kind))
				return 0;
		if (s->len < WINDOW_BYTES)
			break;
		/* One step back, for a magic that began in the old window's last bytes.
		 */
		byte = s->base + WINDOW_BYTES - 4;
		if (load(s, byte, err) < 0)
			return -1;
		byte += 4;
	}
	*ret_found = false;
	return 0;
}

static int fail(const struct scan *s, const char *what, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0, "%s: %s", s->name, what);
}

/* A stream's header at this byte? Then its level. */
static int read_stream_header(struct scan *s, uint64_t byte, char *ret_level,
			      struct err *err)
{
	uint64_t header;

	if (peek(s, byte * 8, HEADER_BITS, &header, err) < 0)
		return -1;
	*ret_level = (char)(header & 0xff);
	if (header >> 8 != ('B' << 16 | 'Z' << 8 | 'h') || *ret_level < '1' ||
	    *ret_level > '9')
		*ret_level = '\0';
	return 0;
}

/* The end's check sum, and the byte behind it. */
static int end_stream(struct scan *s, uint64_t bit, uint32_t combined, uint64_t *ret_byte,
		      struct err *err)
{
	uint64_t crc;

	if (peek(s, bit + MAGIC_BITS, CRC_BITS, &crc, err) < 0)
		return -1;
	*ret_byte = (bit + MAGIC_BITS + CRC_BITS + 7) / 8;
	if (*ret_byte > s->base + s->len)
		return fail(s, "the bzip2 data is truncated", err);
	if (crc != combined)
		return fail(s,
			    "the bzip2 data is damaged: its check sum is not its blocks'",
			    err);
	return 0;
}

/* All blocks of the stream whose header ends at `bit`. */
static int read_stream(struct scan *s, uint64_t bit, char level, struct arena *arena,
		       struct bzip2_index *index, uint64_t *ret_end, struct err *err)
{
	struct bzip2_block block = { .level = level };
	uint32_t combined = 0;
	uint64_t next, crc;
	enum kind kind;
	bool found;

	if (find_magic(s, bit, &next, &kind, &found, err) < 0)
		return -1;
	if (!found || next != bit)
		return fail(s, "the bzip2 data is truncated or damaged at its beginning",
			    err);
	while (kind == BLOCK) {
		block.begin = next;
		if (peek(s, next + MAGIC_BITS, CRC_BITS, &crc, err) < 0 ||
		    find_magic(s, next + MAGIC_BITS, &next, &kind, &found, err) < 0)
			return -1;
		if (!found)
			return fail(s, "the bzip2 data is truncated", err);
		block.end = next;
		block.crc = (uint32_t)crc;
		combined = (combined << 1 | combined >> 31) ^ block.crc;
		index->blocks = arena_append(arena, (void *)index->blocks, &index->n,
					     &block, sizeof(block));
	}
	return end_stream(s, next, combined, ret_end, err);
}

static int read_streams(struct scan *s, uint64_t byte, struct arena *arena,
			struct bzip2_index *index, struct err *err)
{
	char level;

	if (read_stream_header(s, byte, &level, err) < 0)
		return -1;
	if (!level)
		return fail(s, "the bzip2 data is damaged at its beginning", err);
	while (level) {
		if (read_stream(s, byte * 8 + HEADER_BITS, level, arena, index, &byte,
				err) < 0 ||
		    read_stream_header(s, byte, &level, err) < 0)
			return -1;
	}
	index->end_bytes = byte;
	return 0;
}

int bzip2_index_read(const char *name, int fd, uint64_t offset_bytes, struct arena *arena,
		     struct bzip2_index *ret, struct err *err)
{
	auto_free struct scan *s = xmalloc(sizeof(*s));
	struct bzip2_index index = { 0 };

	s->name = name;
	s->fd = fd;
	memset(s->may_be, 0, sizeof(s->may_be));
	mark_pairs(s);
	if (load(s, offset_bytes / 4 * 4, err) < 0 ||
	    read_streams(s, offset_bytes, arena, &index, err) < 0)
		return -1;
	*ret = index;
	return 0;
}
