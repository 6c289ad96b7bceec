/*
 * Tables, partitions, and filesystems and RAID members in and beside them.
 */
#include "tests/disk_bytes.h"

#define SAS "pci0000:00/0000:00:03.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0"
#define ATA "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"

static void test_mbr(void **state)
{
	static const struct mbr_entry entries[] = {
		{ 0x80, 0xfd, 2048, 8192 },
		{ 0x00, 0x83, 10240, 8192 },
	};
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 0x1a2b3c4d, entries, ARRAY_LEN(entries));
	d = only_disk();
	assert_string_equal(d->table, "dos");
	assert_string_equal(d->table_id, "0x1a2b3c4d");
	assert_false(d->boot_code);
	assert_int_equal(d->n_partitions, 2);
	assert_int_equal(d->partitions[0].number, 1);
	assert_int_equal(d->partitions[0].start_bytes, MIB);
	assert_int_equal(d->partitions[0].size_bytes, 4 * MIB);
	assert_string_equal(d->partitions[0].type, "0xfd");
	assert_true(d->partitions[0].active);
	assert_int_equal(d->partitions[1].number, 2);
	assert_int_equal(d->partitions[1].start_bytes, 5 * MIB);
	assert_string_equal(d->partitions[1].type, "0x83");
	assert_false(d->partitions[1].active);
	assert_int_equal(d->n_signatures, 1);
	assert_signature(d, "dos", 510, 0, "1a2b3c4d");

	write_at("sda", 439, "\x90", 1);
	d = only_disk();
	assert_true(d->boot_code);
	assert_string_equal(d->table_id, "0x1a2b3c4d");
}

/* A jump, a version where GRUB legacy has one, and what both GRUBs say. */
static void test_boot_loader(void **state)
{
	static const struct mbr_entry entries[] = { { 0x80, 0x83, 2048, 8192 } };

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 1, entries, ARRAY_LEN(entries));
	write_at("sda", MIB + 3, "EXTLINUX", 8);
	assert_null(only_disk()->boot_loader); /* nothing would start it */
	write_at("sda", 0, "\x33\xc0\xfa", 3);
	assert_string_equal(only_disk()->boot_loader, "extlinux");
	write_at("sda", MIB + 3, "MSDOS5.0", 8);
	assert_null(only_disk()->boot_loader);
	write_at("sda", 0, "\xeb\x48\x90", 3);
	assert_null(only_disk()->boot_loader);
	write_at("sda", 0x17f, "GRUB \0Geom", 10);
	assert_string_equal(only_disk()->boot_loader, "grub2"); /* 1.96 and before */
	write_at("sda", 0x3e, "\3\2", 2);
	assert_string_equal(only_disk()->boot_loader, "grub-legacy");
	write_at("sda", 0, "\xeb\x63\x90", 3);
	assert_string_equal(only_disk()->boot_loader, "grub2");
	write_at("sda", MIB + 3, "EXTLINUX", 8); /* what an older loader left */
	assert_string_equal(only_disk()->boot_loader, "grub2");
}

static void test_mbr_with_large_sectors(void **state)
{
	static const struct mbr_entry entry = { 0x00, 0x83, 256, 1024 };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	attribute("sda", "queue/logical_block_size", "4096\n");
	write_mbr("sda", 1, &entry, 1);
	d = only_disk();
	assert_int_equal(d->n_partitions, 1);
	assert_int_equal(d->partitions[0].start_bytes, MIB);
	assert_int_equal(d->partitions[0].size_bytes, 4 * MIB);
}

static void test_gpt(void **state)
{
	static const uint64_t sectors[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sectors); i++) {
		const struct disk *d;

		if (i)
			remove_root(state), make_root(state);
		add_disk(ATA, "sda", 16 * MIB);
		attribute("sda", "queue/logical_block_size",
			  arena_printf(&arena, "%u\n", (unsigned)sectors[i]));
		write_gpt("sda", sectors[i], 16 * MIB);
		d = only_disk();
		assert_string_equal(d->table, "gpt");
		assert_string_equal(d->table_id, "22222222-2222-2222-2222-222222222222");
		assert_int_equal(d->n_partitions, 1);
		assert_int_equal(d->partitions[0].start_bytes, MIB);
		assert_int_equal(d->partitions[0].size_bytes, MIB);
		assert_string_equal(d->partitions[0].type,
				    "0fc63daf-8483-4772-8e79-3d69d8477de4");
		assert_string_equal(d->partitions[0].uuid,
				    "11111111-1111-1111-1111-111111111111");
		assert_false(d->partitions[0].active);
		assert_signature(d, "gpt", sectors[i], 0,
				 "22222222-2222-2222-2222-222222222222");
	}
}

static void test_gpt_partition_that_is_bootable(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_gpt_of("sda", 512, 16 * MIB, gpt_linux, 4, false);
	d = only_disk();
	assert_true(d->partitions[0].active);
	write_gpt_of("sda", 512, 16 * MIB, gpt_linux, 0x1000000000000003, false);
	d = only_disk();
	assert_false(d->partitions[0].active);
}

