/*
 * Router advertisements, byte by byte (RFC 4861, RFC 8106), and the kernel's list of
 * addresses.
 */
#include <arpa/inet.h>

#include "fetch/router_advert.h"
#include "tests/support.h"

static const uint8_t
	advert[] = {
		134,  0,    0,    0,    64,   0xc0, 0x07, 0x08, /* managed, other, a
								 * default router
								 */
		0,    0,    0,    0,    0,    0,    0,    0,    1, 1,    0x52, 0x54, 0,
		0xd0, 0,    1, /* its link-layer address: not ours to read */
		3,    4,    64,   0xc0, 0,    0,    0x0e, 0x10, 0, 0,    0x0e, 0x10, 0,
		0,    0,    0, /* a prefix */
		0x20, 0x01, 0x0d, 0xb8, 0,    1,    0,    0,    0, 0,    0,    0,    0,
		0,    0,    0,    25,   5,    0,    0,    0,    0, 0x0e, 0x10, /* two name
										  servers
										*/
		0x20, 0x01, 0x0d, 0xb8, 0,    1,    0,    0,    0, 0,    0,    0,    0,
		0,    0,    0x53, 0xfe, 0x80, 0,    0,    0,    0, 0,    0,    0,    0,
		0,    0,    0,    0,    0,    1,    31,   3,    0, 0,    0,    0,    0x0e,
		0x10, /* example.com
		       */
		7,    'e',  'x',  'a',  'm',  'p',  'l',  'e',  3, 'c',  'o',  'm',  0,
		0,    0,    0,
	};
enum { AT_FLAGS = 5, AT_LIFETIME = 6, AT_PREFIX = 24, AT_DNS = 56, AT_SEARCH = 96 };

static struct router_advert parse(const uint8_t *bytes, size_t len)
{
	struct router_advert ra;

	assert_true(router_advert_parse(bytes, len, &ra));
	return ra;
}

static void test_everything_in_it(void **state)
{
	struct router_advert ra = parse(advert, sizeof(advert));
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_true(ra.managed && ra.other && ra.autonomous && ra.is_default);
	assert_int_equal(ra.n_nameservers, 2);
	inet_ntop(AF_INET6, &ra.nameservers[0], text, sizeof(text));
	assert_string_equal(text, "2001:db8:1::53");
	inet_ntop(AF_INET6, &ra.nameservers[1], text, sizeof(text));
	assert_string_equal(text, "fe80::1");
	assert_string_equal(ra.search, "example.com");
}

static void test_nothing_in_it(void **state)
{
	static const uint8_t bare[16] = { 134 };
	struct router_advert ra = parse(bare, sizeof(bare));

	(void)state;
	assert_false(ra.managed || ra.other || ra.autonomous || ra.is_default);
	assert_int_equal(ra.n_nameservers, 0);
	assert_string_equal(ra.search, "");
}

static void test_each_flag_is_its_own(void **state)
{
	uint8_t bytes[sizeof(advert)];
	struct router_advert ra;

	(void)state;
	memcpy(bytes, advert, sizeof(advert));
	bytes[AT_FLAGS] = 0x40;
	bytes[AT_LIFETIME] = bytes[AT_LIFETIME + 1] = 0;
	bytes[AT_PREFIX + 3] = 0x80; /* on the link, but no addresses from it */
	ra = parse(bytes, sizeof(bytes));
	assert_true(!ra.managed && ra.other && !ra.autonomous && !ra.is_default);
}

/* A lifetime of 0 takes back what was said before. */
static void test_what_is_taken_back(void **state)
{
	uint8_t bytes[sizeof(advert)];
	struct router_advert ra;

	(void)state;
	memcpy(bytes, advert, sizeof(advert));
	memset(bytes + AT_PREFIX + 4, 0, 4);
	memset(bytes + AT_DNS + 4, 0, 4);
	memset(bytes + AT_SEARCH + 4, 0, 4);
	ra = parse(bytes, sizeof(bytes));
	assert_false(ra.autonomous);
	assert_int_equal(ra.n_nameservers, 0);
	assert_string_equal(ra.search, "");
}

/* The names go into a file and onto a console. */
static void test_hostile_search(void **state)
{
	static const uint8_t bad[] = { ' ', '\n', '.', 0x1b, 0xff, '/', ';' };
	uint8_t bytes[sizeof(advert)];

	(void)state;
	for (size_t i = 0; i < sizeof(bad); i++) {
		memcpy(bytes, advert, sizeof(advert));
		bytes[AT_SEARCH + 10] = bad[i];
		assert_string_equal(parse(bytes, sizeof(bytes)).search, "");
	}
	memcpy(bytes, advert, sizeof(advert));
	bytes[AT_SEARCH + 8] = 63; /* a label longer than what is left */
	assert_string_equal(parse(bytes, sizeof(bytes)).search, "");
}

static void test_what_is_none(void **state)
{
	uint8_t bytes[sizeof(advert)];
	struct router_advert ra;

	(void)state;
	for (size_t len = 0; len < sizeof(advert); len++) {
		/* Cut anywhere but between two options, all of it is void. */
		bool whole = len == 16 || len == AT_PREFIX || len == AT_DNS ||
			     len == AT_SEARCH;

		assert_int_equal(router_advert_parse(advert, len, &ra), whole);
	}
	memcpy(bytes, advert, sizeof(advert));
	bytes[0] = 133;
	assert_false(router_advert_parse(bytes, sizeof(bytes), &ra));
	bytes[0] = 134;
	bytes[AT_PREFIX + 1] = 0; /* an option without length would never end */
	assert_false(router_advert_parse(bytes, sizeof(bytes), &ra));
}

static void test_usable_addresses(void **state)
{
	static const struct {
		const char *line;
		bool usable;
	} cases[] = {
		{ "20010db8000100000000000000000010 02 40 00 00     eth0", true },
		{ "20010db8000100000000000000000010 02 40 00 80     eth0", true },
		{ "20010db8000100000000000000000010 02 40 00 44     eth0\n", true },
		{ "20010db8000100000000000000000010 02 40 00 40     eth0", false },
		{ "20010db8000100000000000000000010 02 40 00 48     eth0", false },
		{ "20010db8000100000000000000000010 02 40 00 20     eth0", false },
		{ "20010db8000100000000000000000010 02 40 00 80     eth1", false },
		{ "fe800000000000000000000000000010 02 40 20 80     eth0", false },
		{ "20010db800010000000000000000001 02 40 00 80     eth0", false },
		{ "", false },
	};
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];
	unsigned prefix;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (router_address_usable(cases[i].line, "eth0", &address, &prefix) !=
		    cases[i].usable)
			fail_msg("%s", cases[i].line);
	}
	assert_true(router_address_usable(cases[0].line, "eth0", &address, &prefix));
	inet_ntop(AF_INET6, &address, text, sizeof(text));
	assert_string_equal(text, "2001:db8:1::10");
	assert_int_equal(prefix, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_in_it),
		cmocka_unit_test(test_nothing_in_it),
		cmocka_unit_test(test_each_flag_is_its_own),
		cmocka_unit_test(test_what_is_taken_back),
		cmocka_unit_test(test_hostile_search),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_usable_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
