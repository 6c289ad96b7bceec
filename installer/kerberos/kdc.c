#include "kerberos/kdc.h"

#include <inttypes.h>
#include <krb5/krb5.h>
#include <profile.h>
#include <sys/mman.h>
#include <time.h>

#include "core/io.h"
#include "kerberos/krb5_conf.h"

#define TICKET_LIFE_S  600
#define CLOCK_SKEW_S   300 /* as everywhere: krb5.conf(5), clockskew */
#define CHANGE_SERVICE "kadmin/changepw"
#define NAME_TYPE_HOST 3 /* KRB5_NT_SRV_HST */

struct kdc {
	const struct kerberos *kerberos;
	const char *host;
	int conf; /* read again and again by the library, so it stays open */
	krb5_context context;
	krb5_principal principal;
	krb5_get_init_creds_opt *options;
	krb5_creds change; /* the ticket for the change-password service */
};

/* The library's private configuration: what a host's would say. With the servers named,
 * DNS is not asked which of them is the first: where nobody answers, that takes 10 s each
 * time. */
static char *make_conf(const struct kerberos *k, const char *host)
{
	const struct krb5_conf conf = krb5_conf_of(k, host);
	auto_free char *head = NULL;
	struct krb5_conf with_admin = conf;

	/* Its port is another one anyway, which the library knows. */
	if (!conf.admin_server && k->n_kdcs)
		with_admin.admin_server = k->kdcs[0];
	head = xasprintf("[libdefaults]\n"
			 "\tdns_canonicalize_hostname = false\n"
			 "\tdns_lookup_realm = false\n"
			 "\tdns_lookup_kdc = %s\n"
			 "\trdns = false\n"
			 "\tkdc_timesync = 1\n"
			 "\tclockskew = 300\n"
			 "\tnoaddresses = true\n",
			 k->n_kdcs ? "false" : "true");
	return krb5_conf_edit(head, &with_admin);
}

/* Both of libkrb5's kinds of file want a name: a file in memory has one in /proc. */
static int hold_in_memory(const void *bytes, size_t len, char name[static 32],
			  struct err *err)
{
	auto_fd int fd = memfd_create("dom0strap", MFD_CLOEXEC);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "memfd_create");
	if (io_write_all(fd, bytes, len, "a file in memory", err) < 0)
		return -1;
	snprintf(name, 32, "/proc/self/fd/%d", fd);
	return take_fd(&fd);
}

static int open_context(struct kdc *kdc, struct err *err)
{
	auto_free char *text = make_conf(kdc->kerberos, kdc->host);
	profile_t profile = NULL;
	char name[32];
	long rc;

	kdc->conf = hold_in_memory(text, strlen(text), name, err);
	if (kdc->conf < 0)
		return -1;
	rc = profile_init_path(name, &profile);
	if (rc == 0)
		rc = krb5_init_context_profile(profile, 0, &kdc->context);
	profile_release(profile); /* the context has its own copy */
	if (rc)
		return err_set(err, ERR_SYSTEM, 0, "cannot start libkrb5 (error %ld)",
			       rc);
	return 0;
}

/* In the library's words, and with what the operator can do about it. */
static int fail(const struct kdc *kdc, krb5_error_code code, const char *what,
		struct err *err)
{
	static const struct {
		krb5_error_code code;
		const char *advice;
	} table[] = {
		{ KRB5KDC_ERR_PREAUTH_FAILED,
		  "the password or key is not, or no longer, the one in the realm's "
		  "database" },
		{ KRB5KRB_AP_ERR_BAD_INTEGRITY,
		  "the password or key is not, or no longer, the one in the realm's "
		  "database" },
		{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN,
		  "create the principal, or correct `host` or `kerberos.realm`" },
		{ KRB5KRB_AP_ERR_SKEW,
		  "this machine's clock and the KDC's differ by more than Kerberos "
		  "allows; offer a time server by DHCP (option 42)" },
		{ KRB5_KDC_UNREACH, "is it running, and is `kerberos.kdc` right?" },
		{ KRB5_REALM_UNKNOWN, "name its servers in `kerberos.kdc`" },
		{ KRB5_KDCREP_SKEW,
		  "this machine's clock and the KDC's differ by more than Kerberos "
		  "allows; offer a time server by DHCP (option 42)" },
	};
	const char *words = krb5_get_error_message(kdc->context, code);
	const char *advice = NULL;
	auto_free char *clean = xstrdup(words);

