/*
 * What this host asks of its realm's servers, through MIT's libkrb5: tickets, the
 * change-password protocol (RFC 3244), and the proof that a keytab is the right one.
 *
 * /etc/krb5.conf of the machine that we run on is not read, nor are KRB5_* variables.
 * Failures are ERR_SOURCE with the server's own words, and what helps where that is
 * known.
 */
#ifndef KERBEROS_KDC_H
#define KERBEROS_KDC_H

#include "config/profile.h"
#include "kerberos/keytab.h"

struct kdc; /* the realm and this host's principal in it: host/HOST@REALM */
#define auto_kdc __attribute__((cleanup(kdc_close_)))

/* Asks nobody yet. Keeps both pointers. */
must_check int kdc_open(const struct kerberos *kerberos, const char *host,
			struct kdc **ret, struct err *err);
void kdc_close(struct kdc *kdc); /* NULL is fine */

/*
 * A ticket from the keytab, and the realm's proof that it knows the host's key: a false
 * KDC can hand out tickets, but none that opens with that key. A clock that is further
 * off than Kerberos allows is an error, with the number of seconds.
 */
must_check int kdc_verify(struct kdc *kdc, const void *keytab, size_t len,
			  struct err *err);

/*
 * Is this the host's password? A KDC that gives its ticket away without asking for a
 * proof (preauthentication) is refused: anybody could have taken one home and guessed.
 * *ret_refused: true when the KDC says that the password is wrong, false for any other
 * failure.
 */
must_check int kdc_try_password(struct kdc *kdc, const char *password, bool *ret_refused,
				struct err *err);

/* Needs a kdc_try_password() that succeeded, and takes its password for the old one. */
must_check int kdc_change_password(struct kdc *kdc, const char *new_password,
				   struct err *err);

/*
 * The host's keys as they follow from its password, with the version number that the KDC
 * has given them: AES-256 and AES-128, each with SHA-1 and SHA-2.
 */
must_check int kdc_make_keytab(struct kdc *kdc, const char *password, struct text *ret,
			       struct err *err);

static inline void kdc_close_(struct kdc *const *kdc)
{
	kdc_close(*kdc);
}

#endif
