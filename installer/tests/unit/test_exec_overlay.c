/*
 * What overlays do to the host's files, in /target (tests/sandbox.h).
 */
#include <sys/stat.h>

#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "exec/exec.h"
#include "tests/sandbox.h"

static void shell(const char *script)
{
	struct err err = { 0 };

	if (RUN(&err, "sh", "-euc", script) < 0)
		fail_msg("%s", err.msg);
}

static int prepare(void **state)
{
	(void)state;
	shell("rm -rf /target; mkdir /target");
	return 0;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void assert_content(const char *path, const char *expected)
{
	auto_free char *text = NULL;
	struct err err = { 0 };

	assert_ok(io_read_file(AT_FDCWD, path, 4096, &text, NULL, &err));
	assert_string_equal(text, expected);
}

/* Enabled under the first of its names that is there; disabled whatever started it. */
static void test_services_of_overlays(void **state)
{
	static const char *const others[] = { "apache2", "y.socket", NULL };
	struct action a = { .kind = ACT_SERVICE,
			    .service = {
				    .name = "httpd", .others = others, .needed = true } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc/systemd/system /target/usr/lib/systemd/system");
	assert_fails(act_service(NULL, &a, &err), ERR_CONFIG,
		     "the host has no service httpd or apache2 or y.socket");
	a.service.only_if = "/none";
	assert_ok(act_service(NULL, &a, &err));
	a.service.only_if = NULL;
	shell("cd /target/etc/systemd/system; echo '[Unit]' >y.socket");
	assert_fails(act_service(NULL, &a, &err), ERR_CONFIG,
		     "y.socket of the host cannot be enabled: it does not say when to "
		     "start (WantedBy=, chkconfig:, Default-Start:)");
	shell("cd /target/etc/systemd/system; echo WantedBy=sockets.target >>y.socket");
	assert_ok(act_service(NULL, &a, &err));
	shell("cd /target/etc/systemd/system; test -L sockets.target.wants/y.socket;"
	      "mkdir z.service.requires; ln -s ../y.socket z.service.requires/y.socket;"
	      "ln -s y.socket alias.socket; ln -s x.socket other.socket;"
	      "ln -s ../x.socket sockets.target.wants/x.socket");
	assert_ok(act_disable(NULL, &a, &err));
	assert_ok(act_disable(NULL, &a, &err));
	shell("cd /target/etc/systemd/system; test -f y.socket; test -L other.socket;"
	      "test -L sockets.target.wants/x.socket; test ! -L alias.socket;"
	      "test ! -L sockets.target.wants/y.socket;"
	      "test ! -L z.service.requires/y.socket");
	shell("rm /target/etc/systemd/system/y.socket");
	assert_ok(act_disable(NULL, &a, &err)); /* the host has none */
	shell("cd /target/etc; mkdir -p rc.d/init.d rc.d/rc3.d; touch "
	      "rc.d/init.d/apache2;"
	      "ln -s ../init.d/apache2 rc.d/rc3.d/S85apache2;"
	      "ln -s ../init.d/apache rc.d/rc3.d/S85apache");
	assert_ok(act_disable(NULL, &a, &err));
	shell("cd /target/etc/rc.d/rc3.d; test ! -L S85apache2; test -L S85apache");
}

static void test_files_of_overlays(void **state)
{
	static const char *const others[] = { "/target/etc/php/conf.d/x.ini", NULL };
	struct action a = { .kind = ACT_PUT,
			    .file = { .path = "/target/etc/php.d/x.ini",
				      .mode = 0640,
				      .owner = "0:12",
				      .text = "a\0b",
				      .len = 3 } };
	struct err err = { 0 };
	struct stat st;

	(void)state;
	shell("mkdir -p /target/etc/php/conf.d; echo bin:x:7:9:: >/target/etc/passwd;"
	      "echo daemon:x:5: >/target/etc/group;"
	      "touch /target/etc/php/conf.d/x.ini; chmod 777 "
	      "/target/etc/php/conf.d/x.ini");
	a.file.others = others; /* its directory is there, the first one's is not */
	assert_ok(act_put(NULL, &a, &err));
	assert_int_equal(mode_of("/target/etc/php/conf.d/x.ini"), 0640);
	assert_int_equal(stat("/target/etc/php/conf.d/x.ini", &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(st.st_gid, 12);
	a.file.owner = "bin:daemon";
	a.file.others = NULL; /* its directory is made */
	assert_ok(act_put(NULL, &a, &err));
	assert_int_equal(stat("/target/etc/php.d/x.ini", &st), 0);
	assert_int_equal(st.st_uid, 7);
	assert_int_equal(st.st_gid, 5);
	a.file.owner = "root:nobody";
	assert_fails(act_put(NULL, &a, &err), ERR_CONFIG,
		     "/etc/group of the host knows no nobody");
	a.file.others = others;
	shell("rm -r /target/etc/php /target/etc/php.d");
	assert_fails(act_put(NULL, &a, &err), ERR_CONFIG,
		     "the host has no place for /etc/php.d/x.ini or "
		     "/etc/php/conf.d/x.ini");
	a.file.unless = "/etc/passwd";
	assert_ok(act_put(NULL, &a, &err));
}

static void test_lines_of_overlays(void **state)
{
	static const char *const others[] = { "/target/etc/b", NULL };
	struct action a = { .kind = ACT_EDIT,
			    .file = { .path = "/target/etc/a",
				      .edit = EDIT_LINE,
				      .key = "K",
				      .value = "K=1" } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc; echo K=0 >/target/etc/b; chmod 600 /target/etc/b");
	assert_fails(act_edit(NULL, &a, &err), ERR_CONFIG, "the host has no /etc/a");
	a.file.others = others;
	assert_ok(act_edit(NULL, &a, &err));
	assert_content("/target/etc/b", "K=1\n");
	assert_int_equal(mode_of("/target/etc/b"), 0600);
	shell("rm /target/etc/b");
	assert_fails(act_edit(NULL, &a, &err), ERR_CONFIG,
		     "the host has no place for /etc/a or /etc/b");
	a.file.only_if = "/etc/a";
	assert_ok(act_edit(NULL, &a, &err));
}

static void test_needs_of_overlays(void **state)
{
	const char *others[] = { "/usr/sbin/apache2" };
	struct overlay_need needs[] = {
		{ .path = "/etc" },
		{ .path = "/usr/sbin/httpd", .others = others, .n_others = 1 }
	};
	const struct overlay o = { .needs = needs, .n_needs = 2 };
	const struct action a = { .kind = ACT_CHECK, .overlay = &o };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc /target/usr/sbin");
	assert_fails(act_check(NULL, &a, &err), ERR_CONFIG,
		     "it needs /usr/sbin/httpd or /usr/sbin/apache2, which the host does "
		     "not have; take an image that has it, or leave the overlay out");
	shell("touch /target/usr/sbin/apache2");
	assert_ok(act_check(NULL, &a, &err));
}

int main(void)
{
#define test(name) cmocka_unit_test_setup(name, prepare)
	const struct CMUnitTest tests[] = {
		test(test_services_of_overlays),
		test(test_files_of_overlays),
		test(test_lines_of_overlays),
		test(test_needs_of_overlays),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
