/*
 * Action `host key` on a target that is a folder, with a real KDC: see sandbox.h, kdc.h.
 */
#include "core/digest.h"
#include "core/io.h"
#include "core/log.h"
#include "exec/exec.h"
#include "exec/kept.h"
#include "kerberos/kdc.h"
#include "tests/http_server.h"
#include "tests/kdc.h"

#define ONE_TIME "one time only"
#define KEYTAB   "/target/etc/krb5.keytab"
#define SECRET   "/target/.dom0strap/enrolment"

static char *logged;
static size_t logged_len;
static FILE *log_file;
static struct kept kept;
static const struct exec x = { .kept = &kept };
static const char *servers[] = { "127.0.0.1" };

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
	shell("mkdir -p /target/etc; rm -f *.keytab");
	kdc_admin("addprinc +requires_preauth -pw \"" ONE_TIME "\" " KDC_NAME);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kept_free(&kept);
	kdc_admin("delprinc -force " KDC_NAME);
	shell("rm -rf /target");
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return 0;
}

static int run(struct host_key host_key, bool with_kept, struct err *err)
{
	const struct kerberos kerberos = {
		.realm = KDC_REALM, .kdcs = servers, .n_kdcs = 1, .host_key = host_key
	};
	const struct action a = { .kind = ACT_HOST_KEY,
				  .host_key = { &kerberos, KDC_HOST, with_kept } };

	return act_host_key(&x, &a, err);
}
#define ENROL ((struct host_key){ .enrol = ONE_TIME })

static char *bytes_of(const char *path, size_t *ret_len)
{
	struct err err = { 0 };
	char *bytes;

	assert_ok(io_read_file(AT_FDCWD, path, KEYTAB_MAX_BYTES, &bytes, ret_len, &err));
	return bytes;
}

static void keep_file(const char *from, const char *path, enum kept_source source)
{
	size_t len;
	char *bytes = bytes_of(from, &len);

	kept_add(&kept, path, bytes, len, source);
}

