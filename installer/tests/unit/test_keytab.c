#include "kerberos/keytab.h"
#include "tests/support.h"

#define HOST  "xen01.example.com"
#define REALM "EXAMPLE.COM"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* One entry as MIT's ktutil writes it: host/xen01.example.com@EXAMPLE.COM, kvno 3. */
static const char entry[] = "\0\0\0\x49" /* its length */
			    "\0\x02"
			    "\0\x0b"
			    "EXAMPLE.COM"
			    "\0\x04"
			    "host"
			    "\0\x11"
			    "xen01.example.com"
			    "\0\0\0\x01"
			    "\x65\x00\x00\x00"
			    "\x03"
			    "\0\x11"
			    "\0\x10"
			    "0123456789abcdef"
			    "\0\0\0\x03";
#define ENTRY_BYTES (sizeof(entry) - 1)

static struct text with_head(void)
{
	struct text t = { 0 };

	text_add_bytes(&t, "\x05\x02", 2);
	return t;
}

static struct keytab parsed(const struct text *t)
{
	struct keytab keytab = { 0 };
	struct err err = { 0 };

	assert_ok(keytab_parse(t->s, t->len, &arena, &keytab, &err));
	return keytab;
}

static void test_read(void **state)
{
	auto_text struct text t = with_head(), again = { 0 }, name = { 0 };
	struct keytab k;

	(void)state;
	text_add_bytes(&t, entry, ENTRY_BYTES);
	k = parsed(&t);
	assert_int_equal(k.n, 1);
	assert_int_equal(k.entries[0].kvno, 3);
	assert_int_equal(k.entries[0].enctype, ENCTYPE_AES128_SHA1);
	assert_int_equal(k.entries[0].timestamp, 0x65000000);
	assert_int_equal(k.entries[0].key_len, 16);
	assert_memory_equal(k.entries[0].key, "0123456789abcdef", 16);
	keytab_print_principal(&k.entries[0], &name);
	assert_string_equal(name.s, "host/" HOST "@" REALM);
	/* And written as it was. */
	keytab_write(&k, &again);
	assert_int_equal(again.len, t.len);
	assert_memory_equal(again.s, t.s, t.len);
}

static void test_holes_and_room_at_the_end(void **state)
{
	auto_text struct text t = with_head();

	(void)state;
	text_add_bytes(&t,
		       "\xff\xff\xff\xfb"
		       "holes",
		       9);
	text_add_bytes(&t, entry, ENTRY_BYTES);
	text_add_bytes(&t, "\0\0\0\0", 4);
	assert_int_equal(parsed(&t).n, 1);
}

/* The old form has 8 bits for the version number, and may leave it at that. */
static void test_version_numbers(void **state)
{
	auto_text struct text narrow = with_head(), wide = with_head(),
			      zero = with_head();

	(void)state;
	text_add_bytes(&narrow, entry, ENTRY_BYTES - 4);
	narrow.s[5] -= 4;
	assert_int_equal(parsed(&narrow).entries[0].kvno, 3);
	text_add_bytes(&wide, entry, ENTRY_BYTES);
	memcpy(wide.s + wide.len - 4, "\0\x01\x02\x03", 4);
	assert_int_equal(parsed(&wide).entries[0].kvno, 0x10203);
	text_add_bytes(&zero, entry, ENTRY_BYTES);
	memcpy(zero.s + zero.len - 4, "\0\0\0\0", 4);
	assert_int_equal(parsed(&zero).entries[0].kvno, 3);
}

