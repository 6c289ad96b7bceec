/*
 * A complete host that is not on all of its disks any more: one has died and is gone, or
 * a blank one waits in its place, or has been added to the arrays by hand since.
 *
 * Each table's identifier is derived from its own disk, so that the disks of such a host
 * are still recognised. What is derived from all of them cannot be known without the one
 * that is missing: arrays are taken as they are found, as long as they bear the host's
 * mark and the disks agree on them, filesystems by their device. Nothing of it is ever
 * written to. As soon as one disk carries anything else, this is not such a host.
 */
#include <inttypes.h>

#include "plan/finding.h"
#include "plan/layout_parts.h"

enum role {
	STRANGER,
	MEMBER,  /* a system disk that this profile wrote, or a data disk in its arrays */
	ADDED,   /* not written by this profile, but in its arrays by now */
	WAITING, /* blank */
};

static bool is_md(const struct signature *s)
{
	return str_eq(s->type, "linux_raid_member");
}

/* libblkid's "00112233-4455-…" as mdadm writes it: "00112233:4455…:…:…". */
static const char *md_uuid(const char *uuid, struct arena *arena)
{
	char digits[33];
	size_t n = 0;

	for (; *uuid; uuid++) {
		if (*uuid == '-' || *uuid == ':')
			continue;
		if (n == sizeof(digits) - 1)
			return NULL;
		digits[n++] = *uuid;
	}
	if (n != sizeof(digits) - 1)
		return NULL;
	return arena_printf(arena, "%.8s:%.8s:%.8s:%.8s", digits, digits + 8, digits + 16,
			    digits + 24);
}

/* Does the array lie where this stands? */
static bool is_seat(const struct profile *p, const struct array *array,
		    const struct layout_disk *d, const struct signature *s)
{
	if (d->whole)
		return s->partition == 0 && str_eq(d->set->name, array->of);
	for (size_t i = 0; i < p->n_partitions; i++)
		if (str_eq(p->partitions[i].name, array->of))
			return s->partition == i + 1;
	return false;
}

/*
 * What the members of an array say its UUID is; *ret stays NULL where there are none.
 * False: they do not agree, so these are disks of several installs.
 */
static bool find_array_uuid(const struct profile *p, const struct layout *layout,
			    const struct array *array, struct arena *arena,
			    const char **ret)
{
	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct layout_disk *d = &layout->disks[i];

		if (!d->whole && !layout_has_our_table(p, d))
			continue;
		for (size_t j = 0; j < d->disk->n_signatures; j++) {
			const struct signature *s = &d->disk->signatures[j];
			const char *uuid;

			if (!is_md(s) || !is_seat(p, array, d, s) ||
			    !layout_is_own_id(p, s->uuid))
				continue;
			uuid = md_uuid(s->uuid, arena);
			if (!uuid || (*ret && !str_eq(*ret, uuid)))
				return false;
			*ret = uuid;
		}
	}
	return true;
}

/* Which of the host's arrays is this a member of? NULL: of none. */
static const char *find_membership(const struct profile *p, const char *const *uuids,
				   const struct signature *s, struct arena *arena)
{
	const char *uuid = is_md(s) && s->uuid ? md_uuid(s->uuid, arena) : NULL;

	for (size_t i = 0; uuid && i < p->n_arrays; i++)
		if (str_eq(uuids[i], uuid))
			return uuid;
	return NULL;
}

static enum role find_role(const struct profile *p, const struct layout_disk *d,
			   const char *const *uuids, struct arena *arena)
{
	bool ours = !d->whole && layout_has_our_table(p, d);
	const struct disk *disk = d->disk;
	size_t n_memberships = 0;

	if (disk->n_signatures == 0 && !disk->table)
		return WAITING;
	for (size_t i = 0; i < disk->n_signatures; i++) {
		const struct signature *s = &disk->signatures[i];

		if (find_membership(p, uuids, s, arena))
			n_memberships++;
		else if (is_md(s))
			return STRANGER;
		/* What people make in the partitions of a finished host is theirs. */
		else if (ours ? !s->partition && !layout_is_of_our_table(d, s)
			      : !s->partition && !finding_is_table(s))
			return STRANGER;
	}
	if (ours)
		return MEMBER;
	if (!n_memberships)
		return STRANGER;
	return d->whole ? MEMBER : ADDED;
}

