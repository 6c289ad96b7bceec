/*
 * Action `extract`: the image onto the host's filesystems.
 */
#include <fcntl.h>
#include <inttypes.h>

#include "core/event.h"
#include "core/log.h"
#include "exec/exec.h"
#include "image/image.h"

int act_extract(const struct action *a, struct err *err)
{
	auto_fd int dir = open(TARGET_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct image_stats stats = { 0 };
	struct digest expected;
	struct image_source source = {
		.url = a->extract.url,
		.sha256 = &expected,
		.progress = "image",
	};
	auto_free char *files = NULL, *bytes = NULL;

	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno, "open " TARGET_DIR);
	if (!digest_parse(a->extract.sha256, &expected))
		return err_set(err, ERR_CONFIG, 0, "image.sha256 is not a SHA-256");
	if (image_extract(&source, dir, TARGET_DIR, &stats, err) < 0 ||
	    image_sync(dir, TARGET_DIR, "writing to disk", err) < 0)
		return -1;
	files = xasprintf("%" PRIu64, stats.files);
	bytes = xasprintf("%" PRIu64, stats.content_bytes);
	EVENT("info", { "step", a->step }, { "files", files },
	      { "content-bytes", bytes });
	log_info("  %s files, %s, sha256 as expected", files,
		 SIZE_TEXT(stats.content_bytes));
	return 0;
}
