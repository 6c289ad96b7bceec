/* The program that starts first-boot scripts, run on a host that is a folder. */
#include <fcntl.h>

#include "core/io.h"
#include "plan/first_boot.h"
#include "tests/scratch.h"

static void shell(const char *script)
{
	struct err err = { 0 };

	if (RUN(&err, "sh", "-euc", script) < 0)
		fail_msg("%s", err.msg);
}

/* As the plan has it, with its folders here. */
static int set_up(void **state)
{
	auto_plan struct plan plan = { 0 };
	auto_file FILE *f = fopen("program", "we");

	(void)state;
	plan_add_first_boot(&plan);
	assert_string_equal(plan.actions[0].file.path, TARGET_DIR FIRST_BOOT_PROGRAM);
	fputs(plan.actions[0].file.text, f);
	fclose(take_ptr(f));
	shell("sed -i \"s,/usr/libexec/dom0strap,$PWD,; s,/var/lib/dom0strap,$PWD/lib,;"
	      "s,/var/log,$PWD,\" program; rm -rf first-boot.d lib *.log; mkdir "
	      "first-boot.d;"
	      "cd first-boot.d; printf '#!/bin/sh\\necho second; pwd\\n' >10-b;"
	      "printf '#!/bin/sh\\ncat; echo first; echo wrong >&2; exit 3\\n' >02-a-a;"
	      "chmod 755 02-a-a 10-b");
	return 0;
}

static void assert_prints(const char *expected)
{
	auto_free char *text = NULL;
	struct err err = { 0 };

	shell("echo in | sh ./program >out 2>&1; sed -i 's/ at .*//' out");
	assert_ok(io_read_file(AT_FDCWD, "out", 4096, &text, NULL, &err));
	assert_string_equal(text, expected);
}

static void test_once_and_in_order(void **state)
{
	(void)state;
	assert_prints("a-a: started\nfirst\nwrong\na-a: exit 3\n"
		      "b: started\nsecond\n/\nb: exit 0\n");
	shell("test \"$(cat lib/first-boot/a-a)\" = 'exit 3';"
	      "test \"$(cat lib/first-boot/b)\" = 'exit 0';"
	      "grep -q wrong dom0strap-first-boot.log;"
	      "test \"$(stat -c %a dom0strap-first-boot.log)\" = 600");
	assert_prints("");
	shell("cp first-boot.d/10-b first-boot.d/03-c");
	assert_prints("c: started\nsecond\n/\nc: exit 0\n");
}

/* The note of one that a power cut has stopped, and another place in the profile. */
static void test_never_again(void **state)
{
	(void)state;
	shell("mkdir -p lib/first-boot; echo started >lib/first-boot/a-a;"
	      "mv first-boot.d/02-a-a first-boot.d/05-a-a; chmod -x first-boot.d/10-b");
	assert_prints("");
}

/* So that a power cut in the middle of it is known. */
static void test_noted_before_it_starts(void **state)
{
	(void)state;
	shell("rm first-boot.d/*; printf '#!/bin/sh\ncat %s/lib/first-boot/d\n' \"$PWD\""
	      " >first-boot.d/01-d; chmod 755 first-boot.d/01-d");
	assert_prints("d: started\nstarted\nd: exit 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_once_and_in_order, set_up),
		cmocka_unit_test_setup(test_never_again, set_up),
		cmocka_unit_test_setup(test_noted_before_it_starts, set_up),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
