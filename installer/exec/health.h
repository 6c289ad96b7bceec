/*
 * Which disk has failed? An array hides it, a filesystem says "Input/output error": the
 * kernel knows more, in sysfs and in its log.
 */
#ifndef EXEC_HEALTH_H
#define EXEC_HEALTH_H

#include "plan/plan.h"

struct health {
	const char *root; /* of /sys and /dev/kmsg: "" for this machine */
	int kmsg;         /* the kernel's log from now on; -1: none */
};

struct health health_begin(const char *root);
void health_end(struct health *h);
#define auto_health __attribute__((cleanup(health_end)))

/*
 * -1, ERR_HARDWARE: a disk of the plan is gone, or an array has lost a member. Arrays
 * that do not run (yet) say nothing; a complete host that runs degraded is left alone.
 */
must_check int health_check(const struct health *h, const struct plan *plan,
			    struct err *err);

/* After a failure: if a disk is behind it, that is put in front, and ERR_HARDWARE. */
void health_explain(const struct health *h, const struct plan *plan, struct err *err);

/* The disk that carries this member ("/dev/sda1", "/dev/sda"), or NULL. */
const struct layout_disk *health_find_disk(const struct layout *layout,
					   const char *member);

#endif
