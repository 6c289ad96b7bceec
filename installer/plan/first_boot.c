#include "plan/first_boot.h"

#define UNIT    "dom0strap-first-boot"
#define SYSTEMD "/bin/systemctl" /* where it is, on every host that has it */

/*
 * That a script has been started is on the disk before it is: after a power cut in the
 * middle of it, it is not started again. A status that cannot be noted is lost, no more.
 */
static const char program[] =
	"#!/bin/sh\n"
	"# Written by dom0strap: starts each of the scripts once in the life of this "
	"host.\n"
	"set -u\n"
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
	"export PATH\n"
	"scripts=" FIRST_BOOT_SCRIPTS "\n"
	"notes=/var/lib/dom0strap/first-boot\n"
	"log=/var/log/dom0strap-first-boot.log\n"
	"\n"
	"start() { # SCRIPT NAME\n"
	"\techo \"$2: started at $(date)\"\n"
	"\tstatus=0\n"
	"\t\"$1\" </dev/null || status=$?\n"
	"\techo \"exit $status\" >\"$notes/$2\"\n"
	"\techo \"$2: exit $status\"\n"
	"}\n"
	"\n"
	"mkdir -p \"$notes\" || exit 1\n"
	"cd / || exit 1\n"
	"for script in \"$scripts\"/*; do\n"
	"\tname=${script##*/[0-9][0-9]-}\n"
	"\tif [ ! -x \"$script\" ] || [ -e \"$notes/$name\" ]; then continue; fi\n"
	"\techo started >\"$notes/$name\" || exit 1\n"
	"\tsync\n"
	"\t(umask 077 && : >>\"$log\")\n"
	"\tstart \"$script\" \"$name\" 2>&1 | tee -a \"$log\"\n"
	"done\n";

/*
 * systemd.unit(5): behind multi-user.target, which wants it; so nothing waits for it.
 * systemd.kill(5): what a script leaves running outlives it, like the process by which
 * `xl create` sees a guest end.
 */
static const char unit[] = "# Written by dom0strap\n"
			   "[Unit]\n"
			   "Description=First boot after the install\n"
			   "Wants=network-online.target\n"
			   "After=network-online.target multi-user.target\n"
			   "\n"
			   "[Service]\n"
			   "Type=oneshot\n"
			   "KillMode=process\n"
			   "ExecStart=" FIRST_BOOT_PROGRAM "\n"
			   "\n"
			   "[Install]\n"
			   "WantedBy=multi-user.target\n";

static struct action put(const char *path, unsigned mode, const char *text)
{
	return (struct action){ .kind = ACT_PUT,
				.file = { .path = path,
					  .mode = mode,
					  .owner = "root:root",
					  .text = text,
					  .len = strlen(text) } };
}

void plan_add_first_boot(struct plan *plan)
{
	static const char *const rc_local[] = { TARGET_DIR "/etc/rc.local", NULL };
	struct action a = put(TARGET_DIR FIRST_BOOT_PROGRAM, 0755, program);

	plan_add(plan, a);
	a = put(TARGET_DIR "/etc/systemd/system/" UNIT ".service", 0644, unit);
	a.file.only_if = SYSTEMD;
	plan_add(plan, a);
	plan_add(plan, (struct action){ .kind = ACT_SERVICE,
					.service = { .name = UNIT,
						     .only_if = SYSTEMD,
						     .needed = true } });
	/* Debian's ends with `exit 0`. */
	plan_add(plan, (struct action){ .kind = ACT_EDIT,
					.file = { .path = TARGET_DIR "/etc/rc.d/rc.local",
						  .others = rc_local,
						  .unless = SYSTEMD,
						  .edit = EDIT_LINE,
						  .key = FIRST_BOOT_PROGRAM,
						  .value = FIRST_BOOT_PROGRAM,
						  .before = "exit" } });
}
