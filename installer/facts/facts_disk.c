/*
 * What a disk's own bytes tell, read through libblkid and, for the MBR (Wikipedia "Master
 * boot record", offsets as in the Linux kernel's block/partitions/msdos.c), directly.
 *
 * libblkid does not know GPFS, and IBM documents no magic number of its disk descriptors.
 * What is documented is that NSDs of format 2 (since 4.1) lie in a GPT partition of
 * GPFS's own type; that is what counts here. A format 1 NSD without a table is not seen.
 */
#include <blkid/blkid.h>
#include <fcntl.h>

#include "facts/probe.h"

#define MBR_BYTES    512
#define MBR_CODE_END 440 /* then four bytes of disk signature */
#define GPFS_TYPE    "37affc90-ef7d-4e96-91c3-2d7ae055b174" /* UEFI's list of types */
#define BOOT_LABEL   "DOM0STRAP"
#define END_BYTES    (256 * 1024) /* of an area, where signatures stand */
/*
 * Where marks can stand, from either end of a disk: all that probe_area() and md.c ever
 * look at, also from the last of the lost partitions' beginnings (tests/check-reads).
 */
#define MARKS_BEGIN_BYTES (UINT64_C(6) << 20)
#define MARKS_END_BYTES   (UINT64_C(2) << 20)
/* Signatures per area, partitions: a hostile disk must not keep us busy. */
#define PROBE_AT_MOST      64
#define PARTITIONS_AT_MOST 128

static const char *lookup(blkid_probe probe, const char *name, struct arena *arena)
{
	const char *value;
	char *copy;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) != 0)
		return NULL;
	copy = arena_strdup(arena, value);
	str_clean(copy); /* a label is whatever somebody wrote there */
	return copy;
}

static uint64_t lookup_offset(blkid_probe probe, const char *name, uint64_t base)
{
	const char *value;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) != 0)
		return base;
	return base + strtoull(value, NULL, 10);
}

bool area_read(int fd, const struct area *area, uint64_t at, void *ret_bytes, size_t len)
{
	if (at < area->start || at > area->end || area->end - at < len)
		return false;
	return pread(fd, ret_bytes, len, (off_t)at) == (ssize_t)len;
}

void disk_add_signature(struct arena *arena, struct disk *disk,
			const struct signature *signature)
{
	for (size_t i = 0; i < disk->n_signatures; i++) {
		const struct signature *s = &disk->signatures[i];

		if (str_eq(s->type, signature->type) &&
		    s->offset_bytes == signature->offset_bytes &&
		    s->partition == signature->partition)
			return;
	}
	disk->signatures = arena_append(arena, disk->signatures, &disk->n_signatures,
					signature, sizeof(*signature));
}

static void add_found(int fd, blkid_probe probe, const struct area *area,
		      struct arena *arena, struct disk *disk)
{
	struct signature s = { .partition = area->partition };

	s.type = lookup(probe, "TYPE", arena);
	if (s.type) {
		s.offset_bytes = lookup_offset(probe, "SBMAGIC_OFFSET", area->start);
		s.uuid = lookup(probe, "UUID", arena);
		s.label = lookup(probe, "LABEL", arena);
	} else {
		s.type = lookup(probe, "PTTYPE", arena);
		s.offset_bytes = lookup_offset(probe, "PTMAGIC_OFFSET", area->start);
		s.uuid = lookup(probe, "PTUUID", arena);
	}
	/* md.c sees more of these, and which of them are a partition's, in every version.
	 */
	if (str_eq(s.type, "linux_raid_member"))
		return;
	/* libblkid calls "LVM2 001" the magic, 24 bytes into the label. */
	if (str_eq(s.type, "LVM2_member") && s.offset_bytes >= 24)
		s.label = lvm_group_name(fd, area, s.offset_bytes - 24, arena);
	if (s.type)
		disk_add_signature(arena, disk, &s);
}

/*
 * libblkid takes what it cannot read for empty. A disk is only blank if both ends of each
 * area, where signatures stand, have been read; else it is a disk that nobody knows.
 */
static bool is_readable(int fd, const struct area *area, struct arena *arena,
			struct disk *disk)
{
	uint64_t size = area->end - area->start;
	size_t n = size < END_BYTES ? (size_t)size : END_BYTES;
	const uint64_t offsets[] = { area->start, area->end - n };
	auto_free void *bytes = xmalloc(n ? n : 1);

	for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
		ssize_t got = pread(fd, bytes, n, (off_t)offsets[i]);