/* "1 of 2 disks is missing", "2 of 4 disks of data-disks.vm are missing" */
static size_t add_missing(const struct disk_selector *set, const struct layout *layout,
			  struct text *out)
{
	size_t n = set->count;

	for (size_t i = 0; i < layout->n_disks; i++)
		n -= layout->disks[i].set == set;
	if (n)
		text_printf(out, "%s%zu of %" PRIu64 " disks%s%s %s missing",
			    out->len ? ", " : "", n, set->count,
			    set->name ? " of data-disks." : "",
			    set->name ? set->name : "", n > 1 ? "are" : "is");
	return n;
}

/* What is missing, and what to do about it. */
static void describe(const struct profile *p, const struct layout *waiting,
		     struct arena *arena, struct layout *layout)
{
	auto_text struct text t = { 0 };
	size_t n = add_missing(&p->disks, layout, &t);

	for (size_t i = 0; i < p->n_data_disks; i++)
		n += add_missing(&p->data_disks[i], layout, &t);
	if (!n)
		return;
	layout->missing = arena_strdup(arena, t.s);
	text_add(&t, "; the host is booted degraded");
	for (size_t i = 0; i < waiting->n_disks; i++) {
		const struct disk *disk = waiting->disks[i].disk;

		text_printf(&t,
			    "; %s (serial %s) is blank and waits to be added to its "
			    "arrays",
			    disk->path, disk->serial ? disk->serial : "unknown");
	}
	if (n > waiting->n_disks)
		text_printf(&t, "; replace %s and add %s to its arrays",
			    waiting->n_disks ? "what is missing"
			    : n > 1          ? "them"
					     : "it",
			    n - waiting->n_disks > 1 ? "them" : "it");
	layout->degraded = arena_strdup(arena, t.s);
}

static void take(struct arena *arena, struct layout *layout, const struct layout_disk *d)
{
	layout->disks = arena_append(arena, layout->disks, &layout->n_disks, d,
				     sizeof(*d));
}

/*
 * The disks that this profile wrote come first: partitions and their places are computed
 * from them alone. False: a stranger is among those present, or nothing has changed.
 */
static bool take_disks(const struct profile *p, struct arena *arena,
		       const struct layout *present, const char *const *uuids,
		       struct layout *layout)
{
	struct layout added = { 0 }, waiting = { 0 };

	for (size_t i = 0; i < present->n_disks; i++) {
		struct layout_disk d = present->disks[i];

		switch (find_role(p, &d, uuids, arena)) {
		case STRANGER:
			return false;
		case MEMBER:
			d.started = d.bootable = true;
			layout->n_system += !d.whole;
			take(arena, layout, &d);
			break;
		case ADDED:
			d.added = true;
			take(arena, &added, &d);
			break;
		case WAITING:
			take(arena, &waiting, &d);
			break;
		}
	}
	for (size_t i = 0; i < added.n_disks; i++)
		take(arena, layout, &added.disks[i]);
	describe(p, &waiting, arena, layout);
	return layout->missing || added.n_disks;
}

static bool is_complete(const struct profile *p, const struct layout *layout)
{
	for (size_t i = 0; i < layout->n_system; i++)
		if (layout_is_marked(p, &layout->disks[i]))
			return true;
	return false;
}

bool layout_find_host(const struct profile *p, const struct facts *facts,
		      struct arena *arena, struct layout *layout)
{
	const char **uuids = arena_alloc(arena, (p->n_arrays + 1) * sizeof(*uuids));
	struct layout present = { 0 };
	struct err ignored = { 0 };

	if (layout_select_present(p, facts, arena, &present, &ignored) < 0)
		return false;
	for (size_t i = 0; i < present.n_system; i++)
		present.disks[i].table_id = layout_table_id(p, &present.disks[i], arena);
	if (!is_complete(p, &present))
		return false;
	for (size_t i = 0; i < p->n_arrays; i++)
		if (!find_array_uuid(p, &present, &p->arrays[i], arena, &uuids[i]))
			return false;
	layout->found = take_disks(p, arena, &present, uuids, layout);
	return layout->found;
}

