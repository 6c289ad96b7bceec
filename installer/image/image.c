#include "image/image.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/url.h"
#include "image/dirs.h"
#include "image/extract.h"
#include "image/intake.h"
#include "image/labels.h"
#include "image/later.h"
#include "image/reader.h"
#include "image/writer.h"

#define WRITERS_MIN 2
#define WRITERS_MAX 4
/* More than the reader can be ahead of the writers, or a target that is merely too small
 * would not be what is told. */
#define AHEAD_BYTES (UINT64_C(64) << 20)

int extraction_fail(struct extraction *x, int sys_errno, const char *doing,
		    const char *dir, const char *name)
{
	const char *slash = *dir ? "/" : "";
	uint64_t bytes = atomic_load(&x->content_bytes);
	struct statvfs fs;

	switch (sys_errno) {
	case ENOSPC:
	case EDQUOT:
		if (fstatvfs(x->root, &fs) == 0 && fs.f_files && fs.f_ffree == 0)
			return failure_set(&x->failure, ERR_HARDWARE, sys_errno,
					   "the image does not fit into %s: it has no "
					   "inodes left after %s of content (at %s%s%s)",
					   x->target, SIZE_TEXT(bytes), dir, slash, name);
		return failure_set(&x->failure, ERR_HARDWARE, sys_errno,
				   "the image does not fit into %s: full after %s (%llu "
				   "bytes) of content (at %s%s%s)",
				   x->target, SIZE_TEXT(bytes), (unsigned long long)bytes,
				   dir, slash, name);
	case ENAMETOOLONG:
	case EFBIG:
		return failure_set(&x->failure, ERR_SOURCE, sys_errno,
				   "the file system of %s cannot hold \"%s%s%s\" of the "
				   "image",
				   x->target, dir, slash, name);
	default:
		return failure_set(&x->failure, ERR_SYSTEM, sys_errno, "%s %s/%s%s%s",
				   doing, x->target, dir, slash, name);
	}
}

int extraction_too_much(struct failure *failure, uint64_t max_bytes)
{
	return failure_set(failure, ERR_SOURCE, 0,
			   "the image goes on beyond %s, which is more than twice what "
			   "its file systems hold: given up",
			   SIZE_TEXT(max_bytes));
}

/* Files that replace each other never fill a disk, nor does what decompresses to nothing.
 */
static uint64_t choose_max_bytes(const struct image_source *source, int dirfd)
{
	struct statvfs fs;

	if (source->max_bytes)
		return source->max_bytes + AHEAD_BYTES;
	if (fstatvfs(dirfd, &fs) < 0 || fs.f_blocks == 0)
		return UINT64_MAX;
	return 2 * fs.f_blocks * fs.f_frsize + AHEAD_BYTES;
}

static unsigned choose_writers(unsigned asked)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (asked)
		return asked < WRITERS_MAX * 4 ? asked : WRITERS_MAX * 4;
	if (cpus < WRITERS_MIN)
		return WRITERS_MIN;
	return cpus > WRITERS_MAX ? WRITERS_MAX : (unsigned)cpus;
}

/* A digest that is wrong explains all other damage. */
static int check_digest(const struct image_source *source, struct intake *in,
			const struct err *damage, struct digest *ret, struct err *err)
{
	if (intake_finish(in, ret) < 0)
		return -1;
	if (source->sha256 && memcmp(source->sha256, ret, sizeof(*ret)) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "its SHA-256 is\n  %s, expected\n  %s\n  (%llu bytes "
			       "read%s%s)",
			       DIGEST_TEXT(ret), DIGEST_TEXT(source->sha256),
			       (unsigned long long)intake_taken_bytes(in),
			       damage->code ? "; besides, it " : "", damage->msg);
	if (damage->code)
		*err = *damage;
	return damage->code ? -1 : 0;
}

static int run(struct extraction *x, const struct image_source *source, struct intake *in,
	       struct digest *ret_digest)
{
	struct err damage = { 0 }, err = { 0 };
	auto_free char *url = url_public(source->url);

	if (reader_run(x, in, source->progress != NULL, &damage) < 0 && !damage.code)
		return -1; /* in x->failure */
	if (damage.code && !source->sha256)
		err = damage;
	else if (check_digest(source, in, &damage, ret_digest, &err) == 0)
		return labels_finish(x) < 0 ? -1 : later_settle(x);
	if (!err.code)
		return -1;
	err_wrap(&err, "image %s", url);
	return failure_note(&x->failure, &err);
}

/* Between start and end of the writers. */
static int with_writers(struct extraction *x, const struct image_source *source,
			struct intake *in, struct digest *ret_digest)
{
	unsigned n = choose_writers(source->writers), started = 0;
	auto_free struct writer *writers = xcalloc(n, sizeof(*writers));
	int rc = 0;

	x->spool = spool_new(n, &x->failure);
	for (; started < n && rc == 0; started += rc == 0) {
		writers[started].x = x;
		writers[started].number = started;
		rc = pthread_create(&writers[started].thread, NULL, writer_run,
				    &writers[started]);
	}
	if (rc == 0)
		run(x, source, in, ret_digest);
	else
		failure_set(&x->failure, ERR_SYSTEM, rc, "start a thread");
	spool_end(x->spool);
	while (started-- > 0)
		pthread_join(writers[started].thread, NULL);
	spool_free(x->spool);
	return failure_is_set(&x->failure) ? -1 : 0;
}

static void fill_stats(struct image_stats *st, struct extraction *x,
		       const struct intake *in, const struct digest *digest)
{
	*st = (struct image_stats){ .source_bytes = intake_taken_bytes(in),
				    .content_bytes = atomic_load(&x->content_bytes),
				    .files = atomic_load(&x->files),
				    .entries = x->entries,
				    .sha256 = *digest };
	labels_stats(x->labels, st);
}

int image_extract(const struct image_source *source, int dirfd, const char *target,
		  struct image_stats *ret, struct err *err)
{
	struct extraction x = { .root = dirfd,
				.target = target,
				.uid = geteuid(),
				.gid = getegid(),
				.failure = FAILURE_INIT,
				.max_bytes = choose_max_bytes(source, dirfd) };
	struct digest digest = { 0 };
	struct intake *in;
	mode_t mask;
	int rc;

	x.dirs = dirs_new(dirfd);
	if (intake_start(source, x.max_bytes, &x.failure, &in, err) < 0) {
		dirs_free(x.dirs);
		return -1;
	}
	x.names = names_new();
	x.later = later_new();
	x.labels = labels_new(source);
	if (source->progress)
		progress_begin(source->progress, intake_total_bytes(in));
	mask = umask(0);
	rc = with_writers(&x, source, in, &digest);
	umask(mask);
	if (source->progress)
		progress_end();
	if (ret)
		fill_stats(ret, &x, in, &digest);
	intake_free(in);
	dirs_free(x.dirs);
	later_free(x.later);
	labels_free(x.labels);
	names_free(x.names);
	if (rc < 0)
		*err = x.failure.err;
	return rc;
}
