/*
 * The clock of a boot environment. A battery that died starts a machine in another
 * century, and Kerberos (and TLS against a certificate authority) needs the right one.
 */
#include <stdlib.h>
#include <time.h>

#include "commands.h"
#include "core/log.h"

#define EARLIEST    INT64_C(1735689600) /* 2025: no boot server of ours is older */
#define LATEST      INT64_C(4102444800) /* 2100 */
#define SECONDS_OFF 60                  /* less is left to the host */

bool clock_is_off(int64_t now, int64_t date)
{
	return date >= EARLIEST && date < LATEST && llabs(now - date) > SECONDS_OFF;
}

void clock_settle(const struct options *o, int64_t date)
{
	struct timespec now = { .tv_sec = (time_t)date };
	int64_t off = date - time(NULL);

	if (!o->consoles || !clock_is_off(time(NULL), date))
		return;
	if (clock_settime(CLOCK_REALTIME, &now) < 0)
		log_warning("the clock cannot be set: %s", strerror(errno));
	else
		log_info("clock set from the server with the pinned key (%+lld s)",
			 (long long)off);
}
