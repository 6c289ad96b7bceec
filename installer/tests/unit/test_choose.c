/*
 * select.c: which disks. Profiles are structs, so that no other part decides with it.
 */
#include "plan/layout.h"
#include "tests/profile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct profile asking(struct disk_selector want)
{
	struct profile p = { .name = "p.yaml", .host = "xen01", .disks = want };

	p.disks.at = (struct yaml_mark){ .line = 3, .column = 8 };
	return p;
}

static struct layout choose(const struct profile *p, struct disk *disks, size_t n)
{
	struct facts facts = machine(disks, n);
	struct layout layout = { 0 };
	struct err err = { 0 };

	assert_ok(layout_select_disks(p, &facts, &arena, &layout, &err));
	return layout;
}

static void assert_refused(const struct profile *p, struct disk *disks, size_t n,
			   const char *msg)
{
	struct facts facts = machine(disks, n);
	struct layout layout = { 0 };
	struct err err = { 0 };

	assert_fails(layout_select_disks(p, &facts, &arena, &layout, &err), ERR_HARDWARE,
		     msg);
}

#define PAIR                                                                             \
	{                                                                                \
		blank_disk("/dev/sda", "A", 10 * GIB),                                   \
			blank_disk("/dev/sdb", "B", 10 * GIB)                            \
	}

static void test_exact_count(void **state)
{
	struct profile p = asking((struct disk_selector){ .count = 2 });
	struct disk disks[] = { blank_disk("/dev/sda", "A", 10 * GIB),
				blank_disk("/dev/sdb", NULL, 10 * GIB),
				blank_disk("/dev/sdc", NULL, 10 * GIB),
				blank_disk("/dev/sdd", NULL, 10 * GIB) };

	(void)state;
	disks[1].wwn = "naa.1";
	disks[2].by_path = "pci-0000:00:1f.2-ata-3";
	disks[2].model = NULL;
	disks[3].transport = NULL;
	assert_refused(&p, NULL, 0,
		       "p.yaml:3:8: disks.count is 2, 0 of the 0 disks here fit; the "
		       "machine shows none");
	assert_refused(&p, disks, 1,
		       "p.yaml:3:8: disks.count is 2, 1 of the 1 disks here fit:\n"
		       "  /dev/sda (10 GiB, serial A, TEST DISK, sata): fits");
	assert_refused(
		&p, disks, 4,
		"p.yaml:3:8: 4 disks fit, disks.count is 2; name them by serial, wwn or "
		"by-path, or narrow size, model or transport:\n"
		"  /dev/sda (10 GiB, serial A, TEST DISK, sata): fits\n"
		"  /dev/sdb (10 GiB, serial unknown, wwn naa.1, TEST DISK, sata): fits\n"
		"  /dev/sdc (10 GiB, serial unknown, by-path pci-0000:00:1f.2-ata-3, "
		"model unknown, sata): fits\n"
		"  /dev/sdd (10 GiB, serial unknown, TEST DISK, unknown): fits");
	assert_int_equal(choose(&p, disks, 2).n_disks, 2);
}

static const char *const others[] = { "B", "C" };

