#include "image/bzip2_decode.h"

#include <bzlib.h>
#include <pthread.h>

#define WORKERS_MAX 4
#define SLOTS_MAX   (2 * WORKERS_MAX)
#define PLAIN_BYTES (2 * 1024 * 1024) /* more than nearly all blocks hold */
#define PIECE_BYTES (256 * 1024)
#define END_MAGIC   UINT64_C(0x177245385090)
#define FRAME_BYTES 32 /* header, end and a bit's carry around a block */

enum slot_state { FREE, DONE, FAILED };

/* One block, as a stream of its own, and what came out of it. */
struct slot {
	enum slot_state state;
	char *stream;
	size_t stream_len, stream_cap;
	char *plain;
	size_t plain_len;
	bool whole; /* false: more than PLAIN_BYTES, the taker decompresses it */
	struct err err;
};

struct decoder {
	const char *name;
	int fd;
	const struct bzip2_index *index;
	size_t end;
	size_t n_slots;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t next;  /* block to be taken by a worker */
	size_t taken; /* blocks before this one are done with */
	bool stop;
	struct slot slots[SLOTS_MAX];
};

static void put_bits(unsigned char *bytes, uint64_t bit, uint64_t value, unsigned n)
{
	while (n-- > 0) {
		unsigned char mask = (unsigned char)(0x80 >> bit % 8);

		if (value >> n & 1)
			bytes[bit / 8] |= mask;
		else
			bytes[bit / 8] &= (unsigned char)~mask;
		bit++;
	}
}

/* Read the block and make it begin at a byte, between a header and an end of its own. */
static int frame(struct decoder *d, const struct bzip2_block *block, struct slot *slot,
		 struct err *err)
{
	uint64_t bits = block->end - block->begin, begin = block->begin / 8;
	size_t len = (size_t)((block->end + 7) / 8 - begin), got = 0;
	const char header[] = { 'B', 'Z', 'h', block->level };
	unsigned shift = block->begin % 8;
	unsigned char *s;

	if (slot->stream_cap < len + FRAME_BYTES) {
		slot->stream_cap = len + FRAME_BYTES;
		slot->stream = xreallocarray(slot->stream, slot->stream_cap, 1);
	}
	s = (unsigned char *)slot->stream;
	while (got < len) {
		ssize_t n = pread(d->fd, s + 4 + got, len - got, (off_t)(begin + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_SYSTEM, n < 0 ? errno : 0, "read %s",
				       d->name);
		got += (size_t)n;
	}
	memset(s + 4 + len, 0, FRAME_BYTES - 4);
	for (size_t i = 4; shift && i < len + 4; i++)
		s[i] = (unsigned char)(s[i] << shift | s[i + 1] >> (8 - shift));
	memcpy(s, header, sizeof(header));
	put_bits(s, 32 + bits, END_MAGIC, 48);
	put_bits(s, 32 + bits + 48, block->crc, 32);
	slot->stream_len = (size_t)((32 + bits + 80 + 7) / 8);
	return 0;
}

static int damaged(const struct decoder *d, size_t i, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0,
		       "%s: the bzip2 data is damaged in block %zu of %zu", d->name,
		       i + 1, d->index->n);
}

static int unpack(struct decoder *d, size_t i, struct slot *slot, struct err *err)
{
	unsigned len = PLAIN_BYTES;
	int rc;

	if (frame(d, &d->index->blocks[i], slot, err) < 0)
		return -1;
	if (!slot->plain)
		slot->plain = xmalloc(PLAIN_BYTES);
	rc = BZ2_bzBuffToBuffDecompress(slot->plain, &len, slot->stream,
					(unsigned)slot->stream_len, 0, 0);
	slot->whole = rc == BZ_OK;
	slot->plain_len = len;
	return rc == BZ_OK || rc == BZ_OUTBUFF_FULL ? 0 : damaged(d, i, err);
}

