/*
 * Action `save`: what is about to be overwritten, as an undo archive. Nothing is
 * destroyed before it is where it was asked for.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "core/event.h"
#include "core/log.h"
#include "core/url.h"
#include "exec/device.h"
#include "exec/exec.h"
#include "exec/undo.h"
#include "fetch/fetch.h"

#define NOTHING_LOST "nothing has been written to the disks"

static const char *digest_text(const void *bytes, size_t n, struct arena *arena)
{
	struct digest d = digest_of(bytes, n);

	return arena_strdup(arena, DIGEST_TEXT(&d));
}

/* The place's bytes, which the caller frees; *ret_blank: all of them are zero. */
static void *read_range(int disk, const char *path, const struct undo_range *r,
			bool *ret_blank, struct err *err)
{
	auto_free void *bytes = xmalloc(r->size_bytes);

	if (device_read(disk, path, bytes, r->offset_bytes, r->size_bytes, err) < 0)
		return NULL;
	*ret_blank = mem_first_nonzero(bytes, r->size_bytes) == r->size_bytes;
	return take_ptr(bytes);
}

static int save_range(int disk, int out, const char *path, size_t number,
		      struct undo_range *r, struct arena *arena, struct err *err)
{
	bool blank;
	auto_free void *bytes = read_range(disk, path, r, &blank, err);
	int rc;

	if (!bytes)
		return -1;
	r->sha256 = digest_text(bytes, r->size_bytes, arena);
	if (!blank)
		r->file = arena_printf(arena, "disk%zu-%llu", number,
				       (unsigned long long)r->offset_bytes);
	r->bytes = bytes;
	rc = undo_write_range(out, r, err);
	r->bytes = NULL;
	return rc;
}

static int open_disk(const struct undo_disk *d, struct err *err)
{
	int fd = open(d->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_set(err, ERR_SYSTEM, errno, "open %s", d->path) : fd;
}

static int save_disk(struct undo_disk *d, size_t number, int out, struct arena *arena,
		     struct err *err)
{
	auto_fd int disk = open_disk(d, err);
	char sample[UNDO_SAMPLE_BYTES];

	if (disk < 0)
		return -1;
	for (size_t i = 0; i < d->n_ranges; i++)
		if (save_range(disk, out, d->path, number, &d->ranges[i], arena, err) < 0)
			return -1;
	for (size_t i = 0; i < d->n_samples; i++) {
		if (device_read(disk, d->path, sample, d->samples[i].offset_bytes,
				sizeof(sample), err) < 0)
			return -1;
		d->samples[i].sha256 = digest_text(sample, sizeof(sample), arena);
	}
	return 0;
}

static int write_archive(struct undo *u, int out, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < u->n_disks; i++)
		if (save_disk(&u->disks[i], i, out, arena, err) < 0)
			return -1;
	return undo_write_end(out, u, err);
}

static int is_disk_blank(const struct undo_disk *d, bool *ret, struct err *err)
{
	auto_fd int disk = open_disk(d, err);

	if (disk < 0)
		return -1;
	for (size_t i = 0; i < d->n_ranges && *ret; i++) {
		auto_free void *bytes = read_range(disk, d->path, &d->ranges[i], ret,
						   err);

		if (!bytes)
			return -1;
	}
	return 0;
}

/* Then there is nothing that anybody would want back. */
static int are_disks_blank(const struct undo *u, bool *ret, struct err *err)
{
	*ret = true;
	for (size_t i = 0; i < u->n_disks && *ret; i++)
		if (is_disk_blank(&u->disks[i], ret, err) < 0)
			return -1;
	return 0;
}

/* Under its name only once it is whole. */
static int save_to_directory(struct undo *u, const char *dir, const char *name,
			     struct arena *arena, struct err *err)
{
	auto_fd int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_free char *part = xasprintf(".%s.part", name);
	auto_fd int out = -1;

	if (at < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", dir);
	out = openat(at, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		     0600);
	if (out < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s/%s", dir, part);
	if (write_archive(u, out, arena, err) < 0) {
		unlinkat(at, part, 0);
		return -1;
	}
	if (fsync(out) < 0 || renameat(at, part, at, name) < 0 || fsync(at) < 0)
		return err_set(err, ERR_SYSTEM, errno, "write %s/%s", dir, name);
	return 0;
}

static int save_to_server(struct undo *u, const char *url, const char *name,
			  struct arena *arena, struct err *err)
{
	auto_fd int out = memfd_create("undo", MFD_CLOEXEC);
	auto_free char *full = url_below(url, name);

	if (out < 0)
		return err_set(err, ERR_SYSTEM, errno, "memfd_create");
	if (write_archive(u, out, arena, err) < 0)
		return -1;
	return fetch_put(full, out, &(struct fetch_options){ .stop = exec_interrupted },
			 err);
}

static void tell(const char *step, const char *dest, const char *name, bool default_dest)
{
	auto_free char *shown = url_public(dest);
	auto_free char *where = url_below(shown, name);

	log_info("  what is overwritten is in %s", where);
	if (default_dest)
		log_warning("%s is in memory only, and gone with the power; --undo DEST "
			    "keeps it",
			    where);
	EVENT("info", { "step", step }, { "undo", where });
}

int act_save(const struct exec *x, const struct action *a, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	const char *dest = x->options->undo;
	time_t now = time(NULL);
	struct undo undo;
	char stamp[32];
	struct tm tm;
	char *name;
	bool blank;
	int rc;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	undo_make(x->plan, &a->ranges, stamp, &arena, &undo);
	name = arena_printf(&arena, "undo-%s-%s.cpio", undo.host, stamp);
	if (are_disks_blank(&undo, &blank, err) < 0)
		return err_wrap(err, NOTHING_LOST);
	if (blank) {
		log_info(
			"  nothing but zeroes is overwritten: no undo archive is needed");
		return 0;
	}
	if (!dest)
		mkdir(EXEC_UNDO_DEFAULT, 0755);
	if (dest && strstr(dest, "://"))
		rc = save_to_server(&undo, dest, name, &arena, err);
	else
		rc = save_to_directory(&undo, dest ? dest : EXEC_UNDO_DEFAULT, name,
				       &arena, err);
	if (rc < 0)
		return err_wrap(err, NOTHING_LOST);
	tell(a->step, dest ? dest : EXEC_UNDO_DEFAULT, name, !dest);
	return 0;
}