	krb5_free_error_message(kdc->context, words);
	str_clean(clean);
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].code == code)
			advice = table[i].advice;
	return err_set(err, ERR_SOURCE, 0, "%s of host/%s@%s: %s%s%s%s", what, kdc->host,
		       kdc->kerberos->realm, clean, advice ? " (" : "",
		       advice ? advice : "", advice ? ")" : "");
}

static int prepare(struct kdc *kdc, struct err *err)
{
	krb5_error_code rc;

	rc = krb5_build_principal(kdc->context, &kdc->principal,
				  (unsigned)strlen(kdc->kerberos->realm),
				  kdc->kerberos->realm, "host", kdc->host, (char *)NULL);
	if (rc == 0)
		rc = krb5_get_init_creds_opt_alloc(kdc->context, &kdc->options);
	if (rc)
		return fail(kdc, rc, "the name", err);
	kdc->principal->type = NAME_TYPE_HOST;
	krb5_get_init_creds_opt_set_tkt_life(kdc->options, TICKET_LIFE_S);
	krb5_get_init_creds_opt_set_forwardable(kdc->options, 0);
	krb5_get_init_creds_opt_set_proxiable(kdc->options, 0);
	return 0;
}

int kdc_open(const struct kerberos *kerberos, const char *host, struct kdc **ret,
	     struct err *err)
{
	auto_kdc struct kdc *kdc = xcalloc(1, sizeof(*kdc));

	kdc->kerberos = kerberos;
	kdc->host = host;
	kdc->conf = -1;
	if (open_context(kdc, err) < 0 || prepare(kdc, err) < 0)
		return -1;
	*ret = take_ptr(kdc);
	return 0;
}

void kdc_close(struct kdc *kdc)
{
	if (!kdc)
		return;
	if (kdc->context) {
		krb5_free_cred_contents(kdc->context, &kdc->change);
		krb5_get_init_creds_opt_free(kdc->context, kdc->options);
		krb5_free_principal(kdc->context, kdc->principal);
		krb5_free_context(kdc->context);
	}
	if (kdc->conf >= 0)
		close(kdc->conf);
	free(kdc);
}

/* libkrb5 goes by the KDC's clock once it knows it; but the host will go by its own, and
 * so will everything that it is asked with. */
static int check_clock(const struct kdc *kdc, struct err *err)
{
	krb5_timestamp ahead_s = 0;
	krb5_int32 unused;

	if (krb5_get_time_offsets(kdc->context, &ahead_s, &unused) != 0)
		return 0;
	if (ahead_s >= -CLOCK_SKEW_S && ahead_s <= CLOCK_SKEW_S)
		return 0;
	return err_set(err, ERR_SOURCE, 0,
		       "this machine's clock is %" PRId32
		       " s %s the KDC's, and Kerberos allows %d s: offer a time server "
		       "by DHCP (option 42), or set the clock",
		       ahead_s > 0 ? ahead_s : -ahead_s,
		       ahead_s > 0 ? "behind" : "ahead of", CLOCK_SKEW_S);
}

static int check_proven(const struct kdc *kdc, const krb5_creds *ticket, struct err *err)
{
	if (ticket->ticket_flags & TKT_FLG_PRE_AUTH)
		return 0;
	return err_set(err, ERR_SOURCE, 0,
		       "the KDC gave a ticket of host/%s@%s without asking for a proof "
		       "first: whoever asked before may be guessing at the key by now. "
		       "Set requires_preauth on the principal, and a new password",
		       kdc->host, kdc->kerberos->realm);
}

int kdc_try_password(struct kdc *kdc, const char *password, bool *ret_refused,
		     struct err *err)
{
	krb5_creds ticket = { 0 };
	krb5_error_code rc;

