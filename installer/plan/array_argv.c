/* For this branch alone: plan/step_array.c of the branch `layout` has the real one. */
#include "plan/plan.h"

const char *const *plan_array_argv(const struct array_change *change, bool clean,
				   struct arena *arena)
{
	const struct layout_array *a = change->array;
	const char *const head[] = {
		"mdadm",
		a->exists ? "--assemble" : "--create",
		a->device,
		"--run",
		"--quiet",
		arena_printf(arena, "--uuid=%s", a->uuid),
		clean ? "--assume-clean" : "--level=1",
	};
	const char **argv = arena_alloc(arena, (ARRAY_LEN(head) + a->n_members + 1) *
						       sizeof(*argv));

	memcpy(argv, head, sizeof(head));
	memcpy(argv + ARRAY_LEN(head), a->members, a->n_members * sizeof(*argv));
	return argv;
}
