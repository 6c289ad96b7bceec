/*
 * Bytes from an HTTP(S) server, in order, each exactly once; or from the medium that the
 * machine was started from: medium:/PATH is a file on it.
 *
 * A stream survives a broken connection: it is resumed with a Range request that is
 * conditional on the object being the same one (If-Range with the strong ETag, else
 * Last-Modified) and that asks for the last 4 KB once more. They must be the same bytes,
 * and size and validator the same where known; so also when a server sends the whole
 * object again, of which what was delivered is skipped. Anything else is an object that
 * changed: an error. A server that ends early is one too, after the last retry. (Whether
 * all bytes are right only a digest can say.)
 *
 * Failures: what no retry can help (4xx, certificate refused, a forbidden redirect) is
 * ERR_SOURCE at once. 5xx, 408, 429, timeouts and
 * broken connections are retried with back-off, a log_warning each, then ERR_SOURCE.
 * Progress is 256 KiB, or the end: a server that drips is as bad as one that is silent.
 * Messages name the URL without its user:password, and the remedy where there is one.
 *
 * Always: certificates are verified (or the key is, see fetch_pin()), at most 8
 * redirects, never from https to http, never to another scheme. user:password goes only
 * to the host that the URL names.
 */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define FETCH_CA_FILE "/etc/dom0strap/ca.pem"
#define FETCH_MEDIUM  "/run/dom0strap/medium" /* where init has mounted it, read-only */

struct fetch_options {       /* all zero: the defaults */
	const char *ca_file; /* PEM; NULL: FETCH_CA_FILE if it exists, else the TLS
				library's own default */
	bool allow_path;     /* a source without "://" is a local file */
	unsigned tries;      /* without progress in between; default 6 */
	unsigned connect_timeout_ms; /* default 15000 */
	unsigned stall_timeout_ms;   /* waited this long without progress: retry; default
				       30000 */
	unsigned backoff_ms;       /* first pause, doubles up to 16 times; default 1000 */
	unsigned whole_timeout_ms; /* for all of it, from opening on, then ERR_SOURCE; 0:
				     as long as there is progress */
	bool (*stop)(void);        /* asked all the time; true: give up. NULL: never */
	bool fresh;                /* caches are to ask for it anew (RFC 9111, 5.2.1.4) */
	int64_t *ret_date; /* set to the answer's Date, if the server has shown a pinned
			     key; seconds since 1970. NULL: not wanted */
};

/*
 * From now on every https server has to show one of these public keys, and no
 * certificate authority, name or date is asked: SHA-256 of the SubjectPublicKeyInfo in
 * base64 (RFC 7469, 2.4), several with commas. ERR_CONFIG when they are no such thing.
 */
must_check int fetch_pin(const char *pins, struct err *err);

struct fetch;
#define auto_fetch __attribute__((cleanup(fetch_close_)))

/*
 * Open and wait for the answer's head, so that 404 is reported here. One thread at a time
 * may use a stream (fetch_cancel() excepted); it keeps no pointer into url or options.
 */
must_check int fetch_open(const char *url, const struct fetch_options *options,
			  struct fetch **ret, struct err *err);

/*
 * The same of an object in chunks (fetch/chunks.h): each lies beside the list, and is
 * asked for at the peers first. It looks like one object from then on.
 */
struct digest;
struct share;
struct chunk_source {
	const char *list;            /* its URL */
	const struct digest *sha256; /* the list's; NULL: whatever comes */
	/* Other machines' URLs, where a chunk is called /SHA-256. They need not be
	 * believed, there, or quick: see fetch/peers.h. */
	const char *const *peers;
	size_t n_peers;
	struct share *share; /* gets every chunk (fetch/share.h); or NULL */
};
must_check int fetch_open_chunks(const struct chunk_source *source,
				 const struct fetch_options *options, struct fetch **ret,
				 struct err *err);

/*
 * Fill buf as far as possible: *ret_len is less than len only at the end, 0 after it.
 * Returns -1 with ERR_SOURCE when the rest cannot be had.
 */
must_check int fetch_read(struct fetch *f, void *buf, size_t len, size_t *ret_len,
			  struct err *err);

/* The object's size; 0 when the server does not say. */
uint64_t fetch_total_bytes(const struct fetch *f);

/* From any thread: a fetch_read() that waits, and each later one, fails soon. */
void fetch_cancel(struct fetch *f);

void fetch_close(struct fetch *f); /* NULL is fine */

/*
 * A whole small document, NUL-terminated (len without the NUL), freed by the caller.
 * More than max_bytes is ERR_SOURCE. ret_len may be NULL; then a NUL byte inside is an
 * error too.
 */
must_check int fetch_text(const char *url, const struct fetch_options *options,
			  size_t max_bytes, char **ret_text, size_t *ret_len,
			  struct err *err);

/*
 * Put the file behind `fd`, from its beginning to its end, on the server as `url` (HTTP
 * PUT), with the same retries, each with all of it. A redirect is not followed.
 * ERR_SOURCE.
 */
must_check int fetch_put(const char *url, int fd, const struct fetch_options *options,
			 struct err *err);

static inline void fetch_close_(struct fetch *const *f)
{
	fetch_close(*f);
}

#endif