	*ret_refused = false;
	/* Not a ticket-granting ticket: a password that must be changed gets none. */
	rc = krb5_get_init_creds_password(kdc->context, &ticket, kdc->principal, password,
					  NULL, NULL, 0, CHANGE_SERVICE, kdc->options);
	if (rc) {
		*ret_refused = rc == KRB5KDC_ERR_PREAUTH_FAILED ||
			       rc == KRB5KRB_AP_ERR_BAD_INTEGRITY;
		return fail(kdc, rc, "ticket", err);
	}
	krb5_free_cred_contents(kdc->context, &kdc->change);
	kdc->change = ticket;
	return check_clock(kdc, err) < 0 ? -1 : check_proven(kdc, &ticket, err);
}

/* A server's words of that length, if it has any. */
static void print_reason(const char *words, size_t len, struct text *out)
{
	auto_free char *s = len ? strndup(words, len) : NULL;

	if (!s)
		return;
	str_clean(s);
	text_printf(out, ": %s", s);
}

/* What a server of Active Directory says in binary becomes a sentence. */
static int fail_change(const struct kdc *kdc, const krb5_data *kind,
		       const krb5_data *answer, struct err *err)
{
	auto_text struct text why = { 0 };
	char *sentence = NULL;

	print_reason(kind->data, kind->length, &why);
	if (krb5_chpw_message(kdc->context, answer, &sentence) == 0) {
		print_reason(sentence, strlen(sentence), &why);
		krb5_free_string(kdc->context, sentence);
	}
	return err_set(err, ERR_SOURCE, 0, "new key of host/%s@%s refused%s", kdc->host,
		       kdc->kerberos->realm, why.len ? why.s : "");
}

int kdc_change_password(struct kdc *kdc, const char *new_password, struct err *err)
{
	auto_free char *copy = xstrdup(new_password); /* it is not asked to be const */
	krb5_data kind = { 0 }, answer = { 0 };
	krb5_error_code rc;
	int result = 0;

	rc = krb5_change_password(kdc->context, &kdc->change, copy, &result, &kind,
				  &answer);
	explicit_bzero(copy, strlen(copy));
	if (rc)
		return fail(kdc, rc, "change of the key", err);
	if (result)
		(void)fail_change(kdc, &kind, &answer, err);
	krb5_free_data_contents(kdc->context, &kind);
	krb5_free_data_contents(kdc->context, &answer);
	return result ? -1 : 0;
}

/* A ticket for the host itself says with which version of its key it was made. */
static int learn_kvno(struct kdc *kdc, const char *password, uint32_t *ret,
		      struct err *err)
{
	auto_free char *service = xasprintf("host/%s@%s", kdc->host,
					    kdc->kerberos->realm);
	krb5_creds creds = { 0 };
	krb5_ticket *ticket = NULL;
	krb5_error_code rc;

	rc = krb5_get_init_creds_password(kdc->context, &creds, kdc->principal, password,
					  NULL, NULL, 0, service, kdc->options);
	if (rc == 0)
		rc = krb5_decode_ticket(&creds.ticket, &ticket);
	if (rc == 0)
		*ret = ticket->enc_part.kvno;
	krb5_free_ticket(kdc->context, ticket);
	krb5_free_cred_contents(kdc->context, &creds);
	return rc ? fail(kdc, rc, "version of the key", err) : 0;
}

/* The salt is the KDC's to choose; where it has no key of that type, the usual one. */
static krb5_error_code find_salt(struct kdc *kdc, krb5_enctype enctype, krb5_data *salt,
				 krb5_data *parameters)
{
	krb5_get_init_creds_opt *options;
	krb5_enctype known = ENCTYPE_NULL;
	krb5_error_code rc = krb5_get_init_creds_opt_alloc(kdc->context, &options);

	if (rc)
		return rc;
	krb5_get_init_creds_opt_set_etype_list(options, &enctype, 1);
	rc = krb5_get_etype_info(kdc->context, kdc->principal, options, &known, salt,
				 parameters);
	krb5_get_init_creds_opt_free(kdc->context, options);
	if (rc == 0 && known == enctype)
		return 0;
	krb5_free_data_contents(kdc->context, salt);
	krb5_free_data_contents(kdc->context, parameters);
	return krb5_principal2salt(kdc->context, kdc->principal, salt);
}

