/*
 * /etc/krb5.conf: text in, text out. Pure.
 *
 * Format: krb5.conf(5), as libkrb5's profile library reads it: [section] lines, `tag =
 * value`, `tag = {` … `}`, comments from # or ; at the beginning of a line. What is not
 * asked for stays byte for byte, other realms in particular; doing it twice changes
 * nothing.
 */
#ifndef KERBEROS_KRB5_CONF_H
#define KERBEROS_KRB5_CONF_H

#include "config/profile.h"

struct krb5_conf {
	const char *realm; /* becomes the default, and is the host's */
	const char *const
		*kdcs; /* none: those that stand there stay, or DNS knows them */
	size_t n_kdcs;
	const char *admin_server; /* NULL: as with the KDCs */
	const char *host;         /* full name: its domain is mapped to the realm */
	bool allow_weak_crypto;
};

/* What the profile says of it. Keeps its pointers. */
struct krb5_conf krb5_conf_of(const struct kerberos *kerberos, const char *host);

/* Returns a new string. */
char *krb5_conf_edit(const char *text, const struct krb5_conf *conf);

#endif
