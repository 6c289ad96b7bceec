/*
 * Plans for a tree instead of a machine: the same steps, the same actions, on a directory
 * that is mounted where a host's root would be.
 */
#include <assert.h>

#include "plan/convert.h"
#include "plan/network.h"

const struct step step_tree = {
	.name = "tree",
	.summary = "work on the tree",
};

const struct step *plan_find_step(const struct plan *plan, const char *name)
{
	const struct step *const *step = plan_steps_of(plan->profile);

	while (*step && !str_eq((*step)->name, name))
		step++;
	assert(*step || str_eq(name, step_tree.name));
	return *step ? *step : &step_tree;
}

static int fail_step(const struct step *const *steps, const char *name, struct err *err)
{
	auto_text struct text known = { 0 };

	for (; *steps; steps++)
		if ((*steps)->on_tree)
			text_printf(&known, "%s%s", known.len ? ", " : "",
				    (*steps)->name);
	return err_set(err, ERR_CONFIG, 0,
		       "--step: \"%s\" is no step that a tree alone is enough for; there "
		       "are: %s",
		       name, known.len ? known.s : "none");
}

bool plan_names_step(const char *names, const char *name)
{
	for (size_t len; *names; names += len + (names[len] == ',')) {
		len = strcspn(names, ",");
		if (strlen(name) == len && memcmp(names, name, len) == 0)
			return true;
	}
	return false;
}

static int check_names(const struct step *const *steps, const char *names,
		       struct arena *arena, struct err *err)
{
	for (size_t len; *names; names += len + (names[len] == ',')) {
		const struct step *const *step = steps;
		const char *name;

		len = strcspn(names, ",");
		name = arena_strndup(arena, names, len);
		while (*step && !((*step)->on_tree && str_eq((*step)->name, name)))
			step++;
		if (!*step)
			return fail_step(steps, name, err);
	}
	return 0;
}

static int compute_entries(struct plan *plan, const struct installed *host,
			   struct err *err)
{
	struct convert *c = arena_alloc(&plan->arena, sizeof(*c));

	plan->entries = c;
	return convert_tree(plan->profile, host, plan_kernel_options(plan), &plan->arena,
			    c, err);
}

int plan_make_on_tree(const struct profile *profile, const char *tree, const char *steps,
		      const struct installed *host, struct plan *plan, struct err *err)
{
	static const struct facts nothing;
	const struct step *const *all = plan_steps_of(profile);

	plan->profile = profile;
	plan->facts = &nothing;
	plan->tree = tree;
	if (check_names(all, steps, &plan->arena, err) < 0 ||
	    (plan_names_step(steps, step_identity.name) &&
	     network_check(profile, &nothing, err) < 0))
		return -1;
	if (plan_names_step(steps, step_overlays.name) &&
	    overlays_check(profile, err) < 0)
		return -1;
	if (host && compute_entries(plan, host, err) < 0)
		return -1;
	plan_add(plan, (struct action){ .kind = ACT_MOUNT,
					.step = step_tree.name,
					.mount = { .source = tree,
						   .target = TARGET_DIR,
						   .bind = true,
						   .deep = true } });
	for (; *all; all++)
		if (plan_names_step(steps, (*all)->name))
			plan_run_step(*all, plan);
	return 0;
}
