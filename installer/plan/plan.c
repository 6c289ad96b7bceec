#include "plan/plan.h"

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

enum finish plan_finish(const struct plan *plan)
{
	return plan->layout.state == STATE_COMPLETE ? FINISH_KEXEC
						    : plan->profile->finish;
}

const char *plan_keep(struct plan *plan, struct text *t)
{
	const char *copy = arena_strndup(&plan->arena, t->s ? t->s : "", t->len);

	text_free(t);
	return copy;
}

int plan_make(const struct profile *profile, const struct facts *facts, struct plan *plan,
	      struct err *err)
{
	plan->profile = profile;
	plan->facts = facts;
	if (layout_compute(profile, facts, &plan->arena, &plan->layout, err) < 0)
		return -1;
	for (size_t i = 0; i < plan_n_steps; i++) {
		size_t first = plan->n;

		plan_steps[i]->plan(plan);
		for (size_t j = first; j < plan->n; j++)
			plan->actions[j].step = plan_steps[i]->name;
	}
	return 0;
}

struct digest plan_digest(const struct plan *plan)
{
	auto_text struct text t = { 0 };

	plan_print(plan, &t);
	return digest_of(t.s, t.len);
}
