/*
 * A machine that has what it wanted lets its neighbours have it, too, for a while.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <termios.h>

#include "commands.h"
#include "config/value.h"
#include "core/event.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

/* Where somebody may type; what was typed before does not count. */
static int open_key(bool consoles)
{
	int fd = -1;

	if (consoles)
		fd = open("/dev/console", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	else if (isatty(STDIN_FILENO))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		tcflush(fd, TCIFLUSH);
	return fd;
}

void serve_chunks(const struct share *share, const char *duration, bool consoles,
		  bool (*stop)(void))
{
	auto_fd int key = open_key(consoles), listener = -1;
	const struct share_terms terms = { .seconds = value_seconds(duration),
					   .key = key,
					   .stop = stop,
					   .progress = "sent to other machines" };
	auto_free char *chunks = NULL, *bytes = NULL;
	struct share_served served;
	struct err why = { 0 };

	if (!share_is_whole(share)) /* it has been said why */
		return;
	if (share_listen(SHARE_PORT, &listener, &why) < 0) {
		log_warning("serve-chunks: %s", why.msg);
		return;
	}
	EVENT("start", { "step", "serve-chunks" });
	log_info("* serve the image's chunks at port %u for %s%s", SHARE_PORT, duration,
		 key >= 0 ? "; Enter: go on at once" : "");
	served = share_serve(share, listener, &terms);
	log_info("  %" PRIu64 " chunks sent, %s", served.chunks, SIZE_TEXT(served.bytes));
	chunks = xasprintf("%" PRIu64, served.chunks);
	bytes = xasprintf("%" PRIu64, served.bytes);
	EVENT("finish", { "step", "serve-chunks" }, { "chunks", chunks },
	      { "bytes", bytes });
}
