/*
 * ranges.c: the places that are saved and cleared. Each format's superblock is put where
 * that format's own formula puts it, and must be covered.
 */
#include "plan/layout.h"
#include "tests/profile.h"

#define KIB UINT64_C(1024)

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct layout_range *ranges_of(const struct disk *disk, bool whole,
				      const struct layout *layout, size_t *n)
{
	struct layout_disk d = { .disk = disk, .whole = whole };
	struct layout_range *r = layout_ranges(layout, &d, &arena, n);
	uint64_t end = 0;

	assert_true(*n > 0);
	for (size_t i = 0; i < *n; i++) {
		assert_string_equal(r[i].disk, disk->path);
		assert_string_equal(r[i].serial, disk->serial);
		assert_int_equal(r[i].offset_bytes % disk->sector_bytes, 0);
		assert_int_equal(r[i].size_bytes % disk->sector_bytes, 0);
		assert_true(r[i].size_bytes > 0);
		assert_true(i == 0 || r[i].offset_bytes > end); /* nor touching */
		end = r[i].offset_bytes + r[i].size_bytes;
		assert_true(end <= disk->size_bytes);
	}
	return r;
}

static bool covers(const struct layout_range *r, size_t n, uint64_t from, uint64_t bytes)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].offset_bytes <= from &&
		    from + bytes <= r[i].offset_bytes + r[i].size_bytes)
			return true;
	return false;
}

static void test_blank_whole_disk(void **state)
{
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);
	struct layout_partition part = { .start_bytes = 3 * GIB, .size_bytes = GIB };
	struct layout layout = { .partitions = &part, .n_partitions = 1 };
	size_t n;
	struct layout_range *r = ranges_of(&disk, true, &layout, &n);

	(void)state;
	assert_int_equal(n, 2);
	assert_int_equal(r[0].offset_bytes, 0);
	assert_int_equal(r[0].size_bytes, MIB);
	assert_int_equal(r[1].offset_bytes, 10 * GIB - MIB);
	assert_int_equal(r[1].size_bytes, MIB);
	/* The same disk, when it carries the table. */
	r = ranges_of(&disk, false, &layout, &n);
	assert_int_equal(n, 4);
	assert_true(covers(r, n, 3 * GIB, MIB));
	assert_true(covers(r, n, 4 * GIB - MIB, MIB));
}

static void test_partitions_as_they_are_and_will_be(void **state)
{
	struct layout_partition will[] = {
		{ .start_bytes = MIB, .size_bytes = GIB },
		{ .start_bytes = GIB + MIB, .size_bytes = 9 * GIB - 2 * MIB },
	};
	struct layout layout = { .partitions = will, .n_partitions = 2 };
	struct partition_fact is[] = {
		{ .number = 1, .start_bytes = 63 * 512, .size_bytes = 2 * GIB },
		{ .number = 2, .start_bytes = 5 * GIB, .size_bytes = MIB / 2 },
	};
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);
	struct layout_range *r;
	size_t n;

	(void)state;
	disk.partitions = is;
	disk.n_partitions = 2;
	r = ranges_of(&disk, false, &layout, &n);
	/* 0…2 MiB: the disk's own beginning, both first partitions' and their ends. */
	assert_int_equal(n, 5);
	assert_int_equal(r[0].offset_bytes, 0);
	assert_int_equal(r[0].size_bytes, 2 * MIB);
	assert_int_equal(r[1].offset_bytes, GIB);
	assert_int_equal(r[1].size_bytes, 2 * MIB);
	assert_int_equal(r[2].offset_bytes, 2 * GIB + 63 * 512 - MIB);
	assert_int_equal(r[2].size_bytes, MIB);
	assert_int_equal(r[3].offset_bytes, 5 * GIB);
	assert_int_equal(r[3].size_bytes, MIB / 2);
	assert_int_equal(r[4].offset_bytes, 10 * GIB - 2 * MIB);
	assert_int_equal(r[4].size_bytes, 2 * MIB);
}

static void test_around_signatures(void **state)
{
	struct signature s[] = {
		{ .type = "zfs_member", .offset_bytes = 7 * GIB + 100 * KIB },
		{ .type = "VMFS", .offset_bytes = 2 * MIB },
		{ .type = "ext4", .offset_bytes = 2 * MIB + 100 * KIB + 56 },
		{ .type = "dos", .offset_bytes = 510 },
	};
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);
	struct layout layout = { 0 };
	struct layout_range *r;
	size_t n;

	(void)state;
	disk.sector_bytes = 4096;
	disk.signatures = s;
	disk.n_signatures = 4;
	r = ranges_of(&disk, true, &layout, &n);
	assert_int_equal(n, 4);
	assert_int_equal(r[1].offset_bytes, 2 * MIB - 64 * KIB);
	assert_int_equal(r[1].size_bytes, (64 + 100 + 64 + 4) * KIB);
	assert_int_equal(r[2].offset_bytes, 7 * GIB + 36 * KIB);
	assert_int_equal(r[2].size_bytes, 128 * KIB);
}

