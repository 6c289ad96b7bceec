#include "bootcfg/edit.h"
#include "tests/support.h"

struct edit {
	const char *before, *after;
};

/* As expected, and doing it again changes nothing. */
static void assert_edits(char *(*edit)(const char *, const char *, const char *),
			 const char *key, const char *value, const struct edit *cases,
			 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *once = edit(cases[i].before, key, value);
		auto_free char *twice = edit(once, key, value);

		assert_string_equal(once, cases[i].after);
		assert_string_equal(twice, cases[i].after);
	}
}

static void test_shell_variable_is_replaced_where_it_stands(void **state)
{
	static const struct edit cases[] = {
		{ "A=1\nK=old\nB=2\n", "A=1\nK=\"new\"\nB=2\n" },
		{ "K=\n", "K=\"new\"\n" },
		{ "K=old", "K=\"new\"" },
		{ "K=\"a b\"\n", "K=\"new\"\n" },
		{ "K='a b'\n", "K=\"new\"\n" },
		{ "K=\"a \\\" b\"\n", "K=\"new\"\n" },
		{ "K='a \\'\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=a\" b\"'c d'e\n", "K=\"new\"\n" },
		{ "K=a\\ b\n", "K=\"new\"\n" },
		{ "K=\"a\" # why\n", "K=\"new\" # why\n" },
		{ "K=a#b\n", "K=\"new\"\n" }, /* no comment: it is inside a word */
		{ "K=#b\n", "K=\"new\"\n" },
		{ "K=a; B=2\n", "K=\"new\"; B=2\n" },
		{ "K=a;B=2\n", "K=\"new\";B=2\n" },
		{ "  K=old\n", "  K=\"new\"\n" },
		{ "export K=old\n", "export K=\"new\"\n" },
		{ "K=1\nB=2\nK=3\n", "K=1\nB=2\nK=\"new\"\n" }, /* the last one counts */
		{ "K=\"a\\\nb\"\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=\"a\nb\"\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=a\\\nb\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=\"a\nK=b\"\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=\"never closed\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=\"a\nb\"'c\nB=2\n", "K=\"new\"\nB=2\n" },
		{ "K=a&\n", "K=\"new\"&\n" },
	};

	(void)state;
	assert_edits(edit_shell_variable, "K", "new", cases, ARRAY_LEN(cases));
}

static void test_plain_variable(void **state)
{
	static const struct edit cases[] = {
		{ "A=1\nK=old value\nB=2\n", "A=1\nK=new\nB=2\n" },
		{ "K=1\nK=2\n", "K=1\nK=new\n" },
		{ "K=a\"\nK=b\"\n", "K=a\"\nK=new\n" }, /* a quote opens nothing */
	};

	(void)state;
	assert_edits(edit_plain_variable, "K", "new", cases, ARRAY_LEN(cases));
	assert_null(edit_plain_variable("A=1\n# K=2\n", "K", "new"));
}

static void test_shell_variable_is_added(void **state)
{
	static const struct edit cases[] = {
		{ "", "K=\"new\"\n" },
		{ "A=1\n", "A=1\nK=\"new\"\n" },
		{ "A=1", "A=1\nK=\"new\"\n" },
		{ "#K=old\n", "#K=old\nK=\"new\"\n" },
		{ "# K=old\n", "# K=old\nK=\"new\"\n" },
		{ "KK=old\n", "KK=old\nK=\"new\"\n" },
		{ "XK=old\n", "XK=old\nK=\"new\"\n" },
		{ "K =old\n", "K =old\nK=\"new\"\n" },
		{ "echo K=old\n", "echo K=old\nK=\"new\"\n" },
		{ "\n\n", "\n\nK=\"new\"\n" },
	};

	(void)state;
	assert_edits(edit_shell_variable, "K", "new", cases, ARRAY_LEN(cases));
}

/* What is written is what a shell reads: asked with the real thing. */
static void test_a_shell_reads_the_value(void **state)
{
	static const char *const files[] = {
		"", "K=old\n", "K=\"a b\" # x\n", "K=a#b\n", "K='a\nb'\n", "K=1\nK=\"2\"",
	};
	static const char value[] = "console=hvc0 dom0_mem=1G,max:1G %x ~ * [a] {b}";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		auto_free char *text = edit_shell_variable(files[i], "K", value);
		auto_free char *script = xasprintf("%s\nprintf %%s \"$K\"\n", text);
		char path[] = "/tmp/dom0strap-test-edit.XXXXXX", answer[256] = "";
		auto_free char *command = NULL;
		int fd = mkstemp(path);
		FILE *shell;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, script, strlen(script)), strlen(script));
		close(fd);
		command = xasprintf("sh %s", path);
		shell = popen(command, "re");
		assert_non_null(shell);
		assert_non_null(fgets(answer, sizeof(answer), shell));
		assert_int_equal(pclose(shell), 0);
		unlink(path);
		assert_string_equal(answer, value);
	}
}

