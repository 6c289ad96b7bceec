/*
 * The signed lists that the installed host has seen, from a file in its root: what a
 * machine that boots from the network remembers in no other place.
 *
 * Disks are looked at without a write (exec/host.h), and only when identifiers of this
 * very host are on them. What stands in file systems of others is not read.
 */
#ifndef EXEC_SEEN_ON_DISK_H
#define EXEC_SEEN_ON_DISK_H

#include "config/profile.h"
#include "core/err.h"
#include "facts/facts.h"
#include "fetch/seen.h"

/* Adds to *seen. Blank disks have seen nothing. */
must_check int seen_on_disk(const struct profile *profile, const struct facts *facts,
			    struct arena *arena, struct seen *seen, struct err *err);

#endif
