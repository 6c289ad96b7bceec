/*
 * SHA-256 (FIPS 180-4), through nettle, which uses the CPU's own instructions.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/cleanup.h"

#define DIGEST_BYTES 32

struct digest { /* a finished SHA-256 */
	unsigned char bytes[DIGEST_BYTES];
};

struct digest_state;                   /* a running one */
struct digest_state *digest_new(void); /* never NULL */
void digest_add(struct digest_state *state, const void *bytes, size_t len);
struct digest digest_end(struct digest_state *state); /* frees state */
void digest_free(struct digest_state *state);         /* gives it up; NULL is fine */

struct digest digest_of(const void *bytes, size_t len);

/* 64 lower-case hexadecimal digits; buf has room for 65 bytes and is returned. */
const char *digest_print(const struct digest *d, char *buf);
#define DIGEST_TEXT(d) digest_print(d, (char[2 * DIGEST_BYTES + 1]){ 0 })

bool digest_parse(const char *hex,
		  struct digest *ret); /* exactly 64 digits, either case */

#endif
