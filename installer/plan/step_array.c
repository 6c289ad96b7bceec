/*
 * Step `array`: create or assemble the md arrays; stop them when the plan is over.
 *
 * A new array's resync would compete with the install for the disks. Where the disks can
 * write zeroes by themselves there is none: all members are zeroed and then agree. Where
 * they cannot, it is frozen until the host itself has the array; the superblock remembers
 * that it is due.
 */
#include <inttypes.h>

#include "plan/plan.h"

static const char *const level_names[] = {
	[RAID_0] = "0", [RAID_1] = "1",   [RAID_4] = "4",           [RAID_5] = "5",
	[RAID_6] = "6", [RAID_10] = "10", [RAID_LINEAR] = "linear",
};

struct argv {
	const char **args;
	size_t n;
};

static void add(struct argv *argv, struct arena *arena, const char *arg)
{
	argv->args = arena_append(arena, argv->args, &argv->n, &arg, sizeof(arg));
}

/* mdadm makes a RAID 4 or 5 degraded, one member being rebuilt, unless it is told that
 * all are in it from the start: a disk may fail before that is done. */
static bool needs_force(const struct layout_array *a, uint64_t n_devices, bool clean)
{
	bool parity = a->array->level == RAID_4 || a->array->level == RAID_5;

	return n_devices == 1 || (parity && !a->n_missing && !clean);
}

/* Those that are missing have the last places, the spares wait behind them. */
static void add_members(struct argv *argv, struct arena *arena,
			const struct layout_array *a)
{
	size_t n_present = a->n_members - a->n_spares;

	for (size_t i = 0; i < n_present; i++)
		add(argv, arena, a->members[i]);
	for (size_t i = 0; i < a->n_missing; i++)
		add(argv, arena, "missing");
	for (size_t i = n_present; i < a->n_members; i++)
		add(argv, arena, a->members[i]);
}

/* Names are of the 1.x superblocks only; 0.90 has none. */
static void add_identity(struct argv *argv, struct arena *arena,
			 const struct array_change *change)
{
	const struct layout_array *a = change->array;

	add(argv, arena, arena_printf(arena, "--metadata=%s", a->array->metadata));
	if (profile_is_redundant(
		    a->array->level)) /* mdadm refuses even `none` for the others */
		add(argv, arena,
		    a->array->bitmap == BITMAP_NONE ? "--bitmap=none"
						    : "--bitmap=internal");
	if (!str_eq(a->array->metadata, "0.90")) {
		add(argv, arena, arena_printf(arena, "--name=%s", a->array->name));
		add(argv, arena, arena_printf(arena, "--homehost=%s", change->homehost));
	}
	add(argv, arena, arena_printf(arena, "--uuid=%s", a->uuid));
}

static void add_create(struct argv *argv, struct arena *arena,
		       const struct array_change *change, bool clean)
{
	const struct layout_array *a = change->array;
	uint64_t n_devices = a->n_members - a->n_spares + a->n_missing;

	add(argv, arena, "--create");
	add(argv, arena, a->device);
	add(argv, arena, "--run"); /* no questions */
	add(argv, arena, "--quiet");
	if (needs_force(a, n_devices, clean))
		add(argv, arena, "--force");
	add(argv, arena, arena_printf(arena, "--level=%s", level_names[a->array->level]));
	if (a->array->layout)
		add(argv, arena, arena_printf(arena, "--layout=%s", a->array->layout));
	if (a->array->chunk_bytes)
		add(argv, arena,
		    arena_printf(arena, "--chunk=%" PRIu64 "K",
				 a->array->chunk_bytes / 1024));
	add(argv, arena, arena_printf(arena, "--raid-devices=%" PRIu64, n_devices));
	if (a->n_spares)
		add(argv, arena, arena_printf(arena, "--spare-devices=%zu", a->n_spares));
	add_identity(argv, arena, change);
	if (clean)
		add(argv, arena, "--assume-clean");
	else if (profile_is_redundant(a->array->level)) /* or the resync begins before it
							   can be held */
		add(argv, arena, "--readonly");
	add_members(argv, arena, a);
}

static void add_assemble(struct argv *argv, struct arena *arena,
			 const struct array_change *change)
{
	const struct layout_array *a = change->array;

	add(argv, arena, "--assemble");
	add(argv, arena, a->device);
	add(argv, arena, "--run"); /* with a member missing, too */
	add(argv, arena, "--quiet");
	if (change->force)
		add(argv, arena, "--force");
	add(argv, arena, arena_printf(arena, "--uuid=%s", a->uuid));
	for (size_t i = 0; i < a->n_members; i++)
		add(argv, arena, a->members[i]);
}

const char *const *plan_array_argv(const struct array_change *change, bool clean,
				   struct arena *arena)
{
	struct argv argv = { 0 };

	add(&argv, arena, "mdadm");
	if (change->array->exists)
		add_assemble(&argv, arena, change);
	else
		add_create(&argv, arena, change, clean);
	add(&argv, arena, NULL);
	return argv.args;
}

static void plan_array(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	for (size_t i = 0; i < l->n_arrays; i++) {
		struct layout_array *a = &l->arrays[i];

		if (!plan_needs(plan, a->array->name))
			continue;
		/* Complete, so it was there, whatever has become of its members. */
		if (l->state == STATE_COMPLETE)
			a->exists = true;
		plan_add(plan,
			 (struct action){
				 .kind = ACT_ARRAY,
				 .destroys = !a->exists,
				 .array = { .array = a,
					    .homehost = l->homehost,
					    .zero_limit_s =
						    plan->profile->resync.zero_limit_s,
					    .force = l->state != STATE_COMPLETE } });
	}
}

const struct step step_array = {
	.name = "array",
	.summary = "create the arrays",
	.plan = plan_array,
};