/* The keytab is in its place, works, and is of that version. */
static void assert_installed(uint32_t kvno)
{
	const struct kerberos k = { .realm = KDC_REALM, .kdcs = servers, .n_kdcs = 1 };
	auto_arena struct arena arena = { 0 };
	auto_kdc struct kdc *kdc = NULL;
	auto_free char *bytes = NULL;
	struct keytab keytab = { 0 };
	struct err err = { 0 };
	struct stat st;
	size_t len;

	bytes = bytes_of(KEYTAB, &len);
	assert_int_equal(lstat(KEYTAB, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, 0);
	assert_ok(keytab_parse(bytes, len, &arena, &keytab, &err));
	assert_int_equal(keytab.entries[0].kvno, kvno);
	assert_ok(kdc_open(&k, KDC_HOST, &kdc, &err));
	assert_ok(kdc_verify(kdc, bytes, len, &err));
}

static void test_enrolment(void **state)
{
	auto_free char *secret = NULL;
	struct err err = { 0 };
	struct stat st;

	(void)state;
	assert_ok(run(ENROL, false, &err));
	assert_installed(2);
	assert_contains(logged,
			"host/xen01.example.com@EXAMPLE.COM: enrolled, key version "
			"2, verified");
	assert_int_equal(lstat(SECRET, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	secret = bytes_of(SECRET, NULL);
	assert_lacks(logged, secret);
	assert_lacks(logged, ONE_TIME);
}

/* The run was cut off behind the change of the key: all that is left is the stash. */
static void test_a_rerun_with_the_stash(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ok(run(ENROL, false, &err));
	keep_file(SECRET, KEPT_ENROLMENT, KEPT_FROM_STASH);
	shell("rm -r /target; mkdir -p /target/etc");
	assert_ok(run(ENROL, true, &err));
	assert_installed(2);
}

/* It was cut off later: the half-installed root has a keytab, and the stash is gone. */
static void test_a_rerun_with_the_keytab(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ok(run(ENROL, false, &err));
	keep_file(KEYTAB, KEPT_KEYTAB, KEPT_FROM_BEGUN);
	shell("rm -r /target; mkdir -p /target/etc");
	assert_ok(run(ENROL, true, &err));
	assert_installed(2);
	assert_contains(logged, "keytab kept, key version 2, verified");
}

static void test_an_old_keytab_that_is_no_longer_good(void **state)
{
	struct err err = { 0 };

	(void)state;
	kdc_admin("ktadd -k old.keytab " KDC_NAME);
	kdc_admin("cpw -pw \"" ONE_TIME "\" " KDC_NAME);
	keep_file("old.keytab", KEPT_KEYTAB, KEPT_FROM_OLD);
	/* Alone, it is an error; with something in its stead, a warning. */
	assert_int_equal(run((struct host_key){ 0 }, true, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "Preauthentication failed");
	assert_int_equal(access(KEYTAB, F_OK), -1);
	err = (struct err){ 0 };
	assert_ok(run(ENROL, true, &err));
	assert_contains(logged, "the earlier install's keytab is of no use: ");
	assert_installed(4);
}

static void test_a_failure_keeps_what_was_there(void **state)
{
	auto_free char *bytes = NULL;
	struct err err = { 0 };

	(void)state;
	shell("echo before >" KEYTAB);
	assert_int_equal(run((struct host_key){ .enrol = "guessed" }, false, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "one-time password: ");
	assert_lacks(err.msg, "guessed");
	bytes = bytes_of(KEYTAB, NULL);
	assert_string_equal(bytes, "before\n");
	assert_int_equal(access("/target/.dom0strap", F_OK), -1);
}

/* Serve that file once, as http://user:secret@…, and run with it. */
static int run_fetched(const char *path, const char *sha256, struct err *err)
{
	size_t len;
	auto_free char *body = bytes_of(path, &len), *url = NULL;
	const struct reply reply = { .head = "HTTP/1.1 200 OK",
				     .body = body,
				     .len = len };
	struct digest digest = digest_of(body, len);
	struct server server;
	int rc;

	server_start(&server, &reply, 1);
	url = xasprintf("http://user:hush@127.0.0.1:%u/a.keytab", server.port);
	rc = run((struct host_key){ .keytab = url,
				    .sha256 = sha256 ? sha256 : DIGEST_TEXT(&digest) },
		 false, err);
	server_stop(&server);
	return rc;
}

static void test_fetched(void **state)
{
	static const char other[] =
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct err err = { 0 };

	(void)state;
	kdc_admin("ktadd -k good.keytab " KDC_NAME);
	assert_int_equal(run_fetched("good.keytab", other, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "its SHA-256 is not the one in the profile");
	assert_lacks(err.msg, "hush");
	assert_int_equal(access(KEYTAB, F_OK), -1);
	err = (struct err){ 0 };
	assert_ok(run_fetched("good.keytab", NULL, &err));
	assert_installed(2);
	assert_lacks(logged, "hush");
}

static void test_fetched_for_somebody_else(void **state)
{
	struct err err = { 0 };

	(void)state;
	kdc_admin("addprinc -randkey host/xen02.example.com");
	kdc_admin("ktadd -k other.keytab host/xen02.example.com");
	assert_fails(
		run_fetched("other.keytab", NULL, &err), ERR_SOURCE,
		"the keytab has no key of host/xen01.example.com@EXAMPLE.COM; it has "
		"host/xen02.example.com@EXAMPLE.COM");
	assert_fails(run_fetched("kdc.conf", NULL, &err), ERR_SOURCE,
		     "not a keytab that can be used: it does not begin with 05 02");
	assert_int_equal(access(KEYTAB, F_OK), -1);
}

static int start(void **state)
{
	(void)state;
	shell("mkdir /realm");
	assert_int_equal(chdir("/realm"), 0);
	kdc_up("aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	kdc_down();
	return 0;
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		test(test_enrolment),
		test(test_a_rerun_with_the_stash),
		test(test_a_rerun_with_the_keytab),
		test(test_an_old_keytab_that_is_no_longer_good),
		test(test_a_failure_keeps_what_was_there),
		test(test_fetched),
		test(test_fetched_for_somebody_else),
	};

	kdc_enter_network();
	sandbox_enter();
	return cmocka_run_group_tests(tests, start, stop);
}
