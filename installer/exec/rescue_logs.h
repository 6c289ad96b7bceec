/*
 * What somebody else needs to understand this machine, as one archive on a server.
 */
#ifndef EXEC_RESCUE_LOGS_H
#define EXEC_RESCUE_LOGS_H

#include "core/text.h"
#include "facts/facts.h"

/*
 * A cpio archive ("newc"): the kernel's messages, facts.json, the boot environment's
 * logs, and what /proc says of arrays, mounts, memory and drivers. No profile, no command
 * line and no message that repeats it: passwords may stand there. root: of /proc and
 * /run, "" for this machine.
 */
void rescue_pack_logs(const char *root, const char *kernel_messages,
		      const struct facts *facts, struct text *archive);

/* HTTP PUT below the URL, as rescue-HOST-TIME.cpio. ERR_SOURCE. */
must_check int rescue_send_logs(const char *url, const struct facts *facts,
				struct err *err);

#endif
