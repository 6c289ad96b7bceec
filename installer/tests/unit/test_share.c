/*
 * Chunks for other machines: what is kept, what a request may ask for, and that whoever
 * says nothing keeps nobody else waiting for long.
 */
#include "fetch/share.h"
#include "tests/chunked.h"
#include "tests/http_server.h"

#include <fcntl.h>

#include "core/monotonic.h"

#define ROOM (2 * SIZE)

static struct share *make(uint64_t spare_bytes, size_t n)
{
	struct share *s = share_new();
	struct chunk_list parsed;
	struct err err = { 0 };

	assert_ok(chunk_list_parse("x", list, &parsed, &err));
	share_begin(s, &parsed, spare_bytes);
	for (size_t i = 0; i < n; i++)
		share_add(s, object + i * CHUNK, chunk_len(i));
	return s;
}

static void test_kept_whole_or_not_at_all(void **state)
{
	auto_share struct share *none = share_new(), *poor = make(ROOM - 1, 3);
	auto_share struct share *part = make(ROOM, 2), *whole = make(ROOM, 3);

	(void)state;
	assert_false(share_is_whole(none));
	assert_false(share_is_whole(poor));
	assert_false(share_is_whole(part));
	assert_true(share_is_whole(whole));
}

static enum share_request find(const char *before, const char *name, const char *after,
			       size_t *ret)
{
	auto_share struct share *s = make(ROOM, 3);
	auto_free char *request = xasprintf("%s%s%s", before, name, after);

	*ret = 99;
	return share_find(s, request, strlen(request), ret);
}

static void test_what_may_be_asked_for(void **state)
{
	auto_free char *long_one = xasprintf("%*s", (int)SHARE_REQUEST_MAX, "x");
	size_t n;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
			find("GET /", names[i], " HTTP/1.1\r\nHost: x\r\n\r\n", &n),
			SHARE_CHUNK);
		assert_int_equal(n, i);
	}
	assert_int_equal(find("GET /", names[0], " HTTP/1.1\r\n", &n), SHARE_UNFINISHED);
	assert_int_equal(find("", "", "", &n), SHARE_UNFINISHED);
	assert_int_equal(find("", long_one, "", &n), SHARE_NONSENSE);
	assert_int_equal(find("PUT /", names[0], " HTTP/1.1\r\n\r\n", &n),
			 SHARE_NONSENSE);
	assert_int_equal(find("", "\r\n\r\n", "", &n), SHARE_NONSENSE);
	assert_int_equal(find("GET /", "", "\r\n\r\n", &n), SHARE_NOT_HERE);
	assert_int_equal(find("GET /", "etc/passwd", " HTTP/1.1\r\n\r\n", &n),
			 SHARE_NOT_HERE);
	assert_int_equal(find("GET /x/", names[0], " HTTP/1.1\r\n\r\n", &n),
			 SHARE_NOT_HERE);
	assert_int_equal(find("GET /", names[0], "0 HTTP/1.1\r\n\r\n", &n),
			 SHARE_NOT_HERE);
	assert_int_equal(find("GET /",
			      "0000000000000000000000000000000000000000000000000000000000"
			      "000000",
			      " HTTP/1.1\r\n\r\n", &n),
			 SHARE_NOT_HERE);
	assert_int_equal(n, 99);
}

struct serving {
	struct share *share;
	int listener, key[2];
	unsigned port;
	uint64_t seconds;
	struct share_served served;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct serving *s = arg;

	s->served = share_serve(
		s->share, s->listener,
		&(struct share_terms){ .seconds = s->seconds, .key = s->key[0] });
	return NULL;
}

static void begin(struct serving *s, uint64_t seconds)
{
	struct sockaddr_in6 address;
	socklen_t len = sizeof(address);
	struct err err = { 0 };

	*s = (struct serving){ .share = make(ROOM, 3), .seconds = seconds };
	assert_ok(share_listen(0, &s->listener, &err));
	assert_int_equal(getsockname(s->listener, (void *)&address, &len), 0);
	s->port = ntohs(address.sin6_port); /* in the same place in sockaddr_in */
	assert_int_equal(pipe2(s->key, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

/* The key is typed only if it is still listened to. */
static struct share_served end(struct serving *s, bool type)
{
	if (type)
		assert_int_equal(write(s->key[1], "\n", 1), 1);
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->key[0]);
	close(s->key[1]);
	share_free(s->share);
	return s->served;
}

static int get(const struct serving *s, const char *name, char *buf, size_t *ret_len,
	       struct err *err)
{
	auto_free char *url = xasprintf("http://127.0.0.1:%u/%s", s->port, name);
	auto_fetch struct fetch *f = NULL;

	*err = (struct err){ 0 };
	if (fetch_open(url, &(struct fetch_options){ .tries = 1 }, &f, err) < 0)
		return -1;
	return fetch_read(f, buf, CHUNK + 1, ret_len, err);
}

static void test_served_until_a_key(void **state)
{
	struct share_served served;
	char buf[CHUNK + 1];
	struct serving s;
	struct err err;
	size_t len;

	(void)state;
	begin(&s, 3600);
	for (size_t i = 0; i < 3; i++) {
		assert_ok(get(&s, names[i], buf, &len, &err));
		assert_int_equal(len, chunk_len(i));
		assert_memory_equal(buf, object + i * CHUNK, len);
	}
	assert_int_equal(get(&s, "proc/self/mem", buf, &len, &err), -1);
	assert_contains(err.msg, "HTTP status 404");
	served = end(&s, true);
	assert_int_equal(served.chunks, 3);
	assert_int_equal(served.bytes, SIZE);
}

static void test_served_for_a_time(void **state)
{
	uint64_t begun_ms = monotonic_ms();
	struct serving s;

	(void)state;
	begin(&s, 1);
	assert_int_equal(end(&s, false).chunks, 0);
	assert_true(monotonic_ms() - begun_ms >= 1000);
	assert_true(monotonic_ms() - begun_ms < 5000);
}

static int call(const struct serving *s)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)s->port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (void *)&address, sizeof(address)), 0);
	return fd;
}

/* More than there are places: some say nothing, some do not listen, one goes away. */
static void test_the_silent_are_not_waited_for(void **state)
{
	auto_free char *request = xasprintf("GET /%s HTTP/1.1\r\n\r\n", names[0]);
	char buf[CHUNK + 1];
	int silent[100];
	struct serving s;
	struct err err;
	size_t len;

	(void)state;
	begin(&s, 3600);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
		silent[i] = call(&s);
		if (i % 10 == 0)
			assert_true(write(silent[i], request, strlen(request)) > 0);
	}
	shutdown(silent[1], SHUT_RDWR);
	assert_ok(get(&s, names[1], buf, &len, &err));
	assert_memory_equal(buf, object + CHUNK, CHUNK);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		close(silent[i]);
	assert_true(end(&s, true).chunks >= 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_whole_or_not_at_all),
		cmocka_unit_test(test_what_may_be_asked_for),
		cmocka_unit_test(test_served_until_a_key),
		cmocka_unit_test(test_served_for_a_time),
		cmocka_unit_test(test_the_silent_are_not_waited_for),
	};

	return cmocka_run_group_tests(tests, set_up_chunks, NULL);
}
