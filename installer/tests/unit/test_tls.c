/*
 * HTTPS: whom a server has to be, by a certificate authority or a pinned public key.
 * Needs openssl(1).
 */
#include "fetch/fetch.h"
#include "tests/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "commands.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"

#define DATED                                                                            \
	"HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 10:00:00 GMT\r\nContent-Length: 5"    \
	"\r\n\r\nhello"
#define DATE 1795773600

static int64_t date; /* of the last answer */

static int set_up(void **state)
{
	log_to(fopen("/dev/null", "we"));
	return scratch_enter(state);
}

/* openssl s_server with a certificate of our own CA; `reply` is a whole HTTP answer. */
static pid_t tls_server(const char *reply, const char *port)
{
	struct err err = { 0 };
	auto_fd int fd = open("reply", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	pid_t pid;

	assert_ok(io_write_all(fd, reply, strlen(reply), "reply", &err));
	pid = fork();
	if (pid == 0) {
		execlp("openssl", "openssl", "s_server", "-quiet", "-HTTP", "-accept",
		       port, "-cert", "cert.pem", "-key", "key.pem", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void make_certificates(void)
{
	static const char script[] =
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -days 2 "
		"-keyout key.pem -out cert.pem 2>/dev/null\n"
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-subj /CN=other -days 2 -keyout other-key.pem -out other.pem "
		"2>/dev/null";
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-c", script));
}

static int get_tls(const char *url, const char *ca, char **ret, struct err *err)
{
	struct fetch_options options = {
		.ca_file = ca,
		.tries = 12, /* the server needs a moment to start */
		.connect_timeout_ms = 3000,
		.stall_timeout_ms = 300,
		.backoff_ms = 30,
		.ret_date = &date,
	};

	*err = (struct err){ 0 };
	date = 0;
	return fetch_text(url, &options, 1000, ret, NULL, err);
}

static void test_tls(void **state)
{
	auto_free char *port = xasprintf("%d", 20000 + getpid() % 20000);
	auto_free char *url = xasprintf("https://127.0.0.1:%s/reply", port);
	auto_free char *by_name = xasprintf("https://localhost:%s/reply", port);
	char *text = NULL;
	struct err err;
	pid_t pid;

	(void)state;
	make_certificates();
	pid = tls_server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", port);
	if (get_tls(url, "cert.pem", &text, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(text, "hello");
	free(text);
	assert_int_equal(get_tls(url, "other.pem", &text, &err), -1);
	assert_contains(err.msg, "certificate is refused");
	assert_contains(err.msg, "other.pem");
	assert_int_equal(get_tls(url, NULL, &text, &err), -1);
	assert_contains(err.msg, "certificate is refused");
	assert_int_equal(get_tls(by_name, "cert.pem", &text, &err), -1);
	assert_contains(err.msg, "certificate is refused");
	assert_int_equal(get_tls(url, "missing.pem", &text, &err), -1);
	assert_contains(err.msg, "missing.pem");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);

	pid = tls_server("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
			 "Location: http://127.0.0.1:1/x\r\n\r\n",
			 port);
	assert_int_equal(get_tls(url, "cert.pem", &text, &err), -1);
	assert_contains(err.msg,
			"redirected from https to http://127.0.0.1:1/x: refused");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static char *pin_of(const char *cert)
{
	auto_free char *script = xasprintf(
		"openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform der | "
		"openssl dgst -sha256 -binary | openssl base64 >pin",
		cert);
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-c", script));
	return io_read_line(AT_FDCWD, "pin");
}

/* Nothing else of the certificate counts: its name is wrong here, its issuer unknown. */
static void test_pinned_key(void **state)
{
	auto_free char *port = xasprintf("%d", 20000 + getpid() % 20000);
	auto_free char *url = xasprintf("https://127.0.0.2:%s/reply", port);
	auto_free char *right = pin_of("cert.pem"), *wrong = pin_of("other.pem");
	auto_free char *both = xasprintf("%s,%s", wrong, right);
	pid_t pid = tls_server(DATED, port);
	char *text = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(get_tls(url, "other.pem", &text, &err), -1);
	assert_int_equal(date, 0);
	err = (struct err){ 0 };
	assert_ok(fetch_pin(right, &err));
	if (get_tls(url, "other.pem", &text, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(text, "hello");
	assert_int_equal(date, DATE);
	free(text);
	err = (struct err){ 0 };
	assert_ok(fetch_pin(both, &err));
	assert_ok(get_tls(url, NULL, &text, &err));
	free(text);
	assert_ok(fetch_pin(wrong, &err));
	assert_int_equal(get_tls(url, "cert.pem", &text, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "the server's public key is not the pinned one");
	assert_lacks(err.msg, "gave up");
	assert_int_equal(date, 0);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void test_what_is_no_pin(void **state)
{
	static const char *const bad[] = {
		"",
		"AAAA",
		"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg",
		"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=,",
		"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=;",
		"n4bQgYhMfWWaL-qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { 0 };

		assert_int_equal(fetch_pin(bad[i], &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
	}
}

static void test_a_clock_that_is_off(void **state)
{
	(void)state;
	assert_true(clock_is_off(0, DATE)); /* the battery is dead */
	assert_true(clock_is_off(DATE + 3600, DATE));
	assert_false(clock_is_off(DATE - 60, DATE));
	assert_false(clock_is_off(DATE, 0)); /* nobody has said */
	assert_false(clock_is_off(DATE, INT64_C(1000000000)));
	assert_false(clock_is_off(DATE, INT64_C(5000000000)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_pinned_key),
		cmocka_unit_test(test_what_is_no_pin),
		cmocka_unit_test(test_a_clock_that_is_off),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_leave);
}
