/*
 * Step `volume`: LVM groups and their volumes, mostly for guests' disks. A group that is
 * half there is made anew, like the filesystems.
 *
 * LVM sees no other device than the group's own: neither a stranger's group of the same
 * name nor a member below an array can get in its way. It has to be named to every
 * command; by itself the boot environment's LVM refuses all devices.
 */
#include <inttypes.h>

#include "plan/plan.h"

/* The arguments after the command and its device end with NULL. */
static const char *const *lvm(struct plan *plan, const struct layout_group *g,
			      const char *command, const char *const *more)
{
	const char *const head[] = { "lvm", command, "--devices", g->device, "--quiet" };
	const char **argv = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		argv = arena_append(&plan->arena, argv, &n, &head[i], sizeof(head[i]));
	do
		argv = arena_append(&plan->arena, argv, &n, more, sizeof(*more));
	while (*more++);
	return argv;
}
#define LVM(plan, group, command, ...)                                                   \
	lvm(plan, group, command, (const char *const[]){ __VA_ARGS__, NULL })

static void add_run(struct plan *plan, const char *const *argv, const char *const *undo,
		    bool destroys)
{
	plan_add(plan, (struct action){ .kind = ACT_RUN,
					.destroys = destroys,
					.run = { .argv = argv, .undo = undo } });
}

static void add_volume(struct plan *plan, const struct layout_group *g,
		       const struct volume *v)
{
	struct arena *arena = &plan->arena;
	bool rest = v->bytes == SIZE_REST, percent = SIZE_IS_PERCENT(v->bytes);
	const char *size = rest      ? "100%FREE"
			   : percent ? arena_printf(arena, "%u%%VG",
						    SIZE_PERCENT_OF(v->bytes))
				     : arena_printf(arena, "%" PRIu64 "b", v->bytes);

	/* Yes to wiping what an earlier volume may have left in its place. */
	add_run(plan,
		LVM(plan, g, "lvcreate", "-y", "-Wy", "-Zy", "-n", v->name,
		    rest || percent ? "-l" : "-L", size, g->group->name),
		NULL, true);
}

static void plan_volume(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	for (size_t i = 0; i < l->n_groups; i++) {
		const struct layout_group *g = &l->groups[i];
		const char *name = g->group->name;
		const char *const *undo = LVM(plan, g, "vgchange", "-an", name);

		if (l->state == STATE_COMPLETE) {
			if (plan_needs(plan, name))
				add_run(plan, LVM(plan, g, "vgchange", "-ay", name), undo,
					false);
			continue;
		}
		add_run(plan,
			LVM(plan, g, "pvcreate", "--uuid", g->pv_uuid, "--norestorefile",
			    "-ff", "-y", g->device),
			NULL, true);
		add_run(plan, LVM(plan, g, "vgcreate", name, g->device), undo, true);
		for (size_t j = 0; j < g->n_volumes; j++)
			add_volume(plan, g, g->volumes[j].volume);
	}
}

const struct step step_volume = {
	.name = "volume",
	.summary = "make the volume groups",
	.plan = plan_volume,
};
