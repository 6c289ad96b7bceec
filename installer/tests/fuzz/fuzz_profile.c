/*
 * A profile is what the network brought. Whatever it is, it is read or refused with a
 * place; and one that is read has a canonical form that is the same profile.
 */
#include <assert.h>

#include "config/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text shown = { 0 }, canonical = { 0 };
	struct profile profile = { 0 }, again = { 0 };
	struct err err = { 0 };
	struct digest a, b;

	if (profile_parse("f", (const char *)data, size, &arena, &profile, &err) < 0) {
		assert(err.code == ERR_CONFIG);
		assert(str_starts(err.msg, "f:"));
		return 0;
	}
	schema_json(&profile_schema, &profile, SCHEMA_SHOWN, &shown);
	schema_json(&profile_schema, &profile, SCHEMA_CANONICAL, &canonical);
	if (profile_parse("f", canonical.s, canonical.len, &arena, &again, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.msg, canonical.s);
		abort();
	}
	a = profile_digest(&profile);
	b = profile_digest(&again);
	assert(memcmp(a.bytes, b.bytes, DIGEST_BYTES) == 0);
	return 0;
}
