/*
 * Action `extract`: the image onto the host's filesystems.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/statvfs.h>

#include "core/event.h"
#include "core/log.h"
#include "core/url.h"
#include "exec/exec.h"
#include "exec/target.h"

/* Of the filesystems that the image is unpacked onto, the one that is full, or fullest.
 */
static const struct layout_filesystem *find_full(const struct layout *l,
						 uint64_t *ret_bytes, bool *ret_inodes)
{
	const struct layout_filesystem *full = NULL;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < l->n_filesystems; i++) {
		const char *mount = l->filesystems[i].filesystem->mount;
		auto_free char *path = xasprintf(TARGET_DIR "%s", mount ? mount : "");
		bool inodes;
		struct statvfs fs;
		uint64_t left;

		if (!mount || statvfs(path, &fs) < 0)
			continue;
		inodes = fs.f_files && !fs.f_ffree;
		left = inodes ? 0 : fs.f_bavail * fs.f_frsize;
		if (full && left >= least)
			continue;
		least = left;
		full = &l->filesystems[i];
		*ret_bytes = fs.f_blocks * fs.f_frsize;
		*ret_inodes = inodes;
	}
	return full;
}

/* The profile's partitions are too small for that image: what to say is both. */
static int fail_full(const struct exec *x, const struct action *a, struct err *err)
{
	auto_free char *url = url_public(a->extract.url);
	const struct layout_filesystem *full;
	bool inodes = false;
	uint64_t bytes = 0;

	full = find_full(&x->plan->layout, &bytes, &inodes);
	if (!full)
		return -1;
	log_info("  %s", err->msg);
	*err = (struct err){ 0 };
	return err_set(err, ERR_SOURCE, ENOSPC,
		       "image %s does not fit: %s (%s) has %s%s; give it more in the "
		       "profile",
		       url, full->filesystem->mount, full->filesystem->on,
		       SIZE_TEXT(bytes), inodes ? ", and no inode left" : "");
}

/* What the labels came to. Without them the host has to see to it, and be told so. */
static int finish_labels(const struct action *a, const struct image_stats *stats,
			 struct err *err)
{
	if (stats->labelled)
		log_info("  %" PRIu64 " files labelled", stats->labelled);
	if (!stats->unlabelled.code)
		return 0;
	log_warning("labels: %s; the host will relabel itself at its first start",
		    stats->unlabelled.msg);
	EVENT("info", { "step", a->step }, { "message", stats->unlabelled.msg });
	return target_write("/.autorelabel", 0644, "", err);
}

/* Twice what the filesystems hold: no image is more. */
static uint64_t max_bytes(const struct layout *l)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->n_filesystems; i++) {
		const char *mount = l->filesystems[i].filesystem->mount;
		auto_free char *path = xasprintf(TARGET_DIR "%s", mount ? mount : "");
		struct statvfs fs;

		if (mount && statvfs(path, &fs) == 0)
			sum += fs.f_blocks * fs.f_frsize;
	}
	return 2 * sum;
}

int act_extract(const struct exec *x, const struct action *a, struct err *err)
{
	auto_fd int dir = open(TARGET_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct image_stats stats = { 0 };
	struct digest expected, chunks = { 0 };
	const struct chunk_source in_chunks = {
		.list = a->extract.chunks,
		.sha256 = a->extract.chunks_sha256 ? &chunks : NULL,
		.peers = a->extract.peers,
		.n_peers = a->extract.n_peers,
		.share = x->options->share,
	};
	struct image_source source = {
		.url = a->extract.url,
		.sha256 = &expected,
		.chunks = a->extract.chunks ? &in_chunks : NULL,
		.fetch = { .stop = exec_interrupted },
		.progress = "image",
		.max_bytes = max_bytes(&x->plan->layout),
		.labels = a->extract.labels,
		.policy = a->extract.policy,
	};
	auto_free char *files = NULL, *bytes = NULL;

	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno, "open " TARGET_DIR);
	if (!digest_parse(a->extract.sha256, &expected) ||
	    (a->extract.chunks_sha256 &&
	     !digest_parse(a->extract.chunks_sha256, &chunks)))
		return err_set(err, ERR_CONFIG, 0, "image.sha256 is not a SHA-256");
	if (image_extract(&source, dir, TARGET_DIR, &stats, err) < 0) {
		if (exec_interrupted())
			err->code = ERR_SYSTEM;
		else if (err->sys_errno == ENOSPC || err->sys_errno == EDQUOT)
			return fail_full(x, a, err);
		return -1;
	}
	if (finish_labels(a, &stats, err) < 0)
		return -1;
	if (image_sync(dir, TARGET_DIR, "writing to disk", err) < 0)
		return -1;
	files = xasprintf("%" PRIu64, stats.files);
	bytes = xasprintf("%" PRIu64, stats.content_bytes);
	EVENT("info", { "step", a->step }, { "files", files },
	      { "content-bytes", bytes });
	log_info("  %s files, %s, sha256 as expected", files,
		 SIZE_TEXT(stats.content_bytes));
	return 0;
}
