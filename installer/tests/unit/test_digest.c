/*
 * Vectors: FIPS 180-4 examples as NIST publishes them ("SHA256.pdf", and the million
 * letters of FIPS 180-2 appendix B.3).
 */
#include "core/digest.h"
#include "tests/support.h"

#define EMPTY_TEXT "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void assert_digest(const void *bytes, size_t len, const char *expected)
{
	struct digest d = digest_of(bytes, len);

	assert_string_equal(DIGEST_TEXT(&d), expected);
}

static void test_vectors(void **state)
{
	static const char two_blocks[] =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	assert_digest("", 0, EMPTY_TEXT);
	assert_digest("abc", 3,
		      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(two_blocks, strlen(two_blocks),
		      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* However the bytes are cut, around the block size of 64 in particular. */
static void test_a_million_letters_in_pieces(void **state)
{
	static const size_t pieces[] = { 1, 7, 55, 63, 64, 65, 128, 4096, 65536 };
	static const char expected[] =
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
	auto_free char *letters = xmalloc(65536);

	(void)state;
	memset(letters, 'a', 65536);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct digest_state *running = digest_new();
		struct digest d;

		for (size_t left = 1000000; left;) {
			size_t n = left < pieces[i] ? left : pieces[i];

			digest_add(running, letters, n);
			left -= n;
		}
		d = digest_end(running);
		assert_string_equal(DIGEST_TEXT(&d), expected);
	}
}

/* Every length up to three blocks, at once and byte by byte. */
static void test_pieces_do_not_matter(void **state)
{
	unsigned char bytes[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + 11);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct digest_state *running = digest_new();
		struct digest whole = digest_of(bytes, len), pieced;

		for (size_t i = 0; i < len; i++)
			digest_add(running, bytes + i, 1);
		pieced = digest_end(running);
		assert_memory_equal(whole.bytes, pieced.bytes, DIGEST_BYTES);
	}
}

static void test_giving_up(void **state)
{
	struct digest_state *running = digest_new();

	(void)state;
	digest_add(running, "abc", 3);
	digest_free(running); /* the leak checker looks at the rest */
	digest_free(NULL);
}

static void test_parse(void **state)
{
	static const char upper[] =
		"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
	static const char *const wrong[] = {
		"",
		"e3b0c442",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550",
		"g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85 ",
		" 3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	};
	struct digest expected = digest_of("", 0), d;

	(void)state;
	assert_true(digest_parse(EMPTY_TEXT, &d));
	assert_memory_equal(d.bytes, expected.bytes, DIGEST_BYTES);
	assert_true(digest_parse(upper, &d));
	assert_memory_equal(d.bytes, expected.bytes, DIGEST_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(digest_parse(wrong[i], &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_a_million_letters_in_pieces),
		cmocka_unit_test(test_pieces_do_not_matter),
		cmocka_unit_test(test_giving_up),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
