/*
 * The keys of `kerberos`, and what must hold between them.
 */
#include "config/profile_parts.h"
#include "config/value.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static const struct key host_key_keys[] = {
	{ .name = "keytab",
	  .type = KEY_STRING,
	  KEY_FIELD(host_key, keytab),
	  .valid = value_is_source,
	  .form = "an http://, https:// or medium:/ URL",
	  .help = "a keytab made by the realm's administrator; must hold "
		  "host/HOST@REALM. "
		  "Plain http only with sha256" },
	{ .name = "sha256",
	  .type = KEY_STRING,
	  KEY_FIELD(host_key, sha256),
	  .valid = value_is_sha256,
	  .form = "64 hexadecimal digits",
	  .help = "SHA-256 of the keytab" },
	{ .name = "enrol",
	  .type = KEY_STRING,
	  KEY_FIELD(host_key, enrol),
	  .secret = true,
	  .valid = value_is_password,
	  .form = "one line of text",
	  .help = "the one-time password with which the administrator has created "
		  "host/HOST@REALM (with requires_preauth); a random key replaces it" },
};
static const struct schema host_key_schema = SCHEMA("host-key", host_key, host_key_keys);

static const struct key kerberos_keys[] = {
	{ .name = "realm",
	  .type = KEY_STRING,
	  KEY_FIELD(kerberos, realm),
	  .valid = value_is_realm,
	  .form = "a realm like EXAMPLE.COM",
	  .help = "the host's realm, and its default one; absent: no Kerberos" },
	{ .name = "kdc",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(kerberos, kdcs),
	  .valid = value_is_kdc,
	  .form = "a server like kdc1.example.com or 192.0.2.1:88",
	  .help = "the realm's servers; absent: DNS knows them (SRV records)" },
	{ .name = "admin-server",
	  .type = KEY_STRING,
	  KEY_FIELD(kerberos, admin_server),
	  .valid = value_is_kdc,
	  .form = "a server like kdc1.example.com",
	  .help = "where keys are changed; absent: the first kdc" },
	{ .name = "host-key",
	  .type = KEY_MAP,
	  KEY_FIELD(kerberos, host_key),
	  .of = &host_key_schema,
	  .help = "where /etc/krb5.keytab comes from; absent: what the image has stays" },
	{ .name = "allow-weak-crypto",
	  .type = KEY_BOOL,
	  KEY_FIELD(kerberos, allow_weak_crypto),
	  .help = "take DES and RC4 keys, too" },
};
const struct schema kerberos_schema = SCHEMA("kerberos", kerberos, kerberos_keys);

static int check_host_key(const struct profile *p, struct err *err)
{
	const struct host_key *key = &p->kerberos.host_key;

	if (key->keytab && key->enrol)
		return fail(p, key->at, err,
			    "host-key: either a keytab or a one-time password");
	if (key->sha256 && !key->keytab)
		return fail(p, key->at, err, "host-key: sha256 is a keytab's");
	if (key->keytab && str_starts(key->keytab, "http://") && !key->sha256)
		return fail(p, key->at, err,
			    "host-key: over plain HTTP anybody on the path can put "
			    "another keytab in its place; serve it over https, or give "
			    "its sha256");
	if ((key->keytab || key->enrol) && !strchr(p->host, '.'))
		return fail(p, key->at, err,
			    "host-key: the key is that of host/FULL.NAME@REALM, and "
			    "`host: %s` has no domain",
			    p->host);
	return 0;
}

int profile_validate_kerberos(const struct profile *p, struct err *err)
{
	const struct kerberos *k = &p->kerberos;

	if (!k->realm && (k->n_kdcs || k->admin_server || k->host_key.keytab ||
			  k->host_key.enrol || k->allow_weak_crypto))
		return fail(p, k->at, err, "kerberos: the key \"realm\" is missing");
	return check_host_key(p, err);
}
