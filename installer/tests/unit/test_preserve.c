/*
 * Secrets of the host: kept over a reinstall, put back, and never lost to a failure.
 */
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "exec/exec.h"
#include "exec/kept.h"
#include "exec/private.h"
#include "tests/sandbox.h"

static char *logged;
static size_t logged_len;
static FILE *log_file;
static struct kept kept;
static const struct exec x = { .kept = &kept };

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

static int set_up(void **state)
{
	(void)state;
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	shell("mkdir -p /target/etc/ssh /outside");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kept_free(&kept);
	shell("rm -rf /target /outside");
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return 0;
}

static void keep(const char *path, const char *text, enum kept_source source)
{
	kept_add(&kept, path, xstrdup(text), strlen(text), source);
}

static int act(enum preserve_phase phase, struct err *err)
{
	struct action a = { .kind = ACT_PRESERVE,
			    .preserve = { .phase = phase,
					  .keytab = true,
					  .ssh_host_keys = true,
					  .enrolment = true } };

	return act_preserve(&x, &a, err);
}

static void assert_file(const char *path, const char *content, unsigned mode)
{
	auto_free char *text = NULL;
	struct err err = { 0 };
	struct stat st;

	assert_ok(io_read_file(AT_FDCWD, path, 4096, &text, NULL, &err));
	assert_string_equal(text, content);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_uid, 0);
}

