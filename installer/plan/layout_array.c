/*
 * Arrays: members, sizes, and how the members of a new one come to agree.
 */
#include "plan/layout_parts.h"

#define NAMES_SHOWN 3 /* of disks, in a reason */
/* md(4): its superblock counts KiB in 32 bits; of RAID 0 and linear it keeps no size. */
#define MEMBER_MAX_090 (UINT64_C(4) << 40)

static bool is_member_disk(const struct layout_disk *d, const char *of, bool partition)
{
	return d->whole ? str_eq(d->set->name, of) : partition;
}

static void add_members(const struct layout *layout, struct arena *arena,
			struct layout_array *array)
{
	const struct layout_partition *part = layout_find_partition(layout,
								    array->array->of);

	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct layout_disk *d = &layout->disks[i];
		const char *path = d->disk->path;
		uint64_t bytes = part ? part->size_bytes : d->disk->size_bytes;

		if (!is_member_disk(d, array->array->of, part != NULL))
			continue;
		if (part)
			path = layout_partition_path(arena, path, part->number);
		if (!array->n_members || bytes < array->member_bytes)
			array->member_bytes = bytes;
		array->size_bytes += bytes; /* of RAID 0 and linear: all of each */
		array->members = arena_append(arena, array->members, &array->n_members,
					      &path, sizeof(path));
	}
}

static uint64_t find_size(const struct layout_array *a)
{
	uint64_t n = a->n_members - a->n_spares + a->n_missing, one = a->member_bytes;

	switch (a->array->level) {
	case RAID_1:
		return one;
	case RAID_4:
	case RAID_5:
		return (n - 1) * one;
	case RAID_6:
		return (n - 2) * one;
	case RAID_10:
		return one / profile_count_copies(a->array) * n;
	default:
		return a->size_bytes;
	}
}

uint64_t layout_count_redundant(const struct layout_array *a)
{
	uint64_t n = a->n_members - a->n_spares + a->n_missing;

	switch (a->array->level) {
	case RAID_1:
		return n - 1;
	case RAID_4:
	case RAID_5:
		return 1;
	case RAID_6:
		return 2;
	case RAID_10:
		return n - n / profile_count_copies(a->array);
	default:
		return 0;
	}
}

static bool offloads(const struct disk *d)
{
	return d->write_zeroes_bytes || d->discard_bytes;
}

/* "vda, vdb", or "vda, vdb, vdc and 21 more": those that can, or those that cannot. */
static const char *list_disks(const struct layout *layout, struct arena *arena,
			      const struct layout_array *a, bool can, size_t *ret_n)
{
	bool partition = layout_find_partition(layout, a->array->of) != NULL;
	size_t left = a->n_members - a->n_spares, n = 0;
	struct text t = { 0 };
	const char *copy;

	for (size_t i = 0; left && i < layout->n_disks; i++) {
		const struct disk *d = layout->disks[i].disk;

		if (!is_member_disk(&layout->disks[i], a->array->of, partition))
			continue;
		left--; /* spares, the last, agree with nobody yet */
		if (offloads(d) != can)
			continue;
		if (n++ < NAMES_SHOWN)
			text_printf(&t, "%s%s", n > 1 ? ", " : "", d->name);
	}
	if (n > NAMES_SHOWN)
		text_printf(&t, " and %zu more", n - NAMES_SHOWN);
	copy = arena_strdup(arena, t.s ? t.s : "");
	text_free(&t);
	*ret_n = n;
	return copy;
}

static void choose_sync(const struct profile *p, const struct layout *layout,
			struct arena *arena, struct layout_array *a)
{
	uint64_t redundant = layout_count_redundant(a);
	const char *names;
	size_t n;

	a->sync = SYNC_NOTHING;
	if (!redundant) {
		a->sync_reason = "nothing is kept twice";
		return;
	}
	if (a->n_missing >= redundant) {
		a->sync_reason = "as long as members are missing, nothing is kept twice";
		return;
	}
	names = list_disks(layout, arena, a, false, &n);
	if (n) {
		a->sync = SYNC_RESYNC;
		a->sync_reason = arena_printf(arena, "%s %s no write-zeroes offload",
					      names, n > 1 ? "have" : "has");
		return;
	}
	if (!p->resync.zero_limit_s) {
		a->sync = SYNC_RESYNC;
		a->sync_reason = "resync.zero-limit is 0";
		return;
	}
	names = list_disks(layout, arena, a, true, &n);
	a->sync = SYNC_ZERO;
	a->sync_reason = arena_printf(arena, "%s %s write-zeroes", names,
				      n > 1 ? "offload" : "offloads");
}

/* Before anything is wiped: would mdadm refuse? */
static int check_array(const struct profile *p, const struct layout_array *a,
		       struct err *err)
{
	const struct array *from = a->array;

	if (str_eq(from->metadata, "0.90") && profile_is_redundant(from->level) &&
	    a->member_bytes > MEMBER_MAX_090)
		return err_set(
			err, ERR_HARDWARE, 0,
			"%s:%u:%u: %s: metadata 0.90 counts to %s of each member, these "
			"have %s; 1.0 stands at the same place and has no such limit",
			p->name, from->at.line, from->at.column, from->name,
			SIZE_TEXT(MEMBER_MAX_090), SIZE_TEXT(a->member_bytes));
	if (str_eq(from->metadata, "0.90") && from->level == RAID_0 &&
	    a->size_bytes != a->member_bytes * a->n_members)
		return err_set(
			err, ERR_HARDWARE, 0,
			"%s:%u:%u: %s: metadata 0.90 cannot say how RAID 0 lies on "
			"members of different sizes; 1.0 stands at the same place and "
			"can",
			p->name, from->at.line, from->at.column, from->name);
	if (from->chunk_bytes > a->member_bytes / 2)
		return err_set(
			err, ERR_HARDWARE, 0,
			"%s:%u:%u: %s: chunks of %s are too large for members of %s; "
			"leave chunk out, or make \"%s\" larger",
			p->name, from->at.line, from->at.column, from->name,
			SIZE_TEXT(from->chunk_bytes), SIZE_TEXT(a->member_bytes),
			from->of);
	return 0;
}

int layout_lay_array(const struct profile *p, const struct array *from,
		     struct arena *arena, struct layout *layout, struct err *err)
{
	auto_free char *purpose = xasprintf("array %s", from->name);
	struct layout_array array = {
		.array = from,
		.device = arena_printf(arena, "/dev/%s", from->name),
		.uuid = layout_derive_md_uuid(p, purpose, layout->disks, layout->n_disks,
					      arena),
		.n_spares = from->spares,
		.n_missing = from->missing,
	};

	add_members(layout, arena, &array);
	array.size_bytes = find_size(&array);
	if (check_array(p, &array, err) < 0)
		return -1;
	choose_sync(p, layout, arena, &array);
	layout->arrays = arena_append(arena, layout->arrays, &layout->n_arrays, &array,
				      sizeof(array));
	return 0;
}

int layout_lay_arrays(const struct profile *p, struct arena *arena, struct layout *layout,
		      struct err *err)
{
	for (size_t i = 0; i < p->n_arrays; i++)
		if (layout_lay_array(p, &p->arrays[i], arena, layout, err) < 0)
			return -1;
	return 0;
}

const struct layout_array *layout_find_array(const struct layout *layout,
					     const char *name)
{
	for (size_t i = 0; i < layout->n_arrays; i++)
		if (str_eq(layout->arrays[i].array->name, name))
			return &layout->arrays[i];
	return NULL;
}
