/*
 * What the rescue mode shows and sends, of a machine that is a folder. What it takes into
 * use is the QEMU cases' business.
 */
#include <sys/stat.h>

#include "core/io.h"
#include "core/proc.h"
#include "exec/rescue_logs.h"
#include "exec/rescue_state.h"
#include "tests/scratch.h"

static struct arena arena;

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

static int make_machine(void **state)
{
	if (scratch_enter(state) < 0)
		return -1;
	shell("mkdir -p m/proc/sys/kernel m/run/dom0strap/net m/sys/block && cd m\n"
	      "echo xen01 >proc/sys/kernel/hostname\n"
	      "printf 'interface=eth0\\naddress=192.0.2.10/24\\n' "
	      ">run/dom0strap/net/lease\n"
	      "array() {\n"
	      "  mkdir -p sys/block/$1/md sys/block/$1/slaves; cd sys/block/$1/md\n"
	      "  echo $2 >array_state; echo $3 >sync_action; echo $4 >raid_disks\n"
	      "  echo $5 >degraded; echo raid1 >level; cd ../../../..\n"
	      "}\n"
	      "array md10 clean resync 2 1; : >sys/block/md10/slaves/vda2\n"
	      "array md9 readonly idle 2 0; : >sys/block/md9/slaves/vdb1\n"
	      ": >sys/block/md9/slaves/vda1\n"
	      "array md11 clear idle 0 0\n"
	      "mkdir -p sys/block/dm-0/dm sys/block/vda\n"
	      "echo vg--a-root >sys/block/dm-0/dm/name\n"
	      "printf '%s\\n' 'rootfs / rootfs rw 0 0' \\\n"
	      "  '/dev/md9 /target ext4 ro,noatime 0 0' \\\n"
	      "  '/dev/dm-0 /target/a\\040b ext4 rw 0 0' >proc/mounts\n");
	return 0;
}

static int clean_up(void **state)
{
	arena_free(&arena);
	return scratch_leave(state);
}

static struct facts facts_of_two_disks(void)
{
	static struct signature vda[] = {
		{ .type = "linux_raid_member", .partition = 1, .uuid = "1" },
		{ .type = "linux_raid_member", .partition = 2, .uuid = "2" },
		{ .type = "linux_raid_member",
		  .partition = 3,
		  .uuid = "3",
		  .label = "old:0" },
		{ .type = "LVM2_member", .partition = 5, .uuid = "x", .label = "vg-a" },
		{ .type = "LVM2_member", .partition = 6, .uuid = "y", .label = "vg" },
	};
	static struct signature vdb[] = {
		{ .type = "linux_raid_member", .partition = 1, .uuid = "1" },
		{ .type = "linux_raid_member",
		  .partition = 3,
		  .uuid = "3",
		  .label = "old:0" },
		{ .type = "linux_raid_member", .uuid = "4" },
	};
	static struct disk disks[] = {
		{ .path = "/dev/vda", .signatures = vda, .n_signatures = ARRAY_LEN(vda) },
		{ .path = "/dev/vdb", .signatures = vdb, .n_signatures = ARRAY_LEN(vdb) },
	};

	return (struct facts){ .disks = disks, .n_disks = ARRAY_LEN(disks) };
}

static void test_status(void **state)
{
	const struct facts facts = facts_of_two_disks();
	auto_text struct text t = { 0 };
	struct rescue_state s;

	(void)state;
	rescue_look("m", &arena, &s);
	rescue_print(&s, &facts, &t);
	assert_string_equal(
		t.s,
		"xen01, 192.0.2.10/24\n"
		"array /dev/md9: raid1, read-only, 2 of 2 members (/dev/vda1 /dev/vdb1)\n"
		"array /dev/md10: raid1, clean, DEGRADED 1 of 2 members (/dev/vda2), "
		"resync\n"
		"volume /dev/mapper/vg--a-root\n"
		"array old:0 is not in use: /dev/vda3 /dev/vdb3\n"
		"volume group vg is not in use: /dev/vda6\n"
		"array 4 is not in use: /dev/vdb\n"
		"mounted /dev/md9 on /target, read-only\n"
		"mounted /dev/dm-0 on /target/a b\n");
}

static void test_prompt(void **state)
{
	auto_text struct text t = { 0 }, empty = { 0 };
	struct rescue_state s;

	(void)state;
	rescue_look("m", &arena, &s);
	rescue_prompt(&s, &t);
	assert_string_equal(t.s, "xen01 [md9 2/2 ro, md10 1/2 resync]");
	rescue_look("m/nothing", &arena, &s);
	rescue_prompt(&s, &empty);
	assert_string_equal(empty.s, "dom0strap [no array]");
}

static bool holds(const struct text *archive, const char *word)
{
	return memmem(archive->s, archive->len, word, strlen(word));
}

static void test_logs_hold_no_command_line(void **state)
{
	const struct facts facts = facts_of_two_disks();
	auto_text struct text archive = { 0 };

	(void)state;
	shell("cd m; echo 'quiet password=1' >proc/cmdline; echo 'md9 : active' "
	      ">proc/mdstat\n"
	      "echo 'what init did' >run/dom0strap/init.log; echo p "
	      ">run/dom0strap/profile");
	rescue_pack_logs(
		"m",
		"<6>[ 0.0] Command line: x=password\n"
		"<5>[ 0.1] Kernel command line: x=password\n"
		"<5>[ 0.1] Unknown kernel command line parameters \"x=password\"\n"
		"<6>[ 1.0] a kernel line",
		&facts, &archive);
	assert_false(holds(&archive, "password"));
	for (size_t i = 0; i < 6; i++)
		assert_true(holds(&archive,
				  (const char *const[]){ "a kernel line", "proc/mdstat",
							 "md9 : active", "what init did",
							 "\"path\":\"/dev/vda\"",
							 "TRAILER!!!" }[i]));
	assert_false(holds(&archive, "run/dom0strap/profile"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_logs_hold_no_command_line),
	};

	return cmocka_run_group_tests(tests, make_machine, clean_up);
}
