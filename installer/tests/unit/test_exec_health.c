/*
 * Which disk has failed, told from trees that look like /sys and a kernel's log.
 */
#include <fcntl.h>

#include "core/proc.h"
#include "exec/health.h"
#include "tests/scratch.h"

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

/* Two disks with two mirrors over partitions 1 and 2, all well. */
static void make_machine(void)
{
	shell("rm -rf r; mkdir -p r/dev; : >r/dev/kmsg;"
	      "for d in vda vdb; do mkdir -p r/sys/block/$d/device; done;"
	      "for n in 1 2; do for d in vda vdb; do"
	      "  mkdir -p r/sys/block/md$n/md/dev-$d$n;"
	      "  echo in_sync >r/sys/block/md$n/md/dev-$d$n/state;"
	      "done; done");
}

static struct disk disks[] = {
	{ .name = "vda", .path = "/dev/vda", .serial = "DISK1" },
	{ .name = "vdb", .path = "/dev/vdb", .serial = "DISK2" },
};
static struct layout_disk layout_disks[] = { { .disk = &disks[0] },
					     { .disk = &disks[1] } };
static struct layout_partition partitions[] = { { .number = 1 }, { .number = 2 } };
static const char *members_1[] = { "/dev/vda1", "/dev/vdb1" };
static const char *members_2[] = { "/dev/vda2", "/dev/vdb2" };
static struct array md1 = { .name = "md1", .level = RAID_1 };
static struct array md2 = { .name = "md2", .level = RAID_1 };
static struct layout_array arrays[] = {
	{ .array = &md1, .members = members_1, .n_members = 2 },
	{ .array = &md2, .members = members_2, .n_members = 2 },
};
static struct plan plan = {
	.layout = { .disks = layout_disks,
		    .n_disks = 2,
		    .partitions = partitions,
		    .n_partitions = 2,
		    .arrays = arrays,
		    .n_arrays = 2 },
};

static int check(struct err *err)
{
	auto_health struct health h = health_begin("r");

	return health_check(&h, &plan, err);
}

#define REPLACE "replace it, then install again"

static void test_all_is_well(void **state)
{
	struct err err = { 0 };

	(void)state;
	make_machine();
	assert_ok(check(&err));
	shell("rm -rf r/sys/block/md1 r/sys/block/md2"); /* not made yet */
	assert_ok(check(&err));
	make_machine();
	shell("echo spare >r/sys/block/md2/md/dev-vdb2/state"); /* a new RAID 5 */
	assert_ok(check(&err));
}

static void test_a_member_has_failed(void **state)
{
	struct err err = { 0 };

	(void)state;
	make_machine();
	shell("echo faulty >r/sys/block/md1/md/dev-vdb1/state");
	assert_fails(check(&err), ERR_HARDWARE,
		     "disk /dev/vdb (serial DISK2) has failed: write error; md1 goes on "
		     "without it; " REPLACE);
	shell("echo faulty,write_error >r/sys/block/md2/md/dev-vdb2/state");
	assert_fails(check(&err), ERR_HARDWARE,
		     "disk /dev/vdb (serial DISK2) has failed: write error; md1, md2 go "
		     "on without it; " REPLACE);
	md2.level = RAID_0;
	assert_fails(check(&err), ERR_HARDWARE,
		     "disk /dev/vdb (serial DISK2) has failed: write error; md1 goes on "
		     "without it; md2 is lost with it; " REPLACE);
	md2.level = RAID_1;
	/* A host that is complete and runs degraded boots all the same. */
	plan.layout.state = STATE_COMPLETE;
	assert_ok(check(&err));
	plan.layout.state = STATE_BLANK;
}

static void test_a_disk_is_gone(void **state)
{
	struct err err = { 0 };

	(void)state;
	make_machine();
	shell("rm -rf r/sys/block/vda r/sys/block/md1/md/dev-vda1;"
	      "echo faulty >r/sys/block/md2/md/dev-vda2/state");
	assert_fails(check(&err), ERR_HARDWARE,
		     "disk /dev/vda (serial DISK1) is gone; md1, md2 go on without "
		     "it; " REPLACE);
	make_machine();
	shell("echo offline >r/sys/block/vdb/device/state");
	assert_fails(check(&err), ERR_HARDWARE,
		     "disk /dev/vdb (serial DISK2) is gone; " REPLACE);
	make_machine();
	shell("rm -rf r/sys/block/md1/md/dev-vdb1");
	assert_fails(check(&err), ERR_HARDWARE,
		     "disk /dev/vdb (serial DISK2) has been dropped by md; md1 goes on "
		     "without it; " REPLACE);
}

