/*
 * Step `kerberos`: the host's realm in krb5.conf, its key in the keytab, and with it what
 * an earlier install hands on. Behind the image, whose files it changes; before anything
 * on the disks can boot, so a host whose key does not work is never started.
 */
#include "plan/plan.h"

static void add_conf(struct plan *plan)
{
	struct krb5_conf *conf = arena_alloc(&plan->arena, sizeof(*conf));

	*conf = krb5_conf_of(&plan->profile->kerberos, plan->profile->host);
	plan_add(plan, (struct action){ .kind = ACT_EDIT,
					.file = { .path = TARGET_DIR "/etc/krb5.conf",
						  .edit = EDIT_KRB5_CONF,
						  .krb5 = conf } });
}

/*
 * A tree keeps what it has by itself. But a one-time password is one only once: what an
 * earlier run has made of it is looked for first, finished or cut off.
 */
static void add_read_in_tree(struct plan *plan)
{
	bool enrolment = plan->profile->kerberos.host_key.enrol;

	plan_add(plan, (struct action){ .kind = ACT_PRESERVE,
					.preserve = { .phase = PRESERVE_READ,
						      .mounted = true,
						      .begun = true,
						      .keytab = true,
						      .enrolment = enrolment } });
}

static void plan_kerberos(struct plan *plan)
{
	const struct profile *p = plan->profile;
	const struct kerberos *k = &p->kerberos;
	bool reads = plan_preserves(plan);
	bool kept = (reads || plan->tree) &&
		    (k->host_key.enrol || profile_preserves(p, "keytab"));
	bool host_key = k->realm && (kept || k->host_key.keytab || k->host_key.enrol);
	struct preserve_change change = {
		.keytab = !host_key && profile_preserves(p, "keytab"),
		.ssh_host_keys = profile_preserves(p, "ssh-host-keys"),
		.phase = PRESERVE_PUT_BACK,
	};

	if (plan->layout.state == STATE_COMPLETE)
		return;
	if (k->realm)
		add_conf(plan);
	if (reads && (change.keytab || change.ssh_host_keys))
		plan_add(plan,
			 (struct action){ .kind = ACT_PRESERVE, .preserve = change });
	if (host_key && kept && plan->tree)
		add_read_in_tree(plan);
	if (host_key)
		plan_add(plan, (struct action){ .kind = ACT_HOST_KEY,
						.host_key = { .kerberos = k,
							      .host = p->host,
							      .kept = kept } });
	if (reads || k->host_key.enrol)
		plan_add(plan,
			 (struct action){ .kind = ACT_PRESERVE,
					  .preserve = { .phase = PRESERVE_FORGET } });
}

const struct step step_kerberos = {
	.name = "kerberos",
	.summary = "set up the host's Kerberos realm and keys",
	.plan = plan_kerberos,
	.on_tree = true,
};
