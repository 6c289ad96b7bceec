/*
 * Names, and who stands on what: partitions and data disks carry arrays, these carry
 * volume groups, and all of them filesystems. Nothing carries two.
 */
#include "config/profile_parts.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

struct name {
	const char *what, *name;
	struct yaml_mark at;
};

/* All that can be stood on, by number. */
static bool get_name(const struct profile *p, size_t i, struct name *ret)
{
	if (i < p->n_partitions) {
		const struct partition *part = &p->partitions[i];

		*ret = (struct name){ "partition", part->name, part->at };
		return true;
	}
	i -= p->n_partitions;
	if (i < p->n_data_disks) {
		const struct disk_selector *set = &p->data_disks[i];

		*ret = (struct name){ "data-disks set", set->name, set->at };
		return true;
	}
	i -= p->n_data_disks;
	if (i < p->n_arrays) {
		*ret = (struct name){ "array", p->arrays[i].name, p->arrays[i].at };
		return true;
	}
	i -= p->n_arrays;
	if (i < p->n_volume_groups) {
		const struct volume_group *group = &p->volume_groups[i];

		*ret = (struct name){ "volume group", group->name, group->at };
		return true;
	}
	return false;
}

static int check_names(const struct profile *p, struct err *err)
{
	struct name a, b;

	for (size_t i = 0; get_name(p, i, &a); i++)
		for (size_t j = 0; j < i && get_name(p, j, &b); j++)
			if (str_eq(a.name, b.name))
				return fail(p, a.at, err,
					    "%s \"%s\": the %s in line %u has that name",
					    a.what, a.name, b.what, b.at.line);
	return 0;
}

static bool get_use(const struct profile *p, size_t i, struct profile_use *ret)
{
	if (i < p->n_arrays) {
		const struct array *a = &p->arrays[i];

		*ret = (struct profile_use){ "array", a->name, a->of, a->at };
		return true;
	}
	i -= p->n_arrays;
	if (i < p->n_volume_groups) {
		const struct volume_group *g = &p->volume_groups[i];

		*ret = (struct profile_use){ "volume group", g->name, g->of, g->at };
		return true;
	}
	i -= p->n_volume_groups;
	if (i < p->n_filesystems) {
		const struct filesystem *fs = &p->filesystems[i];

		*ret = (struct profile_use){ "filesystem",
					     fs->mount ? fs->mount : fs->type, fs->on,
					     fs->at };
		return true;
	}
	return false;
}

bool profile_find_use(const struct profile *p, const char *of, size_t skip,
		      struct profile_use *ret)
{
	for (size_t i = 0; get_use(p, i, ret); i++)
		if (str_eq(ret->of, of) && skip-- == 0)
			return true;
	return false;
}

/* What is on top of another may be what was meant. */
static int check_single_use(const struct profile *p, const struct profile_use *use,
			    struct err *err)
{
	struct profile_use first, second;

	if (!profile_find_use(p, use->of, 1, &second))
		return 0;
	if (!profile_find_use(p, use->of, 0, &first))
		abort();
	return fail(p, second.at, err, "%s %s: \"%s\" already carries %s %s (line %u)%s",
		    second.what, second.name, use->of, first.what, first.name,
		    first.at.line,
		    str_eq(first.what, second.what) ? ""
		    : str_eq(first.what, "array")   ? "; put it on that"
						    : "; put it on a volume of that");
}

static int check_members(const struct profile *p, const struct array *array,
			 struct err *err)
{
	if (!profile_count_members(p, array))
		return fail(p, array->at, err,
			    "%s: no partition or data-disks set is named \"%s\"",
			    array->name, array->of);
	return 0;
}

/* An array, a volume, or with a single disk a partition. */
static int check_place(const struct profile *p, const struct profile_use *use,
		       struct err *err)
{
	if (profile_find_array(p, use->of))
		return 0;
	if (str_eq(use->what, "filesystem") && profile_find_volume(p, use->of, NULL))
		return 0;
	if (str_eq(use->what, "filesystem") && profile_find_group(p, use->of))
		return fail(p, use->at, err,
			    "filesystem %s: \"%s\" is a volume group; name one of its "
			    "volumes, as in %s/VOLUME",
			    use->name, use->of, use->of);
	if (profile_find_data_disks(p, use->of))
		return fail(p, use->at, err,
			    "%s %s: data-disks are used by arrays only; make one of "
			    "\"%s\"",
			    use->what, use->name, use->of);
	if (!profile_find_partition(p, use->of))
		return fail(p, use->at, err,
			    "%s %s: no array%s or partition is named \"%s\"", use->what,
			    use->name, str_eq(use->what, "filesystem") ? ", volume" : "",
			    use->of);
	if (p->disks.count > 1)
		return fail(p, use->at, err,
			    "%s %s: \"%s\" stands on each of %u disks; make an array of "
			    "it",
			    use->what, use->name, use->of, (unsigned)p->disks.count);
	return 0;
}

int profile_validate_uses(const struct profile *p, struct err *err)
{
	struct profile_use use;

	if (check_names(p, err) < 0)
		return -1;
	for (size_t i = 0; get_use(p, i, &use); i++)
		if ((i < p->n_arrays && check_members(p, &p->arrays[i], err) < 0) ||
		    check_single_use(p, &use, err) < 0 ||
		    (i >= p->n_arrays && check_place(p, &use, err) < 0))
			return -1;
	for (size_t i = 0; i < p->n_data_disks; i++)
		if (!profile_find_use(p, p->data_disks[i].name, 0, &use))
			return fail(p, p->data_disks[i].at, err,
				    "data-disks \"%s\": no array is made of them",
				    p->data_disks[i].name);
	return 0;
}

size_t profile_count_members(const struct profile *p, const struct array *array)
{
	const struct disk_selector *set = profile_find_data_disks(p, array->of);

	if (array == &p->xenserver.storage.array)
		return p->disks.count;
	if (profile_find_partition(p, array->of))
		return p->disks.count;
	return set ? set->count : 0;
}