/* A failure that says nothing of a disk, with the kernel's lines since the beginning. */
static void explain(const char *before, const char *since, struct err *err)
{
	auto_free char *first = xasprintf("printf '%%s' '%s' >r/dev/kmsg", before);
	auto_free char *then = xasprintf("printf '%%s' '%s' >>r/dev/kmsg", since);
	struct health h;

	make_machine();
	shell(first);
	h = health_begin("r");
	shell(then);
	health_explain(&h, &plan, err);
	health_end(&h);
}

#define SECTOR_ERROR                                                                     \
	"3,1,2,-;I/O error, dev vdb, sector 8 op 0x1:(WRITE) flags 0x800 phys_seg 1\n"

static void test_the_log_knows(void **state)
{
	static const char *const lines[] = {
		SECTOR_ERROR,
		"3,1,2,-;critical medium error, dev vdb, sector 8\n",
		"3,1,2,-;Buffer I/O error on dev vdb1, logical block 3, lost async\n",
		"6,1,2,-;eth0: up\n" SECTOR_ERROR "6,1,2,-;eth0: down\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct err err = { 0 };

		err_set(&err, ERR_SYSTEM, EIO, "write /target/x");
		explain("", lines[i], &err);
		assert_string_equal(err.msg, "disk /dev/vdb (serial DISK2) has failed: "
					     "I/O error; " REPLACE
					     ": write /target/x: Input/output error");
		assert_int_equal(err.code, ERR_HARDWARE);
	}
}

static void test_the_log_does_not_know(void **state)
{
	static const struct {
		enum err_code code;
		int sys_errno;
		const char *before, *since;
	} cases[] = {
		{ ERR_SYSTEM, EIO, "", "" },
		{ ERR_SYSTEM, EIO, SECTOR_ERROR, "" }, /* before this install */
		{ ERR_SYSTEM, EIO, "", "3,1,2,-;I/O error, dev vdbc, sector 8\n" },
		{ ERR_SYSTEM, EIO, "", "3,1,2,-;I/O error, dev sr0, sector 8\n" },
		{ ERR_SOURCE, 0, "", SECTOR_ERROR }, /* not what ended it */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { 0 };

		err_set(&err, cases[i].code, cases[i].sys_errno, "it");
		explain(cases[i].before, cases[i].since, &err);
		assert_int_equal(err.code, cases[i].code);
		assert_true(str_starts(err.msg, "it"));
	}
}

/* With a single disk there is no other. */
static void test_one_disk(void **state)
{
	struct err err = { 0 };

	(void)state;
	plan.layout.n_disks = 1;
	plan.layout.n_arrays = 0;
	err_set(&err, ERR_SYSTEM, EIO, "write /target/x");
	explain("", "", &err);
	plan.layout.n_disks = plan.layout.n_arrays = 2;
	assert_string_equal(err.msg,
			    "disk /dev/vda (serial DISK1) has failed: I/O error; " REPLACE
			    ": write /target/x: Input/output error");
	assert_int_equal(err.code, ERR_HARDWARE);
}

static void test_a_tool_that_fails_over_a_lost_disk(void **state)
{
	struct err err = { 0 };
	struct health h;

	(void)state;
	make_machine();
	h = health_begin("r");
	err_set(&err, ERR_TOOL, 0, "mkfs.ext4 exited with 1 (Short write)");
	shell("rm -rf r/sys/block/vdb");
	health_explain(&h, &plan, &err);
	health_end(&h);
	assert_string_equal(err.msg, "disk /dev/vdb (serial DISK2) is gone; " REPLACE
				     ": mkfs.ext4 exited with 1 (Short write)");
	assert_int_equal(err.code, ERR_HARDWARE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_well),
		cmocka_unit_test(test_a_member_has_failed),
		cmocka_unit_test(test_a_disk_is_gone),
		cmocka_unit_test(test_the_log_knows),
		cmocka_unit_test(test_the_log_does_not_know),
		cmocka_unit_test(test_one_disk),
		cmocka_unit_test(test_a_tool_that_fails_over_a_lost_disk),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
