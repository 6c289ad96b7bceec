/*
 * Foreign text as constants.py: every byte outside the values that are set is kept, and
 * setting them again changes nothing.
 */
#include <assert.h>
#include <stdint.h>

#include "xenserver/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(const struct constants *c)
{
	size_t end = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct constant *item = &c->items[i];

		assert(item->at >= end && item->at + item->len <= c->len);
		assert(memcmp(item->value, c->text + item->at, strlen(item->value)) == 0);
		assert(*item->name && item->line > 0);
		end = item->at + item->len;
	}
}

static void check_setting(const struct constants *c, const struct patch_setting *setting,
			  struct arena *arena)
{
	auto_text struct text once = { 0 }, twice = { 0 };
	const struct constant *item;
	struct constants again;
	struct err err = { 0 };
	int rc;

	if (constants_set(c, setting, 1, &once, &err) < 0) {
		assert(err.code == ERR_CONFIG && *err.msg && !once.s);
		return;
	}
	item = constants_find(c, setting->name);
	assert(once.len == c->len - item->len + strlen(setting->value));
	assert(memcmp(once.s, c->text, item->at) == 0);
	assert(memcmp(once.s + item->at, setting->value, strlen(setting->value)) == 0);
	constants_read("again", once.s, once.len, arena, &again);
	assert(again.n == c->n);
	rc = constants_set(&again, setting, 1, &twice, &err);
	assert(rc == 0);
	assert(once.len == twice.len && memcmp(once.s, twice.s, once.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct patch_setting settings[] = {
		{ "root_size", "8192" },
		{ "GPT_SUPPORT", "False" },
		{ "rootfs_type", "'ext4'" },
	};
	static const struct profile profile = {
		.disks = { .count = 2 },
		.xenserver = { .source = "http://a/",
			       .installer_options = "",
			       .root_bytes = UINT64_C(8) << 30 },
	};
	static const struct patch_request request = { .profile = &profile };
	auto_arena struct arena arena = { 0 };
	auto_text struct text patched = { 0 };
	struct patch_result result;
	struct constants c;
	struct err err = { 0 };

	constants_read("constants.py", (const char *)data, size, &arena, &c);
	check_places(&c);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		check_setting(&c, &settings[i], &arena);
	if (patch_constants(&request, &c, "--disable-gpt", NULL, &arena, &patched,
			    &result, &err) < 0)
		assert(err.code != ERR_NONE);
	return 0;
}
