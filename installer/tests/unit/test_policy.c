/*
 * Booleans in a kernel's policy, and the texts around it.
 */
#include "selinux/policy.h"

#include "selinux/settings.h"
#include "tests/policy.h"
#include "tests/scratch.h"

#define MEMCACHE   "httpd_can_network_connect_memcache"
#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* magic, length, "SE Linux", version, … : see policydb_write() of libsepol. */
#define VERSION_AT 16

static struct policy *load(const char *path)
{
	struct err err = { 0 };
	struct policy *p;
	size_t len;
	auto_free char *bytes = policy_bytes(path, &len);

	assert_ok(policy_read(bytes, len, &p, &err));
	return p;
}

static void save(struct policy *p, const char *path)
{
	auto_file FILE *f = fopen(path, "we");
	auto_free void *bytes = NULL;
	struct err err = { 0 };
	size_t len;

	assert_ok(policy_write(p, &bytes, &len, &err));
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
}

/* A file that is longer than what libsepol makes of it. */
static void check_other_length(const char *bytes, size_t len)
{
	auto_free char *longer = xcalloc(1, len + 9);
	auto_free void *written = NULL;
	struct err err = { 0 };
	struct policy *p;
	size_t written_len;

	memcpy(longer, bytes, len);
	assert_ok(policy_read(longer, len + 9, &p, &err));
	assert_ok(policy_write(p, &written, &written_len, &err));
	assert_int_equal(written_len, len);
	policy_free(p);
}

static void check_version(const char *version)
{
	size_t before_len, after_len;
	struct err err = { 0 };
	struct policy *p;

	policy_make("before", version);
	p = load("before");
	assert_false(policy_boolean(p, MEMCACHE));
	assert_true(policy_boolean(p, "httpd_enable_cgi"));
	assert_ok(policy_set_boolean(p, MEMCACHE, true, &err));
	save(p, "after");
	policy_free(p);

	p = load("after");
	assert_true(policy_boolean(p, MEMCACHE));
	assert_true(policy_boolean(p, "httpd_enable_cgi"));
	assert_false(policy_boolean(p, "xen_use_nfs"));
	policy_free(p);

	auto_free char *before = policy_bytes("before", &before_len);
	auto_free char *after = policy_bytes("after", &after_len);

	assert_int_equal(after_len, before_len);
	assert_memory_equal(after, before, VERSION_AT + 4);
	check_other_length(before, before_len);
	assert_int_equal(after[VERSION_AT], atoi(version));
}

static void test_a_boolean_is_set_and_the_version_kept(void **state)
{
	(void)state;
	check_version("33");
	check_version("31");
	check_version("24");
}

static void test_names(void **state)
{
	struct err err = { 0 };
	struct policy *p;

	(void)state;
	policy_make("names", "33");
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
	assert_int_equal(policy_set_boolean(p, "none", true, &err), -1);
	policy_free(p);
}

static void test_what_is_no_policy_is_refused(void **state)
{
	struct err err = { 0 };
	struct policy *p = NULL;
	size_t len;

	(void)state;
	assert_int_equal(policy_read("junk", 4, &p, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	policy_make("future", "33");
	auto_free char *bytes = policy_bytes("future", &len);

	for (size_t cut = 0; cut < len; cut += 7) {
		err = (struct err){ 0 };
		assert_int_equal(policy_read(bytes, cut, &p, &err), -1);
		assert_int_equal(err.code, ERR_SOURCE);
	}
	bytes[VERSION_AT] = 99;
	err = (struct err){ 0 };
	assert_int_equal(policy_read(bytes, len, &p, &err), -1);
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
		cmocka_unit_test(test_a_boolean_is_set_and_the_version_kept),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_is_no_policy_is_refused),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
