/*
 * From a one-time password to the host's own key.
 *
 * Order, and why: the new secret is kept where a power cut cannot take it, and only then
 * sent to the KDC, so at every moment either the one-time password is still good or the
 * secret that replaced it is to be had.
 */
#ifndef KERBEROS_ENROL_H
#define KERBEROS_ENROL_H

#include "kerberos/kdc.h"

struct enrolment {
	const char *one_time;
	const char *pending; /* the secret of an earlier run that was cut off, or NULL */
	/* Store the new secret, synced; before the KDC hears of it. */
	int (*keep)(void *context, const char *secret, struct err *err);
	void *context;
};

/*
 * The host's keytab, not verified yet (kdc_verify()). On failure nothing has changed at
 * the KDC, or it has and the secret that was kept finishes the work in the next run.
 */
must_check int enrol(struct kdc *kdc, const struct enrolment *enrolment,
		     struct text *ret_keytab, struct err *err);

#endif