		if (got == (ssize_t)n)
			continue;
		disk->unreadable = arena_printf(
			arena, "%s, at byte %llu or after",
			got < 0 ? strerror(errno) : "it ends before its size",
			(unsigned long long)offsets[i] + (got > 0 ? (size_t)got : 0));
		return false;
	}
	return true;
}

/* All signatures in an area, not only the strongest: blkid_do_probe() goes on to the
 * next. */
static void probe_area(int fd, const struct area *area, struct arena *arena,
		       struct disk *disk)
{
	blkid_probe probe;

	if (!is_readable(fd, area, arena, disk))
		return;
	probe = blkid_new_probe();
	if (!probe)
		abort();
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(
		probe, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
			       BLKID_SUBLKS_LABEL | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, 1);
	/* FORCE_GPT: the backup at the end counts, with nothing left at the beginning. */
	blkid_probe_set_partitions_flags(probe,
					 BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
	if (blkid_probe_set_device(probe, fd, (blkid_loff_t)area->start,
				   (blkid_loff_t)(area->end - area->start)) == 0) {
		blkid_probe_set_sectorsize(probe, (unsigned)disk->sector_bytes);
		for (int i = 0; i < PROBE_AT_MOST && blkid_do_probe(probe) == 0; i++)
			add_found(fd, probe, area, arena, disk);
	}
	blkid_free_probe(probe);
	md_add_superblocks(fd, area, arena, disk);
}

static void add_partition(blkid_partition from, struct arena *arena, struct disk *disk)
{
	int number = blkid_partition_get_partno(from);
	const char *guid = blkid_partition_get_type_string(from);
	struct partition_fact part = {
		.number = number > 0 ? (uint64_t)number : 0,
		.start_bytes = (uint64_t)blkid_partition_get_start(from) * 512,
		.size_bytes = (uint64_t)blkid_partition_get_size(from) * 512,
	};
	unsigned long long flags = blkid_partition_get_flags(from);

	if (str_eq(disk->table, "dos"))
		part.active = (flags & 0x80) != 0;
	if (str_eq(disk->table, "gpt")) {
		const char *uuid = blkid_partition_get_uuid(from);

		part.active = (flags & 4) != 0; /* UEFI 2.10, table 5.8 */
		part.uuid = uuid ? arena_strdup(arena, uuid) : NULL;
	}
	part.type = guid ? arena_strdup(arena, guid)
			 : arena_printf(arena, "0x%02x",
					(unsigned)blkid_partition_get_type(from));
	disk->partitions = arena_append(arena, disk->partitions, &disk->n_partitions,
					&part, sizeof(part));
}

static void name_table(blkid_parttable table, struct arena *arena, struct disk *disk)
{
	const char *id = blkid_parttable_get_id(table);

	disk->table = arena_strdup(arena, blkid_parttable_get_type(table));
	if (str_eq(disk->table, "gpt") && id)
		disk->table_id = arena_strdup(arena, id);
}

static void read_table(int fd, struct arena *arena, struct disk *disk)
{
	blkid_probe probe = blkid_new_probe();
	blkid_partlist list = NULL;

	if (!probe)
		abort();
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	if (blkid_probe_set_device(probe, fd, 0, 0) == 0) {
		blkid_probe_set_sectorsize(probe, (unsigned)disk->sector_bytes);
		list = blkid_probe_get_partitions(probe);
	}
	if (list) {
		int n = blkid_partlist_numof_partitions(list);
		blkid_parttable table = blkid_partlist_get_table(list);

		if (table)
			name_table(table, arena, disk);
		for (int i = 0; i < n && i < PARTITIONS_AT_MOST; i++)
			add_partition(blkid_partlist_get_partition(list, i), arena, disk);
	}
	blkid_free_probe(probe);
}

static int read_boot_sector(int fd, struct arena *arena, struct disk *disk)
{
	unsigned char mbr[MBR_BYTES];
	ssize_t n = pread(fd, mbr, sizeof(mbr), 0);

	if (n < 0)
		return -1;
	if (n < (ssize_t)sizeof(mbr))
		return 0;
	for (size_t i = 0; i < MBR_CODE_END; i++)
		if (mbr[i])
			disk->boot_code = true;
	if (str_eq(disk->table, "dos")) {
		const unsigned char *id = mbr + MBR_CODE_END;

		disk->table_id = arena_printf(arena, "0x%02x%02x%02x%02x", id[3], id[2],
					      id[1], id[0]);
	}
	disk->boot_loader = facts_boot_loader(mbr);
	return 0;
}

/* Other code in the boot sector starts the active partition's, as a rule. */
static void read_active_partition(int fd, struct disk *disk)
{
	unsigned char sector[MBR_BYTES];

	for (size_t i = 0;
	     !disk->boot_loader && disk->boot_code && i < disk->n_partitions; i++) {
		const struct partition_fact *part = &disk->partitions[i];

		if (part->active && part->start_bytes < disk->size_bytes &&
		    pread(fd, sector, sizeof(sector), (off_t)part->start_bytes) ==
			    (ssize_t)sizeof(sector))
			disk->boot_loader = facts_boot_loader(sector);
	}
}

/*
 * A lost partition table does not make a disk blank: where a first partition usually
 * begins a filesystem may still be whole.
 */
static void probe_lost_partitions(int fd, struct arena *arena, struct disk *disk)
{
	static const uint64_t starts[] = {
		UINT64_C(34) * 512, /* behind a GPT, not aligned: old parted, XenServer */
		UINT64_C(40) * 512, /* the same, aligned to 4 KiB: FreeBSD, macOS */
		UINT64_C(6) * 4096, /* behind a GPT on sectors of 4 KiB */
		UINT64_C(63) * 512, /* DOS's habit */
		UINT64_C(128) * 512, /* VMFS */
		1024 * 1024,         /* everybody, since 2009: sector 2048 */
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		const struct area lost = { .start = starts[i], .end = disk->size_bytes };

		if (lost.end > lost.start)
			probe_area(fd, &lost, arena, disk);
	}
}

static void probe_partition(int fd, const struct partition_fact *part,
			    struct arena *arena, struct disk *disk)
{
	struct area area = { .start = part->start_bytes,
			     .end = disk->size_bytes,
			     .partition = part->number };

