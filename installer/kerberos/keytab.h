/*
 * Keytabs: the file that holds a service's long-term keys. Pure.
 *
 * Format: "The Kerberos Keytab Binary File Format" in MIT's documentation (formats/keytab
 * file format), version 2: big-endian; entries by length, a negative one is a hole left
 * by a deletion. Enctype numbers: RFC 3961, 3962, 4757, 6803, 8009.
 */
#ifndef KERBEROS_KEYTAB_H
#define KERBEROS_KEYTAB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

#define KEYTAB_MAX_BYTES (1024 * 1024)

enum {
	ENCTYPE_AES128_SHA1 = 17,
	ENCTYPE_AES256_SHA1 = 18,
	ENCTYPE_AES128_SHA2 = 19,
	ENCTYPE_AES256_SHA2 = 20,
};

struct keytab_entry {
	const char *realm;
	const char **components; /* "host", "xen01.example.com" */
	size_t n_components;
	uint32_t name_type; /* RFC 4120, 6.2: 1 principal, 3 service on a host */
	uint32_t timestamp; /* seconds since 1970 */
	uint32_t kvno;
	uint16_t enctype;
	const unsigned char *key;
	size_t key_len;
};

struct keytab {
	struct keytab_entry *entries;
	size_t n;
};

/* Everything lives in the arena. ERR_SOURCE: not a keytab, cut off, of version 1. */
must_check int keytab_parse(const void *bytes, size_t len, struct arena *arena,
			    struct keytab *ret, struct err *err);

void keytab_write(const struct keytab *keytab, struct text *out);

/* "host/xen01.example.com@EXAMPLE.COM", with \ before / @ and \ in a part, as kinit wants
 * it. */
void keytab_print_principal(const struct keytab_entry *entry, struct text *out);

/* "aes256-cts-hmac-sha1-96"; "enctype 99" for what has no name here. */
const char *keytab_enctype_name(uint32_t enctype, char *buf, size_t len);

/* DES (triple DES too) and RC4: broken or about to be (RFC 6649, RFC 8429). */
bool keytab_is_weak(uint32_t enctype);

/*
 * Is it fit to be this host's? It has keys of host/HOST@REALM, and unless they are
 * allowed no weak key of anybody. ERR_SOURCE, saying what it has instead.
 */
must_check int keytab_check(const struct keytab *keytab, const char *host,
			    const char *realm, bool allow_weak, struct err *err);

#endif
