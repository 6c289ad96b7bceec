/*
 * Booleans in a kernel's policy, beside libsepol; and the texts around it.
 */
#include "selinux/policy.h"

#include <sepol/booleans.h>
#include <sepol/debug.h>
#include <sepol/handle.h>
#include <sepol/policydb.h>

#include "selinux/settings.h"
#include "tests/policy.h"
#include "tests/scratch.h"

#define MEMCACHE   "httpd_can_network_connect_memcache"
#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* magic, length, "SE Linux", version, … : see policydb_write() of libsepol. */
#define VERSION_AT 16

static const char *const booleans[] = { MEMCACHE, "httpd_enable_cgi", "xen_use_nfs" };

static void *copy(const void *bytes, size_t len)
{
	return memcpy(xmalloc(len ? len : 1), bytes, len);
}

static struct policy *load(const char *path)
{
	struct err err = { 0 };
	struct policy *p;
	size_t len;
	char *bytes = policy_bytes(path, &len);

	assert_ok(policy_read(bytes, len, &p, &err));
	return p;
}

/* libsepol's policy; it writes tables and rules in an order of its own. */
struct oracle {
	sepol_handle_t *handle;
	sepol_policydb_t *db;
};

static void oracle_read(struct oracle *o, const void *bytes, size_t len)
{
	auto_free void *theirs = copy(bytes, len);

	sepol_debug(0);
	o->handle = sepol_handle_create();
	assert_non_null(o->handle);
	assert_int_equal(sepol_policydb_create(&o->db), 0);
	assert_int_equal(sepol_policydb_from_image(o->handle, theirs, len, o->db), 0);
}

static void oracle_set(struct oracle *o, const char *name, bool state)
{
	sepol_bool_key_t *key;
	sepol_bool_t *b;

	assert_int_equal(sepol_bool_key_create(o->handle, name, &key), 0);
	assert_int_equal(sepol_bool_query(o->handle, o->db, key, &b), 0);
	assert_non_null(b);
	sepol_bool_set_value(b, state);
	assert_int_equal(sepol_bool_set(o->handle, o->db, key, b), 0);
	sepol_bool_free(b);
	sepol_bool_key_free(key);
}

static void *oracle_write(struct oracle *o, size_t *ret_len)
{
	void *bytes;

	assert_int_equal(sepol_policydb_to_image(o->handle, o->db, &bytes, ret_len), 0);
	sepol_policydb_free(o->db);
	sepol_handle_destroy(o->handle);
	return bytes;
}

/* What libsepol makes of ours is what it makes itself. */
static void check_beside_libsepol(const char *before, size_t len, unsigned states)
{
	struct oracle theirs, ours;
	struct err err = { 0 };
	size_t theirs_len, ours_len, image_len;
	struct policy *p;
	const void *image;

	assert_ok(policy_read(copy(before, len), len, &p, &err));
	oracle_read(&theirs, before, len);
	for (size_t i = 0; i < ARRAY_LEN(booleans); i++) {
		bool state = states >> i & 1;

		policy_set_boolean(p, booleans[i], state);
		assert_true(policy_boolean(p, booleans[i]) == state);
		oracle_set(&theirs, booleans[i], state);
	}
	image = policy_image(p, &image_len);
	assert_int_equal(image_len, len);
	oracle_read(&ours, image, image_len);

	auto_free void *their_bytes = oracle_write(&theirs, &theirs_len);
	auto_free void *our_bytes = oracle_write(&ours, &ours_len);

	assert_int_equal(ours_len, theirs_len);
	assert_memory_equal(our_bytes, their_bytes, ours_len);
	policy_free(p);
}

/* Forth and back: every byte is as it was. */
static void check_back(const char *before, size_t len)
{
	struct err err = { 0 };
	struct policy *p;
	size_t image_len;

	assert_ok(policy_read(copy(before, len), len, &p, &err));
	for (size_t i = 0; i < ARRAY_LEN(booleans); i++) {
		bool state = policy_boolean(p, booleans[i]);

		policy_set_boolean(p, booleans[i], !state);
		assert_memory_not_equal(policy_image(p, &image_len), before, len);
		policy_set_boolean(p, booleans[i], state);
		assert_memory_equal(policy_image(p, &image_len), before, len);
	}
	policy_free(p);
}

