#include "exec/zero.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "core/log.h"
#include "core/monotonic.h"
#include "core/text.h"
#include "exec/device.h"

#define BUFFER_ALIGN 4096

struct shared {
	const char *seed;
	uint64_t limit_s;
	bool (*stop)(void);
	atomic_bool failed; /* one that is not zero makes the others' work useless */
	atomic_uint_fast64_t done_bytes;
};

struct worker {
	pthread_t thread;
	struct shared *shared;
	const struct zero_member *member;
	uint64_t size_bytes;
	char why[512]; /* empty: zeroed, and read back */
};

static void give_up(struct worker *w, const char *fmt, ...) printf_like(2, 3);

static void give_up(struct worker *w, const char *fmt, ...)
{
	const struct zero_member *m = w->member;
	int n = snprintf(w->why, sizeof(w->why), "%s (serial %s): ", m->disk,
			 m->serial ? m->serial : "unknown");
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && (size_t)n < sizeof(w->why))
		vsnprintf(w->why + n, sizeof(w->why) - (size_t)n, fmt, ap);
	va_end(ap);
	atomic_store(&w->shared->failed, true);
}

static bool others_failed(const struct worker *w)
{
	return atomic_load(&w->shared->failed) || w->shared->stop();
}

/* Without a fallback: a device that would have to be written to is left to the resync. */
static void zero(struct worker *w, int fd)
{
	uint64_t begun_ms = monotonic_ms();

	for (uint64_t done = 0; done < w->size_bytes && !others_failed(w);) {
		uint64_t ms = monotonic_ms() - begun_ms;
		uint64_t n = zero_next_piece(done, ms);

		if (zero_is_too_slow(done, w->size_bytes, ms, w->shared->limit_s)) {
			give_up(w, "zeroing %s at %s/s would take longer than %llu s",
				SIZE_TEXT(w->size_bytes),
				SIZE_TEXT(ms ? done * 1000 / ms : 0),
				(unsigned long long)w->shared->limit_s);
			return;
		}
		if (n > w->size_bytes - done)
			n = w->size_bytes - done;
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)done,
			      (off_t)n) < 0) {
			give_up(w, "it does not zero %s: %s (at byte %llu)",
				w->member->path, strerror(errno),
				(unsigned long long)done);
			return;
		}
		done += n;
		progress_update(atomic_fetch_add(&w->shared->done_bytes, n) + n);
	}
}

/* Past the page cache, which would answer with what was asked for. */
static int open_uncached(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd >= 0 || errno != EINVAL)
		return fd;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		ioctl(fd, BLKFLSBUF);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	return fd;
}

int zero_read_back(const char *path, uint64_t size_bytes, const char *seed,
		   bool (*stop)(void), struct err *err)
{
	struct zero_place places[ZERO_PLACES];
	size_t n = zero_choose_places(size_bytes, seed, places), at;
	auto_fd int fd = open_uncached(path);
	auto_free void *buf = NULL;

	if (posix_memalign(&buf, BUFFER_ALIGN, ZERO_END_BYTES) != 0)
		abort();
	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", path);
	for (size_t i = 0; i < n && !stop(); i++) {
		const struct zero_place *p = &places[i];

		if (device_read(fd, path, buf, p->offset_bytes, p->size_bytes, err) < 0)
			return -1;
		at = mem_first_nonzero(buf, p->size_bytes);
		if (at < p->size_bytes)
			return err_set(err, ERR_HARDWARE, 0,
				       "it says that %s is zeroed, but byte %" PRIu64
				       " of it is not zero",
				       path, p->offset_bytes + at);
	}
	return 0;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct err err = { 0 };
	auto_fd int fd = device_open(w->member->path, O_RDWR, &err);

	if (fd < 0) {
		give_up(w, "%s", err.msg);
		return NULL;
	}
	zero(w, fd);
	if (!others_failed(w) && fsync(fd) < 0)
		give_up(w, "flush %s: %s", w->member->path, strerror(errno));
	if (!others_failed(w)) {
		auto_free char *seed = xasprintf("%s %s", w->shared->seed,
						 w->member->path);

		if (zero_read_back(w->member->path, w->size_bytes, seed, w->shared->stop,
				   &err) < 0)
			give_up(w, "%s", err.msg);
	}
	return NULL;
}

static int prepare(struct worker *w, struct err *err)
{
	auto_fd int fd = device_open(w->member->path, O_RDONLY, err);

	return fd < 0 ? -1 : device_size(fd, w->member->path, &w->size_bytes, err);
}

static void run_all(struct worker *workers, size_t n)
{
	size_t started = 0;

	for (; started < n; started++)
		if (pthread_create(&workers[started].thread, NULL, work,
				   &workers[started]) != 0) {
			give_up(&workers[started], "no thread for it");
			break;
		}
	while (started-- > 0)
		pthread_join(workers[started].thread, NULL);
}

int zero_members(const char *progress, const struct zero_member *members, size_t n,
		 const char *seed, uint64_t limit_s, bool (*stop)(void),
		 struct arena *arena, const char **ret_why, struct err *err)
{
	struct shared shared = { .seed = seed, .limit_s = limit_s, .stop = stop };
	auto_free struct worker *workers = xcalloc(n, sizeof(*workers));
	uint64_t total_bytes = 0;

	for (size_t i = 0; i < n; i++) {
		workers[i].shared = &shared;
		workers[i].member = &members[i];
		if (prepare(&workers[i], err) < 0)
			return -1;
		total_bytes += workers[i].size_bytes;
	}
	progress_begin(progress, total_bytes);
	run_all(workers, n);
	progress_end();
	if (stop())
		return err_set(err, ERR_SYSTEM, 0, "interrupted while zeroing");
	*ret_why = NULL;
	for (size_t i = 0; i < n && !*ret_why; i++)
		if (workers[i].why[0])
			*ret_why = arena_strdup(arena, workers[i].why);
	return 0;
}
