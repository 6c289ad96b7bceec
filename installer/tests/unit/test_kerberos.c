/*
 * Enrolment and verification against the distribution's real krb5kdc and kadmind.
 */
#include <sys/time.h>
#include <time.h>

#include "core/io.h"
#include "core/log.h"
#include "kerberos/enrol.h"
#include "tests/kdc.h"
#include "tests/scratch.h"

#define ONE_TIME "one time only"
#define FOUR_TYPES                                                                       \
	"aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal "                 \
	"aes256-cts-hmac-sha384-192:normal aes128-cts-hmac-sha256-128:normal"

static char *logged;
static size_t logged_len;
static FILE *log_file;
static long shift_s; /* how far this program's clock is ahead of the KDC's */

/* The program's own stands before libc's, for libkrb5 too. */
int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	tv->tv_sec = now.tv_sec + shift_s;
	tv->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	if (ret)
		*ret = tv.tv_sec;
	return tv.tv_sec;
}

static const char *servers[] = { "127.0.0.1" };
static const struct kerberos kerberos = { .realm = KDC_REALM,
					  .kdcs = servers,
					  .n_kdcs = 1 };

static struct kdc *open_kdc(const struct kerberos *k, const char *host)
{
	struct kdc *kdc = NULL;
	struct err err = { 0 };

	assert_ok(kdc_open(k, host, &kdc, &err));
	return kdc;
}

static int set_up(void **state)
{
	(void)state;
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	kdc_admin("addprinc -requires_preauth -pw x dummy");
	kdc_admin("addprinc +requires_preauth -pw \"" ONE_TIME "\" " KDC_NAME);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shift_s = 0;
	kdc_admin("delprinc -force dummy");
	kdc_admin("delprinc -force " KDC_NAME);
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return 0;
}

/* Stands in for the target's disk. */
struct store {
	char secret[128];
	bool refuse;
	unsigned n;
};

/* The moment before the KDC hears of it: the one-time password must still be good. */
static int keep(void *context, const char *secret, struct err *err)
{
	auto_kdc struct kdc *kdc = open_kdc(&kerberos, KDC_HOST);
	struct store *store = context;
	struct err ignored = { 0 };
	bool refused;

	if (store->refuse)
		return err_set(err, ERR_SYSTEM, ENOSPC, "write the secret");
	assert_int_equal(kdc_try_password(kdc, ONE_TIME, &refused, &ignored), 0);
	assert_int_equal(kdc_try_password(kdc, secret, &refused, &ignored), -1);
	assert_true(refused);
	assert_true(strlen(secret) < sizeof(store->secret));
	strcpy(store->secret, secret);
	store->n++;
	return 0;
}

static int run(const struct kerberos *k, const char *host, const char *one_time,
	       const char *pending, struct store *store, struct text *keytab,
	       struct err *err)
{
	auto_kdc struct kdc *kdc = open_kdc(k, host);
	const struct enrolment e = {
		.one_time = one_time, .pending = pending, .keep = keep, .context = store
	};

	text_free(keytab);
	if (enrol(kdc, &e, keytab, err) < 0)
		return -1;
	/* As the installer does it: with the same handle. */
	return kdc_verify(kdc, keytab->s, keytab->len, err);
}

static int verify(const struct text *keytab, struct err *err)
{
	auto_kdc struct kdc *kdc = open_kdc(&kerberos, KDC_HOST);

	return kdc_verify(kdc, keytab->s, keytab->len, err);
}

/* Whether the KDC takes that password for the host's. */
static bool is_good(const char *password)
{
	auto_kdc struct kdc *kdc = open_kdc(&kerberos, KDC_HOST);
	struct err ignored = { 0 };
	bool refused;

	return kdc_try_password(kdc, password, &refused, &ignored) == 0;
}

/*
 * Each of the four keys is the one that the KDC has (where it has one at all): the ticket
 * comes with a keytab of that key alone. Only the first is the one that the KDC makes
 * tickets for the host with.
 */
static void assert_every_key(const struct text *keytab, uint32_t kvno, unsigned good)
{
	auto_arena struct arena arena = { 0 };
	struct keytab k = { 0 };
	struct err err = { 0 };

	assert_ok(keytab_parse(keytab->s, keytab->len, &arena, &k, &err));
	assert_ok(keytab_check(&k, KDC_HOST, KDC_REALM, false, &err));
	assert_int_equal(k.n, 4);
	for (size_t i = 0; i < 4; i++) {
		auto_text struct text alone = { 0 };

		assert_int_equal(k.entries[i].kvno, kvno);
		keytab_write(&(struct keytab){ &k.entries[i], 1 }, &alone);
		if (i == 0) {
			assert_ok(verify(&alone, &err));
		} else if (i < good) {
			assert_int_equal(verify(&alone, &err), -1);
			assert_contains(err.msg, "could not prove that it knows the key");
			err = (struct err){ 0 };
		}
	}
}

