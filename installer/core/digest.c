#include "core/digest.h"

#include <ctype.h>
#include <nettle/sha2.h>

#include "core/mem.h"

_Static_assert(DIGEST_BYTES == SHA256_DIGEST_SIZE, "not SHA-256");

struct digest_state {
	struct sha256_ctx sha256;
};

struct digest_state *digest_new(void)
{
	struct digest_state *state = xcalloc(1, sizeof(*state));

	sha256_init(&state->sha256);
	return state;
}

void digest_add(struct digest_state *state, const void *bytes, size_t len)
{
	sha256_update(&state->sha256, len, bytes);
}

struct digest digest_end(struct digest_state *state)
{
	struct digest d;

	sha256_digest(&state->sha256, DIGEST_BYTES, d.bytes);
	digest_free(state);
	return d;
}

void digest_free(struct digest_state *state)
{
	free(state);
}

struct digest digest_of(const void *bytes, size_t len)
{
	struct digest_state *state = digest_new();

	digest_add(state, bytes, len);
	return digest_end(state);
}

const char *digest_print(const struct digest *d, char *buf)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		snprintf(buf + 2 * i, 3, "%02x", d->bytes[i]);
	return buf;
}

bool digest_parse(const char *hex, struct digest *ret)
{
	struct digest d = { 0 };

	for (size_t i = 0; i < 2 * DIGEST_BYTES; i++) {
		int c = tolower((unsigned char)hex[i]), nibble;

		if (!isxdigit(c))
			return false;
		nibble = isdigit(c) ? c - '0' : c - 'a' + 10;
		d.bytes[i / 2] = (unsigned char)(i % 2 ? d.bytes[i / 2] | nibble
						       : nibble << 4);
	}
	if (hex[2 * DIGEST_BYTES])
		return false;
	*ret = d;
	return true;
}
