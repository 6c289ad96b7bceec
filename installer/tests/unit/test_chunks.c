/*
 * Objects in chunks: what a list may say, and that each chunk is checked and repeated
 * alone.
 */
#include "fetch/chunks.h"
#include "tests/chunked.h"
#include "tests/http_server.h"

#include "core/monotonic.h"
#include "fetch/peers.h"

#define OK "HTTP/1.1 200 OK"

static const struct fetch_options quick = {
	.tries = 3, .connect_timeout_ms = 3000, .stall_timeout_ms = 300, .backoff_ms = 10
};
static const char *peers[2]; /* of get() */
static size_t n_peers;

#define LIST                                                                             \
	{                                                                                \
		.head = OK, .body = list                                                 \
	}
#define PART(i)                                                                          \
	{                                                                                \
		.head = OK, .body = object + (i)*CHUNK, .len = CHUNK                     \
	}
#define LAST                                                                             \
	{                                                                                \
		.head = OK, .body = object + 2 * CHUNK, .len = SIZE - 2 * CHUNK          \
	}
#define WRONG                                                                            \
	{                                                                                \
		.head = OK, .body = object + 1, .len = CHUNK                             \
	}
#define SHORT                                                                            \
	{                                                                                \
		.head = OK, .body = object, .len = CHUNK - 1                             \
	}
#define LONG                                                                             \
	{                                                                                \
		.head = OK, .body = object, .len = CHUNK + 1                             \
	}

/* In pieces of an odd size; the requests stay in *s. */
static int get(struct server *s, const struct reply *replies, size_t n,
	       const struct digest *sha256, struct err *err)
{
	struct chunk_source source = { .sha256 = sha256,
				       .peers = peers,
				       .n_peers = n_peers };
	auto_fetch struct fetch *f = NULL;
	auto_free char *url = NULL;
	char got[SIZE + 1000];
	size_t len = 0, more = 1;
	int rc;

	*err = (struct err){ 0 };
	server_start(s, replies, n);
	url = xasprintf("http://joe:secret@127.0.0.1:%u/c/x.chunks", s->port);
	source.list = url;
	rc = fetch_open_chunks(&source, &quick, &f, err);
	if (rc == 0)
		assert_int_equal(fetch_total_bytes(f), SIZE);
	while (rc == 0 && more > 0) {
		rc = fetch_read(f, got + len, 777, &more, err);
		len += rc == 0 ? more : 0;
	}
	assert_int_equal(server_stop(s), n);
	assert_lacks(err->msg, "secret");
	if (rc == 0) {
		assert_int_equal(len, SIZE);
		assert_memory_equal(got, object, SIZE);
	}
	return rc;
}
#define GET(s, sha256, err, ...)                                                         \
	get(s, (const struct reply[]){ __VA_ARGS__ },                                    \
	    sizeof((const struct reply[]){ __VA_ARGS__ }) / sizeof(struct reply),        \
	    sha256, err)

static void test_chunks_make_the_object(void **state)
{
	auto_free char *request = xasprintf("GET /c/%s HTTP", names[1]);
	struct digest digest = digest_of(list, strlen(list)), other = { 0 };
	struct server s;
	struct err err;

	(void)state;
	assert_ok(GET(&s, &digest, &err, LIST, PART(0), PART(1), LAST));
	assert_contains(s.requests[2], request);
	assert_int_equal(GET(&s, &other, &err, LIST), -1);
	assert_contains(err.msg, "x.chunks: sha256 is ");
}

