/* Identifiers: the same for the same, the host's half apart from the other. */
#include "plan/layout.h"
#include "tests/profile.h"

#include <ctype.h>

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const struct disk disk_a = { .path = "/dev/sda", .serial = "A" };
static const struct disk disk_b = { .path = "/dev/sdb", .serial = "B" };
static const struct layout_disk pair[] = { { .disk = &disk_a }, { .disk = &disk_b } };

typedef const char *derive_function(const struct profile *p, const char *purpose,
				    const struct layout_disk *disks, size_t n,
				    struct arena *arena);

/* Each kind, and how many characters of it are the host's. */
static const struct {
	derive_function *derive;
	size_t len, host_len;
} kinds[] = {
	{ layout_derive_uuid, 36, 18 }, /* 8-4-4 digits with their hyphens */
	{ layout_derive_md_uuid, 35, 17 },
	{ layout_derive_short_id, 10, 6 },
	{ layout_derive_pv_uuid, 38, 14 },
};

static void assert_halves(size_t kind, const char *a, const char *b, bool same_host,
			  bool same_rest)
{
	size_t host_len = kinds[kind].host_len;

	assert_int_equal(strlen(a), kinds[kind].len);
	assert_int_equal(strlen(b), kinds[kind].len);
	assert_int_equal(strncmp(a, b, host_len) == 0, same_host);
	assert_int_equal(strcmp(a + host_len, b + host_len) == 0, same_rest);
}

static void test_same_input_same_identifier(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct profile q = parse_profile(&arena, profile_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		assert_halves(i, kinds[i].derive(&p, "x", pair, 2, &arena),
			      kinds[i].derive(&q, "x", pair, 2, &arena), true, true);
}

static void test_what_changes_which_half(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct profile other = parse_profile(
		&arena, replaced(&arena, profile_text, "size: 4G", "size: 5G"));
	struct profile renamed = parse_profile(
		&arena, replaced(&arena, profile_text, "xen01", "xen02"));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		derive_function *derive = kinds[i].derive;
		const char *id = derive(&p, "x", pair, 2, &arena);

		assert_halves(i, id, derive(&p, "y", pair, 2, &arena), true, false);
		assert_halves(i, id, derive(&p, "x", pair, 1, &arena), true, false);
		assert_halves(i, id, derive(&p, "x", pair + 1, 1, &arena), true, false);
		assert_halves(i, id, derive(&other, "x", pair, 2, &arena), true, false);
		assert_halves(i, id, derive(&renamed, "x", pair, 2, &arena), false,
			      false);
	}
}

static void test_forms(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	const char *uuid = layout_derive_uuid(&p, "x", pair, 2, &arena);
	const char *md = layout_derive_md_uuid(&p, "x", pair, 2, &arena);
	const char *pv = layout_derive_pv_uuid(&p, "x", pair, 2, &arena);

	(void)state;
	assert_int_equal(strspn(uuid, "0123456789abcdef-"), 36);
	assert_int_equal(uuid[14], '8'); /* RFC 9562: version 8, variant 10 */
	assert_non_null(strchr("89ab", uuid[19]));
	assert_int_equal(strspn(md, "0123456789abcdef:"), 35);
	assert_true(md[8] == ':' && md[17] == ':' && md[26] == ':');
	assert_true(pv[6] == '-' && pv[11] == '-' && pv[16] == '-' && pv[21] == '-' &&
		    pv[26] == '-' && pv[31] == '-');
	for (const char *s = pv; *s; s++)
		assert_true(*s == '-' || isalnum((unsigned char)*s));
}

static const char *upper(const char *s)
{
	char *copy = arena_strdup(&arena, s);

	for (char *c = copy; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

/* As mdadm, libblkid, libfdisk, LVM and FAT write them. */
static void test_own_in_every_spelling(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct profile later = parse_profile(
		&arena, replaced(&arena, profile_text, "size: 4G", "size: 5G"));
	struct profile shouted = parse_profile(
		&arena, replaced(&arena, profile_text, "xen01.ex", "XEN01.ex"));
	struct profile stranger = parse_profile(
		&arena, replaced(&arena, profile_text, "xen01", "xen02"));
	const char *uuid = layout_derive_uuid(&p, "x", pair, 2, &arena);
	const char *md = layout_derive_md_uuid(&p, "x", pair, 2, &arena);
	const char *id = layout_derive_short_id(&p, "x", pair, 2, &arena);
	const char *spellings[] = {
		uuid,
		upper(uuid),
		md,
		arena_printf(&arena, "%.8s-%.4s-%.4s-%.4s-%.4s%.8s", md, md + 9, md + 13,
			     md + 18, md + 22, md + 27),
		id,
		id + 2,
		arena_printf(&arena, "%.4s-%.4s", upper(id + 2), upper(id + 6)),
		layout_derive_pv_uuid(&p, "x", pair, 2, &arena),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		if (!layout_is_own_id(&p, spellings[i]))
			fail_msg("%s is not taken for our own", spellings[i]);
		assert_true(layout_is_own_id(&later, spellings[i]));
		assert_true(layout_is_own_id(&shouted, spellings[i]));
		assert_false(layout_is_own_id(&stranger, spellings[i]));
	}
}

static void test_foreign(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	const char *uuid = layout_derive_uuid(&p, "x", pair, 2, &arena);
	const char *pv = layout_derive_pv_uuid(&p, "x", pair, 2, &arena);
	const char *id = layout_derive_short_id(&p, "x", pair, 2, &arena);
	const char *foreign[] = {
		NULL,
		"",
		"-",
		"0x",
		"0x00000000",
		"00000000-0000-0000-0000-000000000000",
		"9f0c3a52-6d0e-4c1e-9c0a-0f6f3f7b1234",
		"AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA",
		arena_printf(&arena, "%.35s", uuid), /* cut off, or with more behind */
		arena_printf(&arena, "%s0", uuid),
		arena_printf(&arena, "%.35sg", uuid),
		arena_printf(&arena, "%s%s", uuid, uuid),
		arena_printf(&arena, "%.37s", pv),
		arena_printf(&arena, "%sx", pv),
		arena_printf(&arena, "%.9s", id),
		arena_printf(&arena, "%s0", id),
		arena_printf(&arena, "%.9sg", id),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (layout_is_own_id(&p, foreign[i]))
			fail_msg("%s is taken for our own", foreign[i]);
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_same_input_same_identifier),
		test(test_what_changes_which_half),
		test(test_forms),
		test(test_own_in_every_spelling),
		test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
