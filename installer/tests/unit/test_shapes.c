/* Layouts of every shape: tables, alignment, types, levels, volume groups. */
#include "plan/layout.h"
#include "tests/profile.h"

#define CYLINDER (UINT64_C(255) * 63 * 512)

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct disk disks[24];

static void use_disks(size_t n, uint64_t size_bytes, uint64_t sector_bytes)
{
	for (size_t i = 0; i < n; i++) {
		const char *path = arena_printf(&arena, "/dev/sd%c", (int)('a' + i));
		const char *serial = arena_printf(&arena, "S%02zu", i);

		disks[i] = blank_disk(path, serial, size_bytes);
		disks[i].sector_bytes = sector_bytes;
	}
}

static struct layout compute(const struct profile *p, size_t n, const char *firmware)
{
	struct facts *facts = arena_alloc(&arena, sizeof(*facts));
	struct layout layout = { 0 };
	struct err err = { 0 };

	*facts = machine(disks, n);
	facts->firmware = firmware;
	assert_ok(layout_compute(p, facts, &arena, &layout, &err));
	return layout;
}

static void assert_refused(const struct profile *p, size_t n, const char *firmware,
			   const char *msg)
{
	struct facts facts = machine(disks, n);
	struct layout layout = { 0 };
	struct err err = { 0 };

	facts.firmware = firmware;
	assert_fails(layout_compute(p, &facts, &arena, &layout, &err), ERR_HARDWARE, msg);
}

/* profile_text without arrays' needs: one disk, / on the first partition. */
static struct profile single(struct partition *partitions, size_t n)
{
	struct profile p = parse_profile(&arena, single_text);

	p.partitions = partitions;
	p.n_partitions = n;
	return p;
}

static void test_gpt(void **state)
{
	struct partition partitions[] = {
		{ .name = "bios", .bytes = MIB, .type = "bios-boot" },
		{ .name = "root", .bytes = SIZE_REST },
	};
	struct profile p = single(partitions, 2);
	static const uint64_t sectors[] = { 512, 4096 };

	(void)state;
	p.table = TABLE_GPT;
	for (size_t i = 0; i < ARRAY_LEN(sectors); i++) {
		struct layout l;
		uint64_t end;

		use_disks(1, 4096 * GIB + 512 * 9, sectors[i]);
		l = compute(&p, 1, "bios");
		end = l.partitions[1].start_bytes + l.partitions[1].size_bytes;
		assert_int_equal(strlen(l.disks[0].table_id), 36);
		assert_string_not_equal(l.disks[0].partition_uuids[0],
					l.disks[0].partition_uuids[1]);
		assert_int_equal(l.partitions[0].start_bytes, MIB);
		assert_string_equal(l.partitions[0].type.name, "bios-boot");
		assert_string_equal(l.partitions[1].type.guid,
				    "0FC63DAF-8483-4772-8E79-3D69D8477DE4");
		assert_int_equal(end % MIB, 0);
		/* The backup: 128 entries of 128 bytes and a header. */
		assert_true(end + 128 * 128 + sectors[i] <= disks[0].size_bytes);
		assert_true(end + 2 * MIB >= disks[0].size_bytes);
		assert_false(l.partitions[0].active);
		assert_true(l.partitions[1].active);
	}
}

static void test_gpt_identifiers_are_each_disks(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct layout l;

	(void)state;
	p.table = TABLE_GPT;
	p.partitions[2].type = "bios-boot";
	use_disks(2, 10 * GIB, 512);
	l = compute(&p, 2, "bios");
	assert_string_not_equal(l.disks[0].table_id, l.disks[1].table_id);
	for (size_t i = 0; i < l.n_partitions; i++)
		assert_string_not_equal(l.disks[0].partition_uuids[i],
					l.disks[1].partition_uuids[i]);
	assert_true(layout_is_own_id(&p, l.disks[1].table_id));
	assert_true(layout_is_own_id(&p, l.disks[1].partition_uuids[2]));
}

