#include "image/intake.h"

#include "core/mem.h"
#include "core/text.h"
#include "image/extract.h"
#include "image/thread.h"

#define BLOCK_BYTES ((size_t)256 * 1024)
#define BLOCKS      12
#define REST_MAX    (UINT64_C(64) << 20) /* tar fills its last record, no more */

struct block {
	unsigned char *bytes;
	size_t len;
};

struct intake {
	struct failure *failure;
	struct fetch *fetch;
	struct digest_state *hash;
	struct digest digest; /* written by the thread, read after `ended` */
	pthread_t thread;
	uint64_t max_bytes, got_bytes; /* the thread's */
	uint64_t taken_bytes;          /* the reader's */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct block ring[BLOCKS]; /* bytes belong to whoever has the block */
	size_t head, tail;         /* blocks ever filled, ever given back */
	bool reading;              /* ring[tail] is in the reader's hands */
	bool ended;                /* by the thread: end of the source, or failure */
	bool stop;                 /* by the reader: not interested any more */
};

/* A free block's index, or -1 when the reader has lost interest. */
static int wait_for_room(struct intake *in)
{
	int slot = -1;

	pthread_mutex_lock(&in->lock);
	while (!in->stop && in->head - in->tail == BLOCKS)
		pthread_cond_wait(&in->changed, &in->lock);
	if (!in->stop)
		slot = (int)(in->head % BLOCKS);
	pthread_mutex_unlock(&in->lock);
	return slot;
}

static void publish(struct intake *in, size_t filled)
{
	pthread_mutex_lock(&in->lock);
	if (filled)
		in->head++;
	else
		in->ended = true;
	pthread_cond_signal(&in->changed);
	pthread_mutex_unlock(&in->lock);
}

static void *fill(void *arg)
{
	struct intake *in = arg;
	struct err err = { 0 };
	int slot;

	thread_give_way();
	while ((slot = wait_for_room(in)) >= 0) {
		struct block *b = &in->ring[slot];

		if (fetch_read(in->fetch, b->bytes, BLOCK_BYTES, &b->len, &err) < 0) {
			failure_note(in->failure, &err);
			break;
		}
		if (b->len == 0) {
			in->digest = digest_end(in->hash);
			in->hash = NULL;
			break;
		}
		in->got_bytes += b->len;
		if (in->got_bytes > in->max_bytes) {
			extraction_too_much(in->failure, in->max_bytes);
			break;
		}
		digest_add(in->hash, b->bytes, b->len);
		publish(in, b->len);
	}
	publish(in, 0);
	return NULL;
}

int intake_start(const struct image_source *source, uint64_t max_bytes,
		 struct failure *failure, struct intake **ret, struct err *err)
{
	struct intake *in;
	struct fetch *fetch;
	int rc;

	if (source->chunks)
		rc = fetch_open_chunks(source->chunks, &source->fetch, &fetch, err);
	else
		rc = fetch_open(source->url, &source->fetch, &fetch, err);
	if (rc < 0)
		return -1;
	in = xcalloc(1, sizeof(*in));
	in->failure = failure;
	in->max_bytes = max_bytes;
	in->fetch = fetch;
	in->hash = digest_new();
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->changed, NULL);
	for (size_t i = 0; i < BLOCKS; i++)
		in->ring[i].bytes = xmalloc(BLOCK_BYTES);
	rc = pthread_create(&in->thread, NULL, fill, in);
	if (rc != 0) {
		in->ended = in->stop = true;
		in->thread = pthread_self();
		intake_free(in);
		return err_set(err, ERR_SYSTEM, rc, "start a thread");
	}
	*ret = in;
	return 0;
}

uint64_t intake_total_bytes(const struct intake *in)
{
	return fetch_total_bytes(in->fetch);
}

int intake_next(struct intake *in, const void **ret, size_t *ret_len)
{
	bool have;

	pthread_mutex_lock(&in->lock);
	if (in->reading) {
		in->tail++;
		in->reading = false;
		pthread_cond_signal(&in->changed);
	}
	while (!in->ended && in->head == in->tail)
		pthread_cond_wait(&in->changed, &in->lock);
	have = in->head != in->tail;
	in->reading = have;
	pthread_mutex_unlock(&in->lock);

	*ret = have ? in->ring[in->tail % BLOCKS].bytes : NULL;
	*ret_len = have ? in->ring[in->tail % BLOCKS].len : 0;
	in->taken_bytes += *ret_len;
	/* What came before a failure is still good, but there is no use for it. */
	return failure_is_set(in->failure) ? -1 : 0;
}

uint64_t intake_taken_bytes(const struct intake *in)
{
	return in->taken_bytes;
}

int intake_finish(struct intake *in, struct digest *ret)
{
	bool bounded = intake_total_bytes(in) > 0;
	uint64_t begin = in->taken_bytes;
	const void *bytes;
	size_t len;

	do {
		if (intake_next(in, &bytes, &len) < 0)
			return -1;
		if (!bounded && in->taken_bytes - begin > REST_MAX)
			return failure_set(in->failure, ERR_SOURCE, 0,
					   "the server goes on for more than %s behind "
					   "the image's end: given up",
					   SIZE_TEXT(REST_MAX));
	} while (len > 0);
	*ret = in->digest;
	return 0;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	fetch_cancel(in->fetch);
	pthread_mutex_lock(&in->lock);
	in->stop = true;
	pthread_cond_signal(&in->changed);
	pthread_mutex_unlock(&in->lock);
	if (!pthread_equal(in->thread, pthread_self()))
		pthread_join(in->thread, NULL);
	fetch_close(in->fetch);
	digest_free(in->hash);
	for (size_t i = 0; i < BLOCKS; i++)
		free(in->ring[i].bytes);
	pthread_cond_destroy(&in->changed);
	pthread_mutex_destroy(&in->lock);
	free(in);
}
