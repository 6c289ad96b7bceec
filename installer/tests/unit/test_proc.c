#include "core/log.h"
#include "core/proc.h"
#include "tests/support.h"

static char *logged; /* what the tools printed, as the log has it */
static size_t logged_len;
static FILE *log_file;

static int open_log(void **state)
{
	(void)state;
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	return 0;
}

static int close_log(void **state)
{
	(void)state;
	log_to(stderr);
	fclose(log_file);
	free(logged);
	logged = NULL;
	return 0;
}

static void test_output_is_logged_line_by_line(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ok(RUN(&err, "printf", "one\\ntwo"));
	assert_string_equal(logged, "  [printf] one\n  [printf] two\n");
}

static void test_both_streams_are_logged(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ok(RUN(&err, "sh", "-c", "echo out; echo err >&2"));
	assert_string_equal(logged, "  [sh] out\n  [sh] err\n");
}

static void test_cannot_be_started(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_fails(RUN(&err, "dom0strap-no-such-tool", "--version"), ERR_TOOL,
		     "cannot start dom0strap-no-such-tool: No such file or directory");
	assert_fails(RUN(&err, "/etc/passwd"), ERR_TOOL,
		     "cannot start /etc/passwd: Permission denied");
}

static void test_exit_status(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_fails(RUN(&err, "false"), ERR_TOOL, "false exited with 1 (no output)");
	assert_fails(RUN(&err, "sh", "-c", "echo first; echo the reason >&2; exit 7"),
		     ERR_TOOL, "sh exited with 7 (the reason)");
}

static void test_killed_by_signal(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_fails(RUN(&err, "sh", "-c", "kill -9 $$"), ERR_TOOL,
		     "sh killed by signal 9");
}

static void test_input_and_its_absence(void **state)
{
	const char *const cat[] = { "cat", NULL };
	auto_text struct text large = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(proc_run(&(struct proc){ .argv = cat }, &err));
	assert_int_equal(fflush(log_file), 0);
	assert_string_equal(logged, "");
	assert_ok(proc_run(&(struct proc){ .argv = cat, .input = "a\nb\n" }, &err));
	assert_string_equal(logged, "  [cat] a\n  [cat] b\n");

	/* More than a pipe holds, in both directions at once. */
	for (unsigned i = 0; i < 100000; i++)
		text_printf(&large, "line %u\n", i);
	assert_ok(proc_run(&(struct proc){ .argv = cat, .input = large.s }, &err));
	assert_contains(logged, "  [cat] line 99999\n");
}

static void test_no_shell_looks_at_arguments(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ok(RUN(&err, "printf", "%s|", "$HOME `id` $(id)", "a b", "*", "; false"));
	assert_string_equal(logged, "  [printf] $HOME `id` $(id)|a b|*|; false|\n");
}

static void test_output_cannot_drive_the_terminal(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ok(RUN(&err, "printf", "\\033[2Jx\\ry\\177z\\302\\2332J"));
	assert_string_equal(logged, "  [printf] ?[2Jx?y?z?2J\n");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, open_log, close_log)
	const struct CMUnitTest tests[] = {
		test(test_output_is_logged_line_by_line),
		test(test_both_streams_are_logged),
		test(test_cannot_be_started),
		test(test_exit_status),
		test(test_killed_by_signal),
		test(test_input_and_its_absence),
		test(test_no_shell_looks_at_arguments),
		test(test_output_cannot_drive_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
