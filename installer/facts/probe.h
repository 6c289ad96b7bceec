/*
 * What the files of this folder ask of each other. All of it only reads, and answers with
 * NULL or nothing where a disk or sysfs does not tell.
 */
#ifndef FACTS_PROBE_H
#define FACTS_PROBE_H

#include "facts/facts.h"

struct area {                /* a whole disk, a partition, or where one may have been */
	uint64_t start, end; /* bytes from the disk's beginning */
	uint64_t partition;  /* its number, or 0 */
};

/*
 * by_path.c: udev's name for the place of /sys/block/NAME, after the rules of its
 * built-in path_id (systemd, src/udev/udev-builtin-path_id.c). Of the two names that
 * newer versions give to the first disk of an ATA port it is the older, "ata-1"; the
 * second disk there is "ata-1.1", and behind a port multiplier "ata-1.2.0".
 */
const char *facts_by_path(const char *root, const char *name, struct arena *arena);

/*
 * lvm.c: the name of the group that the physical volume whose label stands at `label_at`
 * belongs to, out of its own metadata. Its layout: "Logical Volume Manager (LVM) format"
 * of the libvslvm project; the manual pages lvm(8) and pvck(8) name the same parts.
 */
const char *lvm_group_name(int fd, const struct area *area, uint64_t label_at,
			   struct arena *arena);

/*
 * md.c: superblocks of Linux software RAID at each of the four places where one can stand
 * (the kernel's Documentation/admin-guide/md.rst and include/uapi/linux/raid/md_p.h).
 * libblkid stops at the first, and an older array of another host is as much somebody's;
 * so its word on md is not taken at all. Checksums do not matter: a damaged member is
 * one.
 */
void md_add_superblocks(int fd, const struct area *area, struct arena *arena,
			struct disk *disk);

/* facts_disk.c: unless the same type stands at the same place already. */
void disk_add_signature(struct arena *arena, struct disk *disk,
			const struct signature *signature);

/* All of `len` bytes at `at`, and all of them inside the area. */
bool area_read(int fd, const struct area *area, uint64_t at, void *ret_bytes, size_t len);

#endif
