/*
 * What the rescue mode shows of a machine: its disks' arrays and volumes, in use or not,
 * and what is mounted. Only looked at, nothing is taken into use.
 */
#ifndef EXEC_RESCUE_STATE_H
#define EXEC_RESCUE_STATE_H

#include "facts/facts.h"

struct rescue_array { /* one that runs: /sys/block/NAME/md (Documentation/admin-guide/md)
		       */
	const char *name;  /* "md127" */
	const char *level; /* "raid1" */
	const char *state; /* array_state: "clean", "readonly", "inactive" */
	const char *sync;  /* sync_action where it is not idle, else NULL */
	uint64_t disks, degraded;
	const char **members; /* "/dev/sda1" */
	size_t n_members;
};

struct rescue_mounted {
	const char *device, *where;
	bool read_only;
};

struct rescue_state {
	const char *host;    /* "dom0strap" where it has no name yet */
	const char *address; /* NULL: none */
	struct rescue_array *arrays;
	size_t n_arrays;
	const char **volumes; /* "/dev/mapper/vg-root" */
	size_t n_volumes;
	struct rescue_mounted *mounted; /* of block devices */
	size_t n_mounted;
};

/* root: where sys/, proc/ and run/ are, "" for this machine. All in the arena. */
void rescue_look(const char *root, struct arena *arena, struct rescue_state *ret);

/* Pure. A few lines for people; facts: for what is on the disks and does not run. */
void rescue_print(const struct rescue_state *state, const struct facts *facts,
		  struct text *out);

/* Pure. For the prompt: "xen01 md126 1/2, md127 ro". */
void rescue_prompt(const struct rescue_state *state, struct text *out);

#endif
