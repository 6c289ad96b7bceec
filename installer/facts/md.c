/*
 * Metadata 0.90 stands in the last whole 64 KiB of a member, 1.0 in the last 8 KiB (at a
 * multiple of 4 KiB), 1.1 at its beginning, 1.2 4 KiB behind that.
 */
#include <inttypes.h>

#include "core/le.h"
#include "facts/probe.h"

#define MD_MAGIC UINT32_C(0xa92b4efc)
#define MD_TYPE  "linux_raid_member" /* libblkid's name */
#define KIB      UINT64_C(1024)

static uint32_t read_word(const unsigned char *sb, size_t word, bool big_endian)
{
	uint32_t value = (uint32_t)read_le(sb + 4 * word, 4);

	return big_endian ? __builtin_bswap32(value) : value;
}

/*
 * The superblock at the end of the last partition can stand where one of the whole disk
 * would: then its member is too small to be the disk.
 */
static bool is_of_a_partition(const struct disk *disk, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < disk->n_partitions; i++) {
		const struct partition_fact *p = &disk->partitions[i];

		if (start >= p->start_bytes && end - p->start_bytes <= p->size_bytes)
			return true;
	}
	return false;
}

/* The kernel wrote it in its own byte order. */
static void add_version_0(int fd, const struct area *area, struct arena *arena,
			  struct disk *disk)
{
	uint64_t size = area->end - area->start, at, data;
	unsigned char sb[64];
	bool big_endian;
	uint32_t id[4];

	if (size < 128 * KIB)
		return;
	at = area->start + (size / (64 * KIB) - 1) * (64 * KIB);
	if (!area_read(fd, area, at, sb, sizeof(sb)))
		return;
	big_endian = read_word(sb, 0, true) == MD_MAGIC;
	if (read_word(sb, 0, big_endian) != MD_MAGIC)
		return;
	data = read_word(sb, 8, big_endian) * KIB;
	if (data > at - area->start ||
	    (!area->partition && is_of_a_partition(disk, at - data, at + 64 * KIB)))
		return;
	id[0] = read_word(sb, 5, big_endian);
	for (size_t i = 1; i < 4; i++)
		id[i] = read_word(sb, 12 + i, big_endian);
	disk_add_signature(
		arena, disk,
		&(struct signature){
			.type = MD_TYPE,
			.offset_bytes = at,
			.partition = area->partition,
			.uuid = arena_printf(arena, "%08x-%04x-%04x-%04x-%04x%08x", id[0],
					     id[1] >> 16, id[1] & 0xffff, id[2] >> 16,
					     id[2] & 0xffff, id[3]) });
}

static const char *uuid_text(const unsigned char *id, struct arena *arena)
{
	auto_text struct text t = { 0 };

	for (size_t i = 0; i < 16; i++)
		text_printf(&t, "%s%02x",
			    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
	return arena_strdup(arena, t.s);
}

static void add_version_1(int fd, const struct area *area, uint64_t in_member,
			  struct arena *arena, struct disk *disk)
{
	struct signature s = { .type = MD_TYPE,
			       .offset_bytes = area->start + in_member,
			       .partition = area->partition };
	unsigned char sb[256];
	char *name;

	/* It says where it stands: one that does not stand there is another member's. */
	if (!area_read(fd, area, s.offset_bytes, sb, sizeof(sb)) ||
	    read_le(sb, 4) != MD_MAGIC || read_le(sb + 4, 4) != 1 ||
	    read_le(sb + 144, 8) != in_member / 512)
		return;
	s.uuid = uuid_text(sb + 16, arena);
	name = arena_strndup(arena, (const char *)sb + 32,
			     strnlen((const char *)sb + 32, 32));
	str_clean(name);
	s.label = *name ? name : NULL;
	disk_add_signature(arena, disk, &s);
}

void md_add_superblocks(int fd, const struct area *area, struct arena *arena,
			struct disk *disk)
{
	uint64_t size = area->end - area->start;

	if (size <= 64 * KIB)
		return;
	add_version_0(fd, area, arena, disk);
	add_version_1(fd, area, size / (4 * KIB) * (4 * KIB) - 8 * KIB, arena, disk);
	add_version_1(fd, area, 0, arena, disk);
	add_version_1(fd, area, 4 * KIB, arena, disk);
}