static void test_a_wrong_chunk_is_fetched_again_alone(void **state)
{
	struct server s;
	struct err err;

	(void)state;
	assert_ok(GET(&s, NULL, &err, LIST, WRONG, PART(0), PART(1), LAST));
	assert_lacks(s.requests[1], "no-cache");
	assert_contains(s.requests[2], "Cache-Control: no-cache");
	assert_lacks(s.requests[3], "no-cache");
	assert_ok(GET(&s, NULL, &err, LIST, SHORT, LONG, PART(0), PART(1), LAST));
	assert_ok(GET(&s, NULL, &err, LIST, PART(0), { .head = "HTTP/1.1 503 Busy" },
		      PART(1), LAST));
	assert_string_equal(s.requests[2], s.requests[3]);
	assert_int_equal(GET(&s, NULL, &err, LIST, PART(0), WRONG, PART(0), WRONG), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "what comes is not what its name says (gave up after 3");
	assert_contains(err.msg, names[1]);
	assert_int_equal(GET(&s, NULL, &err, LIST, { .head = "HTTP/1.1 404 No" }), -1);
	assert_contains(err.msg, names[0]);
}

static void test_an_endless_chunk(void **state)
{
	const struct reply endless = { .head = OK, .again = object, .again_len = SIZE };
	struct server s;
	struct err err;

	(void)state;
	assert_int_equal(GET(&s, NULL, &err, LIST, endless, endless, endless), -1);
	assert_contains(err.msg, "gave up after 3 attempts");
}

/* The URL of that server as a peer, from now on the only one. */
static char *be_peer(const struct server *s)
{
	char *url = xasprintf("http://127.0.0.1:%u/", s->port);

	peers[0] = url;
	n_peers = 1;
	return url;
}

static int no_peers(void **state)
{
	(void)state;
	n_peers = 0;
	return 0;
}

static void test_peers_are_asked_first(void **state)
{
	const struct reply replies[] = { PART(0), PART(1), LAST };
	auto_free char *request = xasprintf("GET /%s HTTP", names[2]), *url = NULL;
	struct server s, peer;
	struct err err;

	(void)state;
	server_start(&peer, replies, 3);
	url = be_peer(&peer);
	assert_ok(GET(&s, NULL, &err, LIST));
	assert_int_equal(server_stop(&peer), 3);
	assert_contains(peer.requests[2], request);
}

static void test_a_peer_that_lies_is_asked_once(void **state)
{
	const struct reply replies[] = { PART(0), WRONG, LAST };
	auto_free char *url = NULL;
	struct server s, peer;
	struct err err;

	(void)state;
	server_start(&peer, replies, 3);
	url = be_peer(&peer);
	assert_ok(GET(&s, NULL, &err, LIST, PART(1), LAST));
	assert_int_equal(server_stop(&peer), 2);
}

static void test_peers_that_are_of_no_use(void **state)
{
	static const struct reply absent = { .head = "HTTP/1.1 404 No" };
	static const struct reply silent = { .head = OK, .stall_ms = 60000 };
	static const struct reply *const replies[] = { NULL, &absent, &silent };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		uint64_t begun_ms = monotonic_ms();
		auto_free char *url = NULL;
		struct server s, peer;
		struct err err;

		server_start(&peer, replies[i], replies[i] != NULL);
		url = be_peer(&peer);
		if (!replies[i]) /* nobody listens any more */
			server_stop(&peer);
		assert_ok(GET(&s, NULL, &err, LIST, PART(0), PART(1), LAST));
		if (replies[i]) /* asked once, then left alone */
			assert_int_equal(server_stop(&peer), 1);
		assert_true(monotonic_ms() - begun_ms < 7000);
	}
}

static void test_a_peer_that_drips(void **state)
{
	const struct reply drips = {
		.head = OK, .body = object, .len = CHUNK, .drip_ms = 20
	};
	struct fetch_options options = quick;
	auto_fetch struct fetch *f = NULL;
	auto_free char *url = NULL;
	char got[CHUNK];
	struct server s;
	struct err err = { 0 };
	size_t len;

	(void)state;
	options.stall_timeout_ms = 60000;
	options.whole_timeout_ms = 4000; /* the head takes a part of it */
	server_start(&s, &drips, 1);
	url = xasprintf("http://127.0.0.1:%u/x", s.port);
	assert_ok(fetch_open(url, &options, &f, &err));
	assert_int_equal(fetch_read(f, got, CHUNK, &len, &err), -1);
	assert_contains(err.msg, "/x: it takes too long");
	fetch_close(take_ptr(f));
	server_stop(&s);
}

