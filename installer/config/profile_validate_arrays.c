/*
 * Arrays, each for itself: what mdadm or the kernel would refuse, or make into something
 * other than what was meant.
 */
#include "config/profile_parts.h"

#define MEMBERS_MAX_090 27 /* md(4): MD_SB_DISKS */

#define fail(p, array, err, fmt, ...)                                                    \
	yaml_error((p)->name, (array)->at, err, "%s: " fmt, (array)->name, __VA_ARGS__)

static unsigned min_members(const struct array *array)
{
	static const unsigned least[] = {
		[RAID_0] = 1, [RAID_1] = 2,  [RAID_4] = 3,      [RAID_5] = 3,
		[RAID_6] = 4, [RAID_10] = 2, [RAID_LINEAR] = 1,
	};

	return array->level == RAID_10 ? profile_count_copies(array)
				       : least[array->level];
}

/* How many may be missing wherever they are. */
static unsigned max_missing(const struct array *array, size_t devices)
{
	switch (array->level) {
	case RAID_1:
		return (unsigned)devices - 1;
	case RAID_4:
	case RAID_5:
		return 1;
	case RAID_6:
		return 2;
	case RAID_10:
		return profile_count_copies(array) - 1;
	case RAID_0:
	case RAID_LINEAR:
		break;
	}
	return 0;
}

static int check_redundancy(const struct profile *p, const struct array *a,
			    struct err *err)
{
	const char *useless = a->spares                      ? "spares"
			      : a->missing                   ? "missing"
			      : a->bitmap == BITMAP_INTERNAL ? "bitmap: internal"
							     : NULL;

	if (useless && !profile_is_redundant(a->level))
		return fail(p, a, err, "RAID %s has no redundancy; leave %s out",
			    profile_level_name(a->level), useless);
	if (a->spares && a->missing)
		return fail(p, a, err,
			    "%u members would be missing while %u spares wait; leave one "
			    "of the two out",
			    (unsigned)a->missing, (unsigned)a->spares);
	return 0;
}

static int check_count(const struct profile *p, const struct array *a, struct err *err)
{
	size_t members = profile_count_members(p, a), devices;
	const char *level = profile_level_name(a->level);

	if (a->spares >= members)
		return fail(p, a, err, "%u spares of %zu disks leave no member",
			    (unsigned)a->spares, members);
	devices = members - a->spares + a->missing;
	if (devices < min_members(a))
		return fail(p, a, err,
			    "RAID %s needs %u members, not %zu (disks: %zu, spares: %u, "
			    "missing: %u)",
			    level, min_members(a), devices, members, (unsigned)a->spares,
			    (unsigned)a->missing);
	if (a->missing > max_missing(a, devices))
		return fail(p, a, err, "RAID %s of %zu members runs without %u, not %u",
			    level, devices, max_missing(a, devices),
			    (unsigned)a->missing);
	if (str_eq(a->metadata, "0.90") && members + a->missing > MEMBERS_MAX_090)
		return fail(p, a, err,
			    "metadata 0.90 has room for %d members, not %zu; 1.0 stands "
			    "at the same place",
			    MEMBERS_MAX_090, members + (size_t)a->missing);
	return 0;
}

static int check_layout(const struct profile *p, const struct array *a, struct err *err)
{
	bool of_10 = strpbrk(a->layout, "0123456789") != NULL;

	if (a->level == RAID_10 && !of_10)
		return fail(p, a, err, "layout %s is one of RAID 5 and 6, not 10",
			    a->layout);
	if ((a->level == RAID_5 || a->level == RAID_6) && of_10)
		return fail(p, a, err, "layout %s is one of RAID 10, not %s", a->layout,
			    profile_level_name(a->level));
	if (a->level != RAID_10 && a->level != RAID_5 && a->level != RAID_6)
		return fail(p, a, err, "RAID %s has no layout to choose; leave it out",
			    profile_level_name(a->level));
	return 0;
}

static int check_chunk(const struct profile *p, const struct array *a, struct err *err)
{
	if (a->level == RAID_1 || a->level == RAID_LINEAR)
		return fail(p, a, err, "RAID %s has no chunks; leave chunk out",
			    profile_level_name(a->level));
	if (a->chunk_bytes & (a->chunk_bytes - 1))
		return fail(p, a, err, "chunk: %s is not a power of two",
			    SIZE_TEXT(a->chunk_bytes));
	return 0;
}

int profile_validate_array(const struct profile *p, const struct array *a,
			   struct err *err)
{
	if ((a->layout && check_layout(p, a, err) < 0) ||
	    (a->chunk_bytes && check_chunk(p, a, err) < 0) ||
	    check_redundancy(p, a, err) < 0)
		return -1;
	return check_count(p, a, err);
}

int profile_validate_arrays(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_arrays; i++)
		if (profile_validate_array(p, &p->arrays[i], err) < 0)
			return -1;
	return 0;
}
