#include "image/image.h"

#include <pthread.h>
#include <time.h>

#include "core/io.h"
#include "core/log.h"

#define POLL_MS 200

struct sync {
	int dirfd;
	int sys_errno;
	bool done;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static void *sync_run(void *arg)
{
	struct sync *s = arg;
	int rc = syncfs(s->dirfd) < 0 ? errno : 0;

	pthread_mutex_lock(&s->lock);
	s->sys_errno = rc;
	s->done = true;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/*
 * What the kernel has not yet written, of all file systems: nothing else writes in the
 * boot environment, and there is no such figure for one of them.
 */
static uint64_t unwritten_bytes(void)
{
	return io_meminfo_bytes("Dirty") + io_meminfo_bytes("Writeback");
}

/* Until it is done, with what has gone since the beginning as progress. */
static void watch(struct sync *s, uint64_t total, bool progress)
{
	struct timespec until;

	pthread_mutex_lock(&s->lock);
	while (!s->done) {
		uint64_t left = unwritten_bytes();

		if (progress && left < total)
			progress_update(total - left);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += POLL_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&s->changed, &s->lock, &until);
	}
	pthread_mutex_unlock(&s->lock);
	if (progress)
		progress_update(total);
}

int image_sync(int dirfd, const char *target, const char *progress, struct err *err)
{
	struct sync s = { .dirfd = dirfd,
			  .lock = PTHREAD_MUTEX_INITIALIZER,
			  .changed = PTHREAD_COND_INITIALIZER };
	uint64_t total = unwritten_bytes();
	pthread_t thread;
	int rc;

	if (progress)
		progress_begin(progress, total);
	rc = pthread_create(&thread, NULL, sync_run, &s);
	if (rc == 0) {
		watch(&s, total, progress != NULL);
		pthread_join(thread, NULL);
	}
	if (progress)
		progress_end();
	if (rc != 0)
		return err_set(err, ERR_SYSTEM, rc, "start a thread");
	if (s.sys_errno != 0)
		return err_set(err, ERR_SYSTEM, s.sys_errno, "write %s to the disk",
			       target);
	return 0;
}
