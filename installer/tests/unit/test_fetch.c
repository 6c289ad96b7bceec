/*
 * Fetching from servers that behave, break off, change their mind and lie.
 */
#include "fetch/fetch.h"
#include "tests/http_server.h"
#include "tests/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/log.h"
#include "core/url.h"

#define OBJECT_BYTES 300000
#define CUT          100000
#define REST         "bytes=95904-" /* the last 4 KB before the cut come again */

static char object[OBJECT_BYTES];
static char *logged; /* what was logged since quick() */
static size_t logged_len;
static FILE *logged_file;

static const struct fetch_options quick = {
	.tries = 3, .connect_timeout_ms = 3000, .stall_timeout_ms = 300, .backoff_ms = 10
};

static int set_up(void **state)
{
	uint32_t x = 1;

	for (size_t i = 0; i < OBJECT_BYTES; i++) {
		x = x * 1664525 + 1013904223;
		object[i] = (char)(x >> 24);
	}
	logged_file = open_memstream(&logged, &logged_len);
	log_to(logged_file);
	return scratch_enter(state);
}

static int tear_down(void **state)
{
	log_to(stderr);
	fclose(logged_file);
	free(logged);
	return scratch_leave(state);
}

#define LENGTH      "\r\nContent-Length: 300000"
#define TAG         "\r\nETag: \"v1\""
#define OK          "HTTP/1.1 200 OK" LENGTH
#define PART(first) "HTTP/1.1 206 Partial\r\nContent-Range: bytes " first "-299999/300000"
#define RESUMED                                                                          \
	{                                                                                \
		.head = PART("95904"), .body = object + 95904,                           \
		.len = OBJECT_BYTES - 95904                                              \
	}
#define WHOLE(h)                                                                         \
	{                                                                                \
		.head = h, .body = object, .len = OBJECT_BYTES                           \
	}
#define BROKEN(h)                                                                        \
	{                                                                                \
		.head = h, .body = object, .len = OBJECT_BYTES, .cut = CUT               \
	}

/* Read it all from a server with these replies, in pieces of an odd size. */
static int get(struct server *s, const char *auth, char **ret, size_t *ret_len,
	       uint64_t *ret_total, struct err *err)
{
	auto_free char *url = xasprintf("http://%s127.0.0.1:%u/image", auth, s->port);
	auto_free char *buf = xmalloc(2 * OBJECT_BYTES);
	auto_fetch struct fetch *f = NULL;
	size_t n;

	*err = (struct err){ 0 };
	*ret_len = 0;
	if (fetch_open(url, &quick, &f, err) < 0)
		return -1;
	*ret_total = fetch_total_bytes(f);
	do {
		if (fetch_read(f, buf + *ret_len, 7777, &n, err) < 0)
			return -1;
		*ret_len += n;
	} while (n > 0);
	*ret = take_ptr(buf);
	return 0;
}

