/*
 * Partition tables written onto image files, read back by sfdisk(8) and by the facts.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/proc.h"
#include "exec/device.h"
#include "exec/exec.h"
#include "exec/table.h"
#include "facts/facts.h"
#include "tests/scratch.h"

static void make_image(const char *path, uint64_t bytes)
{
	auto_fd int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
}

static char *dump(const char *image)
{
	static char text[8192];
	auto_free char *script = xasprintf("/usr/sbin/sfdisk -d %s >dump", image);
	auto_free char *all = NULL;
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
	assert_ok(io_read_file(AT_FDCWD, "dump", sizeof(text) - 1, &all, NULL, &err));
	strcpy(text, all);
	return text;
}

static struct disk probe(const char *image, uint64_t bytes, uint64_t sector,
			 struct arena *arena)
{
	struct disk d = { .path = arena_printf(arena, "%s/%s", scratch, image),
			  .size_bytes = bytes,
			  .sector_bytes = sector };

	facts_probe_contents("", arena, &d);
	return d;
}

#define LINUX                                                                            \
	{                                                                                \
		.name = "linux", .mbr = 0x83                                             \
	}
#define RAID                                                                             \
	{                                                                                \
		.name = "raid", .mbr = 0xfd, .guid = RAID_GUID                           \
	}
#define EFI                                                                              \
	{                                                                                \
		.name = "efi", .guid = EFI_GUID                                          \
	}

#define RAID_GUID "A19D880F-05FC-4D3B-A006-743F0F84911E"
#define EFI_GUID  "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define ID        "AAAAAAAA-BBBB-8CCC-8DDD-EEEEEEEEEEEE"
#define UUID_1    "11111111-BBBB-8CCC-8DDD-EEEEEEEEEEEE"
#define UUID_2    "22222222-BBBB-8CCC-8DDD-EEEEEEEEEEEE"

static const struct layout_partition two[] = {
	{ .name = "boot",
	  .number = 1,
	  .start_bytes = MIB,
	  .size_bytes = 16 * MIB,
	  .type = RAID,
	  .active = true },
	{ .name = "root",
	  .number = 2,
	  .start_bytes = 17 * MIB,
	  .size_bytes = 40 * MIB + 512,
	  .type = LINUX },
};

static void test_mbr(void **state)
{
	struct table_change t = { .disk = "mbr",
				  .kind = TABLE_MBR,
				  .id = "0x1a2b3c4d",
				  .sector_bytes = 512,
				  .partitions = two,
				  .n_partitions = 2 };
	auto_arena struct arena arena = { 0 };
	struct err err = { 0 };
	struct disk d;

	(void)state;
	make_image("mbr", 64 * MIB);
	assert_ok(table_write(&t, &err));
	assert_contains(dump("mbr"), "label: dos\nlabel-id: 0x1a2b3c4d\n");
	assert_contains(dump("mbr"),
			"mbr1 : start=        2048, size=       32768, type=fd\n");
	assert_contains(dump("mbr"),
			"mbr2 : start=       34816, size=       81921, type=83\n");
	d = probe("mbr", 64 * MIB, 512, &arena);
	assert_false(d.boot_code);
	assert_false(d.partitions[0].active);
	assert_ok(table_mark("mbr", TABLE_MBR, 1, &err));
	assert_contains(dump("mbr"), "size=       32768, type=fd, bootable\n");
	assert_ok(table_mark("mbr", TABLE_MBR, 1, &err)); /* a mark stays */
	assert_contains(dump("mbr"), "size=       32768, type=fd, bootable\n");
	assert_contains(dump("mbr"), "size=       81921, type=83\n");
}

/* XenServer 6's habit: the first partition at sector 63, ends on cylinders. */
static void test_mbr_on_cylinders(void **state)
{
	static const struct layout_partition partitions[] = {
		{ .name = "a",
		  .number = 1,
		  .start_bytes = 63 * 512,
		  .size_bytes = (3 * 16065 - 63) * 512,
		  .type = RAID },
		{ .name = "b",
		  .number = 2,
		  .start_bytes = 3 * 16065 * 512,
		  .size_bytes = 2 * 16065 * 512,
		  .type = LINUX },
	};
	struct table_change t = { .disk = "cylinders",
				  .kind = TABLE_MBR,
				  .id = "0x00000001",
				  .sector_bytes = 512,
				  .partitions = partitions,
				  .n_partitions = 2 };
	struct err err = { 0 };

	(void)state;
	make_image("cylinders", 64 * MIB);
	assert_ok(table_write(&t, &err));
	assert_contains(dump("cylinders"),
			"1 : start=          63, size=       48132, type=fd");
	assert_contains(dump("cylinders"),
			"2 : start=       48195, size=       32130, type=83");
}