static void test_cylinders(void **state)
{
	struct partition partitions[] = {
		{ .name = "boot", .bytes = 100 * MIB },
		{ .name = "half", .bytes = SIZE_PERCENT(50) },
		{ .name = "root", .bytes = SIZE_REST },
	};
	struct profile p = single(partitions, 3);
	struct layout l;

	(void)state;
	p.align = ALIGN_CYLINDER;
	use_disks(1, 20 * GIB, 512);
	l = compute(&p, 1, "bios");
	assert_int_equal(l.partitions[0].start_bytes, 63 * 512);
	for (size_t i = 0; i < 3; i++) {
		uint64_t end = l.partitions[i].start_bytes + l.partitions[i].size_bytes;

		assert_int_equal(end % CYLINDER, 0);
		if (i < 2)
			assert_int_equal(end, l.partitions[i + 1].start_bytes);
		else
			assert_true(end + MIB <= 20 * GIB &&
				    end + MIB + CYLINDER > 20 * GIB);
	}
	assert_true(l.partitions[0].size_bytes >= 100 * MIB);
	disks[0].sector_bytes = 4096;
	assert_refused(&p, 1, "bios",
		       "/dev/sda (serial S00) has sectors of 4096 bytes; `align: "
		       "cylinder` counts in sectors of 512, say `align: mib`");
}

static void test_percent(void **state)
{
	struct partition partitions[] = {
		{ .name = "a", .bytes = SIZE_PERCENT(25) },
		{ .name = "b", .bytes = SIZE_PERCENT(1) },
		{ .name = "c", .bytes = SIZE_PERCENT(74) },
	};
	struct profile p = single(partitions, 3);
	uint64_t all;

	(void)state;
	p.filesystems[0].on = "a";
	for (uint64_t size = 5 * GIB; size < 5 * GIB + 4 * MIB; size += 333 * 512) {
		struct layout l;

		use_disks(1, size, 512);
		l = compute(&p, 1, "bios");
		all = (size / MIB - 2) * MIB;
		assert_in_range(l.partitions[0].size_bytes, all / 4 - MIB, all / 4);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(l.partitions[i].size_bytes % MIB, 0);
	}
	/* A part of almost nothing is still one. */
	use_disks(1, 20 * MIB, 512);
	partitions[2].bytes = SIZE_REST;
	assert_int_equal(compute(&p, 1, "bios").partitions[1].size_bytes, MIB);
	partitions[1].bytes = SIZE_PERCENT(100);
	assert_refused(&p, 1, "bios",
		       "p.yaml:0:0: partition \"b\" does not fit: /dev/sda (serial S00) "
		       "has 20 MiB, and the partitions before it take 5 MiB");
}

