/*
 * Action `host key`: /etc/krb5.keytab. Nothing is written there that has not been
 * verified against the realm, so a failure leaves what was there.
 */
#include "core/event.h"
#include "core/log.h"
#include "core/url.h"
#include "exec/exec.h"
#include "exec/kept.h"
#include "exec/private.h"
#include "fetch/fetch.h"
#include "kerberos/enrol.h"

struct request { /* one run of the action */
	const struct exec *x;
	const struct kerberos *kerberos;
	const char *host;
	struct kdc *kdc;
};

static void tell(const struct request *r, const struct keytab *keytab, const char *how)
{
	uint32_t newest = 0;
	auto_free char *line = NULL;

	for (size_t i = 0; i < keytab->n; i++)
		if (keytab->entries[i].kvno > newest)
			newest = keytab->entries[i].kvno;
	line = xasprintf("host/%s@%s: %s, key version %u, verified", r->host,
			 r->kerberos->realm, how, newest);
	log_info("  %s", line);
	EVENT("info", { "step", "kerberos" }, { "message", line });
}

static int install(const struct request *r, const void *bytes, size_t len,
		   const char *how, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct keytab keytab;

	if (keytab_parse(bytes, len, &arena, &keytab, err) < 0 ||
	    keytab_check(&keytab, r->host, r->kerberos->realm,
			 r->kerberos->allow_weak_crypto, err) < 0 ||
	    kdc_verify(r->kdc, bytes, len, err) < 0 ||
	    private_write(KEPT_KEYTAB, 0600, bytes, len, err) < 0)
		return -1;
	tell(r, &keytab, how);
	return 0;
}

static int fetch_keytab(const struct request *r, struct err *err)
{
	const struct host_key *key = &r->kerberos->host_key;
	const struct fetch_options options = { .stop = exec_interrupted };
	auto_free char *bytes = NULL, *shown = url_public(key->keytab);
	struct digest wanted, is;
	size_t len;

	if (fetch_text(key->keytab, &options, KEYTAB_MAX_BYTES, &bytes, &len, err) < 0)
		return err_wrap(err, "keytab");
	is = digest_of(bytes, len);
	if (key->sha256 && (!digest_parse(key->sha256, &wanted) ||
			    memcmp(&wanted, &is, sizeof(is)) != 0))
		return err_set(err, ERR_SOURCE, 0,
			       "keytab %s: its SHA-256 is not the one in the profile",
			       shown);
	return install(r, bytes, len, "keytab fetched", err);
}

static int keep_secret(void *context, const char *secret, struct err *err)
{
	(void)context;
	return private_write(KEPT_DIR KEPT_ENROLMENT, 0600, secret, strlen(secret), err);
}

static int enrol_host(const struct request *r, struct err *err)
{
	const struct kept_file *pending = kept_find(r->x->kept, KEPT_ENROLMENT);
	const struct enrolment e = { .one_time = r->kerberos->host_key.enrol,
				     .pending = pending ? pending->bytes : NULL,
				     .keep = keep_secret };
	auto_text struct text keytab = { 0 };

	if (enrol(r->kdc, &e, &keytab, err) < 0)
		return -1;
	return install(r, keytab.s, keytab.len, "enrolled", err);
}

/* Whether the keytab of an earlier install will do. */
static bool take_old(const struct request *r, const struct kept_file *old,
		     struct err *err)
{
	if (install(r, old->bytes, old->len, "keytab kept", err) == 0)
		return true;
	if (old->source != KEPT_FROM_BEGUN)
		log_warning("the earlier install's keytab is of no use: %s", err->msg);
	return false;
}

int act_host_key(const struct exec *x, const struct action *a, struct err *err)
{
	const struct kerberos *k = a->host_key.kerberos;
	const struct kept_file *old = a->host_key.kept ? kept_find(x->kept, KEPT_KEYTAB)
						       : NULL;
	struct request r = { .x = x, .kerberos = k, .host = a->host_key.host };
	auto_kdc struct kdc *kdc = NULL;

	if (kdc_open(k, a->host_key.host, &kdc, err) < 0)
		return -1;
	r.kdc = kdc;
	if (old) {
		if (take_old(&r, old, err))
			return 0;
		if (!k->host_key.keytab && !k->host_key.enrol)
			return -1;
		*err = (struct err){ 0 };
	}
	if (k->host_key.keytab)
		return fetch_keytab(&r, err);
	if (k->host_key.enrol)
		return enrol_host(&r, err);
	log_info("  the earlier install had no keytab");
	return 0;
}
