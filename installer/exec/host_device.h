/*
 * Single block devices of this machine, as the search for installed systems sees them.
 * Names are those of /sys/class/block ("sda1", "md127"), paths those in /dev.
 */
#ifndef EXEC_HOST_DEVICE_H
#define EXEC_HOST_DEVICE_H

#include "exec/host.h"

/* The names in a folder but those that begin with a dot, numbers in them in their order
 * (strverscmp(3): sda2 before sda10). None where there is no folder. */
const char **host_list_names(const char *dir, struct arena *arena, size_t *ret_n);

/* All that can carry a host, in that order. */
const char **host_list_devices(struct arena *arena, size_t *ret_n);

/* The name of an array, not of a partition of one? */
bool host_device_is_array(const char *name);

/* Is it part of an array, or of a volume that is active? */
bool host_device_is_held(const char *name);

/* Fill in type, uuid and label of the filesystem on fs->device; false: there is none. */
bool host_device_probe(struct host_fs *fs, struct arena *arena);

bool host_device_is_volume_member(const char *name, struct arena *arena);

/* "/dev/mapper/vg-root", or NULL where it is no volume. */
const char *host_device_mapper(const char *name, struct arena *arena);

/* Mounted, or claimed by anybody else: on a running system that is its own disk. */
bool host_device_is_in_use(const char *path);

/*
 * The kernel lets nobody write to it. Never set it on an array: a read-only one would be
 * started by setting it back. A failure is warned of.
 */
void host_device_set_read_only(const char *path, int on);
bool host_device_is_read_only(const char *path);

#endif