static void test_why_a_disk_does_not_fit(void **state)
{
	static const struct {
		const char *why;
		struct disk_selector want;
		struct disk change;
	} cases[] = {
		{ "smaller than min-size 8 GiB",
		  { .min_bytes = 8 * GIB },
		  { .size_bytes = 8 * GIB - 512 } },
		{ "larger than max-size 9 GiB",
		  { .max_bytes = 9 * GIB },
		  { .size_bytes = 9 * GIB + 512 } },
		{ "its serial number is not in the list",
		  { .serials = (const char **)others, .n_serials = 2 },
		  { .name = NULL } },
		{ "its wwn is not in the list",
		  { .wwns = (const char **)others, .n_wwns = 2 },
		  { .wwn = "BC" } },
		{ "its wwn is not in the list",
		  { .wwns = (const char **)others, .n_wwns = 2 },
		  { .name = NULL } },
		{ "its by-path is not in the list",
		  { .by_paths = (const char **)others, .n_by_paths = 2 },
		  { .by_path = "b" } },
		{ "its by-path is not in the list",
		  { .by_paths = (const char **)others, .n_by_paths = 2 },
		  { .name = NULL } },
		{ "attached by sata, not nvme",
		  { .transport = "nvme" },
		  { .name = NULL } },
		{ "its model is not like ACME*", { .model = "ACME*" }, { .name = NULL } },
		{ "not a hard disk", { .rotational = CHOICE_TRUE }, { .name = NULL } },
		{ "a hard disk", { .rotational = CHOICE_FALSE }, { .rotational = true } },
		{ "removable", { .name = NULL }, { .removable = true } },
		{ "removable", { .name = NULL }, { .transport = "usb" } },
		{ "write-protected", { .name = NULL }, { .read_only = true } },
		{ "cannot be read: Input/output error",
		  { .name = NULL },
		  { .unreadable = "Input/output error" } },
		{ "the boot medium: this program runs from it",
		  { .name = NULL },
		  { .boot_medium = true } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile p = asking(cases[i].want);
		struct disk disk = cases[i].change;

		p.disks.count = 1;
		disk.path = "/dev/sda";
		disk.serial = "A";
		disk.model = "TEST DISK";
		disk.transport = disk.transport ? disk.transport : "sata";
		disk.size_bytes = disk.size_bytes ? disk.size_bytes : 10 * GIB;
		assert_refused(&p, &disk, 1,
			       arena_printf(&arena,
					    "p.yaml:3:8: disks.count is 1, 0 of the 1 "
					    "disks here fit:\n  /dev/sda (%s, serial A, "
					    "TEST DISK, %s): %s",
					    SIZE_TEXT(disk.size_bytes), disk.transport,
					    cases[i].why));
	}
}

/* Each restriction by itself takes the second of two. */
static void test_selectors(void **state)
{
	static const char *const paths[] = { "/dev/disk/by-path/pci-1-ata-2", "x" };
	static const char *const bare[] = { "x", "pci-1-ata-2" };
	static const char *const wwns[] = { "0x5000C500a1b2c3d4", "x" };
	static const struct disk_selector wants[] = {
		{ .serials = (const char **)others, .n_serials = 2 },
		{ .by_paths = (const char **)paths, .n_by_paths = 2 },
		{ .by_paths = (const char **)bare, .n_by_paths = 2 },
		{ .wwns = (const char **)wwns, .n_wwns = 2 },
		{ .transport = "nvme" },
		{ .model = "ACME *" },
		{ .rotational = CHOICE_TRUE },
		{ .min_bytes = 11 * GIB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
		struct profile p = asking(wants[i]);
		struct disk disks[] = PAIR;
		struct layout l;

		p.disks.count = 1;
		disks[0].by_path = "pci-1-ata-21"; /* begins alike: another place */
		disks[0].wwn = "naa.5000c500a1b2c3d";
		disks[1].by_path = "pci-1-ata-2";
		disks[1].wwn = "naa.5000c500a1b2c3d4";
		disks[1].transport = "nvme";
		disks[1].model = "ACME X";
		disks[1].rotational = true;
		disks[1].size_bytes = 11 * GIB;
		l = choose(&p, disks, 2);
		assert_string_equal(l.disks[0].disk->path, "/dev/sdb");
		assert_ptr_equal(l.disks[0].set, &p.disks);
		assert_false(l.disks[0].whole);
		assert_int_equal(l.n_system, 1);
	}
}

static void test_removable_only_when_asked_for(void **state)
{
	struct profile usb = asking(
		(struct disk_selector){ .count = 1, .transport = "usb" });
	struct profile any = asking(
		(struct disk_selector){ .count = 1, .removable = true });
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);

	(void)state;
	disk.transport = "usb";
	choose(&any, &disk, 1);
	disk.removable = true;
	choose(&any, &disk, 1);
	choose(&usb, &disk, 1);
	disk.boot_medium = true; /* never */
	assert_refused(&usb, &disk, 1,
		       "p.yaml:3:8: disks.count is 1, 0 of the 1 disks here fit:\n"
		       "  /dev/sda (10 GiB, serial A, TEST DISK, usb): the boot medium: "
		       "this program runs from it");
}

/* The boot stick is not one too many either. */
static void test_boot_medium_beside_the_disk(void **state)
{
	struct profile p = asking(
		(struct disk_selector){ .count = 1, .removable = true });
	struct disk disks[] = PAIR;

	(void)state;
	disks[0].boot_medium = true;
	assert_string_equal(choose(&p, disks, 2).disks[0].disk->path, "/dev/sdb");
}

static void test_disk_in_use(void **state)
{
	struct profile p = asking((struct disk_selector){ .count = 2 });
	struct disk disks[] = PAIR;

	(void)state;
	disks[1].in_use = "/dev/sdb1 mounted";
	assert_refused(&p, disks, 2, "/dev/sdb (serial B) is in use: /dev/sdb1 mounted");
}

static void test_one_disk_over_two_paths(void **state)
{
	struct profile p = asking((struct disk_selector){ .count = 2 });
	struct disk disks[] = PAIR;

	(void)state;
	disks[1].serial = "A";
	assert_refused(&p, disks, 2,
		       "/dev/sda and /dev/sdb both say they have serial A: one disk over "
		       "two paths?");
	disks[0].serial = disks[1].serial = NULL;
	disks[0].wwn = disks[1].wwn = "naa.1";
	assert_refused(&p, disks, 2,
		       "/dev/sda and /dev/sdb both say they have WWN naa.1: one disk "
		       "over two paths?");
}

/* Two system disks, and the large ones for guests. */
static struct profile with_data(struct disk_selector disks, struct disk_selector *data,
				size_t n)
{
	struct profile p = asking(disks);

	p.data_disks = data;
	p.n_data_disks = n;
	return p;
}

static void test_sets_in_order(void **state)
{
	struct disk_selector data[] = {
		{ .name = "vm", .count = 2, .min_bytes = 100 * GIB },
		{ .name = "log",
		  .count = 1,
		  .transport = "nvme",
		  .at = { .line = 9, .column = 3 } },
	};
	struct profile p = with_data((struct disk_selector){ .count = 2,
							     .max_bytes = 99 * GIB,
							     .transport = "sata" },
				     data, 2);
	struct disk disks[] = {
		blank_disk("/dev/nvme0n1", "1", 10 * GIB),
		blank_disk("/dev/sda", "Z", 200 * GIB),
		blank_disk("/dev/sdb", "Y", 10 * GIB),
		blank_disk("/dev/sdc", "X", 200 * GIB),
		blank_disk("/dev/sdd", "W", 10 * GIB),
	};
	static const char *const paths[] = { "/dev/sdd", "/dev/sdb", "/dev/sdc",
					     "/dev/sda", "/dev/nvme0n1" };
	struct layout l;

	(void)state;
	disks[0].transport = "nvme";
	l = choose(&p, disks, 5);
	assert_int_equal(l.n_disks, 5);
	assert_int_equal(l.n_system, 2);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(l.disks[i].disk->path, paths[i]);
		assert_int_equal(l.disks[i].whole, i >= 2);
		assert_ptr_equal(l.disks[i].set, i < 2   ? &p.disks
						 : i < 4 ? &data[0]
							 : &data[1]);
	}
	assert_refused(&p, disks + 1, 4,
		       "p.yaml:9:3: data-disks.log.count is 1, 0 of the 4 disks here "
		       "fit:\n"
		       "  /dev/sda (200 GiB, serial Z, TEST DISK, sata): attached by "
		       "sata, not nvme\n"
		       "  /dev/sdb (10 GiB, serial Y, TEST DISK, sata): attached by "
		       "sata, not nvme\n"
		       "  /dev/sdc (200 GiB, serial X, TEST DISK, sata): attached by "
		       "sata, not nvme\n"
		       "  /dev/sdd (10 GiB, serial W, TEST DISK, sata): attached by "
		       "sata, not nvme");
	/* The same disk in two sets over two paths. */
	disks[0].serial = "Y";
	assert_refused(&p, disks, 5,
		       "/dev/sdb and /dev/nvme0n1 both say they have serial Y: one disk "
		       "over two paths?");
}