/* All replies are used, and the object arrives whole. Returns the requests. */
static void assert_arrives(struct server *s, const struct reply *replies, size_t n,
			   uint64_t expected_total)
{
	auto_free char *bytes = NULL;
	struct err err;
	uint64_t total;
	size_t len;

	server_start(s, replies, n);
	if (get(s, "", &bytes, &len, &total, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(server_stop(s), n);
	assert_int_equal(len, OBJECT_BYTES);
	assert_memory_equal(bytes, object, OBJECT_BYTES);
	assert_int_equal(total, expected_total);
}
#define ARRIVES(s, total, ...)                                                           \
	assert_arrives(s, (const struct reply[]){ __VA_ARGS__ },                         \
		       sizeof((const struct reply[]){ __VA_ARGS__ }) /                   \
			       sizeof(struct reply),                                     \
		       total)

static void assert_error(const struct reply *replies, size_t n, const char *words)
{
	auto_free char *bytes = NULL;
	struct server s;
	struct err err;
	uint64_t total;
	size_t len;

	server_start(&s, replies, n);
	assert_int_equal(get(&s, "joe:secret@", &bytes, &len, &total, &err), -1);
	assert_int_equal(server_stop(&s), n);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, words);
	assert_contains(err.msg, "fetch http://127.0.0.1:");
	assert_lacks(err.msg, "secret");
	fflush(logged_file);
	assert_lacks(logged, "secret");
}
#define FAILS(words, ...)                                                                \
	assert_error((const struct reply[]){ __VA_ARGS__ },                              \
		     sizeof((const struct reply[]){ __VA_ARGS__ }) /                     \
			     sizeof(struct reply),                                       \
		     words)

static void test_plain(void **state)
{
	struct server s;

	(void)state;
	ARRIVES(&s, OBJECT_BYTES, WHOLE(OK));
	assert_null(strstr(s.requests[0], "Range"));
	ARRIVES(&s, 0, WHOLE("HTTP/1.1 200 OK"));
}

static void test_resumes_where_it_broke_off(void **state)
{
	struct server s;

	(void)state;
	ARRIVES(&s, OBJECT_BYTES, BROKEN(OK TAG), RESUMED);
	assert_contains(s.requests[1], "Range: " REST);
	assert_contains(s.requests[1], "If-Range: \"v1\"");
	/* A weak tag cannot vouch for bytes. */
	ARRIVES(&s, OBJECT_BYTES,
		BROKEN(OK
		       "\r\nETag: W/\"v1\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 "
		       "GMT"),
		RESUMED);
	assert_contains(s.requests[1], "If-Range: Mon, 01 Jan 2024");
	ARRIVES(&s, OBJECT_BYTES, BROKEN(OK), { .head = "HTTP/1.1 503 Busy" }, RESUMED);
	assert_lacks(s.requests[2], "If-Range");
	fflush(logged_file);
	assert_contains(logged, "warning: fetch http://127.0.0.1");
}

static void test_server_without_ranges(void **state)
{
	struct server s;

	(void)state;
	ARRIVES(&s, OBJECT_BYTES, BROKEN(OK), WHOLE(OK));
	ARRIVES(&s, OBJECT_BYTES, BROKEN(OK TAG), BROKEN(OK TAG), WHOLE(OK TAG));
}

static void test_another_object(void **state)
{
	auto_free char *other = xmalloc(OBJECT_BYTES);

	(void)state;
	FAILS("changed after", BROKEN(OK TAG), WHOLE(OK "\r\nETag: \"v2\""));
	FAILS("changed after", BROKEN(OK),
	      WHOLE("HTTP/1.1 200 OK\r\nContent-Length: 300001"));
	FAILS("changed after", BROKEN(OK), { .head = "HTTP/1.1 416 No" });
	memcpy(other, object, OBJECT_BYTES);
	other[CUT - 1] ^= 1;
	FAILS("changed after", BROKEN(OK),
	      { .head = OK, .body = other, .len = OBJECT_BYTES });
	FAILS("changed after", BROKEN(OK),
	      { .head = PART("95904"),
		.body = other + 95904,
		.len = OBJECT_BYTES - 95904 });
	FAILS("not asked for", BROKEN(OK),
	      { .head = PART("95905"),
		.body = object + 95905,
		.len = OBJECT_BYTES - 95905 });
}

static void test_what_no_retry_helps(void **state)
{
	(void)state;
	FAILS("HTTP status 404 (no such object: check the URL)",
	      { .head = "HTTP/1.1 404 Not Found", .body = "long page" });
	FAILS("HTTP status 401 (user:password@", { .head = "HTTP/1.1 401 Who" });
	FAILS("HTTP status 403", { .head = "HTTP/1.1 403 No" });
	FAILS("HTTP status 204", { .head = "HTTP/1.1 204 No Content" });
}

static void test_gives_up_in_the_end(void **state)
{
	(void)state;
	FAILS("HTTP status 500 (gave up after 3 attempts, with 0 bytes",
	      { .head = "HTTP/1.1 500 A" }, { .head = "HTTP/1.1 502 B" },
	      { .head = "HTTP/1.1 500 C" });
	FAILS("gave up after 3 attempts, with 100000 bytes", BROKEN(OK),
	      { .head = "HTTP/1.1 500 A" }, { .head = "HTTP/1.1 500 B" });
	/* A server that repeats what is known, and never more, makes no progress. */
	FAILS("gave up after 3 attempts, with 100000 bytes", BROKEN(OK), BROKEN(OK),
	      BROKEN(OK));
}

static void test_stall(void **state)
{
	struct server s;

	(void)state;
	ARRIVES(&s, OBJECT_BYTES,
		{ .head = OK,
		  .body = object,
		  .len = OBJECT_BYTES,
		  .cut = CUT,
		  .stall_ms = 10000 },
		RESUMED);
}

static void test_redirects(void **state)
{
	static const struct reply loop = {
		.head = "HTTP/1.1 302 Found\r\nLocation: /again", .body = "moved"
	};
	struct server s;

	(void)state;
	ARRIVES(&s, OBJECT_BYTES, loop, WHOLE(OK));
	assert_contains(s.requests[1], "GET /again ");
	/* Resumption asks the first URL again. */
	ARRIVES(&s, OBJECT_BYTES, loop, BROKEN(OK), loop, RESUMED);
	assert_contains(s.requests[2], "GET /image ");
	FAILS("too many redirects", loop, loop, loop, loop, loop, loop, loop, loop, loop);
	FAILS("redirected to ftp://x/y, which is neither",
	      { .head = "HTTP/1.1 302 Found\r\nLocation: ftp://joe:secret@x/y" });
	FAILS("redirected to file:///etc/passwd, which is neither",
	      { .head = "HTTP/1.1 301 Found\r\nLocation: file:///etc/passwd" });
}

static void test_passwords_go_where_they_belong(void **state)
{
	static const struct reply replies[] = { { .head = "HTTP/1.1 200 OK",
						  .body = "hello" } };
	auto_free char *text = NULL;
	auto_free char *url = NULL;
	struct err err = { 0 };
	struct server s;

	(void)state;
	server_start(&s, replies, 1);
	url = xasprintf("http://joe:secret@127.0.0.1:%u/x", s.port);
	assert_ok(fetch_text(url, &quick, 100, &text, NULL, &err));
	server_stop(&s);
	assert_string_equal(text, "hello");
	assert_contains(s.requests[0], "Authorization: Basic am9lOnNlY3JldA==");
}

static void test_public_url(void **state)
{
	static const char *const cases[][2] = {
		{ "https://u:p@h/x", "https://h/x" },
		{ "https://u:p%40@h:8/x@y", "https://h:8/x@y" },
		{ "https://u:p@p@h", "https://h" },
		{ "https://h/x?a=b@c", "https://h/x?a=b@c" },
		{ "/local/a@b", "/local/a@b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_free char *shown = url_public(cases[i][0]);

		assert_string_equal(shown, cases[i][1]);
	}
}

static void test_text_is_bounded(void **state)
{
	static const struct reply replies[] = {
		{ .head = "HTTP/1.1 200 OK", .body = "12345678" },
		{ .head = "HTTP/1.1 200 OK", .body = "12345678" },
		{ .head = "HTTP/1.1 200 OK", .body = "a\0b", .len = 3 },
		{ .head = "HTTP/1.1 200 OK\r\nContent-Length: 0" },
	};
	auto_free char *url = NULL;
	auto_free char *text = NULL;
	struct err err = { 0 };
	char *none = NULL;
	struct server s;

	(void)state;
	server_start(&s, replies, ARRAY_LEN(replies));
	url = xasprintf("http://127.0.0.1:%u/x", s.port);
	assert_ok(fetch_text(url, &quick, 8, &text, NULL, &err));
	assert_string_equal(text, "12345678");
	assert_int_equal(fetch_text(url, &quick, 7, &none, NULL, &err), -1);
	assert_contains(err.msg, "larger than 7 bytes");
	err = (struct err){ 0 };
	assert_int_equal(fetch_text(url, &quick, 7, &none, NULL, &err), -1);
	assert_contains(err.msg, "not a text");
	free(take_ptr(text));
	err = (struct err){ 0 };
	assert_ok(fetch_text(url, &quick, 7, &text, NULL, &err));
	assert_string_equal(text, "");
	server_stop(&s);
}

static void test_other_sources(void **state)
{
	struct fetch_options local = { .allow_path = true };
	auto_free char *text = NULL;
	struct err err = { 0 };
	struct fetch *f;

	(void)state;
	assert_fails(fetch_open("file:///etc/passwd", &local, &f, &err), ERR_SOURCE,
		     "fetch file:///etc/passwd: only http://, https:// and medium:/ are "
		     "possible");
	assert_fails(
		fetch_open("/etc/passwd", NULL, &f, &err), ERR_SOURCE,
		"fetch /etc/passwd: only http://, https:// and medium:/ are possible");
	assert_fails(fetch_open("medium:/images/x", NULL, &f, &err), ERR_SOURCE,
		     "medium:/images/x: this machine was not started from a stick or "
		     "disc that dom0strap.medium= names");
	assert_ok(fetch_text("/etc/passwd", &local, 1 << 20, &text, NULL, &err));
	assert_contains(text, "root:");
	assert_int_equal(fetch_open("http://127.0.0.1:1/x", &quick, &f, &err), -1);
	assert_contains(err.msg, "gave up after 3 attempts");
	err = (struct err){ 0 };
	assert_int_equal(fetch_open("http://no-such-host.invalid/x", &quick, &f, &err),
			 -1);
	assert_contains(err.msg, "no-such-host.invalid");
}

static void *cancel_soon(void *f)
{
	usleep(50000);
	fetch_cancel(f);
	return NULL;
}

static void test_cancel(void **state)
{
	static const struct reply replies[] = {
		{ .head = OK,
		  .body = object,
		  .len = OBJECT_BYTES,
		  .cut = CUT,
		  .stall_ms = 10000 },
	};
	struct fetch_options patient = { .stall_timeout_ms = 60000 };
	auto_free char *buf = xmalloc(OBJECT_BYTES);
	auto_fetch struct fetch *f = NULL;
	auto_free char *url = NULL;
	struct err err = { 0 };
	pthread_t thread;
	struct server s;
	size_t n;

	(void)state;
	server_start(&s, replies, 1);
	url = xasprintf("http://127.0.0.1:%u/x", s.port);
	assert_ok(fetch_open(url, &patient, &f, &err));
	pthread_create(&thread, NULL, cancel_soon, f);
	assert_int_equal(fetch_read(f, buf, OBJECT_BYTES, &n, &err), -1);
	pthread_join(thread, NULL);
	fetch_close(take_ptr(f));
	server_stop(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_resumes_where_it_broke_off),
		cmocka_unit_test(test_server_without_ranges),
		cmocka_unit_test(test_another_object),
		cmocka_unit_test(test_what_no_retry_helps),
		cmocka_unit_test(test_gives_up_in_the_end),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_passwords_go_where_they_belong),
		cmocka_unit_test(test_public_url),
		cmocka_unit_test(test_text_is_bounded),
		cmocka_unit_test(test_other_sources),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