/* Tools that "repair" would bring this table back. */
static void test_nothing_but_a_backup_gpt(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_gpt_of("sda", 512, 16 * MIB, gpt_linux, 0, true);
	d = only_disk();
	assert_signature(d, "gpt", 16 * MIB - 512, 0, NULL);
	assert_null(d->table);
	assert_int_equal(d->n_signatures, 1);
}

static void test_gpfs_by_its_partition(void **state)
{
	static const unsigned char type[16] = { 0x90, 0xfc, 0xaf, 0x37, 0x7d, 0xef,
						0x96, 0x4e, 0x91, 0xc3, 0x2d, 0x7a,
						0xe0, 0x55, 0xb1, 0x74 };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_gpt_of("sda", 512, 16 * MIB, type, 0, false);
	d = only_disk();
	assert_signature(d, "GPFS", MIB, 1, "11111111-1111-1111-1111-111111111111");
}

/* A table may come from a larger disk, or from somebody who means harm. */
static void test_partitions_beyond_the_end(void **state)
{
	static const struct mbr_entry entries[] = { { 0, 0x83, 2048, UINT32_MAX },
						    { 0, 0x83, UINT32_MAX, UINT32_MAX } };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 7, entries, ARRAY_LEN(entries));
	write_ext4("sda", MIB, "");
	d = only_disk();
	assert_int_equal(d->n_signatures, 2);
	assert_signature(d, "dos", 510, 0, NULL);
	assert_signature(d, "ext4", MIB + 1024 + 0x38, 1, NULL);
}

static void test_filesystem_whose_table_is_lost(void **state)
{
	static const uint64_t starts[] = { 34 * 512, 40 * 512,  6 * 4096,
					   63 * 512, 128 * 512, MIB };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		const struct disk *d;

		if (i)
			remove_root(state), make_root(state);
		add_disk(ATA, "sda", 16 * MIB);
		write_ext4("sda", starts[i], "");
		write_md1("sda", starts[i], 4096);
		d = only_disk();
		assert_int_equal(d->n_signatures, 2);
		assert_signature(d, "ext4", starts[i] + 1024 + 0x38, 0, NULL);
		assert_signature(d, "linux_raid_member", starts[i] + 4096, 0, NULL);
	}
}

/* FAT: "Microsoft Extensible Firmware Initiative FAT32 File System Specification". */
static void write_fat16(const char *disk, uint64_t offset, const char *label)
{
	unsigned char boot[512] = { 0xeb, 0x3c, 0x90 }, entry[32] = { 0 };

	le(boot + 11, 2, 512);
	boot[13] = 4;          /* sectors in a cluster */
	le(boot + 14, 2, 4);   /* reserved */
	boot[16] = 2;          /* tables */
	le(boot + 17, 2, 512); /* root entries */
	boot[21] = 0xf8;
	le(boot + 22, 2, 64); /* sectors of a table */
	le(boot + 32, 4, 65536);
	boot[38] = 0x29;
	le(boot + 39, 4, 0x12345678);
	memcpy(boot + 43, label, 11);
	letters(boot + 54, "FAT16   ");
	boot[510] = 0x55;
	boot[511] = 0xaa;
	memcpy(entry, label, 11);
	entry[11] = 8;
	write_at(disk, offset, boot, sizeof(boot));
	write_at(disk, offset + (4 + 2 * 64) * 512, entry, sizeof(entry));
}

static void test_boot_medium(void **state)
{
	static const struct mbr_entry entry = { 0x80, 0x0c, 2048, 65536 };
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", 64 * MIB);
	write_mbr("sda", 7, &entry, 1);
	write_fat16("sda", MIB, "DOM0STRAP  ");
	add_disk(SAS, "sdb", 64 * MIB);
	write_fat16("sdb", 0, "DOM0STRAP  ");
	add_disk(ATA "1", "sdc", 64 * MIB);
	write_fat16("sdc", 0, "DOM0STRAP2 ");
	add_disk(ATA "2", "sdd", 64 * MIB);
	write_pv("sdd", 0, 1, (uint64_t[2]){ 4096 });
	write_lvm_area("sdd", 4096, "DOM0STRAP {\nid", 512);
	facts = probe();
	assert_signature(&facts.disks[0], "vfat", MIB + 54, 1, "1234-5678");
	assert_string_equal(facts.disks[0].signatures[1].label, "DOM0STRAP");
	assert_true(facts.disks[0].boot_medium);
	assert_true(facts.disks[1].boot_medium);
	assert_false(facts.disks[2].boot_medium);
	assert_string_equal(facts.disks[3].signatures[0].label, "DOM0STRAP");
	assert_false(facts.disks[3].boot_medium); /* a group may be called anything */
}

static void test_filesystems(void **state)
{
	static const struct mbr_entry entries[] = { { 0, 0x83, 2048, 4096 },
						    { 0, 0x83, 6144, 4096 } };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 7, entries, ARRAY_LEN(entries));
	write_ext4("sda", 3 * MIB, "old\x1broot");
	d = only_disk();
	assert_int_equal(d->n_signatures, 2);
	assert_signature(d, "ext4", 3 * MIB + 1024 + 0x38, 2,
			 "abababab-abab-abab-abab-abababababab");
	assert_string_equal(d->signatures[1].label, "old?root");
}

