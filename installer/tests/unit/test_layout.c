#include "plan/layout.h"
#include "tests/profile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct profile edited(const char *from, const char *to)
{
	return parse_profile(&arena, replaced(&arena, profile_text, from, to));
}

static struct layout compute(const struct profile *profile, struct disk *disks, size_t n)
{
	struct facts *facts = arena_alloc(&arena, sizeof(*facts));
	struct layout layout = { 0 };
	struct err err = { 0 };

	*facts = machine(disks, n);
	assert_ok(layout_compute(profile, facts, &arena, &layout, &err));
	return layout;
}

static void assert_refused(const struct profile *profile, struct disk *disks, size_t n,
			   enum err_code code, const char *msg)
{
	struct facts facts = machine(disks, n);
	struct layout layout = { 0 };
	struct err err = { 0 };

	assert_fails(layout_compute(profile, &facts, &arena, &layout, &err), code, msg);
	assert_int_equal(layout.n_disks, 0);
	assert_int_equal(layout.n_partitions, 0);
}

#define PAIR                                                                             \
	{                                                                                \
		blank_disk("/dev/sda", "A", 10 * GIB),                                   \
			blank_disk("/dev/sdb", "B", 10 * GIB)                            \
	}

static void test_names_and_places(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disks[] = PAIR;
	struct layout l = compute(&p, disks, 2);

	(void)state;
	assert_int_equal(l.state, STATE_BLANK);
	assert_string_equal(l.homehost, "xen01");
	assert_int_equal(l.n_disks, 2);
	assert_int_equal(l.n_partitions, 3);
	assert_int_equal(l.partitions[0].number, 1);
	assert_int_equal(l.partitions[0].start_bytes, MIB);
	assert_int_equal(l.partitions[0].size_bytes, GIB);
	assert_int_equal(l.partitions[0].type.mbr, 0xfd);
	assert_true(l.partitions[0].active);
	assert_int_equal(l.partitions[1].start_bytes, GIB + MIB);
	assert_false(l.partitions[1].active);
	assert_int_equal(l.partitions[2].type.mbr, 0x83); /* no array over it */
	assert_int_equal(l.partitions[2].start_bytes, 5 * GIB + MIB);
	assert_int_equal(l.partitions[2].size_bytes, 5 * GIB - 2 * MIB);

	assert_string_equal(l.arrays[0].device, "/dev/md0");
	assert_int_equal(l.arrays[0].n_members, 2);
	assert_string_equal(l.arrays[0].members[0], "/dev/sda1");
	assert_string_equal(l.arrays[1].members[1], "/dev/sdb2");
	/* The root comes first, whatever the profile's order. */
	assert_string_equal(l.filesystems[0].filesystem->mount, "/");
	assert_string_equal(l.filesystems[0].device, "/dev/md1");
	assert_string_equal(l.filesystems[1].device, "/dev/md0");
	assert_ptr_equal(layout_find_mount(&l, "/boot"), &l.filesystems[1]);
	assert_null(layout_find_mount(&l, "/srv"));
}

