/*
 * One object over HTTP(S): attempts, redirects, resumption. Behind fetch/fetch.h, which
 * states what holds.
 */
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

#include "fetch/fetch.h"

struct http;

must_check int http_open(const char *url, const struct fetch_options *options,
			 struct http **ret, struct err *err);
must_check int http_read(struct http *h, void *buf, size_t len, size_t *ret_len,
			 struct err *err);
uint64_t http_total_bytes(const struct http *h);
void http_cancel(struct http *h);
void http_close(struct http *h);

#endif
