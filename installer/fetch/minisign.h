/*
 * Signatures as minisign makes them (its manual page, section NOTES): Ed25519 over the
 * text or, the newer default, over its BLAKE2b-512; and once more over that signature and
 * the trusted comment. Nothing of a text is believed before both hold.
 */
#ifndef FETCH_MINISIGN_H
#define FETCH_MINISIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MINISIGN_MAX_BYTES 8192 /* of a key or signature file */

struct minisign_key {
	uint8_t id[8];
	uint8_t ed25519[32];
};

/* A key file: a line of comment and the key, or the key alone. ERR_SOURCE. */
must_check int minisign_read_key(const char *name, const char *text,
				 struct minisign_key *ret, struct err *err);

/*
 * Check `signature`, the text of a .minisig file, over the text: `name` stands in
 * messages. *ret_comment is the trusted comment, one line, freed by the caller.
 * ERR_SOURCE.
 */
must_check int minisign_verify(const struct minisign_key *key, const char *name,
			       const char *signature, const void *text, size_t len,
			       char **ret_comment, struct err *err);

#endif