static void *work(void *arg)
{
	struct decoder *d = arg;

	pthread_mutex_lock(&d->lock);
	while (!d->stop && d->next < d->end) {
		struct slot *slot = &d->slots[d->next % d->n_slots];
		size_t i = d->next;
		int rc;

		if (i >= d->taken + d->n_slots) {
			pthread_cond_wait(&d->changed, &d->lock);
			continue;
		}
		d->next++;
		pthread_mutex_unlock(&d->lock);
		rc = unpack(d, i, slot, &slot->err);
		pthread_mutex_lock(&d->lock);
		slot->state = rc < 0 ? FAILED : DONE;
		pthread_cond_broadcast(&d->changed);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Long runs of one byte: up to 46 MB in a block. */
static int take_large(const struct decoder *d, size_t i, struct slot *slot,
		      const struct bzip2_sink *sink, bool *enough, struct err *err)
{
	bz_stream s = { .next_in = slot->stream, .avail_in = (unsigned)slot->stream_len };
	int rc = BZ2_bzDecompressInit(&s, 0, 0), taken = 0;

	while (rc == BZ_OK && taken == 0 && !*enough) {
		s.next_out = slot->plain;
		s.avail_out = PIECE_BYTES;
		rc = BZ2_bzDecompress(&s);
		if (rc == BZ_OK || rc == BZ_STREAM_END)
			taken = sink->take(sink->arg, slot->plain,
					   PIECE_BYTES - s.avail_out, enough, err);
		if (rc == BZ_OK && s.avail_in == 0 && s.avail_out > 0)
			rc = BZ_UNEXPECTED_EOF;
	}
	BZ2_bzDecompressEnd(&s);
	if (taken < 0)
		return -1;
	return rc == BZ_OK || rc == BZ_STREAM_END ? 0 : damaged(d, i, err);
}

static struct slot *await(struct decoder *d, size_t i)
{
	struct slot *slot = &d->slots[i % d->n_slots];

	pthread_mutex_lock(&d->lock);
	while (slot->state == FREE)
		pthread_cond_wait(&d->changed, &d->lock);
	pthread_mutex_unlock(&d->lock);
	return slot;
}

static void release(struct decoder *d, struct slot *slot)
{
	pthread_mutex_lock(&d->lock);
	slot->state = FREE;
	d->taken++;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

static int take_all(struct decoder *d, size_t first, const struct bzip2_sink *sink,
		    struct err *err)
{
	bool enough = false;

	for (size_t i = first; i < d->end && !enough; i++) {
		struct slot *slot = await(d, i);
		int rc;

		if (slot->state == FAILED) {
			*err = slot->err;
			return -1;
		}
		rc = slot->whole ? sink->take(sink->arg, slot->plain, slot->plain_len,
					      &enough, err)
				 : take_large(d, i, slot, sink, &enough, err);
		if (rc < 0)
			return -1;
		release(d, slot);
	}
	return 0;
}

int bzip2_decode(const char *name, int fd, const struct bzip2_index *index, size_t first,
		 size_t end, const struct bzip2_sink *sink, struct err *err)
{
	struct decoder d = { .name = name,
			     .fd = fd,
			     .index = index,
			     .end = end,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER,
			     .next = first,
			     .taken = first };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t workers = cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (size_t)cpus;
	pthread_t threads[WORKERS_MAX];
	int rc;

	if (first >= end)
		return 0;
	if (workers > end - first)
		workers = end - first;
	d.n_slots = 2 * workers;
	for (size_t i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, work, &d) != 0)
			abort();
	rc = take_all(&d, first, sink, err);
	pthread_mutex_lock(&d.lock);
	d.stop = true;
	pthread_cond_broadcast(&d.changed);
	pthread_mutex_unlock(&d.lock);
	for (size_t i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < d.n_slots; i++) {
		free(d.slots[i].stream);
		free(d.slots[i].plain);
	}
	return rc;
}