static void check_version(const char *version, bool levels)
{
	size_t len;

	policy_make("before", version, levels);
	auto_free char *before = policy_bytes("before", &len);

	assert_int_equal(before[VERSION_AT], atoi(version));
	check_back(before, len);
	for (unsigned states = 0; states < 1U << ARRAY_LEN(booleans); states++)
		check_beside_libsepol(before, len, states);
}

static void test_a_boolean_is_set_as_libsepol_would(void **state)
{
	(void)state;
	for (int version = 20; version <= 33; version++) {
		auto_free char *text = xasprintf("%d", version);

		check_version(text, false);
		check_version(text, true);
	}
}

static void test_names(void **state)
{
	struct policy *p;

	(void)state;
	policy_make("names", "33", true);
	p = load("names");
	assert_string_equal(policy_find_boolean(p, NAMES(MEMCACHE)), MEMCACHE);
	/* Fedora's name, then Debian's. */
	assert_string_equal(
		policy_find_boolean(p, NAMES("httpd_can_network_memcache", MEMCACHE)),
		MEMCACHE);
	assert_null(policy_find_boolean(p, NAMES("kernel_t")));
	assert_string_equal(policy_near_boolean(p, "httpd_enable_cgy"),
			    "httpd_enable_cgi");
	assert_null(policy_near_boolean(p, "something_else_entirely"));
	policy_free(p);
}

static void test_what_is_no_policy_is_refused(void **state)
{
	struct err err = { 0 };
	struct policy *p = NULL;
	size_t len, whole = 0;

	(void)state;
	assert_int_equal(policy_read(copy("junk", 4), 4, &p, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	policy_make("future", "33", true);
	auto_free char *bytes = policy_bytes("future", &len);

	for (size_t cut = 0; cut < len; cut++) {
		err = (struct err){ 0 };
		if (policy_read(copy(bytes, cut), cut, &p, &err) == 0)
			break;
		assert_int_equal(err.code, ERR_SOURCE);
		whole = cut + 1;
	}
	/* Behind the conditions nothing is looked at. */
	policy_free(take_ptr(p));
	check_back(bytes, whole);
	assert_non_null(memmem(bytes, whole, "xen_use_nfs", strlen("xen_use_nfs")));
	bytes[VERSION_AT] = 99;
	err = (struct err){ 0 };
	assert_int_equal(policy_read(copy(bytes, len), len, &p, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "99");
	assert_null(p);
}

static void test_config(void **state)
{
	struct selinux_settings s;

	(void)state;
	s = selinux_parse_config("# SELINUX=disabled\nSELINUX=enforcing\n"
				 "  SELINUXTYPE=targeted \nSETLOCALDEFS=0\n");
	assert_int_equal(s.mode, SELINUX_ENFORCING);
	assert_string_equal(s.type, "targeted");
	s = selinux_parse_config("SELINUX=Permissive\nSELINUX=disabled");
	assert_int_equal(s.mode, SELINUX_DISABLED);
	assert_string_equal(s.type, "");
	s = selinux_parse_config("SELINUX=permissive\nSELINUXTYPE=../../etc\n");
	assert_int_equal(s.mode, SELINUX_PERMISSIVE);
	assert_string_equal(s.type, "");
	s = selinux_parse_config("");
	assert_int_equal(s.mode, SELINUX_DISABLED);
	assert_true(selinux_is_type("default"));
	assert_false(selinux_is_type(".."));
	assert_false(selinux_is_type("a/b"));
}

static void check_record(const char *before, const char *after)
{
	auto_free char *new = selinux_set_record(before, "one", true);
	auto_free char *again = selinux_set_record(new, "one", true);

	assert_string_equal(new, after);
	assert_string_equal(again, after);
}

static void test_records(void **state)
{
	(void)state;
	check_record("", "one=1\n");
	check_record("# by libsemanage\n\ntwo=0", "# by libsemanage\n\ntwo=0\none=1\n");
	check_record("one=0\ntwo=1\n", "one=1\ntwo=1\n");
	check_record("two=1\n one = 0\none=0\n", "two=1\none=1\n");
	check_record("one_more=0\n", "one_more=0\none=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_boolean_is_set_as_libsepol_would),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_is_no_policy_is_refused),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