static void test_partition_paths(void **state)
{
	static const char *const cases[][2] = {
		{ "/dev/sda", "/dev/sda3" },
		{ "/dev/vdb", "/dev/vdb3" },
		{ "/dev/nvme0n1", "/dev/nvme0n1p3" },
		{ "/dev/mmcblk0", "/dev/mmcblk0p3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(layout_partition_path(&arena, cases[i][0], 3),
				    cases[i][1]);
}

static void test_filesystems_of_a_single_disk(void **state)
{
	struct profile p = parse_profile(&arena, single_text);
	struct disk disk = blank_disk("/dev/nvme0n1", "A", 10 * GIB);
	struct layout l = compute(&p, &disk, 1);

	(void)state;
	assert_int_equal(l.n_arrays, 0);
	assert_string_equal(l.filesystems[0].device, "/dev/nvme0n1p1");
	assert_int_equal(l.partitions[0].type.mbr, 0x83);
	assert_true(l.partitions[0].active); /* it holds / */
	assert_string_equal(l.homehost, "xen02");
}

/* The one with /boot is what a BIOS boots, unless the profile says so. */
static void test_active_partition(void **state)
{
	struct profile p = edited(", active: true", "");
	struct profile q = edited("size: 1G, active: true}\n  - {name: root, size: 4G}",
				  "size: 1G}\n  - {name: root, size: 4G, active: true}");
	struct disk disks[] = PAIR;
	struct layout l = compute(&p, disks, 2), m = compute(&q, disks, 2);

	(void)state;
	assert_true(l.partitions[0].active);
	assert_false(l.partitions[1].active);
	assert_false(m.partitions[0].active);
	assert_true(m.partitions[1].active);
}

static void test_mounts_below_each_other(void **state)
{
	struct profile p = edited("filesystems:\n",
				  "  - {name: md2, level: 1, of: storage}\nfilesystems:\n"
				  "  - {on: md2, type: ext4, mount: /boot/a}\n");
	struct disk disks[] = PAIR;
	struct layout l = compute(&p, disks, 2);

	(void)state;
	assert_string_equal(l.filesystems[0].filesystem->mount, "/");
	assert_string_equal(l.filesystems[1].filesystem->mount, "/boot");
	assert_string_equal(l.filesystems[2].filesystem->mount, "/boot/a");
}

static void test_geometry_is_in_bytes(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk small[] = PAIR, large[] = PAIR;
	struct layout l, m;

	(void)state;
	large[0].sector_bytes = large[1].sector_bytes = 4096;
	l = compute(&p, small, 2);
	m = compute(&p, large, 2);
	for (size_t i = 0; i < l.n_partitions; i++) {
		assert_int_equal(l.partitions[i].start_bytes,
				 m.partitions[i].start_bytes);
		assert_int_equal(l.partitions[i].size_bytes, m.partitions[i].size_bytes);
		assert_int_equal(l.partitions[i].start_bytes % MIB, 0);
		assert_int_equal(l.partitions[i].size_bytes % MIB, 0);
	}
}

/* The smaller disk decides, odd sizes are cut, and a MiB stays free at the end. */
static void test_rest_of_the_smaller_disk(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disks[] = PAIR;
	struct layout l;

	(void)state;
	disks[1].size_bytes = 9 * GIB + MIB / 2 + 512;
	l = compute(&p, disks, 2);
	assert_int_equal(l.partitions[2].start_bytes + l.partitions[2].size_bytes,
			 9 * GIB - MIB);
}

static void test_sizes_are_rounded_up(void **state)
{
	struct profile p = edited("size: 4G", "size: 1048577");
	struct disk disks[] = PAIR;
	struct layout l = compute(&p, disks, 2);

	(void)state;
	assert_int_equal(l.partitions[1].size_bytes, 2 * MIB);
}

static void test_tiny_disks(void **state)
{
	struct profile p = parse_profile(&arena, single_text);
	struct profile fixed = parse_profile(
		&arena, replaced(&arena, single_text, "size: rest", "size: 1M"));
	struct profile huge = parse_profile(
		&arena, replaced(&arena, single_text, "size: rest", "size: 16000000T"));
	struct disk disk = blank_disk("/dev/sda", "A", 3 * MIB);
	struct layout l;

	(void)state;
	l = compute(&p, &disk, 1);
	assert_int_equal(l.partitions[0].size_bytes, MIB);
	l = compute(&fixed, &disk, 1);
	assert_int_equal(l.partitions[0].size_bytes, MIB);

	disk.size_bytes = 3 * MIB - 512;
	assert_refused(&p, &disk, 1, ERR_HARDWARE,
		       "p.yaml:5:5: partition \"root\" does not fit: /dev/sda (serial A) "
		       "has 2.9 MiB, and the partitions before it take 1 MiB");
	assert_refused(&fixed, &disk, 1, ERR_HARDWARE,
		       "p.yaml:5:5: partition \"root\" does not fit: /dev/sda (serial A) "
		       "has 2.9 MiB, and the partitions before it take 1 MiB");
	assert_refused(&huge, &disk, 1, ERR_HARDWARE,
		       "p.yaml:5:5: partition \"root\" does not fit: /dev/sda (serial A) "
		       "has 2.9 MiB, and the partitions before it take 1 MiB");
	for (uint64_t size = 0; size <= MIB; size += MIB / 2) {
		disk.size_bytes = size;
		assert_refused(&p, &disk, 1, ERR_HARDWARE,
			       arena_printf(&arena,
					    "p.yaml:5:5: partition \"root\" does not "
					    "fit: /dev/sda (serial A) has %s, and the "
					    "partitions before it take 1 MiB",
					    SIZE_TEXT(size)));
	}
}

static void test_no_room_for_the_last(void **state)
{
	struct profile p = edited("min-size: 8G", "min-size: 1G");
	struct disk disks[] = PAIR;

	(void)state;
	disks[1].size_bytes = 5 * GIB + 2 * MIB;
	assert_refused(&p, disks, 2, ERR_HARDWARE,
		       "p.yaml:9:5: partition \"storage\" does not fit: /dev/sdb (serial "
		       "B) has 5 GiB, and the partitions before it take 5 GiB");
	disks[1].size_bytes = 5 * GIB + 3 * MIB;
	assert_int_equal(compute(&p, disks, 2).partitions[2].size_bytes, MIB);
}

/* On any of the disks, whatever the partitions take: the rest could not be used. */
static void test_reach_of_an_mbr(void **state)
{
	struct profile p = parse_profile(&arena, single_text);
	struct profile pair = parse_profile(&arena, profile_text);
	struct profile fixed = parse_profile(
		&arena, replaced(&arena, single_text, "size: rest", "size: 2097150M"));
	struct disk disk = blank_disk("/dev/sda", "A", 2048 * GIB);
	struct disk disks[] = PAIR;

	(void)state;
	assert_int_equal(compute(&fixed, &disk, 1).partitions[0].size_bytes,
			 2048 * GIB - 2 * MIB);
	disk.size_bytes = 4096 * GIB;
	assert_refused(&p, &disk, 1, ERR_HARDWARE,
		       "/dev/sda (serial A): an MBR reaches 2 TiB of its 4 TiB, 2 TiB "
		       "would be lost; say `table: gpt`, or take smaller disks");
	assert_refused(&fixed, &disk, 1, ERR_HARDWARE,
		       "/dev/sda (serial A): an MBR reaches 2 TiB of its 4 TiB, 2 TiB "
		       "would be lost; say `table: gpt`, or take smaller disks");
	disks[1].size_bytes = 3072 * GIB;
	assert_refused(&pair, disks, 2, ERR_HARDWARE,
		       "/dev/sdb (serial B): an MBR reaches 2 TiB of its 3 TiB, 1 TiB "
		       "would be lost; say `table: gpt`, or take smaller disks");
	disk.sector_bytes = 4096; /* eight times as far */
	assert_int_equal(compute(&p, &disk, 1).partitions[0].size_bytes,
			 4096 * GIB - 2 * MIB);
	disk.size_bytes = 17 * 1024 * GIB;
	assert_refused(&p, &disk, 1, ERR_HARDWARE,
		       "/dev/sda (serial A): an MBR reaches 16 TiB of its 17 TiB, 1 TiB "
		       "would be lost; say `table: gpt`, or take smaller disks");
}

static void test_a_machine_it_is_not_for(void **state)
{
	static const char *const cases[][2] = {
		{ "mac: 52:54:00:aa:bb:cd", "mac 52:54:00:aa:bb:cd; this one has "
					    "52:54:00:aa:bb:cc" },
		{ "uuid: X",
		  "uuid X; this one has 11111111-2222-3333-4444-555555555555" },
		{ "serial: M2", "serial M2; this one has M1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile p = edited(
			"xen: {",
			arena_printf(&arena, "match: {%s}\nxen: {", cases[i][0]));
		struct disk disks[] = PAIR;

		assert_refused(&p, disks, 2, ERR_HARDWARE,
			       arena_printf(&arena,
					    "p.yaml:24:8: this profile is for the "
					    "machine with %s",
					    cases[i][1]));
	}
}

static void test_the_machine_it_is_for(void **state)
{
	struct profile p = edited("xen: {", "match: {mac: 52:54:00:AA:BB:CC, serial: M1, "
					    "uuid: 11111111-2222-3333-4444-555555555555}"
					    "\nxen: {");
	struct disk disks[] = PAIR;

	(void)state;
	compute(&p, disks, 2);
}

static void assert_same_identifiers(const struct layout *a, const struct layout *b)
{
	for (size_t i = 0; i < a->n_disks; i++)
		assert_string_equal(a->disks[i].table_id, b->disks[i].table_id);
	for (size_t i = 0; i < a->n_arrays; i++)
		assert_string_equal(a->arrays[i].uuid, b->arrays[i].uuid);
	for (size_t i = 0; i < a->n_filesystems; i++)
		assert_string_equal(a->filesystems[i].uuid, b->filesystems[i].uuid);
}

static void assert_other_identifiers(const struct layout *a, const struct layout *b)
{
	for (size_t i = 0; i < a->n_disks; i++)
		assert_string_not_equal(a->disks[i].table_id, b->disks[i].table_id);
	for (size_t i = 0; i < a->n_arrays; i++)
		assert_string_not_equal(a->arrays[i].uuid, b->arrays[i].uuid);
	for (size_t i = 0; i < a->n_filesystems; i++)
		assert_string_not_equal(a->filesystems[i].uuid, b->filesystems[i].uuid);
}

static void test_identifiers_have_their_form(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disks[] = PAIR;
	struct layout l = compute(&p, disks, 2);
	const char *fs = l.filesystems[0].uuid, *md = l.arrays[0].uuid;

	(void)state;
	assert_int_equal(strlen(fs), 36);
	assert_int_equal(strspn(fs, "0123456789abcdef-"), 36);
	assert_true(fs[8] == '-' && fs[13] == '-' && fs[18] == '-' && fs[23] == '-');
	assert_int_equal(fs[14], '8'); /* RFC 9562: version 8, variant 10 */
	assert_non_null(strchr("89ab", fs[19]));
	assert_int_equal(strlen(md), 35);
	assert_int_equal(strspn(md, "0123456789abcdef:"), 35);
	assert_true(md[8] == ':' && md[17] == ':' && md[26] == ':');
	assert_string_not_equal(l.disks[0].table_id, l.disks[1].table_id);
	assert_string_not_equal(l.arrays[0].uuid, l.arrays[1].uuid);
	assert_string_not_equal(l.filesystems[0].uuid, l.filesystems[1].uuid);
}

static void test_identifiers_survive_a_swap_of_names(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disks[] = PAIR;
	struct disk swapped[] = { blank_disk("/dev/sda", "B", 10 * GIB),
				  blank_disk("/dev/sdb", "A", 10 * GIB) };
	struct layout l = compute(&p, disks, 2), m = compute(&p, swapped, 2);

	(void)state;
	assert_same_identifiers(&l, &m);
	assert_string_equal(m.disks[0].disk->path, "/dev/sdb");
	assert_string_equal(m.arrays[0].members[0], "/dev/sdb1");
}

static void test_identifiers_survive_without_serials(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disks[] = PAIR, swapped[] = PAIR;
	struct layout l, m;

	(void)state;
	disks[0].serial = disks[1].serial = swapped[0].serial = swapped[1].serial = NULL;
	disks[0].wwn = swapped[1].wwn = "naa.1";
	disks[1].wwn = swapped[0].wwn = "naa.2";
	l = compute(&p, disks, 2);
	m = compute(&p, swapped, 2);
	assert_same_identifiers(&l, &m);
	assert_string_equal(m.disks[0].disk->path, "/dev/sdb");
}

static void test_identifiers_change_with_the_profile(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct profile q = edited("$hashed", "$hashet");
	struct disk disks[] = PAIR;
	struct layout l = compute(&p, disks, 2), m = compute(&q, disks, 2);

	(void)state;
	assert_other_identifiers(&l, &m);
}

static void test_identifiers_change_with_a_disk(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disks[] = PAIR, other[] = PAIR;
	struct layout l, m;

	(void)state;
	other[1].serial = "C";
	l = compute(&p, disks, 2);
	m = compute(&p, other, 2);
	assert_string_equal(l.disks[0].table_id, m.disks[0].table_id); /* the same disk */
	assert_string_not_equal(l.disks[1].table_id, m.disks[1].table_id);
	for (size_t i = 0; i < l.n_arrays; i++)
		assert_string_not_equal(l.arrays[i].uuid, m.arrays[i].uuid);
	for (size_t i = 0; i < l.n_filesystems; i++)
		assert_string_not_equal(l.filesystems[i].uuid, m.filesystems[i].uuid);
}

static void test_homehost_fits_a_superblock(void **state)
{
	struct profile p = edited("xen01.example.com",
				  "a-name-that-is-longer-than-24-characters.example.com");
	struct disk disks[] = PAIR;

	(void)state;
	assert_string_equal(compute(&p, disks, 2).homehost, "a-name-that-is-longer-th");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_names_and_places),
		test(test_partition_paths),
		test(test_filesystems_of_a_single_disk),
		test(test_active_partition),
		test(test_mounts_below_each_other),
		test(test_geometry_is_in_bytes),
		test(test_rest_of_the_smaller_disk),
		test(test_sizes_are_rounded_up),
		test(test_tiny_disks),
		test(test_no_room_for_the_last),
		test(test_reach_of_an_mbr),
		test(test_a_machine_it_is_not_for),
		test(test_the_machine_it_is_for),
		test(test_identifiers_have_their_form),
		test(test_identifiers_survive_a_swap_of_names),
		test(test_identifiers_survive_without_serials),
		test(test_identifiers_change_with_the_profile),
		test(test_identifiers_change_with_a_disk),
		test(test_homehost_fits_a_superblock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