static void test_types(void **state)
{
	static const struct {
		const char *text;
		enum table_kind table;
		unsigned mbr;
		const char *guid; /* with mbr 0: no such type */
	} cases[] = {
		{ "linux", TABLE_MBR, 0x83, "0FC63DAF-8483-4772-8E79-3D69D8477DE4" },
		{ "raid", TABLE_MBR, 0xfd, "A19D880F-05FC-4D3B-A006-743F0F84911E" },
		{ "swap", TABLE_MBR, 0x82, "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F" },
		{ "lvm", TABLE_MBR, 0x8e, "E6D6D379-F507-44C2-A23C-238F2A3DF928" },
		{ "efi", TABLE_MBR, 0xef, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" },
		{ "raid", TABLE_GPT, 0xfd, "A19D880F-05FC-4D3B-A006-743F0F84911E" },
		{ "bios-boot", TABLE_GPT, 0, "21686148-6449-6E6F-744E-656564454649" },
		{ "bios-boot", TABLE_MBR, 0, NULL },
		{ "fd", TABLE_MBR, 0xfd, NULL },
		{ "0xFD", TABLE_MBR, 0xfd, NULL },
		{ "7", TABLE_MBR, 7, NULL },
		{ "fd", TABLE_GPT, 0, NULL },
		{ "0", TABLE_MBR, 0, NULL },
		{ "5", TABLE_MBR, 0, NULL }, /* extended */
		{ "0f", TABLE_MBR, 0, NULL },
		{ "100", TABLE_MBR, 0, NULL },
		{ "0x", TABLE_MBR, 0, NULL },
		{ "", TABLE_MBR, 0, NULL },
		{ "RAID", TABLE_MBR, 0, NULL },
		{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", TABLE_GPT, 0,
		  "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7" },
		{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", TABLE_MBR, 0, NULL },
		{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699cg", TABLE_GPT, 0, NULL },
		{ "ebd0a0a2-b9e5-4433-87c0+68b6b72699c7", TABLE_GPT, 0, NULL },
		{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c", TABLE_GPT, 0, NULL },
		{ "00000000-0000-0000-0000-000000000000", TABLE_GPT, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct partition_type type = { 0 };
		bool ok = layout_parse_type(cases[i].text, cases[i].table, &type);

		if (ok != (cases[i].mbr || cases[i].guid))
			fail_msg("%s: %d", cases[i].text, ok);
		if (!ok)
			continue;
		assert_int_equal(type.mbr, cases[i].mbr);
		assert_true(str_eq(type.guid, cases[i].guid));
	}
}

/* What a partition carries gives it its type, unless the profile does. */
static void test_default_types(void **state)
{
	struct partition partitions[] = {
		{ .name = "esp", .bytes = 512 * MIB },
		{ .name = "root", .bytes = GIB },
		{ .name = "swap", .bytes = GIB },
		{ .name = "data", .bytes = GIB },
		{ .name = "own", .type = "07", .bytes = GIB },
	};
	struct filesystem filesystems[] = {
		{ .on = "root", .type = "ext4", .mount = "/" },
		{ .on = "swap", .type = "swap" },
		{ .on = "esp", .type = "vfat", .mount = "/boot/efi" },
		{ .on = "vg/home", .type = "xfs", .mount = "/home" },
	};
	struct volume volume = { .name = "home", .bytes = SIZE_REST };
	struct volume_group group = {
		.name = "vg", .of = "data", .volumes = &volume, .n_volumes = 1
	};
	struct profile p = single(partitions, 5);
	static const unsigned types[] = { 0xef, 0x83, 0x82, 0x8e, 0x07 };
	struct layout l;

	(void)state;
	p.filesystems = filesystems;
	p.n_filesystems = ARRAY_LEN(filesystems);
	p.volume_groups = &group;
	p.n_volume_groups = 1;
	use_disks(1, 10 * GIB, 512);
	l = compute(&p, 1, "uefi");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		assert_int_equal(l.partitions[i].type.mbr, types[i]);
	assert_true(l.partitions[1].active); /* it holds / */
	assert_string_equal(l.filesystems[1].filesystem->mount, "/boot/efi");
	assert_int_equal(strlen(l.filesystems[1].uuid), strlen("1A2B-3C4D"));
	assert_int_equal(l.filesystems[1].uuid[4], '-');
	assert_true(layout_is_own_id(&p, l.filesystems[1].uuid));
	assert_string_equal(l.filesystems[2].device, "/dev/vg/home");
	assert_null(l.filesystems[3].filesystem->mount); /* swap is the last */
	assert_string_equal(l.filesystems[3].device, "/dev/sda3");
	assert_string_equal(l.groups[0].device, "/dev/sda4");
	assert_string_equal(l.groups[0].volumes[0].device, "/dev/vg/home");
	assert_int_equal(strlen(l.groups[0].pv_uuid), 38);
}

static void test_firmware(void **state)
{
	struct profile p = parse_profile(&arena, single_text);
	struct filesystem filesystems[] = {
		{ .on = "root", .type = "ext4", .mount = "/" },
		{ .on = "esp", .type = "vfat", .mount = "/boot/efi" },
	};
	struct partition partitions[] = {
		{ .name = "esp", .bytes = 512 * MIB },
		{ .name = "root", .bytes = SIZE_REST },
	};

	(void)state;
	use_disks(1, 10 * GIB, 512);
	assert_refused(&p, 1, "uefi",
		       "p.yaml: this machine has booted by UEFI, which looks for its "
		       "boot loader on an EFI system partition: add a filesystem of type "
		       "vfat, mounted on /boot/efi, or boot the machine by BIOS");
	p.table = TABLE_GPT;
	assert_refused(
		&p, 1, "bios",
		"p.yaml: this machine has booted by BIOS, and a GPT leaves no room "
		"for GRUB: add a partition {name: bios, size: 1M, type: "
		"bios-boot}, or say `table: mbr`");
	p.filesystems = filesystems;
	p.n_filesystems = 2;
	p.partitions = partitions;
	p.n_partitions = 2;
	assert_int_equal(compute(&p, 1, "uefi").n_filesystems, 2);
	p.table = TABLE_MBR;
	assert_int_equal(compute(&p, 1, "bios").n_filesystems, 2);
}

/* profile_text with its second array as given, and as many disks. */
static struct profile with_array(struct array array, size_t n)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct array *arrays = arena_alloc(&arena, 3 * sizeof(*arrays));

	memcpy(arrays, p.arrays, 2 * sizeof(*arrays));
	arrays[2] = array;
	p.arrays = arrays;
	p.n_arrays = 3;
	p.disks.count = n;
	return p;
}

static void test_levels(void **state)
{
	static const struct {
		struct array array;
		size_t disks, times; /* how often a member's size */
		enum array_sync sync;
	} cases[] = {
		{ { .level = RAID_0 }, 3, 3, SYNC_NOTHING },
		{ { .level = RAID_LINEAR }, 3, 3, SYNC_NOTHING },
		{ { .level = RAID_1 }, 3, 1, SYNC_RESYNC },
		{ { .level = RAID_1, .spares = 1 }, 3, 1, SYNC_RESYNC },
		{ { .level = RAID_4 }, 3, 2, SYNC_RESYNC },
		{ { .level = RAID_5 }, 5, 4, SYNC_RESYNC },
		{ { .level = RAID_5, .spares = 2 }, 5, 2, SYNC_RESYNC },
		{ { .level = RAID_5, .missing = 1 }, 2, 2, SYNC_NOTHING },
		{ { .level = RAID_6 }, 4, 2, SYNC_RESYNC },
		{ { .level = RAID_6, .missing = 1 }, 4, 3, SYNC_RESYNC },
		{ { .level = RAID_6, .missing = 2 }, 4, 4, SYNC_NOTHING },
		{ { .level = RAID_10 }, 4, 2, SYNC_RESYNC },
		{ { .level = RAID_10, .layout = "n3" }, 6, 2, SYNC_RESYNC },
		{ { .level = RAID_10, .layout = "f2" }, 24, 12, SYNC_RESYNC },
		{ { .level = RAID_10, .layout = "o2", .missing = 1 }, 3, 2, SYNC_RESYNC },
		{ { .level = RAID_10, .missing = 2 }, 2, 2, SYNC_NOTHING },
		{ { .level = RAID_1, .missing = 1 }, 2, 1, SYNC_RESYNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct array array = cases[i].array;
		struct profile p;
		struct layout l;
		const struct layout_array *a;

		array.name = "md2";
		array.of = "storage";
		array.metadata = "1.2";
		p = with_array(array, cases[i].disks);
		use_disks(cases[i].disks, 10 * GIB, 512);
		l = compute(&p, cases[i].disks, "bios");
		a = &l.arrays[2];
		assert_int_equal(a->n_members, cases[i].disks);
		assert_int_equal(a->n_spares, array.spares);
		assert_int_equal(a->n_missing, array.missing);
		assert_int_equal(a->member_bytes, 5 * GIB - 2 * MIB);
		assert_int_equal(a->size_bytes, cases[i].times * a->member_bytes);
		assert_int_equal(a->sync, cases[i].sync);
		assert_non_null(a->sync_reason);
	}
}

static void test_sync(void **state)
{
	struct array array = {
		.name = "md2", .level = RAID_5, .of = "storage", .metadata = "1.2"
	};
	struct profile p = with_array(array, 5);
	struct layout l;

	(void)state;
	p.resync.zero_limit_s = 300;
	use_disks(5, 10 * GIB, 512);
	for (size_t i = 0; i < 5; i++)
		disks[i].write_zeroes_bytes = MIB;
	disks[4].write_zeroes_bytes = 0;
	disks[4].discard_bytes = MIB;
	l = compute(&p, 5, "bios");
	assert_int_equal(l.arrays[2].sync, SYNC_ZERO);
	assert_string_equal(l.arrays[2].sync_reason,
			    "sda, sdb, sdc and 2 more offload write-zeroes");
	disks[4].discard_bytes = 0;
	l = compute(&p, 5, "bios");
	assert_int_equal(l.arrays[2].sync, SYNC_RESYNC);
	assert_string_equal(l.arrays[2].sync_reason, "sde has no write-zeroes offload");
	p.arrays[2].spares = 1; /* sde, which then waits */
	l = compute(&p, 5, "bios");
	assert_int_equal(l.arrays[2].sync, SYNC_ZERO);
	p.resync.zero_limit_s = 0;
	l = compute(&p, 5, "bios");
	assert_int_equal(l.arrays[2].sync, SYNC_RESYNC);
	assert_string_equal(l.arrays[2].sync_reason, "resync.zero-limit is 0");
	disks[0].write_zeroes_bytes = disks[1].write_zeroes_bytes = 0;
	l = compute(&p, 5, "bios");
	assert_string_equal(l.arrays[2].sync_reason,
			    "sda, sdb have no write-zeroes offload");
	p.arrays[2].level = RAID_0;
	l = compute(&p, 5, "bios");
	assert_int_equal(l.arrays[2].sync, SYNC_NOTHING);
	assert_string_equal(l.arrays[2].sync_reason, "nothing is kept twice");
}

/* Two system disks, three more used whole; the smallest of those decides. */
static void test_data_disks(void **state)
{
	struct disk_selector set = { .name = "vm", .count = 3, .min_bytes = 20 * GIB };
	struct array array = {
		.name = "md2", .level = RAID_5, .of = "vm", .metadata = "1.2"
	};
	struct profile p = with_array(array, 2);
	struct layout l;

	(void)state;
	p.disks.max_bytes = 10 * GIB;
	p.data_disks = &set;
	p.n_data_disks = 1;
	use_disks(5, 10 * GIB, 512);
	for (size_t i = 1; i < 4; i++)
		disks[i].size_bytes = 8192 * GIB; /* of no concern to the MBR */
	disks[2].size_bytes -= GIB;
	l = compute(&p, 5, "bios");
	assert_int_equal(l.n_disks, 5);
	assert_int_equal(l.n_system, 2);
	assert_string_equal(l.disks[1].disk->path, "/dev/sde");
	assert_non_null(l.disks[1].table_id);
	assert_null(l.disks[2].table_id);
	assert_int_equal(l.arrays[0].n_members, 2);
	assert_string_equal(l.arrays[0].members[1], "/dev/sde1");
	assert_int_equal(l.arrays[2].n_members, 3);
	assert_string_equal(l.arrays[2].members[0], "/dev/sdb");
	assert_int_equal(l.arrays[2].member_bytes, 8191 * GIB);
	assert_int_equal(l.arrays[2].size_bytes, 2 * 8191 * GIB);
	p.arrays[2].level = RAID_LINEAR; /* all of each */
	assert_int_equal(compute(&p, 5, "bios").arrays[2].size_bytes,
			 (3 * 8192 - 1) * GIB);
}

static void test_volumes_that_do_not_fit(void **state)
{
	struct array array = {
		.name = "md2", .level = RAID_1, .of = "storage", .metadata = "1.2"
	};
	struct profile p = with_array(array, 2);
	struct volume volumes[] = {
		{ .at = { .line = 7, .column = 3 }, .name = "a", .bytes = 3 * GIB },
		{ .at = { .line = 8, .column = 3 },
		  .name = "b",
		  .bytes = SIZE_PERCENT(10) },
		{ .at = { .line = 9, .column = 3 }, .name = "c", .bytes = 2 * GIB },
	};
	struct volume_group group = {
		.name = "vg", .of = "md2", .volumes = volumes, .n_volumes = 3
	};
	struct layout l;

	(void)state;
	p.volume_groups = &group;
	p.n_volume_groups = 1;
	use_disks(2, 10 * GIB, 512);
	assert_refused(
		&p, 2, "bios",
		"p.yaml:9:3: volume \"c\" does not fit: group \"vg\" on md2 has 4.9 "
		"GiB, and the volumes before it take 3.4 GiB; make it or them smaller");
	volumes[2].bytes = GIB;
	l = compute(&p, 2, "bios");
	assert_string_equal(l.groups[0].device, "/dev/md2");
	assert_int_equal(l.groups[0].n_volumes, 3);
}

static void test_too_small_for_xfs(void **state)
{
	struct profile p = parse_profile(&arena, single_text);

	(void)state;
	p.filesystems[0].type = "xfs";
	use_disks(1, 301 * MIB, 512);
	assert_refused(&p, 1, "bios",
		       "p.yaml:7:5: xfs on \"root\" needs 300 MiB, there are 299 MiB");
	use_disks(1, 302 * MIB, 512);
	compute(&p, 1, "bios");
}

static void test_volumes_take_whole_extents(void **state)
{
	struct array array = {
		.name = "md2", .level = RAID_1, .of = "storage", .metadata = "1.2"
	};
	struct profile p = with_array(array, 2);
	struct volume volumes[] = {
		{ .at = { .line = 7, .column = 3 }, .name = "a", .bytes = MIB },
		{ .at = { .line = 8, .column = 3 },
		  .name = "b",
		  .bytes = SIZE_PERCENT(100) },
	};
	struct volume_group group = {
		.name = "vg", .of = "md2", .volumes = volumes, .n_volumes = 2
	};

	(void)state;
	p.volume_groups = &group;
	p.n_volume_groups = 1;
	use_disks(2, 10 * GIB, 512);
	/* lvcreate would make b smaller, and say nothing. */
	assert_refused(&p, 2, "bios",
		       "p.yaml:8:3: volume \"b\" does not fit: group \"vg\" on md2 has "
		       "4.9 GiB, and the volumes before it take 4 MiB; make it or them "
		       "smaller");
	volumes[1].bytes = SIZE_REST;
	assert_int_equal(compute(&p, 2, "bios").groups[0].volumes[0].size_bytes, 4 * MIB);
	volumes[0].bytes = SIZE_PERCENT(100); /* leaves nothing */
	assert_refused(&p, 2, "bios",
		       "p.yaml:8:3: volume \"b\" does not fit: group \"vg\" on md2 has "
		       "4.9 GiB, and the volumes before it take 4.9 GiB; make it or them "
		       "smaller");
}

static void test_xfs_on_a_small_volume(void **state)
{
	struct array array = {
		.name = "md2", .level = RAID_1, .of = "storage", .metadata = "1.2"
	};
	struct profile p = with_array(array, 2);
	struct volume volume = { .name = "a", .bytes = 200 * MIB };
	struct volume_group group = {
		.name = "vg", .of = "md2", .volumes = &volume, .n_volumes = 1
	};

	(void)state;
	p.volume_groups = &group;
	p.n_volume_groups = 1;
	p.filesystems[1].on = "vg/a";
	p.filesystems[1].type = "xfs";
	use_disks(2, 10 * GIB, 512);
	assert_refused(&p, 2, "bios",
		       "p.yaml:15:5: xfs on \"vg/a\" needs 300 MiB, there are 200 MiB");
	volume.bytes = 300 * MIB;
	compute(&p, 2, "bios");
	/* 300 MiB of array are not 300 MiB of device. */
	p.filesystems[1].on = "md1";
	p.partitions[1].bytes = 300 * MIB;
	assert_refused(&p, 2, "bios",
		       "p.yaml:15:5: xfs on \"md1\" needs 300 MiB, there are 294.3 MiB");
}

static void test_too_large_for_32_bits(void **state)
{
	struct profile p = parse_profile(&arena, single_text);
	struct partition partitions[] = { { .name = "root", .bytes = SIZE_REST } };

	(void)state;
	p.partitions = partitions;
	p.table = TABLE_GPT;
	use_disks(1, 17 * 1024 * GIB, 512);
	p.filesystems[0].type = "ext3";
	partitions[0].type = "bios-boot"; /* so that BIOS is content */
	assert_refused(
		&p, 1, "bios",
		"p.yaml:7:5: ext3 on \"root\" can have 16 TiB, there are 16.9 TiB; "
		"say ext4 with larger inodes, or xfs");
	p.filesystems[0].type = "ext4";
	compute(&p, 1, "bios");
	p.filesystems[0].inode_bytes = 128;
	assert_refused(
		&p, 1, "bios",
		"p.yaml:7:5: ext4 with inode-size 128 on \"root\" can have 16 TiB, "
		"there are 16.9 TiB; say ext4 with larger inodes, or xfs");
}

/* What mdadm refuses when everything has been wiped. */
static void test_what_mdadm_refuses(void **state)
{
	struct disk_selector set = { .name = "vm", .count = 2, .min_bytes = 20 * GIB };
	struct array array = { .at = { .line = 5, .column = 3 },
			       .name = "md2",
			       .level = RAID_1,
			       .of = "vm",
			       .metadata = "0.90" };
	struct profile p = with_array(array, 2);

	(void)state;
	p.disks.max_bytes = 10 * GIB;
	p.data_disks = &set;
	p.n_data_disks = 1;
	use_disks(4, 10 * GIB, 512);
	disks[2].size_bytes = disks[3].size_bytes = 5 * 1024 * GIB;
	assert_refused(&p, 4, "bios",
		       "p.yaml:5:3: md2: metadata 0.90 counts to 4 TiB of each member, "
		       "these have 5 TiB; 1.0 stands at the same place and has no such "
		       "limit");
	p.arrays[2].level = RAID_0;
	compute(&p, 4, "bios");
	disks[3].size_bytes += GIB;
	assert_refused(
		&p, 4, "bios",
		"p.yaml:5:3: md2: metadata 0.90 cannot say how RAID 0 lies on "
		"members of different sizes; 1.0 stands at the same place and can");
	p.arrays[2].metadata = "1.0";
	compute(&p, 4, "bios");
	disks[2].size_bytes = disks[3].size_bytes = 20 * GIB;
	p.arrays[2].chunk_bytes = 16 * GIB;
	assert_refused(
		&p, 4, "bios",
		"p.yaml:5:3: md2: chunks of 16 GiB are too large for members of 20 "
		"GiB; leave chunk out, or make \"vm\" larger");
}

/* From a file of facts; each would have been counted with. */
static void test_disks_that_cannot_be(void **state)
{
	static const uint64_t sectors[] = { 0, 3, 768, 131072, UINT64_C(1) << 63 };
	struct profile p = parse_profile(&arena, profile_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sectors); i++) {
		use_disks(2, 10 * GIB, 512);
		disks[1].sector_bytes = sectors[i];
		assert_refused(
			&p, 2, "bios",
			arena_printf(&arena,
				     "/dev/sdb (serial S01) says that its sectors "
				     "have %llu bytes; only powers of two from 512 "
				     "to 65536 can be, so take it out, or correct "
				     "the facts",
				     (unsigned long long)sectors[i]));
	}
	use_disks(2, UINT64_MAX, 512);
	assert_refused(
		&p, 2, "bios",
		"/dev/sda (serial S00) says that it has 16777215.9 TiB, which no disk "
		"has; take it out, or correct the facts");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_gpt),
		test(test_gpt_identifiers_are_each_disks),
		test(test_cylinders),
		test(test_percent),
		test(test_types),
		test(test_default_types),
		test(test_firmware),
		test(test_levels),
		test(test_sync),
		test(test_data_disks),
		test(test_volumes_that_do_not_fit),
		test(test_too_small_for_xfs),
		test(test_volumes_take_whole_extents),
		test(test_xfs_on_a_small_volume),
		test(test_too_large_for_32_bits),
		test(test_what_mdadm_refuses),
		test(test_disks_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
