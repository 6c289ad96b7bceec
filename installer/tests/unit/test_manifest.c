/*
 * Signatures and signed lists. Keys and signatures were made with minisign 0.11; the
 * secret keys are gone.
 */
#include <fcntl.h>

#include "fetch/manifest.h"
#include "fetch/minisign.h"
#include "fetch/seen.h"
#include "tests/http_server.h"
#include "tests/scratch.h"

static const char key_text[] =
	"untrusted comment: minisign public key 638D8DE9BA7446C1\n"
	"RWTBRnS66Y2NYwRTb83RxjeAGSlqA+c9ZTsUNdXlYJV83DuJ6dFLoJpG\n";

static const char other_key[] =
	"untrusted comment: minisign public key 4E22F281FD687666\n"
	"RWRmdmj9gfIiTg8hXdUxDwVWM5fJGsdz55ZEWc0pfq4Zh2XeMOj3V9YQ\n";

static const char list[] =
	"42d7ccde7f4b4c9d1017210b12dbeeb837692a2b46673821080b1788d8f5e3fe  prof"
	"iles/mac/52-54-00-d0-00-01.yaml\n"
	"6fb6d3835a3563bf834b561a53b234839f9c9449ab9b3cf01c531ef30198dcbe  imag"
	"es/a.tar\n";

static const char hashed[] =
	"untrusted comment: signature from minisign secret key\n"
	"RUTBRnS66Y2NYz3nxGGUJLVvXy1ZyQaPq4j9LKIHvYrTzwBXgn0z53IJbSAKJLVvhstV9B"
	"yrfTBjZ+mzPRvo1g3e95GMAt/m3Ag=\n"
	"trusted comment: dom0strap serial:7\n"
	"utX3BSH4/viZlPttLYN+NT/ogtMjz1bFE5vPLKPnXIzXBusZjbD14l6oLsGCdoHoo1xrEa"
	"mHsWawH+R+EZVcDA==\n";

static const char plain[] =
	"untrusted comment: signature from minisign secret key\n"
	"RWTBRnS66Y2NY2ekLHyBNPnj7jcOzJ9F1thWtw/RxftJQKE+I7ZGcD5+shhH6S4E0Sz8wo"
	"lojWg62aSyNXeRtwCCc4RPNTKK5As=\n"
	"trusted comment: dom0strap serial:7\n"
	"djIeYMI1V3zw0ZPdylYYoS0Kh3ATpIgpmePQ3MLgpsWkyTJBC3rAo9mJXGvKAGK7cEBrA+"
	"FeR8iRrnxJQ0RBDA==\n";

#define LIST_URL "http://boot/SHA256SUMS"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct minisign_key read_key(const char *text)
{
	struct minisign_key key;
	struct err err = { 0 };

	assert_ok(minisign_read_key("key", text, &key, &err));
	return key;
}

static void assert_refused(const char *key_of, const char *signature, const char *text,
			   const char *msg)
{
	struct minisign_key key = read_key(key_of);
	char *comment = NULL;
	struct err err = { 0 };

	assert_fails(minisign_verify(&key, "list", signature, text, strlen(text),
				     &comment, &err),
		     ERR_SOURCE, msg);
	assert_null(comment);
}

static void test_both_kinds_of_signature_hold(void **state)
{
	const char *const signatures[] = { hashed, plain };
	struct minisign_key key = read_key(key_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		auto_free char *comment = NULL;
		struct err err = { 0 };

		assert_ok(minisign_verify(&key, "list", signatures[i], list, strlen(list),
					  &comment, &err));
		assert_string_equal(comment, "dom0strap serial:7");
	}
}

/* Each bit of the text, and each character of the signature that says something. */
static void test_nothing_may_be_changed(void **state)
{
	struct minisign_key key = read_key(key_text);
	char text[sizeof(list)], signature[sizeof(hashed)];
	size_t untrusted = strcspn(hashed, "\n");

	(void)state;
	for (size_t bit = 0; bit < 8 * strlen(list); bit++) {
		char *comment;
		struct err err = { 0 };

		memcpy(text, list, sizeof(list));
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
		assert_int_equal(minisign_verify(&key, "list", hashed, text, strlen(list),
						 &comment, &err),
				 -1);
		assert_int_equal(err.code, ERR_SOURCE);
	}
	for (size_t i = untrusted; i < strlen(hashed) - 1; i++) {
		char *comment;
		struct err err = { 0 };

		memcpy(signature, hashed, sizeof(hashed));
		signature[i] = signature[i] == 'A' ? 'B' : 'A';
		assert_int_equal(minisign_verify(&key, "list", signature, list,
						 strlen(list), &comment, &err),
				 -1);
		assert_int_equal(err.code, ERR_SOURCE);
	}
}

