/*
 * Step `array`: create or assemble the md arrays; stop them when the plan is over.
 *
 * A new mirror's resync would compete with the install for the disks, so it is frozen
 * until the host itself has the array; the superblock remembers that it is due.
 */
#include "plan/plan.h"

static const char *const *append(struct plan *plan, const char *const *argv,
				 const char *const *more, size_t n_more)
{
	size_t n = 0;
	const char **all;

	while (argv[n])
		n++;
	all = arena_alloc(&plan->arena, (n + n_more + 1) * sizeof(*all));
	memcpy(all, argv, n * sizeof(*all));
	memcpy(all + n, more, n_more * sizeof(*all));
	return all;
}

static void add_run(struct plan *plan, const struct layout_array *a,
		    const char *const *argv, bool destroys)
{
	plan_add(plan,
		 (struct action){
			 .kind = ACT_RUN,
			 .destroys = destroys,
			 .run = { .argv = append(plan, argv, a->members, a->n_members),
				  .undo = PLAN_ARGV(plan, "mdadm", "--quiet", "--stop",
						    a->device) } });
}

static void create(struct plan *plan, const struct layout_array *a)
{
	struct arena *arena = &plan->arena;
	const char *const argv[] = {
		"mdadm",
		"--create",
		a->device,
		"--run", /* no questions */
		"--quiet",
		"--level=1",
		arena_printf(arena, "--raid-devices=%zu", a->n_members),
		arena_printf(arena, "--metadata=%s", a->array->metadata),
		"--bitmap=internal",
		arena_printf(arena, "--name=%s", a->array->name),
		arena_printf(arena, "--homehost=%s", plan->layout.homehost),
		arena_printf(arena, "--uuid=%s", a->uuid),
		NULL,
	};

	add_run(plan, a, argv, true);
	plan_add(plan,
		 (struct action){ .kind = ACT_WRITE,
				  .file = { .path = arena_printf(
						    arena, "/sys/block/%s/md/sync_action",
						    a->array->name),
					    .text = "frozen\n" } });
}

static void assemble(struct plan *plan, const struct layout_array *a)
{
	const char *const argv[] = {
		"mdadm",   "--assemble",
		a->device, "--run", /* with a member missing, too */
		"--quiet", arena_printf(&plan->arena, "--uuid=%s", a->uuid),
		NULL,
	};

	add_run(plan, a, argv, false);
}

static void plan_array(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	for (size_t i = 0; i < l->n_arrays; i++)
		if (l->state == STATE_COMPLETE)
			assemble(plan, &l->arrays[i]);
		else
			create(plan, &l->arrays[i]);
}

const struct step step_array = {
	.name = "array",
	.summary = "create the arrays",
	.plan = plan_array,
};
