/* What `systemctl enable`, `chkconfig on` and `update-rc.d` would link. */
#include "bootcfg/service.h"
#include "tests/support.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char unit[] = "[Unit]\nDescription=x\n[Install]\n"
			   "WantedBy=multi-user.target other.target\n"
			   "WantedBy=../../etc/passwd\nAlso=virtlockd.socket\n";
static const char script[] = "#!/bin/sh\n#\n# chkconfig: 345 97 03\n# description: x\n";

static void test_systemd(void **state)
{
	const struct service_files files = { .unit_path = "/lib/systemd/system/v.service",
					     .unit = unit,
					     .script_path = "/etc/init.d/v",
					     .script = script };
	struct service_link *links;

	(void)state;
	assert_int_equal(service_links("v", &files, &arena, &links), 2);
	assert_string_equal(links[0].path,
			    "/etc/systemd/system/multi-user.target.wants/v.service");
	assert_string_equal(links[0].to, "/lib/systemd/system/v.service");
	assert_string_equal(links[1].path,
			    "/etc/systemd/system/other.target.wants/v.service");
}

static void test_chkconfig(void **state)
{
	static const char *const expected[] = {
		"/etc/rc.d/rc0.d/K03v", "/etc/rc.d/rc1.d/K03v", "/etc/rc.d/rc2.d/K03v",
		"/etc/rc.d/rc3.d/S97v", "/etc/rc.d/rc4.d/S97v", "/etc/rc.d/rc5.d/S97v",
		"/etc/rc.d/rc6.d/K03v",
	};
	struct service_files files = { .script_path = "/etc/rc.d/init.d/v",
				       .script = script };
	struct service_link *links;

	(void)state;
	assert_int_equal(service_links("v", &files, &arena, &links), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(links[i].path, expected[i]);
		assert_string_equal(links[i].to, "../init.d/v");
	}
	files.script = "# chkconfig: - 20 80\n";
	files.script_path = "/etc/init.d/v";
	assert_int_equal(service_links("v", &files, &arena, &links), 7);
	assert_string_equal(links[2].path, "/etc/rc2.d/K80v");
	assert_string_equal(links[3].path, "/etc/rc3.d/S20v");
}

#define HEADER "### BEGIN INIT INFO\n"
#define FOOTER "### END INIT INFO\n"

/* Debian's scripts, and Fedora's without numbers. */
static void test_lsb(void **state)
{
	static const char *const expected[] = {
		"/etc/rc0.d/K02v", "/etc/rc2.d/S98v", "/etc/rc3.d/S98v",
		"/etc/rc4.d/S98v", "/etc/rc5.d/S98v", "/etc/rc6.d/K02v",
	};
	struct service_files files = { .script_path = "/etc/init.d/v",
				       .script = "#!/bin/sh\n" HEADER "# Provides: v\n"
						 "# Default-Start:\t2 3 4 5\n"
						 "# Default-Stop: 0 6\n" FOOTER };
	struct service_link *links;

	(void)state;
	assert_int_equal(service_links("v", &files, &arena, &links), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(links[i].path, expected[i]);
		assert_string_equal(links[i].to, "../init.d/v");
	}
	files.script = HEADER "# Default-Start: S\n# Default-Stop:\n" FOOTER;
	files.script_path = "/etc/rc.d/init.d/v";
	assert_int_equal(service_links("v", &files, &arena, &links), 1);
	assert_string_equal(links[0].path, "/etc/rc.d/rcS.d/S98v");
	/* Numbers are better than none. */
	files.script = HEADER "# Default-Start: 2\n" FOOTER "# chkconfig: 3 7 8\n";
	assert_int_equal(service_links("v", &files, &arena, &links), 7);
	assert_string_equal(links[3].path, "/etc/rc.d/rc3.d/S07v");
}

static void test_lsb_without_runlevels(void **state)
{
	static const char *const scripts[] = {
		HEADER "# Default-Start:\n# Default-Stop: 0 1 6\n" FOOTER,
		HEADER "# Default-Start: 2\n", /* no end */
		HEADER FOOTER "# Default-Start: 2\n",
		"# Default-Start: 2\n",
		HEADER "# Default-Start: " FOOTER "# 2\n",
	};
	struct service_link *links;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		const struct service_files files = { .script_path = "/etc/init.d/v",
						     .script = scripts[i] };

		assert_int_equal(service_links("v", &files, &arena, &links), 0);
	}
}

static void test_none(void **state)
{
	struct service_files files = { .script_path = "/etc/init.d/v",
				       .script = "# chkconfig: x\n" };
	struct service_link *links;

	(void)state;
	assert_int_equal(service_links("v", &files, &arena, &links), 0);
	files.script = "";
	assert_int_equal(service_links("v", &files, &arena, &links), 0);
	assert_int_equal(service_links("v", &(struct service_files){ 0 }, &arena, &links),
			 0);
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_systemd), test(test_chkconfig),
		test(test_lsb),     test(test_lsb_without_runlevels),
		test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