static void test_refusals_say_why(void **state)
{
	static const char no_signature[] = "list: this is no minisign signature";

	(void)state;
	assert_refused(key_text, hashed, "another text",
		       "list: the signature does not fit: this is not what was signed");
	assert_refused(other_key, hashed, list,
		       "list: signed with another key than the one here");
	assert_refused(key_text, replaced(&arena, hashed, "serial:7", "serial:8"), list,
		       "list: the signature's comment is not what was signed");
	assert_refused(key_text, "", list, no_signature);
	assert_refused(key_text, "untrusted comment: \n", list, no_signature);
	assert_refused(key_text, replaced(&arena, hashed, "trusted comment: d", "d"),
		       list, no_signature);
	assert_refused(key_text, arena_printf(&arena, "%s\n", hashed), list,
		       no_signature);
	assert_refused(key_text, replaced(&arena, hashed, "==\n", "\n"), list,
		       no_signature);
}

static void test_keys(void **state)
{
	struct minisign_key key;
	struct err err = { 0 };
	const char *bare = strchr(key_text, '\n') + 1;

	(void)state;
	key = read_key(bare);
	assert_fails(minisign_read_key("key", "", &key, &err), ERR_SOURCE,
		     "key: this is no public key of minisign's");
	assert_fails(minisign_read_key("key", hashed, &key, &err), ERR_SOURCE,
		     "key: this is no public key of minisign's");
	assert_fails(minisign_read_key("key", bare + 4, &key, &err), ERR_SOURCE,
		     "key: this is no public key of minisign's");
}

static struct manifest parse(const char *text, const char *comment)
{
	struct manifest m = { 0 };
	struct err err = { 0 };

	assert_ok(
		manifest_parse(LIST_URL, text, strlen(text), comment, &arena, &m, &err));
	return m;
}

static void test_digest_belongs_to_the_url(void **state)
{
	static const struct {
		const char *url, *msg;
	} cases[] = {
		{ "http://boot/a.tar", LIST_URL " has no digest of http://boot/a.tar" },
		{ "http://boot/images/a.tar?x",
		  LIST_URL " has no digest of http://boot/images/a.tar?x" },
		{ "http://boot/images/A.tar",
		  LIST_URL " has no digest of http://boot/images/A.tar" },
		{ "http://boots/images/a.tar",
		  "http://boots/images/a.tar is not below the folder of " LIST_URL
		  ", which is to vouch for it" },
		{ "https://boot/images/a.tar",
		  "https://boot/images/a.tar is not below the folder of " LIST_URL
		  ", which is to vouch for it" },
		{ "http", "http is not below the folder of " LIST_URL
			  ", which is to vouch for it" },
	};
	struct manifest m = parse(list, "");
	struct digest digest;
	struct err err = { 0 };

	(void)state;
	assert_ok(manifest_find(&m, "http://boot/images/a.tar", &digest, &err));
	assert_string_equal(
		DIGEST_TEXT(&digest),
		"6fb6d3835a3563bf834b561a53b234839f9c9449ab9b3cf01c531ef30198dcbe");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_fails(manifest_find(&m, cases[i].url, &digest, &err), ERR_SOURCE,
			     cases[i].msg);
}

static void test_lines(void **state)
{
	const char *line = strchr(list, '\n') + 1;
	struct manifest m;
	struct digest digest;
	struct err err = { 0 };

	(void)state;
	m = parse(arena_printf(&arena, "%s%s", line, line), "");
	assert_ok(manifest_find(&m, "http://boot/images/a.tar", &digest, &err));
	m = parse(arena_printf(&arena, "%s0%s", line, line + 1), "");
	assert_fails(manifest_find(&m, "http://boot/images/a.tar", &digest, &err),
		     ERR_SOURCE, LIST_URL ": two digests for images/a.tar");
	assert_fails(manifest_parse(LIST_URL, "\n", 1, "", &arena, &m, &err), ERR_SOURCE,
		     LIST_URL ":1: not a line of sha256sum's");
	assert_fails(manifest_parse(LIST_URL, line + 1, strlen(line) - 1, "", &arena, &m,
				    &err),
		     ERR_SOURCE, LIST_URL ":1: not a line of sha256sum's");
	assert_fails(
		manifest_parse(LIST_URL, list, strlen(list) + 1, "", &arena, &m, &err),
		ERR_SOURCE, LIST_URL ": not a text");
}

