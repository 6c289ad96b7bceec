#include "kerberos/enrol.h"

#include <sys/random.h>

#include "core/log.h"

#define SECRET_LETTERS 44 /* of six bits each: more than the longest key has */

/* One of each kind first: a realm's policy may ask for them. */
static int make_secret(char secret[static SECRET_LETTERS + 5], struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-.";
	unsigned char bytes[SECRET_LETTERS];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(err, ERR_SYSTEM, errno, "getrandom");
	memcpy(secret, "Aa0-", 4);
	for (size_t i = 0; i < SECRET_LETTERS; i++)
		secret[4 + i] = letters[bytes[i] % 64];
	secret[4 + SECRET_LETTERS] = '\0';
	return 0;
}

/* Does the KDC know this secret already? *ret_known is set where it has an opinion. */
static int is_known(struct kdc *kdc, const char *secret, bool *ret_known, struct err *err)
{
	bool refused;

	*ret_known = kdc_try_password(kdc, secret, &refused, err) == 0;
	if (*ret_known || !refused)
		return *ret_known ? 0 : -1;
	*err = (struct err){ 0 };
	return 0;
}

/*
 * The answer may have been lost on its way, or the server may have stopped after it had
 * written: only asking with the new secret tells.
 */
static int change(struct kdc *kdc, const char *secret, struct err *err)
{
	struct err ignored = { 0 };
	bool known;

	if (kdc_change_password(kdc, secret, err) == 0)
		return 0;
	if (is_known(kdc, secret, &known, &ignored) < 0 || !known)
		return -1;
	log_warning("%s; but the KDC knows the new key", err->msg);
	*err = (struct err){ 0 };
	return 0;
}

/* The one-time password is good: from here on it is replaced. */
static int replace(struct kdc *kdc, const struct enrolment *e, struct text *ret_keytab,
		   struct err *err)
{
	char secret[SECRET_LETTERS + 5];
	int rc;

	if (make_secret(secret, err) < 0)
		return -1;
	rc = e->keep(e->context, secret, err);
	if (rc == 0)
		rc = change(kdc, secret, err);
	if (rc == 0)
		rc = kdc_make_keytab(kdc, secret, ret_keytab, err);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

int enrol(struct kdc *kdc, const struct enrolment *e, struct text *ret_keytab,
	  struct err *err)
{
	bool known = false, refused;

	if (e->pending && is_known(kdc, e->pending, &known, err) < 0)
		return -1;
	if (known) {
		log_info("  an earlier run has changed the key already");
		return kdc_make_keytab(kdc, e->pending, ret_keytab, err);
	}
	if (kdc_try_password(kdc, e->one_time, &refused, err) < 0)
		return refused ? err_wrap(err, "one-time password") : -1;
	return replace(kdc, e, ret_keytab, err);
}
