/*
 * A profile is what the network brought. Whatever it is, it is read or refused with a
 * place; and one that is read has a canonical form that is the same profile, as has the
 * tree that a boot server writes again.
 */
#include <assert.h>

#include "config/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const uint8_t *data, size_t size, struct arena *arena,
			struct text *ret)
{
	struct yaml_node *root;
	struct err err = { 0 };

	if (yaml_parse("f", (const char *)data, size, arena, &root, &err) < 0)
		abort();
	yaml_write(root, ret);
}

static void assert_same(const struct profile *profile, const struct text *text,
			struct arena *arena)
{
	struct profile again = { 0 };
	struct err err = { 0 };
	struct digest a, b;

	if (profile_parse("f", text->s, text->len, arena, &again, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.msg, text->s);
		abort();
	}
	a = profile_digest(profile);
	b = profile_digest(&again);
	assert(memcmp(a.bytes, b.bytes, DIGEST_BYTES) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text shown = { 0 }, canonical = { 0 }, written = { 0 };
	struct profile profile = { 0 };
	struct err err = { 0 };

	if (profile_parse("f", (const char *)data, size, &arena, &profile, &err) < 0) {
		assert(err.code == ERR_CONFIG);
		assert(str_starts(err.msg, "f:"));
		return 0;
	}
	schema_json(&profile_schema, &profile, SCHEMA_SHOWN, &shown);
	schema_json(&profile_schema, &profile, SCHEMA_CANONICAL, &canonical);
	assert_same(&profile, &canonical, &arena);
	write_again(data, size, &arena, &written);
	assert_same(&profile, &written, &arena);
	return 0;
}
