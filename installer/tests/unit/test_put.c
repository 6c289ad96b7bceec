/*
 * Putting a file onto servers that take it, hesitate, or refuse.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#include "core/log.h"
#include "fetch/fetch.h"
#include "tests/http_server.h"

#define FILE_BYTES 200000

static char *logged;
static size_t logged_len;
static FILE *log_file;
static int file;
static char bytes[FILE_BYTES];

static const struct fetch_options quick = {
	.tries = 3, .connect_timeout_ms = 3000, .stall_timeout_ms = 300, .backoff_ms = 10
};

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	for (size_t i = 0; i < FILE_BYTES; i++)
		bytes[i] = (char)(i * 31 + i / 256);
	file = memfd_create("file", MFD_CLOEXEC);
	return write(file, bytes, FILE_BYTES) == FILE_BYTES ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return close(file);
}

static int put(struct server *s, const struct reply *replies, size_t n, struct err *err)
{
	auto_free char *url = NULL;
	int rc;

	server_start(s, replies, n);
	url = xasprintf("http://user:secret@127.0.0.1:%u/undo/x.cpio", s->port);
	rc = fetch_put(url, file, &quick, err);
	server_stop(s);
	return rc;
}

static void assert_arrived(struct server *s)
{
	assert_int_equal(s->body.len, FILE_BYTES);
	assert_memory_equal(s->body.s, bytes, FILE_BYTES);
	text_free(&s->body);
}

static void test_arrives(void **state)
{
	static const struct reply replies[] = { { .head = "HTTP/1.1 201 Created\r\n"
							  "Content-Length: 0" } };
	struct err err = { 0 };
	struct server s;

	(void)state;
	assert_ok(put(&s, replies, 1, &err));
	assert_arrived(&s);
	assert_contains(s.requests[0], "PUT /undo/x.cpio HTTP/1.1\r\n");
	assert_contains(s.requests[0], "\r\nContent-Length: 200000\r\n");
	assert_contains(s.requests[0], "\r\nAuthorization: Basic ");
	assert_lacks(s.requests[0], "Expect:");
	fflush(log_file);
	assert_lacks(logged ? logged : "", "warning");
}

static void test_hesitates(void **state)
{
	static const struct reply replies[] = {
		{ .head = "HTTP/1.1 503 Busy\r\nContent-Length: 0" },
		{ .head = "HTTP/1.1 200 OK\r\nContent-Length: 5", .stall_ms = 5000 },
		{ .head = "HTTP/1.1 204 No Content" },
	};
	struct err err = { 0 };
	struct server s;

	(void)state;
	assert_ok(put(&s, replies, 3, &err));
	assert_int_equal(s.served, 3);
	assert_arrived(&s); /* all of it, the third time as well */
	fflush(log_file);
	assert_contains(logged, "warning: put http://127.0.0.1:");
	assert_contains(logged,
			"the server answers with HTTP status 503; attempt 2 of 3");
	assert_contains(logged, "attempt 3 of 3 follows");
	assert_lacks(logged, "secret");
}

static void assert_refused(const struct reply *replies, size_t n, const char *why)
{
	struct err err = { 0 };
	struct server s;

	assert_int_equal(put(&s, replies, n, &err), -1);
	text_free(&s.body);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "put http://127.0.0.1:");
	assert_contains(err.msg, why);
	assert_lacks(err.msg, "secret");
}

static void test_refuses(void **state)
{
	static const struct reply forbidden = {
		.head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0"
	};
	static const struct reply elsewhere = {
		.head = "HTTP/1.1 307 Moved\r\nLocation: http://other.example/\r\n"
			"Content-Length: 0"
	};
	static const struct reply busy = {
		.head = "HTTP/1.1 500 Oops\r\nContent-Length: 0"
	};
	const struct reply all_busy[] = { busy, busy, busy };

	(void)state;
	assert_refused(&forbidden, 1, "HTTP status 403 (the server does not allow it");
	assert_refused(&elsewhere, 1, "the server answers with HTTP status 307");
	assert_refused(all_busy, 3, "HTTP status 500 (gave up after 3 attempts)");
}

static bool always(void)
{
	return true;
}

static void test_stops(void **state)
{
	struct fetch_options stopping = quick;
	struct err err = { 0 };

	(void)state;
	stopping.stop = always;
	assert_fails(fetch_put("http://127.0.0.1:1/x", file, &stopping, &err), ERR_SOURCE,
		     "put http://127.0.0.1:1/x: stopped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrives),
		cmocka_unit_test(test_hesitates),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
