/*
 * Installed systems on this machine's disks, looked at without a write.
 *
 * Arrays are assembled read-only, volume groups activated, every filesystem is mounted
 * read-only without replaying its journal, and its device is set read-only as long, so
 * that not even a driver that means well can write. host_release() takes all back.
 */
#ifndef EXEC_HOST_H
#define EXEC_HOST_H

#include <stdbool.h>

#include "bootcfg/entry.h"
#include "core/err.h"

#define HOST_DIR "/run/dom0strap/hosts" /* below it they are mounted */

struct host_fs {
	const char *device; /* "/dev/md0"; NULL: a folder that was named */
	const char *mapper; /* a volume's: "/dev/mapper/vg-root"; else NULL */
	const char *type, *uuid, *label;
	const char *dir;           /* where its root is */
	const unsigned *partition; /* numbers of it or of its array's members */
	size_t n_partitions;
	bool was_read_only; /* the device, before us */
};

struct host { /* all that was found, and what is to be taken back */
	struct host_fs *fs;
	size_t n;
	const char **arrays; /* "/dev/md127": those that were not there before */
	size_t n_arrays;
	const char **physical; /* volumes of groups: "/dev/md1", "/dev/sdb2" */
	size_t n_physical;
	const char **passed_over; /* "/dev/sdb1: …": what could not be looked at, why */
	size_t n_passed_over;
};

/* Arrays and volumes alone, without a look at filesystems. */
void host_take(struct arena *arena, struct host *ret);

/* What cannot be assembled or mounted is left out, with the reason. */
void host_find(struct arena *arena, struct host *ret);

/* One folder instead: a mounted tree, with its /boot, or a few configuration files. */
must_check int host_find_in(const char *dir, struct arena *arena, struct host *ret,
			    struct err *err);

/* -1 when something stayed, and what; what could be taken back is. */
must_check int host_unmount(struct host *host, struct err *err);
must_check int host_stop(struct host *host, struct err *err);    /* volumes, arrays */
must_check int host_release(struct host *host, struct err *err); /* both */

/* Of mount(2), with which a journal of that type of filesystem is left alone; NULL: not a
 * type that is mounted. */
const char *host_mount_options(const char *type);

/* The driver of that type of filesystem. An unclean ext3 of another driver's: ext4's is
 * the one that knows noload for all. */
const char *host_mount_type(const char *type);

/* The devices directly below, as the kernel counts: "/dev/sda1", "/dev/sdb1". */
const char **host_list_slaves(const char *device, struct arena *arena, size_t *ret_n);

/* Is it that device, or an array or a volume on it, by whatever way? */
bool host_stands_on(const char *device, const char *below);

/* Let what is below a device be written: arrays were assembled read-only. */
must_check int host_let_write(const struct host *host, const char *device,
			      struct err *err);

/* host_files.c: how a menu on filesystem `self` gets at files. Links stay inside their
 * filesystem. */
struct host_view {
	const struct host *host;
	size_t self;
	bool from_zero; /* "hd0,0" is the first partition: GRUB legacy */
};
struct boot_files host_files(struct host_view *view);

/* The filesystem that a word of struct boot_image, or a kernel's root=, means; NULL: none
 * that is here. */
const struct host_fs *host_resolve(const struct host_view *view, const char *root);

/* The root of the system that an entry boots; NULL: not here, or one of several. */
const struct host_fs *host_find_root(const struct host_view *view,
				     const struct boot_entry *e);

/* A descriptor of a file (RESOLVE_IN_ROOT), or -1 with errno. */
int host_open(const struct host_fs *fs, const char *path, int flags);

#endif