static void test_password(void **state)
{
	static const struct edit cases[] = {
		{ "root:*:19000:0:99999:7:::\n", "root:$6$a$b:19000:0:99999:7:::\n" },
		{ "daemon:*:1::::::\nroot::1::::::\nbin:*:1::::::\n",
		  "daemon:*:1::::::\nroot:$6$a$b:1::::::\nbin:*:1::::::\n" },
		{ "root:!:1::::::", "root:$6$a$b:1::::::" },
		{ "root:x\nbin:y\n", "root:$6$a$b\nbin:y\n" },
		{ "rooter:*:1:\nroot:*:1:\n", "rooter:*:1:\nroot:$6$a$b:1:\n" },
		{ "#root:*:1:\nroot:*:1:\n", "#root:*:1:\nroot:$6$a$b:1:\n" },
	};

	(void)state;
	assert_edits(edit_shadow_password, "root", "$6$a$b", cases, ARRAY_LEN(cases));
}

static void test_password_of_nobody(void **state)
{
	static const char *const texts[] = { "",           "\n",   "rooter:*:1:\n",
					     "xroot:*:\n", "root", "daemon:*:root:\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_null(edit_shadow_password(texts[i], "root", "$6$a$b"));
}

static void test_shell_variable_is_asked(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} cases[] = {
		{ "K=no\n", true },           { "K=\"no\"\n", true },
		{ "K='no' # why\n", true },   { "K=yes\nK=no", true },
		{ "K=no\nK=yes\n", false },   { "# K=no\n", false },
		{ "K=\"no\n", false },        { "K=none\n", false },
		{ "K=\"no more\"\n", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (edit_shell_is(cases[i].text, "K", "no") != cases[i].is)
			fail_msg("%s", cases[i].text);
}

static void test_line(void **state)
{
	static const struct {
		const char *before, *text, *expected;
	} cases[] = {
		{ NULL, "a\nk = old\nb\n", "a\nk = new\nb\n" },
		{ NULL, "k=old", "k = new" },
		{ NULL, "\tk old\nk: old\nkk=1\nk\n", "k = new\nkk=1\n" },
		{ NULL, "#k=old\n;k=old\nk-x=1\n", "#k=old\n;k=old\nk-x=1\nk = new\n" },
		{ NULL, "a", "a\nk = new\n" },
		{ NULL, "", "k = new\n" },
		{ "Match", "a\nMatch User x\n  k no\n",
		  "a\nk = new\nMatch User x\n  k no\n" },
		{ "Match", "k yes\n Match User x\n  k no\n",
		  "k = new\n Match User x\n  k no\n" },
		{ "exit", "#!/bin/sh\nexit 0\n", "#!/bin/sh\nk = new\nexit 0\n" },
		{ "exit", "exit 0\nk = new\n", "k = new\nexit 0\nk = new\n" },
		{ "exit", "a\n", "a\nk = new\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_free char *once = edit_line(cases[i].text, "k", "k = new",
						 cases[i].before);
		auto_free char *twice = edit_line(once, "k", "k = new", cases[i].before);

		assert_string_equal(once, cases[i].expected);
		assert_string_equal(twice, cases[i].expected);
	}
	assert_true(edit_sets_key("auth required pam_x.so", "auth required"));
	assert_false(edit_sets_key("authx", "auth"));
}

static void test_source_in_fstab(void **state)
{
	static const char fstab[] = "# /dev/x /boot ext3\n"
				    "LABEL=root / ext3 defaults 1 1\n"
				    "/dev/mapper/vg-boot\t/boot ext3\n";
	auto_arena struct arena arena = { 0 };

	(void)state;
	assert_string_equal(edit_fstab_source(fstab, "/", &arena), "LABEL=root");
	assert_string_equal(edit_fstab_source(fstab, "/boot", &arena),
			    "/dev/mapper/vg-boot");
	assert_null(edit_fstab_source(fstab, "/usr", &arena));
	assert_null(edit_fstab_source("", "/", &arena));
}

static void test_lines_of_fstab(void **state)
{
	static const char fstab[] = "#comment\n\n  UUID=1 / ext4 ro,noatime 0 1\nlost\n"
				    "\t# no\nnone /x tmpfs\nLABEL=b /b\text4 bind";
	auto_arena struct arena arena = { 0 };
	struct fstab_entry *e;

	(void)state;
	assert_int_equal(edit_fstab_list(fstab, &arena, &e), 3);
	assert_string_equal(e[0].source, "UUID=1");
	assert_string_equal(e[0].mount, "/");
	assert_string_equal(e[0].type, "ext4");
	assert_string_equal(e[0].options, "ro,noatime");
	assert_string_equal(e[1].mount, "/x");
	assert_string_equal(e[1].options, "");
	assert_string_equal(e[2].options, "bind");
	assert_int_equal(edit_fstab_list("", &arena, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell_variable_is_replaced_where_it_stands),
		cmocka_unit_test(test_plain_variable),
		cmocka_unit_test(test_shell_variable_is_added),
		cmocka_unit_test(test_a_shell_reads_the_value),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_password_of_nobody),
		cmocka_unit_test(test_shell_variable_is_asked),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_source_in_fstab),
		cmocka_unit_test(test_lines_of_fstab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