static void test_serial_numbers(void **state)
{
	static const char *const bad[] = { "serial:",
					   "serial:x",
					   "serial:1x",
					   "serial:1 serial:2",
					   "serial:1234567890123456789",
					   "serial:-1" };
	struct manifest m;

	(void)state;
	m = parse("", "timestamp:1\tserial:20261127 of:something");
	assert_true(m.has_serial);
	assert_int_equal(m.serial, 20261127);
	assert_false(parse("", "xserial:1 file:SHA256SUMS").has_serial);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { 0 };

		assert_fails(manifest_parse(LIST_URL, "", 0, bad[i], &arena, &m, &err),
			     ERR_SOURCE,
			     LIST_URL
			     ": not one serial number in the signature's comment");
	}
}

static void test_lists_that_were_seen(void **state)
{
	static const char text[] = "7 http://boot/a\n"
				   "3 http://boot/a\n"
				   "9 http://boot/b c\n"
				   "x http://boot/d\n"
				   "8\n"
				   "8 \n"
				   "1234567890123456789 http://boot/e\n"
				   "\n"
				   "10 http://boot/b c";
	auto_text struct text t = { 0 };
	struct seen seen = { 0 };

	(void)state;
	seen_read(text, &arena, &seen);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen_find(&seen, "http://boot/a")->serial, 7);
	assert_null(seen_find(&seen, "http://boot/"));
	seen_set(&seen, "http://boot/a", 2, &arena); /* allowed by hand */
	seen_set(&seen, "http://boot/f", 1, &arena);
	seen_print(&seen, &t);
	assert_string_equal(t.s,
			    "2 http://boot/a\n10 http://boot/b c\n1 http://boot/f\n");
}

static void put_key(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void test_fetched_with_its_signature(void **state)
{
	const struct reply replies[] = {
		{ .head = "HTTP/1.1 200 OK", .body = list },
		{ .head = "HTTP/1.1 200 OK", .body = hashed },
		{ .head = "HTTP/1.1 200 OK", .body = "an older one" },
		{ .head = "HTTP/1.1 200 OK", .body = hashed },
		{ .head = "HTTP/1.1 200 OK", .body = list },
		{ .head = "HTTP/1.1 404 Not Found" },
	};
	auto_free char *key = xasprintf("%s/key", scratch), *url = NULL;
	struct fetch_options options = { .tries = 1 };
	struct manifest m;
	struct server server;
	struct err err = { 0 };

	(void)state;
	put_key(key, key_text);
	server_start(&server, replies, ARRAY_LEN(replies));
	url = xasprintf("http://127.0.0.1:%u/SHA256SUMS", server.port);
	assert_ok(manifest_fetch(url, key, &options, &arena, &m, &err));
	assert_int_equal(m.serial, 7);
	assert_contains(server.requests[1], "GET /SHA256SUMS.minisig ");
	assert_int_equal(manifest_fetch(url, key, &options, &arena, &m, &err), -1);
	assert_contains(err.msg, "the signature does not fit");
	err = (struct err){ 0 };
	assert_int_equal(manifest_fetch(url, key, &options, &arena, &m, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "404");
	err = (struct err){ 0 };
	assert_int_equal(manifest_fetch(url, "/nowhere", &options, &arena, &m, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "no key to check a signature with");
	assert_int_equal(server_stop(&server), ARRAY_LEN(replies));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_kinds_of_signature_hold),
		cmocka_unit_test(test_nothing_may_be_changed),
		cmocka_unit_test(test_refusals_say_why),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_digest_belongs_to_the_url),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_serial_numbers),
		cmocka_unit_test(test_lists_that_were_seen),
		cmocka_unit_test_setup_teardown(test_fetched_with_its_signature,
						scratch_enter, scratch_leave),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
