/*
 * A signature, a key and a list are what the network brought. Split at NUL bytes: all
 * three are read or refused, and nothing is ever taken for signed here.
 */
#include <assert.h>

#include "fetch/manifest.h"
#include "fetch/minisign.h"
#include "fetch/seen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *take(const char **at, const char *end)
{
	size_t len = strnlen(*at, (size_t)(end - *at));
	char *part = xmalloc(len + 1);

	memcpy(part, *at, len);
	part[len] = '\0';
	*at += len < (size_t)(end - *at) ? len + 1 : len;
	return part;
}

/* What is written is what is read. */
static void check_seen(const char *text, struct arena *arena)
{
	auto_text struct text once = { 0 }, twice = { 0 };
	struct seen first = { 0 }, second = { 0 };

	seen_read(text, arena, &first);
	seen_print(&first, &once);
	seen_read(once.s ? once.s : "", arena, &second);
	seen_print(&second, &twice);
	assert(first.n == second.n && str_eq(once.s, twice.s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	auto_free char *signature = take(&at, end), *key_text = take(&at, end);
	auto_free char *list = take(&at, end), *comment = NULL;
	auto_arena struct arena arena = { 0 };
	struct minisign_key key = { .ed25519 = { 1 } };
	struct manifest manifest;
	struct digest digest;
	struct err err = { 0 };

	if (minisign_read_key("key", key_text, &key, &err) < 0)
		assert(err.code == ERR_SOURCE);
	err = (struct err){ 0 };
	if (minisign_verify(&key, "list", signature, list, strlen(list), &comment, &err) <
	    0)
		assert(err.code == ERR_SOURCE);
	err = (struct err){ 0 };
	if (manifest_parse("http://boot/SHA256SUMS", list, strlen(list), signature,
			   &arena, &manifest, &err) < 0 ||
	    manifest_find(&manifest, "http://boot/a", &digest, &err) < 0)
		assert(err.code == ERR_SOURCE);
	check_seen(list, &arena);
	return 0;
}