static void test_a_disk_that_fits_two_sets(void **state)
{
	struct disk_selector data = { .name = "vm",
				      .count = 1,
				      .at = { .line = 5, .column = 3 } };
	struct profile p = with_data((struct disk_selector){ .count = 1 }, &data, 1);
	struct disk disks[] = PAIR;

	(void)state;
	/* Even where the numbers would come out: which is which would be our choice. */
	assert_refused(&p, disks, 2,
		       "p.yaml: 2 of the disks here fit two sets of the profile; name "
		       "them by serial, wwn or by-path in the one that is to have them, "
		       "or narrow size, model or transport of the other:\n"
		       "  /dev/sda (10 GiB, serial A, TEST DISK, sata): disks (line 3) "
		       "and data-disks.vm (line 5)\n"
		       "  /dev/sdb (10 GiB, serial B, TEST DISK, sata): disks (line 3) "
		       "and data-disks.vm (line 5)");
}

/* The set that names a disk has it, by whatever name; the other does not count it. */
static void test_a_named_disk_belongs_to_one_set(void **state)
{
	static const char *name[] = { "B" };
	struct disk_selector data[] = {
		{ .name = "vm", .count = 1, .serials = name, .n_serials = 1 },
		{ .name = "vm", .count = 1, .wwns = name, .n_wwns = 1 },
		{ .name = "vm", .count = 1, .by_paths = name, .n_by_paths = 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(data); i++) {
		struct profile p = with_data((struct disk_selector){ .count = 1 },
					     &data[i], 1);
		struct disk disks[] = PAIR;
		struct layout l;

		disks[1].wwn = disks[1].by_path = "B";
		l = choose(&p, disks, 2);
		assert_string_equal(l.disks[0].disk->path, "/dev/sda");
		assert_string_equal(l.disks[1].disk->path, "/dev/sdb");
		assert_true(l.disks[1].whole);

		p.disks.count = 2;
		assert_refused(&p, disks, 2,
			       "p.yaml:3:8: disks.count is 2, 1 of the 2 disks here "
			       "fit:\n"
			       "  /dev/sda (10 GiB, serial A, TEST DISK, sata): fits\n"
			       "  /dev/sdb (10 GiB, serial B, TEST DISK, sata): "
			       "data-disks.vm names it");
	}
}

static void test_a_disk_that_two_sets_name(void **state)
{
	static const char *name[] = { "A", "B" };
	struct disk_selector data = { .name = "vm",
				      .count = 1,
				      .serials = name,
				      .n_serials = 2,
				      .at = { .line = 5, .column = 3 } };
	struct profile p = with_data(
		(struct disk_selector){ .count = 1, .serials = name, .n_serials = 1 },
		&data, 1);
	struct disk disks[] = PAIR;

	(void)state;
	assert_refused(&p, disks, 2,
		       "p.yaml: 1 of the disks here fit two sets of the profile; name "
		       "them by serial, wwn or by-path in the one that is to have them, "
		       "or narrow size, model or transport of the other:\n"
		       "  /dev/sda (10 GiB, serial A, TEST DISK, sata): disks (line 3) "
		       "and data-disks.vm (line 5)");
}

/* One that cannot be read today leaves a choice all the same. */
static void test_a_disk_that_would_fit(void **state)
{
	static const char *name[] = { "B" };
	struct profile p = asking((struct disk_selector){ .name = NULL });
	struct disk disks[] = PAIR;

	(void)state;
	p.disks.count = 1;
	disks[0].unreadable = "Input/output error";
	assert_refused(
		&p, disks, 2,
		"p.yaml:3:8: /dev/sda (serial A) would fit disks too, but cannot be "
		"read: Input/output error; take it out, or name the disks that are "
		"meant by serial, wwn or by-path");
	disks[0].unreadable = NULL;
	disks[0].read_only = true;
	assert_refused(
		&p, disks, 2,
		"p.yaml:3:8: /dev/sda (serial A) would fit disks too, but is "
		"write-protected; take it out, or name the disks that are meant by "
		"serial, wwn or by-path");
	p.disks.serials = name;
	p.disks.n_serials = 1;
	assert_string_equal(choose(&p, disks, 2).disks[0].disk->serial, "B");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_exact_count),
		test(test_why_a_disk_does_not_fit),
		test(test_selectors),
		test(test_removable_only_when_asked_for),
		test(test_boot_medium_beside_the_disk),
		test(test_disk_in_use),
		test(test_one_disk_over_two_paths),
		test(test_sets_in_order),
		test(test_a_disk_that_fits_two_sets),
		test(test_a_named_disk_belongs_to_one_set),
		test(test_a_disk_that_two_sets_name),
		test(test_a_disk_that_would_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