static void test_damage(void **state)
{
	struct keytab keytab = { 0 };
	auto_text struct text t = with_head();
	struct err err = { 0 };

	(void)state;
	assert_fails(keytab_parse("<html>", 6, &arena, &keytab, &err), ERR_SOURCE,
		     "not a keytab that can be used: it does not begin with 05 02");
	assert_fails(keytab_parse("\x05\x01", 2, &arena, &keytab, &err), ERR_SOURCE,
		     "not a keytab that can be used: it is of format version 1, which "
		     "depends on the machine that wrote it");
	text_add_bytes(&t, entry, ENTRY_BYTES);
	for (size_t len = 3; len < t.len; len++) /* 2: empty, and valid */
		assert_fails(keytab_parse(t.s, len, &arena, &keytab, &err), ERR_SOURCE,
			     "not a keytab that can be used: it is cut off");
	t.s[t.len - 22] = 0x7f; /* the key's length */
	assert_fails(keytab_parse(t.s, t.len, &arena, &keytab, &err), ERR_SOURCE,
		     "not a keytab that can be used: an entry is damaged");
	assert_null(keytab.entries);
}

static struct keytab_entry make(const char *realm, const char *service, const char *host,
				uint16_t enctype)
{
	const char **components = arena_alloc(&arena, 2 * sizeof(*components));

	components[0] = service;
	components[1] = host;
	return (struct keytab_entry){ .realm = realm,
				      .components = components,
				      .n_components = 2,
				      .kvno = 1,
				      .enctype = enctype,
				      .key = (const unsigned char *)"key",
				      .key_len = 3 };
}

static void test_whose_keys(void **state)
{
	struct keytab_entry entries[] = {
		make(REALM, "HTTP", HOST, ENCTYPE_AES256_SHA1),
		make(REALM, "host", "xen02.example.com", ENCTYPE_AES256_SHA1),
		make("EXAMPLE.ORG", "host", HOST, ENCTYPE_AES256_SHA1),
		make(REALM, "host", HOST, ENCTYPE_AES256_SHA2),
	};
	struct keytab keytab = { entries, 3 }, none = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(
		keytab_check(&keytab, HOST, REALM, false, &err), ERR_SOURCE,
		"the keytab has no key of host/xen01.example.com@EXAMPLE.COM; it has "
		"HTTP/xen01.example.com@EXAMPLE.COM, "
		"host/xen02.example.com@EXAMPLE.COM, "
		"host/xen01.example.com@EXAMPLE.ORG");
	assert_fails(
		keytab_check(&none, HOST, REALM, false, &err), ERR_SOURCE,
		"the keytab has no key of host/xen01.example.com@EXAMPLE.COM; it has "
		"no keys at all");
	keytab.n = 4;
	assert_ok(keytab_check(&keytab, HOST, REALM, false, &err));
}

static void test_weak_keys(void **state)
{
	static const uint16_t weak[] = { 1, 2, 3, 4, 6, 8, 16, 23, 24 };
	struct keytab_entry entries[] = {
		make(REALM, "host", HOST, ENCTYPE_AES256_SHA1),
		make(REALM, "host", HOST, 0),
	};
	struct keytab keytab = { entries, 2 };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
		entries[1].enctype = weak[i];
		assert_int_equal(keytab_check(&keytab, HOST, REALM, false, &err), -1);
		err = (struct err){ 0 };
		assert_ok(keytab_check(&keytab, HOST, REALM, true, &err));
	}
	entries[1].enctype = 23;
	assert_fails(keytab_check(&keytab, HOST, REALM, false, &err), ERR_SOURCE,
		     "the keytab has a key of host/xen01.example.com@EXAMPLE.COM of type "
		     "arcfour-hmac, which is broken; make one with AES keys only, or say "
		     "`allow-weak-crypto: true`");
}

static void test_names_from_outside(void **state)
{
	struct keytab_entry e = make("A@B", "ho/st", "a\\b", 99);
	auto_text struct text t = { 0 };
	char buf[32];

	(void)state;
	keytab_print_principal(&e, &t);
	assert_string_equal(t.s, "ho\\/st/a\\\\b@A\\@B");
	assert_string_equal(keytab_enctype_name(99, buf, sizeof(buf)), "enctype 99");
	assert_false(keytab_is_weak(99));
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_read),
		test(test_holes_and_room_at_the_end),
		test(test_version_numbers),
		test(test_damage),
		test(test_whose_keys),
		test(test_weak_keys),
		test(test_names_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