/* Its members, wherever they are: whoever adds a disk may number partitions differently.
 */
static void find_members(const struct layout *layout, struct arena *arena,
			 struct layout_array *array)
{
	for (size_t i = 0; array->uuid && i < layout->n_disks; i++) {
		const struct disk *disk = layout->disks[i].disk;

		for (size_t j = 0; j < disk->n_signatures; j++) {
			const struct signature *s = &disk->signatures[j];
			const char *uuid = is_md(s) && s->uuid ? md_uuid(s->uuid, arena)
							       : NULL;
			const char *path = disk->path;

			if (!str_eq(uuid, array->uuid))
				continue;
			if (s->partition)
				path = layout_partition_path(arena, path,
							     (unsigned)s->partition);
			array->members = arena_append(arena, array->members,
						      &array->n_members, &path,
						      sizeof(path));
		}
	}
}

static int adopt_array(const struct profile *p, struct arena *arena,
		       const struct layout *layout, struct layout_array *array,
		       struct err *err)
{
	const struct array *from = array->array;
	const struct disk_selector *set = profile_find_data_disks(p, from->of);
	const char *uuid = NULL;

	if (!find_array_uuid(p, layout, from, arena, &uuid))
		return err_set(err, ERR_HARDWARE, 0, "%s: its members do not agree",
			       from->name);
	*array = (struct layout_array){ .array = from,
					.device = array->device,
					.uuid = uuid,
					.exists = true,
					.n_spares = from->spares };
	find_members(layout, arena, array);
	array->n_missing = (set ? set : &p->disks)->count + from->missing -
			   array->n_members;
	return 0;
}

/*
 * Which of the members are here, md knows better: this counts only. Some that suffice in
 * number do not all the same, as both disks of a pair; then mdadm refuses.
 */
static int check_runs(const struct layout *layout, const char *mount,
		      const struct layout_array *a, struct err *err)
{
	uint64_t n_devices = a->n_members - a->n_spares + a->n_missing;
	uint64_t needed = n_devices - layout_count_redundant(a);

	if (a->n_members >= needed)
		return 0;
	return err_set(err, ERR_HARDWARE, 0,
		       "%s%s%s stands on %s, which cannot run: %zu of its members %s "
		       "here, and it needs %" PRIu64 "; put back a disk that belongs to "
		       "it, or wipe those that are here by hand to install anew",
		       layout->missing ? layout->missing : "",
		       layout->missing ? ", and " : "", mount, a->array->name,
		       a->n_members, a->n_members == 1 ? "is" : "are", needed);
}

static int check_mount(const struct profile *p, const struct layout *layout,
		       const char *mount, struct err *err)
{
	const struct layout_filesystem *fs = layout_find_mount(layout, mount);
	const char *base = fs ? layout_find_base(p, fs->filesystem->on) : NULL;

	for (size_t i = 0; base && i < layout->n_arrays; i++) {
		const struct layout_array *a = &layout->arrays[i];

		/* Several arrays never share a partition or a set. */
		if (str_eq(a->array->of, base) && check_runs(layout, mount, a, err) < 0)
			return -1;
	}
	return 0;
}

int layout_adopt_host(const struct profile *p, struct arena *arena, struct layout *layout,
		      struct err *err)
{
	for (size_t i = 0; i < layout->n_arrays; i++)
		if (adopt_array(p, arena, layout, &layout->arrays[i], err) < 0)
			return -1;
	for (size_t i = 0; i < layout->n_groups; i++)
		layout->groups[i].pv_uuid = NULL;
	for (size_t i = 0; i < layout->n_filesystems; i++)
		layout->filesystems[i].uuid = NULL;
	layout->state = STATE_COMPLETE;
	return check_mount(p, layout, "/", err) < 0 ||
			       check_mount(p, layout, "/boot", err) < 0
		       ? -1
		       : 0;
}
