/*
 * The rescue mode's hold on a machine's disks, taken and given back by an operator one
 * command at a time. Nothing is remembered in between: what is in use is what the kernel
 * says.
 *
 * Read-only first: arrays are assembled read-only, volumes and partitions set so,
 * journals not replayed. Not a byte of a disk changes unless `write` was said.
 */
#ifndef EXEC_RESCUE_H
#define EXEC_RESCUE_H

#include <stdbool.h>

#include "core/err.h"

/* ERR_UNSAFE outside the boot environment: only there nobody else uses the disks. */
must_check int rescue_check_place(struct err *err);

/* All arrays and volumes. write: also those that are there already, read-only. */
must_check int rescue_assemble(bool write, struct err *err);

/*
 * The installed system at TARGET_DIR, with what its fstab mounts from this machine's
 * disks; in the place of one that is mounted there. which: a device, UUID or label of its
 * root, NULL where there is but one. ERR_CONFIG when it is not clear which.
 */
must_check int rescue_mount(const char *which, bool write, struct err *err);

/* Run a command of the system at TARGET_DIR in it, or its root's shell (argv[0] NULL).
 * What is mounted for it is gone afterwards, whatever happens. */
must_check int rescue_chroot(char **argv, struct err *err);

/* Unmount all of that, deactivate every volume, stop every array. ERR_SYSTEM, ERR_TOOL
 * where something is still used. */
must_check int rescue_release(struct err *err);

#endif