/* What a hostile table says of the disk. */
static void test_nonsense_stays_on_the_disk(void **state)
{
	struct partition_fact parts[] = {
		{ .start_bytes = 9 * GIB, .size_bytes = 100 * GIB },
		{ .start_bytes = 11 * GIB, .size_bytes = GIB },
		{ .start_bytes = UINT64_MAX - 10, .size_bytes = UINT64_MAX - 10 },
		{ .start_bytes = 5 * GIB + 7, .size_bytes = 3 },
		{ .start_bytes = 6 * GIB, .size_bytes = 0 },
	};
	struct signature s[] = { { .type = "ext4", .offset_bytes = UINT64_MAX },
				 { .type = "ext4", .offset_bytes = 10 * GIB } };
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);
	struct layout layout = { 0 };
	struct layout_range *r;
	size_t n;

	(void)state;
	disk.partitions = parts;
	disk.n_partitions = ARRAY_LEN(parts);
	disk.signatures = s;
	disk.n_signatures = 2;
	r = ranges_of(&disk, false, &layout, &n);
	assert_int_equal(n, 4);
	assert_int_equal(r[1].offset_bytes, 5 * GIB);
	assert_int_equal(r[1].size_bytes, 512);
	assert_int_equal(r[2].offset_bytes, 9 * GIB);
	assert_int_equal(r[3].offset_bytes, 10 * GIB - MIB);

	disk.size_bytes = MIB + 512; /* smaller than both ends together */
	r = ranges_of(&disk, false, &layout, &n);
	assert_int_equal(n, 1);
	assert_int_equal(r[0].size_bytes, MIB + 512);
	disk.size_bytes = 0;
	layout_ranges(&layout, &(struct layout_disk){ .disk = &disk }, &arena, &n);
	assert_int_equal(n, 0);
}

/*
 * Offsets from the area's beginning, as those who defined them say: md.4 and the kernel's
 * md_p.h (0.90), super-1 (1.x), SNIA's DDF 2.0 (anchor in the last block), mdadm's
 * super-intel.c (IMSM, two sectors from the end), UEFI 2.10 5.3 (GPT), ZFS On-Disk
 * Specification 1.2.1 (two labels at either end, the area cut to whole labels).
 */
static void check_area(const struct disk *disk, const struct layout_range *r, size_t n,
		       uint64_t start, uint64_t size)
{
	uint64_t sector = disk->sector_bytes, label = 256 * KIB;
	uint64_t labels = size / label * label;
	uint64_t md_old = size / (64 * KIB) * (64 * KIB) - 64 * KIB;
	uint64_t md_end = (size / 512 - 16) / 8 * 8 * 512;
	uint64_t gpt_entries = 128 * 128;
	const struct {
		uint64_t offset, bytes;
	} places[] = {
		{ 0, 4 * KIB },                /* md 1.1, LUKS 1, MBR, xfs */
		{ 4 * KIB, 4 * KIB },          /* md 1.2 */
		{ md_end, 4 * KIB },           /* md 1.0 */
		{ md_old, 4 * KIB },           /* md 0.90 */
		{ size - sector, sector },     /* DDF, and a GPT's backup header */
		{ size - 2 * sector, sector }, /* IMSM */
		{ size - sector - gpt_entries, gpt_entries },
		{ sector, sector + gpt_entries }, /* GPT */
		{ 512, 512 }, /* LVM's label, in one of four sectors */
		{ 1536, 512 },
		{ 64 * KIB, 4 * KIB }, /* btrfs */
		{ 0, label },
		{ label, label },
		{ labels - 2 * label, label },
		{ labels - label, label },
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (!covers(r, n, start + places[i].offset, places[i].bytes))
			fail_msg("place %zu of an area of %llu bytes is not covered", i,
				 (unsigned long long)size);
}

static void test_every_superblock_is_covered(void **state)
{
	static const uint64_t odd[] = { 0,         4096,      60 * KIB,
					64 * KIB,  100 * KIB, 255 * KIB,
					256 * KIB, 777 * KIB, 1020 * KIB };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		for (uint64_t sector = 512; sector <= 4096; sector *= 8) {
			uint64_t rest = odd[i] / sector * sector;
			struct partition_fact is = { .start_bytes = 2 * GIB + rest,
						     .size_bytes = GIB + rest };
			struct layout_partition will = { .start_bytes = 5 * GIB,
							 .size_bytes = GIB + rest };
			struct layout layout = { .partitions = &will, .n_partitions = 1 };
			struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB + rest);
			struct layout_range *r;
			size_t n;

			disk.sector_bytes = sector;
			disk.partitions = &is;
			disk.n_partitions = 1;
			r = ranges_of(&disk, false, &layout, &n);
			assert_int_equal(n, 6);
			check_area(&disk, r, n, 0, disk.size_bytes);
			check_area(&disk, r, n, is.start_bytes, is.size_bytes);
			check_area(&disk, r, n, will.start_bytes, will.size_bytes);
		}
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_blank_whole_disk),
		test(test_partitions_as_they_are_and_will_be),
		test(test_around_signatures),
		test(test_nonsense_stays_on_the_disk),
		test(test_every_superblock_is_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