static void test_when_a_peer_is_asked_again(void **state)
{
	static const char *const urls[] = { "http://a", "http://b/" };
	struct peers *p = peers_new(urls, 2);
	size_t number = 9;

	(void)state;
	assert_int_equal(peers_options(&quick, 10 << 20).whole_timeout_ms, 15000);
	assert_null(peers_new(urls, 0));
	assert_null(peers_next(NULL, 0, 0, &number));
	assert_string_equal(peers_next(p, 0, 1000, &number), "http://a");
	assert_string_equal(peers_next(p, 1, 1000, &number), "http://b");
	assert_int_equal(number, 1);
	peers_note(p, 0, PEER_NONE, 1000);
	assert_string_equal(peers_next(p, 0, 15999, &number), "http://b");
	assert_string_equal(peers_next(p, 0, 16000, &number), "http://a");
	peers_note(p, 0, PEER_NONE, 16000); /* twice as long */
	assert_string_equal(peers_next(p, 0, 45999, &number), "http://b");
	assert_string_equal(peers_next(p, 0, 46000, &number), "http://a");
	peers_note(p, 0, PEER_GOOD, 46000);
	peers_note(p, 0, PEER_NONE, 46000);
	assert_string_equal(peers_next(p, 0, 61000, &number), "http://a");
	peers_note(p, 1, PEER_WRONG, 0);
	peers_note(p, 0, PEER_WRONG, 0);
	assert_null(peers_next(p, 0, UINT64_MAX, &number));
	peers_free(p);
}

static void test_what_is_no_list(void **state)
{
	static const char *const heads[] = {
		"",
		"chunks",
		"chunks 1 4096",
		"chunks 0 4096\n",
		"chunks 1 4095\n",
		"chunks 1 67108865\n",
		"chunks -1 4096\n",
		"chunks 1 4096 \n",
		"chunks 1234567890123456789 4096\n",
	};
	auto_free char *more = xasprintf("%s%s\n", list, names[0]);
	auto_free char *cut = xasprintf("%.*s", (int)strlen(list) - 1, list);
	auto_free char *fewer = xasprintf(
		"%.*s", (int)(strlen(list) - strlen(names[2]) - 1), list);
	struct chunk_list parsed;
	struct err err = { 0 };

	(void)state;
	assert_ok(chunk_list_parse("x", list, &parsed, &err));
	assert_int_equal(chunk_at(&parsed, 1).len, CHUNK);
	assert_int_equal(chunk_at(&parsed, 2).len, 100);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		err = (struct err){ 0 };
		assert_fails(chunk_list_parse("x", heads[i], &parsed, &err), ERR_SOURCE,
			     "x: not a list of chunks");
	}
	err = (struct err){ 0 };
	assert_fails(chunk_list_parse("x", more, &parsed, &err), ERR_SOURCE,
		     "x: 4 chunks of 4096 bytes are not 8292 bytes");
	err = (struct err){ 0 };
	assert_fails(chunk_list_parse("x", fewer, &parsed, &err), ERR_SOURCE,
		     "x: 2 chunks of 4096 bytes are not 8292 bytes");
	err = (struct err){ 0 };
	assert_fails(chunk_list_parse("x", cut, &parsed, &err), ERR_SOURCE,
		     "x:4: not the SHA-256 of a chunk");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks_make_the_object),
		cmocka_unit_test(test_a_wrong_chunk_is_fetched_again_alone),
		cmocka_unit_test(test_an_endless_chunk),
		cmocka_unit_test_teardown(test_peers_are_asked_first, no_peers),
		cmocka_unit_test_teardown(test_a_peer_that_lies_is_asked_once, no_peers),
		cmocka_unit_test_teardown(test_peers_that_are_of_no_use, no_peers),
		cmocka_unit_test(test_a_peer_that_drips),
		cmocka_unit_test(test_when_a_peer_is_asked_again),
		cmocka_unit_test(test_what_is_no_list),
	};

	return cmocka_run_group_tests(tests, set_up_chunks, NULL);
}