static void test_gpt(void **state)
{
	static const struct layout_partition partitions[] = {
		{ .name = "esp",
		  .number = 1,
		  .start_bytes = MIB,
		  .size_bytes = 16 * MIB,
		  .type = EFI,
		  .active = true },
		{ .name = "root",
		  .number = 2,
		  .start_bytes = 17 * MIB,
		  .size_bytes = 40 * MIB,
		  .type = { .guid = "01234567-89AB-CDEF-0123-456789ABCDEF" } },
	};
	struct table_change t = { .disk = "gpt",
				  .kind = TABLE_GPT,
				  .id = ID,
				  .partitions = partitions,
				  .uuids = (const char *const[]){ UUID_1, UUID_2 },
				  .n_partitions = 2 };
	struct err err = { 0 };
	unsigned char mbr[512];
	auto_fd int fd = -1;

	(void)state;
	for (t.sector_bytes = 512; t.sector_bytes <= 4096; t.sector_bytes *= 8) {
		auto_arena struct arena arena = { 0 };
		struct disk d;

		make_image("gpt", 64 * MIB);
		assert_ok(table_write(&t, &err));
		d = probe("gpt", 64 * MIB, t.sector_bytes, &arena);
		assert_string_equal(d.table, "gpt");
		assert_int_equal(d.n_partitions, 2);
		assert_int_equal(d.partitions[0].start_bytes, MIB);
		assert_int_equal(d.partitions[1].size_bytes, 40 * MIB);
		if (t.sector_bytes > 512)
			continue;
		assert_contains(dump("gpt"), "label: gpt\nlabel-id: " ID "\n");
		assert_contains(
			dump("gpt"),
			"gpt1 : start=        2048, size=       32768, type=" EFI_GUID
			", uuid=" UUID_1 ", name=\"esp\"\n");
		assert_contains(dump("gpt"),
				"type=01234567-89AB-CDEF-0123-456789ABCDEF, uuid=" UUID_2
				", name=\"root\"\n");
		/* A loader that stands there stays, when the mark is set. */
		fd = open("gpt", O_RDWR | O_CLOEXEC);
		assert_ok(device_write(fd, "gpt", "boot code", 0, 9, &err));
		assert_ok(table_mark("gpt", TABLE_GPT, 1, &err));
		assert_contains(dump("gpt"),
				"name=\"esp\", attrs=\"LegacyBIOSBootable\"\n");
		assert_ok(table_mark("gpt", TABLE_GPT, 1, &err));
		assert_contains(dump("gpt"),
				"name=\"esp\", attrs=\"LegacyBIOSBootable\"\n");
		assert_ok(device_read(fd, "gpt", mbr, 0, sizeof(mbr), &err));
		assert_memory_equal(mbr, "boot code", 9);
		assert_int_equal(mbr[450], 0xee); /* the protective partition */
	}
}

static void test_mark_without_a_table(void **state)
{
	struct err err = { 0 };

	(void)state;
	make_image("blank", 64 * MIB);
	assert_fails(table_mark("blank", TABLE_MBR, 1, &err), ERR_SYSTEM,
		     "blank has lost its partition table");
	assert_fails(table_mark("missing", TABLE_MBR, 1, &err), ERR_SYSTEM,
		     "open missing: No such file or directory");
}

