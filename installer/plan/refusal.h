/*
 * What a profile's `wipe` lets go, and the refusal where it does not cover what is there:
 * each finding with disk, serial number and byte, and what to write into the profile so
 * that it may go. Pure.
 */
#ifndef PLAN_REFUSAL_H
#define PLAN_REFUSAL_H

#include "plan/layout.h"

struct foreign_disk {
	const struct disk *disk;
	const struct signature **strangers; /* what this profile did not put there */
	size_t n_strangers;
	bool refused; /* they are in the way; false: `wipe` lets them go */
	bool all_own; /* everything there comes from earlier installs of this host */
};

void refusal_add(struct foreign_disk *to, const struct signature *stranger,
		 struct arena *arena);

enum wipe_policy refusal_policy(const struct profile *p);
bool refusal_is_listed(const struct profile *p, const struct disk *disk);

/* ERR_UNSAFE, always -1. `disks` are all that the profile selects. */
int refuse_foreign(const struct profile *p, const struct foreign_disk *disks, size_t n,
		   struct err *err);

/* "\n  /dev/sda (serial A), byte 4096: …" for each of those refused. */
void refusal_print_findings(const struct foreign_disk *disks, size_t n, struct text *out);

#endif
