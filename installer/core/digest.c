#include "core/digest.h"

#include <ctype.h>
#include <mbedtls/md.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/sha256_x86.h"

#define BLOCK_BYTES 64

struct digest_state {
	bool x86; /* by the CPU's own instructions; else by mbedTLS */
	mbedtls_md_context_t md;
	uint32_t words[8];
	uint64_t total_bytes;
	unsigned char block[BLOCK_BYTES]; /* the last total_bytes % BLOCK_BYTES */
};

/* The calls below fail only on a bad context or without memory: both are bugs here. */
static void must(int rc)
{
	if (rc != 0)
		abort();
}

struct digest_state *digest_new(void)
{
	static const uint32_t start[8] = { /* FIPS 180-4, 5.3.3 */
					   0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};
	struct digest_state *state = xcalloc(1, sizeof(*state));

	state->x86 = sha256_x86_usable();
	memcpy(state->words, start, sizeof(start));
	mbedtls_md_init(&state->md);
	if (state->x86)
		return state;
	must(mbedtls_md_setup(&state->md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
			      0));
	must(mbedtls_md_starts(&state->md));
	return state;
}

static void add_x86(struct digest_state *state, const unsigned char *p, size_t len)
{
	size_t have = state->total_bytes % BLOCK_BYTES, n;

	state->total_bytes += len;
	if (have > 0) {
		n = len < BLOCK_BYTES - have ? len : BLOCK_BYTES - have;
		memcpy(state->block + have, p, n);
		if (have + n < BLOCK_BYTES)
			return;
		sha256_x86_blocks(state->words, state->block, 1);
		p += n;
		len -= n;
	}
	sha256_x86_blocks(state->words, p, len / BLOCK_BYTES);
	memcpy(state->block, p + len / BLOCK_BYTES * BLOCK_BYTES, len % BLOCK_BYTES);
}

void digest_add(struct digest_state *state, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	if (state->x86)
		add_x86(state, bytes, len);
	else
		must(mbedtls_md_update(&state->md, bytes, len));
}

/* FIPS 180-4, 5.1.1: a one bit, zeroes, the length in bits; words are big-endian. */
static void end_x86(struct digest_state *state, struct digest *ret)
{
	unsigned char pad[2 * BLOCK_BYTES] = { 0x80 };
	uint64_t bits = state->total_bytes * 8;
	size_t have = state->total_bytes % BLOCK_BYTES;
	size_t zeroes = (have < 56 ? 56 : 56 + BLOCK_BYTES) - have;

	for (size_t i = 0; i < 8; i++)
		pad[zeroes + i] = (unsigned char)(bits >> (56 - 8 * i));
	add_x86(state, pad, zeroes + 8);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		ret->bytes[i] = (unsigned char)(state->words[i / 4] >> (24 - i % 4 * 8));
}

struct digest digest_end(struct digest_state *state)
{
	struct digest d;

	if (state->x86)
		end_x86(state, &d);
	else
		must(mbedtls_md_finish(&state->md, d.bytes));
	digest_free(state);
	return d;
}

void digest_free(struct digest_state *state)
{
	if (!state)
		return;
	mbedtls_md_free(&state->md);
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
