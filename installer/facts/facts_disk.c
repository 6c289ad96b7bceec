/*
 * What a disk's own bytes tell, read through libblkid and, for the MBR (Wikipedia "Master
 * boot record", offsets as in the Linux kernel's block/partitions/msdos.c), directly.
 */
#include <blkid/blkid.h>
#include <fcntl.h>

#include "facts/facts.h"

#define MBR_BYTES     512
#define MBR_CODE_END  440 /* then four bytes of disk signature */
#define PROBE_AT_MOST 64  /* signatures per area: a hostile disk must not keep us busy */

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

static void add_signature(blkid_probe probe, struct arena *arena, struct disk *disk,
			  const struct partition_fact *part)
{
	uint64_t base = part ? part->start_bytes : 0;
	struct signature s = { .partition = part ? part->number : 0 };

	s.type = lookup(probe, "TYPE", arena);
	if (s.type) {
		s.offset_bytes = lookup_offset(probe, "SBMAGIC_OFFSET", base);
		s.uuid = lookup(probe, "UUID", arena);
		s.label = lookup(probe, "LABEL", arena);
	} else {
		s.type = lookup(probe, "PTTYPE", arena);
		s.offset_bytes = lookup_offset(probe, "PTMAGIC_OFFSET", base);
		s.uuid = lookup(probe, "PTUUID", arena);
	}
	if (s.type)
		disk->signatures = arena_append(arena, disk->signatures,
						&disk->n_signatures, &s, sizeof(s));
}

/* All signatures in an area, not only the strongest: blkid_do_probe() goes on to the
 * next. */
static void probe_area(int fd, struct arena *arena, struct disk *disk,
		       const struct partition_fact *part)
{
	blkid_probe probe = blkid_new_probe();

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
	if (blkid_probe_set_device(probe, fd, part ? (blkid_loff_t)part->start_bytes : 0,
				   part ? (blkid_loff_t)part->size_bytes : 0) == 0) {
		blkid_probe_set_sectorsize(probe, (unsigned)disk->sector_bytes);
		for (int i = 0; i < PROBE_AT_MOST && blkid_do_probe(probe) == 0; i++)
			add_signature(probe, arena, disk, part);
	}
	blkid_free_probe(probe);
}

static void add_partition(blkid_partition from, struct arena *arena, struct disk *disk)
{
	int number = blkid_partition_get_partno(from);
	const char *guid = blkid_partition_get_type_string(from);
	struct partition_fact part = {
		.number = number > 0 ? (uint64_t)number : 0,
		.start_bytes = (uint64_t)blkid_partition_get_start(from) * 512,
		.size_bytes = (uint64_t)blkid_partition_get_size(from) * 512,
		.active = str_eq(disk->table, "dos") &&
			  (blkid_partition_get_flags(from) & 0x80) != 0,
	};

	part.type = guid ? arena_strdup(arena, guid)
			 : arena_printf(arena, "0x%02x",
					(unsigned)blkid_partition_get_type(from));
	disk->partitions = arena_append(arena, disk->partitions, &disk->n_partitions,
					&part, sizeof(part));
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
			disk->table = arena_strdup(arena,
						   blkid_parttable_get_type(table));
		for (int i = 0; i < n; i++)
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
	return 0;
}

/*
 * A lost partition table does not make a disk blank: where a first partition usually
 * begins (1 MiB; 63 sectors in DOS's habit) a filesystem may still be whole.
 */
static void probe_lost_partitions(int fd, struct arena *arena, struct disk *disk)
{
	static const uint64_t starts[] = { 1024 * 1024, UINT64_C(63) * 512 };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct partition_fact lost = { .start_bytes = starts[i] };

		if (disk->size_bytes <= starts[i])
			continue;
		lost.size_bytes = disk->size_bytes - starts[i];
		probe_area(fd, arena, disk, &lost);
	}
}

void facts_probe_contents(const char *root, struct arena *arena, struct disk *disk)
{
	auto_free char *path = xasprintf("%s%s", root, disk->path);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_fd int exclusive = open(path, O_RDONLY | O_CLOEXEC | O_EXCL);

	if (exclusive < 0 && errno == EBUSY && !disk->in_use)
		disk->in_use = "held by the kernel";
	if (fd < 0) {
		disk->unreadable = arena_strdup(arena, strerror(errno));
		return;
	}
	read_table(fd, arena, disk);
	if (read_boot_sector(fd, arena, disk) < 0) {
		disk->unreadable = arena_strdup(arena, strerror(errno));
		return;
	}
	probe_area(fd, arena, disk, NULL);
	if (disk->n_signatures == 0)
		probe_lost_partitions(fd, arena, disk);
	for (size_t i = 0; i < disk->n_partitions; i++)
		probe_area(fd, arena, disk, &disk->partitions[i]);
}
