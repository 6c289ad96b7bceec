/*
 * A signed list of digests: what `sha256sum` prints for the files of a boot server, in
 * SHA256SUMS, and beside it SHA256SUMS.minisig. Names are relative to the list's own
 * folder, so that a file cannot stand in for another one: the digest belongs to the URL.
 *
 * The signature's trusted comment may have a word `serial:NUMBER`; a list with a smaller
 * number is older.
 */
#ifndef FETCH_MANIFEST_H
#define FETCH_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/err.h"
#include "core/mem.h"
#include "fetch/fetch.h"

#define MANIFEST_KEY_FILE "/etc/dom0strap/minisign.pub"

struct manifest {
	const char *url; /* of the list; in the arena, as is the text */
	const char *text;
	bool has_serial;
	uint64_t serial;
};

/*
 * Fetch the list and its signature, and check both with the key in key_file (NULL:
 * MANIFEST_KEY_FILE). ERR_SOURCE.
 */
must_check int manifest_fetch(const char *url, const char *key_file,
			      const struct fetch_options *options, struct arena *arena,
			      struct manifest *ret, struct err *err);

/* From a list whose signature has been checked. Each line is looked at. ERR_SOURCE. */
must_check int manifest_parse(const char *url, const char *text, size_t len,
			      const char *comment, struct arena *arena,
			      struct manifest *ret, struct err *err);

/* The digest of what is behind that URL. ERR_SOURCE when the list has none, or two. */
must_check int manifest_find(const struct manifest *m, const char *url,
			     struct digest *ret, struct err *err);

#endif
