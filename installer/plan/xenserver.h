/*
 * Target xenserver: how far a machine is, told from its disks alone. Pure.
 *
 * XenServer's own installer partitions and names as it likes, so nothing of it carries an
 * identifier of ours. Its root filesystem does carry a label of its form, and the boot
 * code, which it writes last, says that it was finished. Before it is started each disk
 * gets an empty MBR with an identifier that is derived from this profile, all the disks
 * and the number of the attempt: so a later run knows that this profile gave these disks
 * away, how often, and the installer's own kernel can tell which disk is which.
 */
#ifndef PLAN_XENSERVER_H
#define PLAN_XENSERVER_H

#include "plan/refusal.h"

/* Starts of its installer that may end without a XenServer; the next one is refused. */
#define XENSERVER_ATTEMPTS 3

struct xenserver_disk {
	unsigned root; /* the partition with XenServer's root; 0: none, or unfinished */
	const char *mirror; /* UUID of the whole disks' array that it is on; NULL: none */
	unsigned attempt;   /* its table is the mark of this start of the installer */
	bool copied;        /* it has the table that XENSERVER_STORAGE writes */
	bool marked;        /* and the mark of a finished host */
	bool own_member;    /* it has a member of an array of this host */
};

struct xenserver_view { /* what all disks say */
	const struct profile *profile;
	struct layout *layout;
	struct xenserver_disk *disks; /* as many as layout->n_disks */
	size_t primary;               /* n_disks: XenServer is on none of them */
	unsigned attempt;             /* the highest of all disks */
};

/* Names each disk's table (layout->disks[].table_id). ERR_UNSAFE: it is on two disks. */
must_check int xenserver_look(const struct profile *p, const struct facts *facts,
			      struct layout *layout, struct arena *arena,
			      struct xenserver_view *ret, struct err *err);

/*
 * A host with its array, whatever has become of its disks since: it is booted and never
 * taken apart.
 */
bool xenserver_is_finished(const struct xenserver_view *v);

/* "1 of 4 disks is missing"; NULL: every disk is there and the host's. */
const char *xenserver_degraded(const struct xenserver_view *v, struct arena *arena);

/*
 * May everything go that the stage overwrites? Of a disk that is `kept`: what is in its
 * storage partition or outside all. Sets disks[].wiped. ERR_UNSAFE, each finding listed.
 */
must_check int xenserver_check_wipe(const struct xenserver_view *v,
				    enum xenserver_stage stage, struct arena *arena,
				    struct err *err);

/* One mark for each disk. */
const char **xenserver_marks(const struct profile *p, const struct layout *layout,
			     unsigned attempt, struct arena *arena);

#endif