/* What libfdisk would move or cut is refused, not written. */
static void test_place_beyond_the_disk(void **state)
{
	struct table_change t = { .disk = "small",
				  .kind = TABLE_MBR,
				  .id = "0x1a2b3c4d",
				  .sector_bytes = 512,
				  .partitions = two,
				  .n_partitions = 2 };
	struct err err = { 0 };
	char byte = 1;
	auto_fd int fd = -1;

	(void)state;
	make_image("small", 20 * MIB);
	assert_int_equal(table_write(&t, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	fd = open("small", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, 510), 1);
	assert_int_equal(byte, 0);
}

static void test_clear(void **state)
{
	static const struct layout_range ranges[] = {
		{ .disk = "dirty", .offset_bytes = 0, .size_bytes = MIB },
		{ .disk = "dirty", .offset_bytes = 3 * MIB, .size_bytes = 4096 },
	};
	struct action a = { .kind = ACT_CLEAR, .ranges = { ranges, 2 } };
	auto_free unsigned char *bytes = xmalloc(4 * MIB);
	struct err err = { 0 };
	auto_fd int fd = -1;

	(void)state;
	make_image("dirty", 4 * MIB);
	fd = open("dirty", O_RDWR | O_CLOEXEC);
	memset(bytes, 'x', 4 * MIB);
	assert_ok(device_write(fd, "dirty", bytes, 0, 4 * MIB, &err));
	assert_ok(act_clear(NULL, &a, &err));
	assert_ok(device_read(fd, "dirty", bytes, 0, 4 * MIB, &err));
	for (size_t i = 0; i < 4 * MIB; i++) {
		bool cleared = i < MIB || (i >= 3 * MIB && i < 3 * MIB + 4096);

		assert_int_equal(bytes[i], cleared ? 0 : 'x');
	}
}

/* As XenServer's installer leaves it: its own boot code, and the rest of the disk free.
 */
static void make_xenserver_disk(const char *path)
{
	auto_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	char code[440];
	struct err err = { 0 };

	memset(code, 'c', sizeof(code));
	assert_ok(device_write(fd, path, code, 0, sizeof(code), &err));
}

static void test_entry_in_a_table_that_is_there(void **state)
{
	struct layout_partition storage = { .name = "storage",
					    .number = 3,
					    .start_bytes = 58 * MIB,
					    .size_bytes = 5 * MIB,
					    .type = RAID };
	struct table_change t = { .disk = "entry",
				  .kind = TABLE_MBR,
				  .id = "0x1a2b3c4d",
				  .sector_bytes = 512,
				  .partitions = two,
				  .n_partitions = 2 };
	struct table_entry_change e = { .disk = "entry",
					.kind = TABLE_MBR,
					.partition = &storage };
	auto_arena struct arena arena = { 0 };
	struct err err = { 0 };
	const char *before;

	(void)state;
	make_image("entry", 64 * MIB);
	assert_ok(table_write(&t, &err));
	assert_ok(table_mark("entry", TABLE_MBR, 1, &err));
	make_xenserver_disk("entry");
	before = arena_strdup(&arena, dump("entry"));
	assert_ok(table_set_entry(&e, &err));
	assert_string_equal(dump("entry"),
			    arena_printf(&arena,
					 "%sentry3 : start=      118784, size=       "
					 "10240, type=fd\n",
					 before));
	assert_true(probe("entry", 64 * MIB, 512, &arena).boot_code);
	/* Again, and with another type, at that place alone. */
	storage.type = (struct partition_type)LINUX;
	assert_ok(table_set_entry(&e, &err));
	assert_contains(dump("entry"), "size=       10240, type=83\n");
	storage.size_bytes += MIB;
	assert_int_equal(table_set_entry(&e, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_contains(dump("entry"), "size=       10240, type=83\n");
}

static void test_entry_in_a_gpt(void **state)
{
	const struct layout_partition storage = { .name = "storage",
						  .number = 3,
						  .start_bytes = 58 * MIB,
						  .size_bytes = 5 * MIB,
						  .type = RAID };
	struct table_change t = { .disk = "gpt-entry",
				  .kind = TABLE_GPT,
				  .id = ID,
				  .sector_bytes = 512,
				  .partitions = two,
				  .uuids = (const char *const[]){ UUID_1, UUID_2 },
				  .n_partitions = 2 };
	struct table_entry_change e = {
		.disk = "gpt-entry", .kind = TABLE_GPT, .partition = &storage, .uuid = ID
	};
	struct err err = { 0 };

	(void)state;
	make_image("gpt-entry", 64 * MIB);
	assert_ok(table_write(&t, &err));
	assert_ok(table_set_entry(&e, &err));
	assert_contains(dump("gpt-entry"), "label-id: " ID);
	assert_contains(dump("gpt-entry"), UUID_2);
	assert_contains(dump("gpt-entry"), "size=       10240, type=" RAID_GUID
					   ", uuid=" ID ", name=\"storage\"");
	e.kind = TABLE_MBR;
	assert_fails(table_set_entry(&e, &err), ERR_SYSTEM,
		     "gpt-entry has lost its partition table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mbr),
		cmocka_unit_test(test_mbr_on_cylinders),
		cmocka_unit_test(test_gpt),
		cmocka_unit_test(test_mark_without_a_table),
		cmocka_unit_test(test_place_beyond_the_disk),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_entry_in_a_table_that_is_there),
		cmocka_unit_test(test_entry_in_a_gpt),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
