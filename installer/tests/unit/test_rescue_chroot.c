/*
 * A command in a host's tree, and mounts in it, on a machine that is a folder.
 */
#include "exec/rescue.h"
#include "exec/target.h"
#include "tests/sandbox.h"

#include "core/proc.h"

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

static int run_inside(const char *script, struct err *err)
{
	char sh[] = "sh", c[] = "-euc";
	auto_free char *copy = xstrdup(script);

	return rescue_chroot((char *[]){ sh, c, copy, NULL }, err);
}

static void test_command_in_the_tree(void **state)
{
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target /sys /run");
	assert_fails(run_inside("true", &err), ERR_CONFIG,
		     "no system is mounted on /target: rescue mount");
	shell("mount -t tmpfs none /target; cd /target; mkdir dev proc sys run usr etc "
	      "root\n"
	      "mount --bind /usr usr; for d in bin sbin lib lib64; do\n"
	      "[ -L /$d ] && cp -P /$d . || { mkdir $d; mount --bind /$d $d; }; done\n"
	      "echo root:x:0:0:root:/root:/bin/true >etc/passwd");
	assert_ok(run_inside("test -e /proc/self && test -e /dev/null && test -d /etc\n"
			     "echo $HOME >/root/seen; : >/run/x",
			     &err));
	shell("test \"$(cat /target/root/seen)\" = /root; test ! -e /target/proc/self\n"
	      "test ! -e /target/dev/null; test ! -e /target/run/x");
	assert_fails(run_inside("exit 3", &err), ERR_TOOL, "sh: exit 3");
	assert_fails(run_inside("kill -9 $$", &err), ERR_TOOL,
		     "sh was killed by signal 9");
	/* Its shell, whatever that ended with. */
	assert_ok(rescue_chroot((char *[]){ NULL }, &err));
	shell("ln -sf /usr/bin/false /target/false; echo root:x:0:0::/:/false "
	      ">/target/etc/passwd");
	assert_ok(rescue_chroot((char *[]){ NULL }, &err));
}

/* A mount point that is a link to /bin must not cover this machine's. */
static void test_mounts_stay_inside(void **state)
{
	(void)state;
	shell("mkdir -p /target /outside /other; : >/other/marker; mkdir "
	      "/target/outside\n"
	      "ln -s /outside /target/boot; ln -s ../../../outside /target/up");
	assert_int_equal(target_mount("/other", "/boot", NULL, MS_BIND, NULL), 0);
	shell("test -e /target/outside/marker; test ! -e /outside/marker");
	assert_int_equal(umount2("/target/outside", 0), 0);
	assert_int_equal(target_mount("/other", "/up", NULL, MS_BIND, NULL), 0);
	shell("test -e /target/outside/marker; test ! -e /outside/marker");
	assert_int_equal(target_mount("/other", "/missing", NULL, MS_BIND, NULL), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_in_the_tree),
		cmocka_unit_test(test_mounts_stay_inside),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