	/* A table may be a larger disk's. */
	if (part->start_bytes >= disk->size_bytes)
		return;
	if (part->size_bytes < area.end - area.start)
		area.end = area.start + part->size_bytes;
	if (str_eq(part->type, GPFS_TYPE))
		disk_add_signature(arena, disk,
				   &(struct signature){ .type = "GPFS",
							.offset_bytes = part->start_bytes,
							.partition = part->number,
							.uuid = part->uuid });
	if (area.end > area.start) /* size 0 would mean all that follows to libblkid */
		probe_area(fd, &area, arena, disk);
}

/* A volume's label: an array or a group may be called anything. */
static bool is_boot_medium(const struct disk *disk)
{
	for (size_t i = 0; i < disk->n_signatures; i++)
		if (str_eq(disk->signatures[i].label, BOOT_LABEL) &&
		    !str_ends(disk->signatures[i].type, "_member"))
			return true;
	return false;
}

/* Asked and let go at once: meanwhile nobody else could assemble an array on it. */
static bool is_held(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_EXCL);

	return fd < 0 && errno == EBUSY;
}

static bool is_zero(int fd, uint64_t from, uint64_t to)
{
	const size_t step = 1 << 20;
	auto_free void *bytes = xmalloc(step);

	for (uint64_t at = from; at < to;) {
		size_t n = to - at < step ? (size_t)(to - at) : step;

		if (pread(fd, bytes, n, (off_t)at) != (ssize_t)n ||
		    mem_first_nonzero(bytes, n) < n)
			return false;
		at += n;
	}
	return true;
}

/* Then there is nothing to look for, which takes libblkid a thousand system calls. */
static bool is_blank(int fd, const struct disk *disk)
{
	uint64_t size = disk->size_bytes;

	if (size <= MARKS_BEGIN_BYTES + MARKS_END_BYTES)
		return is_zero(fd, 0, size);
	return is_zero(fd, 0, MARKS_BEGIN_BYTES) &&
	       is_zero(fd, size - MARKS_END_BYTES, size);
}

void facts_probe_contents(const char *root, struct arena *arena, struct disk *disk)
{
	auto_free char *path = xasprintf("%s%s", root, disk->path);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct area whole = { .end = disk->size_bytes };

	if (!disk->in_use && is_held(path))
		disk->in_use = "held by the kernel";
	if (fd < 0) {
		disk->unreadable = arena_strdup(arena, strerror(errno));
		return;
	}
	if (is_blank(fd, disk))
		return;
	read_table(fd, arena, disk);
	if (read_boot_sector(fd, arena, disk) < 0) {
		disk->unreadable = arena_strdup(arena, strerror(errno));
		return;
	}
	read_active_partition(fd, disk);
	probe_area(fd, &whole, arena, disk);
	if (disk->n_signatures == 0)
		probe_lost_partitions(fd, arena, disk);
	for (size_t i = 0; i < disk->n_partitions; i++)
		probe_partition(fd, &disk->partitions[i], arena, disk);
	disk->boot_medium = is_boot_medium(disk);
}
