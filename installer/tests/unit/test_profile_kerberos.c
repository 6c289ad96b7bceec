#include "tests/profile.h"
#include "tests/refusal.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *with(const char *keys)
{
	return arena_printf(&arena, "%s%s\n", profile_text, keys);
}

static void test_everything(void **state)
{
	struct profile p = parse_profile(
		&arena, with("preserve: [keytab, ssh-host-keys]\n"
			     "kerberos:\n"
			     "  realm: EXAMPLE.COM\n"
			     "  kdc: [kdc1.example.com, \"192.0.2.1:88\", "
			     "\"[2001:db8::1]:88\", \"[2001:db8::1]\"]\n"
			     "  admin-server: kadmin.example.com\n"
			     "  host-key: {enrol: \"p'ass word\"}\n"
			     "  allow-weak-crypto: true"));

	(void)state;
	assert_string_equal(p.kerberos.realm, "EXAMPLE.COM");
	assert_int_equal(p.kerberos.n_kdcs, 4);
	assert_string_equal(p.kerberos.admin_server, "kadmin.example.com");
	assert_string_equal(p.kerberos.host_key.enrol, "p'ass word");
	assert_null(p.kerberos.host_key.keytab);
	assert_true(p.kerberos.allow_weak_crypto);
	assert_true(profile_preserves(&p, "keytab"));
	assert_true(profile_preserves(&p, "ssh-host-keys"));
}

static void test_nothing(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);

	(void)state;
	assert_null(p.kerberos.realm);
	assert_false(profile_preserves(&p, "keytab"));
}

static void test_refusals(void **state)
{
	static const struct {
		const char *keys, *message;
	} cases[] = {
		{ "kerberos: {kdc: kdc1}", "kerberos: the key \"realm\" is missing" },
		{ "kerberos: {host-key: {enrol: x}}",
		  "kerberos: the key \"realm\" is missing" },
		{ "kerberos: {realm: A.B, host-key: {enrol: x, keytab: \"https://a/b\"}}",
		  "host-key: either a keytab or a one-time password" },
		{ "kerberos: {realm: A.B, host-key: {sha256: " SHA256_OF_NOTHING "}}",
		  "host-key: sha256 is a keytab's" },
		{ "insecure: true\nkerberos: {realm: A.B, host-key: {keytab: "
		  "\"http://a/b\"}}",
		  "host-key: over plain HTTP anybody on the path can put another keytab "
		  "in its place; serve it over https, or give its sha256" },
		{ "kerberos: {realm: \"A B\"}", "is not a realm like EXAMPLE.COM" },
		{ "kerberos: {realm: A.B, kdc: \"k:99999\"}",
		  "is not a server like kdc1.example.com or 192.0.2.1:88" },
		{ "kerberos: {realm: A.B, kdc: \"k:0\"}", "is not a server like" },
		{ "kerberos: {realm: A.B, kdc: \"k }\"}", "is not a server like" },
		{ "kerberos: {realm: A.B, kdc: \"[2001:db8::1\"}",
		  "is not a server like" },
		{ "kerberos: {realm: A.B, kdc: \"[192.0.2.1]\"}",
		  "is not a server like" },
		{ "kerberos: {realm: A.B, host-key: {enrol: \"\"}}",
		  "enrol must be one line of text" },
		{ "preserve: [keys]", "is not keytab or ssh-host-keys" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = with(cases[i].keys);
		struct profile p = { 0 };
		struct err err = { 0 };

		assert_int_equal(
			profile_parse("p.yaml", text, strlen(text), &arena, &p, &err),
			-1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_contains(err.msg, cases[i].message);
	}
}

static void test_a_host_without_a_domain(void **state)
{
	static const struct refusal refusal = {
		"target:", "kerberos: {realm: A.B, host-key: {enrol: x}}\ntarget:",
		"p.yaml:2:34: host-key: the key is that of host/FULL.NAME@REALM, and "
		"`host: xen02` has no domain"
	};

	(void)state;
	assert_refusals(&arena, single_text, &refusal, 1);
}

/* The secret is nowhere but in what the digest is made of. */
static void test_the_secret(void **state)
{
	struct profile p = parse_profile(
		&arena, with("kerberos: {realm: A.B, host-key: {enrol: hush}}"));
	struct profile q = parse_profile(
		&arena, with("kerberos: {realm: A.B, host-key: {enrol: hash}}"));
	struct digest a = profile_digest(&p), b = profile_digest(&q);
	auto_text struct text shown = { 0 };

	(void)state;
	schema_json(&profile_schema, &p, SCHEMA_SHOWN, &shown);
	assert_contains(shown.s, "\"realm\":\"A.B\"");
	assert_lacks(shown.s, "hush");
	assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_everything), test(test_nothing),
		test(test_refusals),   test(test_a_host_without_a_domain),
		test(test_the_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