static void test_private_files(void **state)
{
	struct err err = { 0 };
	auto_free char *bytes = NULL;
	struct stat st;
	size_t len;

	(void)state;
	shell("touch /target/etc/.k.dom0strap; ln -s ../../outside/k /target/etc/k;"
	      "echo old >/outside/k; chmod 644 /outside/k");
	assert_ok(private_write("/etc/k", 0600, "a\0b", 3, &err));
	assert_int_equal(lstat("/target/etc/k", &st), 0);
	assert_true(S_ISREG(st.st_mode)); /* not the link, nor what it led to */
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_file("/outside/k", "old\n", 0644);
	bytes = private_read("/etc/k", &len);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "a\0b", 4);
	assert_int_equal(access("/target/etc/.k.dom0strap", F_OK), -1);
	/* Folders that were missing are for root only. */
	assert_ok(private_write("/a/b/c", 0600, "x", 1, &err));
	assert_int_equal(lstat("/target/a/b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_ok(private_remove("/a", &err));
	assert_int_equal(access("/target/a", F_OK), -1);
	assert_ok(private_remove("/a", &err)); /* gone already */
	shell("mkfifo /target/etc/pipe");
	assert_null(private_read("/etc/pipe", &len));
}

static void test_the_better_source_counts(void **state)
{
	(void)state;
	keep("/a", "old", KEPT_FROM_OLD);
	keep("/a", "begun", KEPT_FROM_BEGUN);
	assert_string_equal(kept_find(&kept, "/a")->bytes, "old");
	keep("/a", "stash", KEPT_FROM_STASH);
	keep("/a", "old again", KEPT_FROM_OLD);
	assert_string_equal(kept_find(&kept, "/a")->bytes, "stash");
	assert_null(kept_find(&kept, "/b"));
	assert_int_equal(kept.n, 1);
}

static void test_names_of_ssh_keys(void **state)
{
	(void)state;
	assert_true(kept_is_ssh_key("ssh_host_ed25519_key"));
	assert_true(kept_is_ssh_key("ssh_host_ed25519_key.pub"));
	assert_true(kept_is_ssh_key("ssh_host_rsa_key-cert.pub"));
	assert_false(kept_is_ssh_key("ssh_host_ed25519_key.bak"));
	assert_false(kept_is_ssh_key("sshd_config"));
}

static void test_stash_and_put_back(void **state)
{
	struct err err = { 0 };

	(void)state;
	keep(KEPT_KEYTAB, "keytab", KEPT_FROM_OLD);
	keep("/etc/ssh/ssh_host_rsa_key", "private", KEPT_FROM_OLD);
	keep("/etc/ssh/ssh_host_rsa_key.pub", "public", KEPT_FROM_OLD);
	keep(KEPT_ENROLMENT, "secret", KEPT_FROM_STASH);
	assert_ok(act(PRESERVE_STASH, &err));
	assert_file("/target/.dom0strap/etc/krb5.keytab", "keytab", 0600);
	assert_file("/target/.dom0strap/etc/ssh/ssh_host_rsa_key.pub", "public", 0600);
	assert_file("/target/.dom0strap/enrolment", "secret", 0600);
	shell("echo image >/target/etc/ssh/ssh_host_rsa_key;"
	      "chmod 644 /target/etc/ssh/ssh_host_rsa_key");
	assert_ok(act(PRESERVE_PUT_BACK, &err));
	assert_file("/target/etc/krb5.keytab", "keytab", 0600);
	assert_file("/target/etc/ssh/ssh_host_rsa_key", "private", 0600);
	assert_file("/target/etc/ssh/ssh_host_rsa_key.pub", "public", 0644);
	assert_int_equal(access("/target/enrolment", F_OK), -1);
	assert_ok(act(PRESERVE_FORGET, &err));
	assert_int_equal(access("/target/.dom0strap", F_OK), -1);
}

static void test_no_root_to_read(void **state)
{
	const struct old_place place = { .device = "/dev/null" };
	struct action a = { .kind = ACT_PRESERVE,
			    .preserve = { .phase = PRESERVE_READ,
					  .keytab = true,
					  .places = &place,
					  .n_places = 1 } };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(act_preserve(&x, &a, &err), -1);
	assert_int_equal(err.code, ERR_UNSAFE);
	assert_contains(err.msg, "`preserve` would be lost; nothing has been written");
	err = (struct err){ 0 };
	a.preserve.may_lack = true;
	assert_ok(act_preserve(&x, &a, &err));
	assert_int_equal(kept.n, 0);
}

/* Nobody can be asked, so nothing is replaced; not even by a keytab that was kept. */
/* A tree: what an earlier run has left in it, finished or cut off. */
static void test_a_tree_is_read_where_it_is(void **state)
{
	struct action a = { .kind = ACT_PRESERVE,
			    .preserve = { .phase = PRESERVE_READ,
					  .mounted = true,
					  .begun = true,
					  .keytab = true,
					  .enrolment = true } };
	struct err err = { 0 };

	(void)state;
	assert_ok(act_preserve(&x, &a, &err)); /* nothing is there */
	assert_int_equal(kept.n, 0);
	shell("mkdir -m 700 /target/.dom0strap; cd /target; touch etc/fstab;"
	      "(umask 077; printf secret >.dom0strap/enrolment; printf key "
	      ">etc/krb5.keytab)");
	assert_ok(act_preserve(&x, &a, &err));
	assert_int_equal(kept.n, 2);
	assert_string_equal(kept_find(&kept, KEPT_KEYTAB)->bytes, "key");
	assert_string_equal(kept_find(&kept, KEPT_ENROLMENT)->bytes, "secret");
}

static void test_what_is_not_verified_is_not_written(void **state)
{
	static const char *nobody[] = { "127.0.0.1:9" };
	const struct kerberos kerberos = { .realm = "EXAMPLE.COM",
					   .kdcs = nobody,
					   .n_kdcs = 1,
					   .host_key = { .enrol = "one time only" } };
	struct action a = { .kind = ACT_HOST_KEY,
			    .host_key = { &kerberos, "xen01.example.com", true } };
	struct err err = { 0 };

	(void)state;
	shell("echo before >/target/etc/krb5.keytab; chmod 600 /target/etc/krb5.keytab");
	keep(KEPT_KEYTAB, "not a keytab", KEPT_FROM_OLD);
	assert_int_equal(act_host_key(&x, &a, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "Cannot contact any KDC for realm 'EXAMPLE.COM'");
	assert_lacks(err.msg, "one time");
	assert_contains(logged, "keytab is of no use: not a keytab that can be used");
	assert_file("/target/etc/krb5.keytab", "before\n", 0600);
	assert_int_equal(access("/target/.dom0strap", F_OK), -1);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		test(test_private_files),
		test(test_the_better_source_counts),
		test(test_names_of_ssh_keys),
		test(test_stash_and_put_back),
		test(test_no_root_to_read),
		test(test_a_tree_is_read_where_it_is),
		test(test_what_is_not_verified_is_not_written),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