static void test_enrolment(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err));
	assert_int_equal(store.n, 1);
	assert_ok(verify(&keytab, &err));
	assert_every_key(&keytab, 2, 4);
	assert_false(is_good(ONE_TIME));
	assert_lacks(logged, store.secret);
	assert_lacks(logged, ONE_TIME);
	/* A second use of it is what the KDC says it is. */
	assert_fails(
		run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
		ERR_SOURCE,
		"one-time password: ticket of host/xen01.example.com@EXAMPLE.COM: "
		"Preauthentication failed (the password or key is not, or no longer, "
		"the one in the realm's database)");
}

static void test_nothing_is_sent_before_the_secret_is_kept(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { .refuse = true };
	struct err err = { 0 };

	(void)state;
	assert_fails(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
		     ERR_SYSTEM, "write the secret: No space left on device");
	assert_true(is_good(ONE_TIME));
}

static void test_cut_off_behind_the_change(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err));
	assert_ok(
		run(&kerberos, KDC_HOST, ONE_TIME, store.secret, &store, &keytab, &err));
	assert_int_equal(store.n, 1);
	assert_every_key(&keytab, 2, 4); /* not changed once more */
	assert_contains(logged, "an earlier run has changed the key already");
}

static void test_cut_off_before_the_change(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, "kept, but never sent", &store,
		      &keytab, &err));
	assert_every_key(&keytab, 2, 4);
}

static void test_wrong_password(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(
		run(&kerberos, KDC_HOST, "guessed", NULL, &store, &keytab, &err),
		ERR_SOURCE,
		"one-time password: ticket of host/xen01.example.com@EXAMPLE.COM: "
		"Preauthentication failed (the password or key is not, or no longer, "
		"the one in the realm's database)");
	assert_int_equal(store.n, 0);
	assert_true(is_good(ONE_TIME));
}

static void test_strangers(void **state)
{
	struct kerberos other = kerberos;
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(run(&kerberos, "xen99.example.com", ONE_TIME, NULL, &store, &keytab,
			 &err),
		     ERR_SOURCE,
		     "ticket of host/xen99.example.com@EXAMPLE.COM: Client "
		     "'host/xen99.example.com@EXAMPLE.COM' not found in Kerberos "
		     "database (create the principal, or correct `host` or "
		     "`kerberos.realm`)");
	other.realm = "EXAMPLE.ORG";
	assert_fails(run(&other, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
		     ERR_SOURCE,
		     "ticket of host/xen01.example.com@EXAMPLE.ORG: Client "
		     "'host/xen01.example.com@EXAMPLE.ORG' not found in Kerberos "
		     "database (create the principal, or correct `host` or "
		     "`kerberos.realm`)");
}

static void test_a_ticket_for_nothing(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	kdc_admin("modprinc -requires_preauth " KDC_NAME);
	assert_fails(
		run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
		ERR_SOURCE,
		"the KDC gave a ticket of host/xen01.example.com@EXAMPLE.COM without "
		"asking for a proof first: whoever asked before may be guessing at "
		"the key by now. Set requires_preauth on the principal, and a new "
		"password");
	assert_int_equal(store.n, 0);
}

static void test_no_kdc(void **state)
{
	static const char *nobody[] = { "127.0.0.1:9" };
	struct kerberos k = { .realm = KDC_REALM, .kdcs = nobody, .n_kdcs = 1 };
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(run(&k, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err), ERR_SOURCE,
		     "ticket of host/xen01.example.com@EXAMPLE.COM: Cannot contact any "
		     "KDC for realm 'EXAMPLE.COM' (is it running, and is `kerberos.kdc` "
		     "right?)");
}

static void test_no_change_service(void **state)
{
	struct kerberos k = kerberos;
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	k.admin_server = "127.0.0.2"; /* nobody listens there */
	assert_int_equal(run(&k, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "change of the key of host/xen01.example.com");
	assert_int_equal(store.n, 1);
	assert_true(is_good(ONE_TIME));
}

static void test_clocks(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	shift_s = -3600;
	assert_int_equal(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
			 -1);
	assert_int_equal(err.code, ERR_SOURCE);
	/* The KDC's time comes in whole seconds. */
	if (!strstr(err.msg, "clock is 3599 s behind the KDC's"))
		assert_contains(err.msg, "clock is 3600 s behind the KDC's");
	err = (struct err){ 0 };
	shift_s = 3600;
	assert_int_equal(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
			 -1);
	if (!strstr(err.msg, "clock is 3601 s ahead of the KDC's"))
		assert_contains(err.msg, "clock is 3600 s ahead of the KDC's");
	err = (struct err){ 0 };
	assert_int_equal(store.n, 0);
	shift_s = 100;
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err));
	assert_ok(verify(&keytab, &err));
}