static krb5_error_code derive_key(struct kdc *kdc, krb5_enctype enctype,
				  const char *password, krb5_keyblock *ret)
{
	krb5_data salt = { 0 }, parameters = { 0 };
	krb5_data secret = { .data = xstrdup(password),
			     .length = (unsigned)strlen(password) };
	krb5_error_code rc = find_salt(kdc, enctype, &salt, &parameters);

	if (rc == 0)
		rc = krb5_c_string_to_key_with_params(
			kdc->context, enctype, &secret, &salt,
			parameters.length ? &parameters : NULL, ret);
	krb5_free_data_contents(kdc->context, &salt);
	krb5_free_data_contents(kdc->context, &parameters);
	explicit_bzero(secret.data, secret.length);
	free(secret.data);
	return rc;
}

int kdc_make_keytab(struct kdc *kdc, const char *password, struct text *ret,
		    struct err *err)
{
	static const krb5_enctype enctypes[] = { ENCTYPE_AES256_SHA1, ENCTYPE_AES128_SHA1,
						 ENCTYPE_AES256_SHA2,
						 ENCTYPE_AES128_SHA2 };
	const char *components[] = { "host", kdc->host };
	struct keytab_entry entries[ARRAY_LEN(enctypes)];
	krb5_keyblock keys[ARRAY_LEN(enctypes)] = { 0 };
	krb5_error_code rc = 0;
	uint32_t kvno = 0;

	if (learn_kvno(kdc, password, &kvno, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(enctypes) && rc == 0; i++) {
		rc = derive_key(kdc, enctypes[i], password, &keys[i]);
		entries[i] = (struct keytab_entry){
			.realm = kdc->kerberos->realm,
			.components = components,
			.n_components = ARRAY_LEN(components),
			.name_type = 1,
			.timestamp = (uint32_t)time(NULL),
			.kvno = kvno,
			.enctype = (uint16_t)enctypes[i],
			.key = keys[i].contents,
			.key_len = keys[i].length,
		};
	}
	if (rc == 0)
		keytab_write(&(struct keytab){ entries, ARRAY_LEN(entries) }, ret);
	for (size_t i = 0; i < ARRAY_LEN(enctypes); i++)
		krb5_free_keyblock_contents(kdc->context, &keys[i]);
	return rc ? fail(kdc, rc, "keys", err) : 0;
}

static int verify_with(struct kdc *kdc, krb5_keytab keytab, struct err *err)
{
	krb5_verify_init_creds_opt strict;
	krb5_creds creds = { 0 };
	krb5_error_code rc;

	krb5_verify_init_creds_opt_init(&strict);
	krb5_verify_init_creds_opt_set_ap_req_nofail(&strict, 1);
	rc = krb5_get_init_creds_keytab(kdc->context, &creds, kdc->principal, keytab, 0,
					NULL, kdc->options);
	if (rc)
		return fail(kdc, rc, "ticket with the keytab", err);
	rc = krb5_verify_init_creds(kdc->context, &creds, kdc->principal, keytab, NULL,
				    &strict);
	krb5_free_cred_contents(kdc->context, &creds);
	if (rc)
		return fail(kdc, rc, "the KDC could not prove that it knows the key",
			    err);
	return check_clock(kdc, err);
}

int kdc_verify(struct kdc *kdc, const void *keytab, size_t len, struct err *err)
{
	char path[32], name[40];
	auto_fd int fd = hold_in_memory(keytab, len, path, err);
	krb5_keytab handle;
	krb5_error_code rc;

	if (fd < 0)
		return -1;
	snprintf(name, sizeof(name), "FILE:%s", path);
	rc = krb5_kt_resolve(kdc->context, name, &handle);
	if (rc)
		return fail(kdc, rc, "the keytab", err);
	rc = verify_with(kdc, handle, err);
	krb5_kt_close(kdc->context, handle);
	return rc;
}