static void test_filesystem_without_table(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_ext4("sda", 0, "");
	d = only_disk();
	assert_null(d->table);
	assert_int_equal(d->n_signatures, 1);
	assert_signature(d, "ext4", 1024 + 0x38, 0, NULL);
	assert_null(d->signatures[0].label);
}

static void test_raid_members(void **state)
{
	static const char uuid[] = "cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd";
	static const struct mbr_entry entries[] = { { 0, 0xfd, 2048, 8192 },
						    { 0, 0xfd, 10240, 8192 },
						    { 0, 0xfd, 18432, 8192 } };
	const struct disk *d;
	uint64_t at;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 7, entries, ARRAY_LEN(entries));
	write_md1("sda", MIB, 4096);               /* 1.2 */
	write_md1("sda", 5 * MIB, 4 * MIB - 8192); /* 1.0 */
	at = write_md0("sda", 9 * MIB, 4 * MIB);   /* 0.90 */
	d = only_disk();
	assert_signature(d, "linux_raid_member", MIB + 4096, 1, uuid);
	assert_signature(d, "linux_raid_member", 9 * MIB - 8192, 2, uuid);
	assert_signature(d, "linux_raid_member", at, 3,
			 "11121314-2122-2324-3132-333441424344");
	assert_string_equal(d->signatures[1].label, "host:md0");
	assert_int_equal(d->n_signatures, 4);
}

/* Metadata 1.0 leaves the beginning to the filesystem: both are somebody's. */
static void test_all_signatures_of_an_area_are_found(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_ext4("sda", 0, "data");
	write_md1("sda", 0, 16 * MIB - 8192);
	d = only_disk();
	assert_signature(d, "ext4", 1024 + 0x38, 0, NULL);
	assert_signature(d, "linux_raid_member", 16 * MIB - 8192, 0, NULL);
	assert_int_equal(d->n_signatures, 2);
}

static void test_json_round_trip(void **state)
{
	static const struct mbr_entry entry = { 0x80, 0x83, 2048, 8192 };
	auto_text struct text json = { 0 }, again = { 0 }, prose = { 0 };
	struct facts facts, parsed;
	struct err err = { 0 };

	(void)state;
	put("sys/class/dmi/id/product_uuid", "U\n");
	put("proc/meminfo", "MemTotal: 500000 kB\n");
	put("sys/class/net/eth0/address", "52:54:00:00:00:01\n");
	put("sys/class/net/eth0/device/x", "");
	add_disk(ATA, "sda", 16 * MIB);
	attribute("sda", "device/model", "null\n");
	attribute("sda", "serial", "0123\n");
	write_mbr("sda", 0xfedcba98, &entry, 1);
	write_ext4("sda", MIB, "a: \"b\" # \xc2\x85");
	add_disk(SAS, "sdb", MIB);
	put("sys/block/sdb/holders/md1", "");
	facts = probe();
	schema_json(&facts_schema, &facts, SCHEMA_SHOWN, &json);
	assert_ok(facts_parse("f", json.s, json.len, &arena, &parsed, &err));
	schema_json(&facts_schema, &parsed, SCHEMA_SHOWN, &again);
	assert_string_equal(again.s, json.s);

	assert_int_equal(parsed.n_disks, 2);
	assert_string_equal(parsed.disks[0].model, "null");
	assert_string_equal(parsed.disks[0].serial, "0123");
	assert_string_equal(parsed.disks[0].table_id, "0xfedcba98");
	assert_true(parsed.disks[0].partitions[0].active);
	assert_string_equal(parsed.disks[0].signatures[1].type, "ext4");
	assert_string_equal(parsed.disks[0].signatures[1].label, "a: \"b\" # ?");
	assert_string_equal(parsed.disks[1].in_use, "used by md1");
	assert_int_equal(parsed.memory_bytes, 500000 * 1024);
	assert_int_equal(parsed.n_nics, 1);

	facts_print(&parsed, &prose);
	assert_contains(prose.s, "disk /dev/sda: 16 MiB, ");
	assert_contains(prose.s,
			"  ext4 at byte 1049656 (partition 1), label a: \"b\" # ?, "
			"UUID abababab-");
	assert_contains(prose.s, "  in use: used by md1\n");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		test(test_mbr),
		test(test_boot_loader),
		test(test_mbr_with_large_sectors),
		test(test_gpt),
		test(test_gpt_partition_that_is_bootable),
		test(test_nothing_but_a_backup_gpt),
		test(test_gpfs_by_its_partition),
		test(test_partitions_beyond_the_end),
		test(test_filesystem_whose_table_is_lost),
		test(test_boot_medium),
		test(test_filesystems),
		test(test_filesystem_without_table),
		test(test_raid_members),
		test(test_all_signatures_of_an_area_are_found),
		test(test_json_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