static void test_policy(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	kdc_admin("addpol -minlength 100 long");
	kdc_admin("modprinc -policy long " KDC_NAME);
	assert_int_equal(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err),
			 -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "new key of host/xen01.example.com@EXAMPLE.COM refused: "
				 "Password change rejected: ");
	assert_contains(err.msg, "100");
	assert_true(is_good(ONE_TIME));
}

static void test_a_password_that_must_be_changed(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	(void)state;
	kdc_admin("modprinc +needchange " KDC_NAME);
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err));
	assert_ok(verify(&keytab, &err));
}

static char *read_file(const char *name, size_t *ret_len)
{
	struct err err = { 0 };
	char *bytes;

	assert_ok(io_read_file(AT_FDCWD, name, KEYTAB_MAX_BYTES, &bytes, ret_len, &err));
	return bytes;
}

/* One that the realm's administrator has made, as `host-key: {keytab: URL}` brings it. */
static void test_keytab_of_the_administrator(void **state)
{
	auto_arena struct arena arena = { 0 };
	auto_free char *bytes = NULL;
	struct text text = { 0 };
	struct keytab keytab = { 0 };
	struct err err = { 0 };

	(void)state;
	unlink("admin.keytab");
	kdc_admin("ktadd -k admin.keytab " KDC_NAME);
	bytes = read_file("admin.keytab", &text.len);
	text.s = bytes;
	assert_ok(keytab_parse(bytes, text.len, &arena, &keytab, &err));
	assert_int_equal(keytab.n, 4);
	assert_ok(keytab_check(&keytab, KDC_HOST, KDC_REALM, false, &err));
	assert_ok(verify(&text, &err));
	/* The administrator changes the key: what was fetched is good for nothing. */
	kdc_admin("cpw -randkey " KDC_NAME);
	assert_fails(
		verify(&text, &err), ERR_SOURCE,
		"ticket with the keytab of host/xen01.example.com@EXAMPLE.COM: "
		"Preauthentication failed (the password or key is not, or no longer, "
		"the one in the realm's database)");
}

/* A ticket alone proves nothing: the realm has to give one that the host's key opens. */
static void test_the_kdc_must_prove_itself(void **state)
{
	auto_free char *bytes = NULL;
	struct text text = { 0 };
	struct err err = { 0 };

	(void)state;
	unlink("admin.keytab");
	kdc_admin("ktadd -k admin.keytab " KDC_NAME);
	kdc_admin("modprinc -allow_svr " KDC_NAME);
	bytes = read_file("admin.keytab", &text.len);
	text.s = bytes;
	assert_int_equal(verify(&text, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "the KDC could not prove that it knows the key");
}

static void test_a_realm_without_sha2(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	kdc_down();
	kdc_up("aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal");
	set_up(state);
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err));
	assert_ok(verify(&keytab, &err));
	assert_every_key(&keytab, 2, 2);
}

/* Another salt than the usual one: the KDC says which. */
static void test_salt_of_the_kdc(void **state)
{
	auto_text struct text keytab = { 0 };
	struct store store = { 0 };
	struct err err = { 0 };

	kdc_down();
	kdc_up("aes256-cts-hmac-sha1-96:norealm aes128-cts-hmac-sha1-96:norealm "
	       "aes256-cts-hmac-sha384-192:special aes128-cts-hmac-sha256-128:onlyrealm");
	set_up(state);
	assert_ok(run(&kerberos, KDC_HOST, ONE_TIME, NULL, &store, &keytab, &err));
	assert_every_key(&keytab, 2, 4);
}

static int stop(void **state)
{
	kdc_down();
	return scratch_leave(state);
}

static int start(void **state)
{
	if (scratch_enter(state) < 0)
		return -1;
	kdc_up(FOUR_TYPES);
	return 0;
}

int main(void)
{
#define test(name)       cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define test_apart(name) cmocka_unit_test_teardown(name, tear_down)
	const struct CMUnitTest tests[] = {
		test(test_enrolment),
		test(test_nothing_is_sent_before_the_secret_is_kept),
		test(test_cut_off_behind_the_change),
		test(test_cut_off_before_the_change),
		test(test_wrong_password),
		test(test_strangers),
		test(test_a_ticket_for_nothing),
		test(test_no_kdc),
		test(test_no_change_service),
		test(test_clocks),
		test(test_policy),
		test(test_a_password_that_must_be_changed),
		test(test_keytab_of_the_administrator),
		test(test_the_kdc_must_prove_itself),
		test_apart(test_a_realm_without_sha2),
		test_apart(test_salt_of_the_kdc),
	};

	kdc_enter_network();
	return cmocka_run_group_tests(tests, start, stop);
}
