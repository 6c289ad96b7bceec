#include "image/spool.h"

#include <stdint.h>

#include "core/mem.h"

#define BATCHES_MAX 80 /* 20 MB */
#define NUDGE_BYTES ((size_t)96 * 1024)

struct queue { /* of one writer */
	struct batch *first, *last;
	struct batch *open; /* the reader's, being filled */
	size_t waiting;     /* batches in the queue */
	pthread_cond_t more;
	bool busy;        /* has a batch in its hands */
	atomic_bool idle; /* neither busy nor anything waiting; read without the lock */
};

struct spool {
	struct failure *failure;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* for the reader: a batch came back */
	struct batch *spare;
	unsigned batches; /* in existence */
	unsigned writers;
	bool reader_waits, ended;
	struct queue queues[];
};

struct spool *spool_new(unsigned writers, struct failure *failure)
{
	struct spool *s = xcalloc(1, sizeof(*s) + writers * sizeof(s->queues[0]));

	s->failure = failure;
	s->writers = writers;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	for (unsigned i = 0; i < writers; i++) {
		pthread_cond_init(&s->queues[i].more, NULL);
		atomic_init(&s->queues[i].idle, true);
	}
	return s;
}

static void free_chain(struct batch *b)
{
	for (struct batch *next; b; b = next) {
		next = b->next;
		free(b);
	}
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	free_chain(s->spare);
	for (unsigned i = 0; i < s->writers; i++) {
		free_chain(s->queues[i].first);
		free(s->queues[i].open);
		pthread_cond_destroy(&s->queues[i].more);
	}
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* With the lock. */
static void hand_over(struct queue *q)
{
	struct batch *b = q->open;

	if (!b || b->used == 0)
		return;
	b->next = NULL;
	if (q->first)
		q->last->next = b;
	else
		q->first = b;
	q->last = b;
	q->open = NULL;
	q->waiting++;
	atomic_store_explicit(&q->idle, false, memory_order_relaxed);
	pthread_cond_signal(&q->more);
}

/* With the lock. Before the reader sleeps, everything it holds back must be on its way.
 */
static void wait_for_writers(struct spool *s)
{
	for (unsigned i = 0; i < s->writers; i++)
		hand_over(&s->queues[i]);
	s->reader_waits = true;
	pthread_cond_wait(&s->changed, &s->lock);
	s->reader_waits = false;
}

static struct batch *new_batch(struct spool *s, unsigned writer)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&s->lock);
	hand_over(&s->queues[writer]);
	while (!s->spare && s->batches == BATCHES_MAX && !failure_is_set(s->failure))
		wait_for_writers(s);
	if (s->spare) {
		b = s->spare;
		s->spare = b->next;
	} else if (s->batches < BATCHES_MAX) {
		b = xmalloc(sizeof(*b));
		s->batches++;
	}
	pthread_mutex_unlock(&s->lock);
	if (b)
		b->used = 0;
	return b;
}

void *spool_room(struct spool *s, unsigned writer, size_t bytes, size_t *ret_len)
{
	struct queue *q = &s->queues[writer];

	if (failure_is_set(s->failure))
		return NULL;
	if (!q->open || BATCH_BYTES - q->open->used < bytes)
		q->open = new_batch(s, writer);
	if (!q->open)
		return NULL;
	*ret_len = BATCH_BYTES - q->open->used;
	return q->open->bytes + q->open->used;
}

void spool_add(struct spool *s, unsigned writer, size_t bytes)
{
	s->queues[writer].open->used += bytes;
}

void spool_nudge(struct spool *s, unsigned writer)
{
	struct queue *q = &s->queues[writer];

	if (!q->open || q->open->used < NUDGE_BYTES ||
	    !atomic_load_explicit(&q->idle, memory_order_relaxed))
		return;
	pthread_mutex_lock(&s->lock);
	hand_over(q);
	pthread_mutex_unlock(&s->lock);
}

unsigned spool_idlest(struct spool *s)
{
	unsigned best = 0;
	size_t least = SIZE_MAX;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->writers; i++) {
		const struct queue *q = &s->queues[i];
		size_t load = (q->waiting + q->busy) * BATCH_BYTES +
			      (q->open ? q->open->used : 0);

		if (load < least) {
			least = load;
			best = i;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return best;
}

static bool all_idle(const struct spool *s)
{
	for (unsigned i = 0; i < s->writers; i++)
		if (s->queues[i].first || s->queues[i].busy)
			return false;
	return true;
}

int spool_drain(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->writers; i++)
		hand_over(&s->queues[i]);
	while (!all_idle(s))
		wait_for_writers(s);
	pthread_mutex_unlock(&s->lock);
	return failure_is_set(s->failure) ? -1 : 0;
}

void spool_end(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	for (unsigned i = 0; i < s->writers; i++) {
		hand_over(&s->queues[i]);
		pthread_cond_signal(&s->queues[i].more);
	}
	pthread_mutex_unlock(&s->lock);
}

struct batch *spool_take(struct spool *s, unsigned writer, struct batch *done)
{
	struct queue *q = &s->queues[writer];
	struct batch *b;

	pthread_mutex_lock(&s->lock);
	q->busy = false;
	if (done) {
		done->next = s->spare;
		s->spare = done;
		if (s->reader_waits)
			pthread_cond_signal(&s->changed);
	}
	while (!q->first && !s->ended) {
		atomic_store_explicit(&q->idle, true, memory_order_relaxed);
		pthread_cond_wait(&q->more, &s->lock);
	}
	b = q->first;
	if (b) {
		q->first = b->next;
		q->waiting--;
		q->busy = true;
	}
	pthread_mutex_unlock(&s->lock);
	return b;
}
