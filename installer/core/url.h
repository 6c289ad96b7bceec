/*
 * Addresses as people may see them.
 */
#ifndef CORE_URL_H
#define CORE_URL_H

/* The URL without the user:password of its host (RFC 3986, 3.2.1); what has no host, as a
 * path, stays as it is. The caller frees it. */
char *url_public(const char *url);

/* The URL of a file in the folder that the URL names, with or without a slash at its end.
 * The caller frees it. */
char *url_below(const char *url, const char *name);

#endif
