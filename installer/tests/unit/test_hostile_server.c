/*
 * Servers that mean harm: that drip, never end, or send what decompresses to no end. Each
 * must end in ERR_SOURCE (or, where the file system is full first, in that), in bounded
 * time. Needs root (mounts) and zstd.
 */
#include "fetch/fetch.h"
#include "image/image.h"
#include "tests/http_server.h"

#include <fcntl.h>
#include <locale.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "tests/scratch.h"

#define PIECE 65536
#define HEAD  "HTTP/1.1 200 OK"
#define ROOM  "4M" /* of the target; the limit is twice that and 64 MiB */

static const struct fetch_options quick = {
	.tries = 3, .connect_timeout_ms = 200, .stall_timeout_ms = 300, .backoff_ms = 10
};

static int set_up(void **state)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	setlocale(LC_CTYPE, "C.UTF-8");
	log_to(fopen("/dev/null", "we"));
	return scratch_enter(state);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void assert_given_up(const struct reply *reply, const char *words)
{
	const struct reply replies[] = { *reply, *reply, *reply };
	auto_free char *url = NULL, *text = NULL;
	double begun = seconds();
	struct err err = { 0 };
	struct server s;

	server_start(&s, replies, ARRAY_LEN(replies));
	url = xasprintf("http://127.0.0.1:%u/x", s.port);
	assert_int_equal(fetch_text(url, &quick, 1 << 20, &text, NULL, &err), -1);
	server_stop(&s);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, words);
	assert_true(seconds() - begun < 20);
}

static void test_slow_loris(void **state)
{
	static const char zeros[PIECE];
	const struct reply body = {
		.head = HEAD, .body = zeros, .len = PIECE, .drip_ms = 2
	};
	const struct reply head = { .head = HEAD, .drip_ms = 100 };

	(void)state;
	assert_given_up(&body,
			"hardly anything came in 300 ms (gave up after 3 attempts");
	assert_given_up(&head,
			"hardly anything came in 500 ms (gave up after 3 attempts");
}

static void test_endless_text(void **state)
{
	auto_free char *chunk = xasprintf("8000\r\n%32768d\r\n", 1);
	const struct reply reply = { .head = HEAD "\r\nTransfer-Encoding: chunked",
				     .again = chunk,
				     .again_len = strlen(chunk) };

	(void)state;
	assert_given_up(&reply, "larger than 1048576 bytes");
}

/* What the server's reply unpacks to, onto a file system of ROOM; the error. */
static struct err unpack(const struct reply *reply)
{
	auto_free char *url = NULL;
	struct image_source source = { .fetch = quick };
	struct err err = { 0 };
	double begun = seconds();
	struct server s;
	int dir;

	assert_int_equal(mkdir("target", 0755), 0);
	assert_int_equal(mount("tmpfs", "target", "tmpfs", 0, "size=" ROOM), 0);
	dir = open("target", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	server_start(&s, reply, 1);
	source.url = url = xasprintf("http://127.0.0.1:%u/image", s.port);
	assert_int_equal(image_extract(&source, dir, "target", NULL, &err), -1);
	server_stop(&s);
	close(dir);
	assert_int_equal(umount("target"), 0);
	assert_int_equal(rmdir("target"), 0);
	assert_true(seconds() - begun < 60);
	return err;
}

static void assert_refused(const struct reply *reply, const char *words)
{
	struct err err = unpack(reply);

	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, words);
}

/* The file that a shell script writes to its standard output. */
static char *made_by(const char *script, size_t *ret_len)
{
	auto_free char *whole = xasprintf("{\n%s\n} >made", script);
	struct err err = { 0 };
	char *bytes = NULL;

	if (RUN(&err, "sh", "-euc", whole) < 0 ||
	    io_read_file(AT_FDCWD, "made", 1 << 26, &bytes, ret_len, &err) < 0)
		fail_msg("%s", err.msg);
	return bytes;
}

static void test_server_goes_on_behind_the_archive(void **state)
{
	static const char zeros[PIECE];
	size_t len;
	auto_free char *tar = made_by("echo x >x; tar -cf - x", &len);
	const struct reply reply = {
		.head = HEAD, .body = tar, .len = len, .again = zeros, .again_len = PIECE
	};
	struct err err = unpack(&reply);

	(void)state;
	/* Which of the two comes first is the size of the target's to say. */
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "given up");
}

static void test_archive_without_end(void **state)
{
	size_t len;
	auto_free char *entry = made_by(
		"head -c 65536 /dev/zero >x; tar -cf - x | head -c 66048", &len);
	const struct reply reply = { .head = HEAD, .again = entry, .again_len = len };

	(void)state;
	/* The same name again and again: the target never fills. */
	assert_refused(&reply, "goes on beyond 72 MiB");
}

/* RFC 8878, 3.1.2: frames to be skipped, behind one of no content. */
static void test_stream_that_decompresses_to_nothing(void **state)
{
	static char skipped[PIECE] = "\x50\x2a\x4d\x18\xf8\xff";
	size_t len;
	auto_free char *empty = made_by("zstd -qc </dev/null", &len);
	const struct reply reply = { .head = HEAD,
				     .body = empty,
				     .len = len,
				     .again = skipped,
				     .again_len = PIECE };

	(void)state;
	assert_refused(&reply, "goes on beyond 72 MiB");
}

static void test_ten_gigabytes_of_zeros(void **state)
{
	size_t len, many_len;
	/* A header for 10 GiB, and 160 times the same 64 MiB. */
	auto_free char *one = made_by(
		"truncate -s 10G x; tar -cf - x | head -c 512 | zstd -qc; rm x\n"
		"head -c 64M /dev/zero | zstd -qc >z; cat z z z z z >y\n"
		"for i in 1 2 3 4 5; do cat y y >z; mv z y; done; cat y",
		&len);
	/* 10240 files of 1 MiB, all of one name. */
	auto_free char *many = made_by(
		"head -c 1M /dev/zero >x; tar -cf - x | head -c 1049088 | zstd -qc >z\n"
		"cat z z z z z z z z z z >y\n"
		"for i in 1 2 3 4 5 6 7 8 9 10; do cat y y >z; mv z y; done; cat y",
		&many_len);
	struct reply reply = { .head = HEAD, .body = one, .len = len };
	struct err err = unpack(&reply);

	(void)state;
	assert_true(len < 2 << 20 && many_len < 4 << 20);
	assert_int_equal(err.code, ERR_HARDWARE); /* act_extract: ERR_SOURCE */
	assert_contains(err.msg, "does not fit");
	reply = (struct reply){ .head = HEAD, .body = many, .len = many_len };
	assert_refused(&reply, "goes on beyond 72 MiB");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_loris),
		cmocka_unit_test(test_endless_text),
		cmocka_unit_test(test_server_goes_on_behind_the_archive),
		cmocka_unit_test(test_archive_without_end),
		cmocka_unit_test(test_stream_that_decompresses_to_nothing),
		cmocka_unit_test(test_ten_gigabytes_of_zeros),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_leave);
}
