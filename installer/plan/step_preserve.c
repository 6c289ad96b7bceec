/*
 * Step `preserve`: what an earlier install of this host hands on to the new one. Read
 * before the disks are wiped, kept on the new root as soon as there is one, put back by
 * step `kerberos`.
 *
 * Only what carries this host's own identifiers is looked at. An install that was cut off
 * left things, too: what it had read itself, and the secret of an enrolment.
 */
#include "plan/plan.h"

#define MD_TYPE   "linux_raid_member" /* libblkid's name */
#define FIRST_OLD 100                 /* arrays of the old system: /dev/md100 and on */

struct places {
	struct old_place *items;
	size_t n;
};

static bool wants(const struct profile *p)
{
	return p->n_preserve || p->kerberos.host_key.enrol;
}

static struct preserve_change change_of(const struct profile *p)
{
	bool enrolment = p->kerberos.host_key.enrol;

	return (struct preserve_change){
		.phase = PRESERVE_READ,
		.keytab = profile_preserves(p, "keytab") || enrolment,
		.ssh_host_keys = profile_preserves(p, "ssh-host-keys"),
		.enrolment = enrolment,
	};
}

static bool is_root_type(const char *type)
{
	return str_eq(type, "ext2") || str_eq(type, "ext3") || str_eq(type, "ext4") ||
	       str_eq(type, "xfs");
}

static const char *device_of(struct plan *plan, const struct disk *disk,
			     const struct signature *s)
{
	return s->partition ? layout_partition_path(&plan->arena, disk->path,
						    (unsigned)s->partition)
			    : disk->path;
}

/* With its superblock at the end, a mirror's member looks like its filesystem, too. */
static bool is_member(const struct disk *disk, uint64_t partition)
{
	for (size_t i = 0; i < disk->n_signatures; i++)
		if (disk->signatures[i].partition == partition &&
		    str_eq(disk->signatures[i].type, MD_TYPE))
			return true;
	return false;
}

static const char *const *add_member(struct plan *plan, const char *const *members,
				     const char *device)
{
	const char **copy = NULL, *end = NULL;
	size_t n = 0;

	for (; members && *members; members++)
		copy = arena_append(&plan->arena, copy, &n, members, sizeof(*members));
	copy = arena_append(&plan->arena, copy, &n, &device, sizeof(device));
	return arena_append(&plan->arena, copy, &n, &end, sizeof(end));
}

static void add_array(struct plan *plan, struct places *places, const char *uuid,
		      const char *device)
{
	struct old_place place = { .md_uuid = uuid };

	for (size_t i = 0; i < places->n; i++) {
		struct old_place *known = &places->items[i];

		if (!known->md_uuid || !str_same_id(known->md_uuid, uuid))
			continue;
		known->members = add_member(plan, known->members, device);
		return;
	}
	place.device = arena_printf(&plan->arena, "/dev/md%zu", FIRST_OLD + places->n);
	place.members = add_member(plan, NULL, device);
	places->items = arena_append(&plan->arena, places->items, &places->n, &place,
				     sizeof(place));
}

static void add_places(struct plan *plan, const struct disk *disk, struct places *places)
{
	for (size_t i = 0; i < disk->n_signatures; i++) {
		const struct signature *s = &disk->signatures[i];
		struct old_place place = { 0 };

		if (!s->uuid || !layout_is_own_id(plan->profile, s->uuid))
			continue;
		if (str_eq(s->type, MD_TYPE)) {
			add_array(plan, places, s->uuid, device_of(plan, disk, s));
		} else if (is_root_type(s->type) && !is_member(disk, s->partition)) {
			place.device = device_of(plan, disk, s);
			places->items = arena_append(&plan->arena, places->items,
						     &places->n, &place, sizeof(place));
		}
	}
}

/* On the disks that the plan is going to wipe. */
static struct places old_places(struct plan *plan)
{
	struct places places = { 0 };

	for (size_t i = 0; i < plan->layout.n_disks; i++)
		if (!plan->layout.disks[i].started)
			add_places(plan, plan->layout.disks[i].disk, &places);
	return places;
}

/* The root filesystem that an install of this profile may have made: not one on LVM, for
 * whose group is made anew. NULL: there cannot be one yet. */
static const char *begun_root(const struct plan *plan)
{
	const struct layout *l = &plan->layout;
	const struct layout_filesystem *root = layout_find_mount(l, "/");

	if (l->state != STATE_STARTED || !root || strchr(root->filesystem->on, '/'))
		return NULL;
	for (size_t i = 0; i < l->n_arrays; i++)
		if (str_eq(l->arrays[i].device, root->device) && !l->arrays[i].exists)
			return NULL;
	return root->device;
}

bool plan_preserves(struct plan *plan)
{
	const struct profile *p = plan->profile;

	if (plan->layout.state == STATE_COMPLETE)
		return false;
	return (p->n_preserve && old_places(plan).n) || (wants(p) && begun_root(plan));
}

static void add_read(struct plan *plan, struct places places, bool begun)
{
	struct preserve_change change = change_of(plan->profile);

	change.places = places.items;
	change.n_places = places.n;
	change.begun = begun;
	change.may_lack = plan->layout.state == STATE_STARTED;
	plan_add(plan, (struct action){ .kind = ACT_PRESERVE, .preserve = change });
}

static void plan_preserve(struct plan *plan)
{
	struct places places = { 0 };

	if (!plan->profile->n_preserve || plan->layout.state == STATE_COMPLETE)
		return;
	places = old_places(plan);
	if (places.n)
		add_read(plan, places, false);
}

void plan_add_begun(struct plan *plan)
{
	struct old_place *place;

	if (!wants(plan->profile) || !begun_root(plan))
		return;
	place = arena_alloc(&plan->arena, sizeof(*place));
	place->device = begun_root(plan);
	add_read(plan, (struct places){ place, 1 }, true);
}

void plan_add_stash(struct plan *plan)
{
	if (plan_preserves(plan))
		plan_add(plan,
			 (struct action){ .kind = ACT_PRESERVE,
					  .preserve = { .phase = PRESERVE_STASH } });
}

const struct step step_preserve = {
	.name = "preserve",
	.summary = "read what the earlier install hands on",
	.plan = plan_preserve,
};
