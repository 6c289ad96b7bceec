#include "plan/plan.h"

#include "plan/convert.h"
#include "plan/network.h"

void plan_free(struct plan *plan)
{
	arena_free(&plan->arena);
	*plan = (struct plan){ 0 };
}

const char *const *plan_copy_argv(struct plan *plan, const char *const *argv)
{
	size_t n = 0;
	const char **copy;

	while (argv[n])
		n++;
	copy = arena_alloc(&plan->arena, (n + 1) * sizeof(*copy));
	memcpy(copy, argv, n * sizeof(*copy));
	return copy;
}

void plan_add(struct plan *plan, struct action action)
{
	plan->actions = arena_append(&plan->arena, plan->actions, &plan->n, &action,
				     sizeof(action));
}

static enum finish wanted_finish(const struct plan *plan)
{
	const struct layout *l = &plan->layout;

	if (l->xenserver && l->xenserver->stage == XENSERVER_INSTALL)
		return FINISH_KEXEC;
	return l->state == STATE_COMPLETE || l->state == STATE_CONVERTED
		       ? FINISH_KEXEC
		       : plan->profile->finish;
}

enum finish plan_finish(const struct plan *plan)
{
	return plan_finish_reason(plan) ? FINISH_REBOOT : wanted_finish(plan);
}

const char *plan_finish_reason(const struct plan *plan)
{
	if (wanted_finish(plan) != FINISH_KEXEC)
		return NULL;
	if (plan->profile->kexec == KEXEC_NEVER)
		return "not kexec: the profile says kexec: never; let the firmware boot "
		       "from the disks first";
	if (!str_eq(plan->facts->firmware, "uefi"))
		return NULL;
	if (plan->layout.xenserver)
		return "not kexec: on a UEFI machine XenServer would find no firmware "
		       "after it; let the firmware boot from the disks first";
	if (plan->facts->mem_locked)
		return "not kexec: with Secure Boot's lockdown Xen would find no ACPI "
		       "tables after it; let the firmware boot from the disks first";
	return NULL;
}

const char *plan_serves(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->actions[i].kind == ACT_EXTRACT)
			return plan->profile->image.serve_chunks;
	return NULL;
}

bool plan_mounts(const struct plan *plan, const struct layout_filesystem *fs)
{
	const char *mount = fs->filesystem->mount;

	if (plan->layout.state != STATE_COMPLETE)
		return mount != NULL;
	return plan_finish(plan) == FINISH_KEXEC &&
	       (str_eq(mount, "/") || str_eq(mount, "/boot"));
}

/* Does `on` (an array, or GROUP/VOLUME) rest on it? */
static bool rests_on(const struct layout *l, const char *on, const char *name)
{
	if (str_eq(on, name))
		return true;
	for (size_t i = 0; i < l->n_groups; i++) {
		const struct volume_group *g = l->groups[i].group;
		size_t len = strlen(g->name);

		if (str_starts(on, g->name) && on[len] == '/' &&
		    (str_eq(g->name, name) || str_eq(g->of, name)))
			return true;
	}
	return false;
}

bool plan_needs(const struct plan *plan, const char *array_or_group)
{
	const struct layout *l = &plan->layout;

	if (l->state != STATE_COMPLETE)
		return true;
	for (size_t i = 0; i < l->n_filesystems; i++)
		if (plan_mounts(plan, &l->filesystems[i]) &&
		    rests_on(l, l->filesystems[i].filesystem->on, array_or_group))
			return true;
	return false;
}

const char *plan_keep(struct plan *plan, struct text *t)
{
	const char *copy = arena_strndup(&plan->arena, t->s ? t->s : "", t->len);

	text_free(t);
	return copy;
}

static int lay_out(struct plan *plan, struct err *err)
{
	struct convert *convert;

	if (plan->profile->mode == MODE_INSTALL)
		return layout_compute(plan->profile, plan->facts, &plan->arena,
				      &plan->layout, err);
	convert = arena_alloc(&plan->arena, sizeof(*convert));
	if (layout_check_machine(plan->profile, plan->facts, err) < 0 ||
	    convert_compute(plan->profile, plan->facts, &plan->arena, &plan->layout,
			    convert, err) < 0)
		return -1;
	plan->convert = convert;
	return 0;
}

void plan_run_step(const struct step *step, struct plan *plan)
{
	size_t first = plan->n;

	step->plan(plan);
	for (size_t i = first; i < plan->n; i++)
		plan->actions[i].step = step->name;
}

int plan_make(const struct profile *profile, const struct facts *facts, struct plan *plan,
	      struct err *err)
{
	plan->profile = profile;
	plan->facts = facts;
	if (lay_out(plan, err) < 0 || overlays_check(profile, err) < 0 ||
	    (plan->layout.state != STATE_COMPLETE &&
	     network_check(profile, facts, err) < 0))
		return -1;
	for (const struct step *const *step = plan_steps_of(profile); *step; step++)
		plan_run_step(*step, plan);
	return 0;
}

struct digest plan_digest(const struct plan *plan)
{
	auto_text struct text t = { 0 };

	plan_print(plan, &t);
	return digest_of(t.s, t.len);
}
