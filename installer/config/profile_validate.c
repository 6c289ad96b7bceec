/*
 * What one key alone cannot say: names that must exist, places that must not be taken
 * twice. Everything that depends on the machine belongs to the plan instead.
 */
#include "config/profile.h"

#define MBR_PRIMARY_MAX       4

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static int check_partitions(const struct profile *p, struct err *err)
{
	const struct partition *active = NULL;

	if (p->n_partitions == 0)
		return fail(p, p->at, err, "partitions: at least one is needed");
	for (size_t i = 0; i < p->n_partitions; i++) {
		const struct partition *part = &p->partitions[i];

		if (profile_find_partition(p, part->name) != part)
			return fail(p, part->at, err,
				    "a second partition is named \"%s\"", part->name);
		if (profile_find_array(p, part->name))
			return fail(p, part->at, err,
				    "\"%s\" is the name of an array and of a partition",
				    part->name);
		if (part->bytes == SIZE_REST && i + 1 < p->n_partitions)
			return fail(
				p, part->at, err,
				"only the last partition can have the rest of the disk");
		if (part->active && active)
			return fail(p, part->at, err,
				    "a second partition is active; \"%s\" is already",
				    active->name);
		if (part->active)
			active = part;
	}
	if (p->table == TABLE_MBR && p->n_partitions > MBR_PRIMARY_MAX)
		return fail(p, p->partitions[MBR_PRIMARY_MAX].at, err,
			    "an MBR has room for %d partitions", MBR_PRIMARY_MAX);
	return 0;
}

static int check_arrays(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_arrays; i++) {
		const struct array *array = &p->arrays[i];

		if (profile_find_array(p, array->name) != array)
			return fail(p, array->at, err, "a second array is named \"%s\"",
				    array->name);
		if (!profile_find_partition(p, array->of))
			return fail(p, array->at, err, "%s: no partition is named \"%s\"",
				    array->name, array->of);
		for (size_t j = 0; j < i; j++)
			if (str_eq(p->arrays[j].of, array->of))
				return fail(p, array->at, err,
					    "%s: partition \"%s\" already belongs to %s",
					    array->name, array->of, p->arrays[j].name);
		if (p->disks.count < 2)
			return fail(p, array->at, err,
				    "%s: RAID needs two disks, disks.count is %u",
				    array->name, (unsigned)p->disks.count);
	}
	return 0;
}

static int check_place(const struct profile *p, const struct filesystem *fs,
		       struct err *err)
{
	const struct partition *part = profile_find_partition(p, fs->on);

	if (profile_find_array(p, fs->on))
		return 0;
	if (!part)
		return fail(p, fs->at, err,
			    "filesystem on \"%s\": no array or partition has that name",
			    fs->on);
	for (size_t i = 0; i < p->n_arrays; i++)
		if (str_eq(p->arrays[i].of, part->name))
			return fail(p, fs->at, err,
				    "partition \"%s\" belongs to %s; put the filesystem "
				    "there",
				    part->name, p->arrays[i].name);
	if (p->disks.count > 1)
		return fail(
			p, fs->at, err,
			"\"%s\" stands on each of %u disks; a filesystem needs an array "
			"over them",
			fs->on, (unsigned)p->disks.count);
	return 0;
}

static int check_filesystems(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_filesystems; i++) {
		const struct filesystem *fs = &p->filesystems[i];
		const struct filesystem *same = profile_find_mount(p, fs->mount);

		if (check_place(p, fs, err) < 0)
			return -1;
		if (same != fs)
			return fail(p, fs->at, err,
				    "two filesystems are mounted on %s (the first in "
				    "line %u)",
				    fs->mount, same->at.line);
		for (size_t j = 0; j < i; j++)
			if (str_eq(p->filesystems[j].on, fs->on))
				return fail(
					p, fs->at, err,
					"two filesystems are made on %s (the first in "
					"line %u)",
					fs->on, p->filesystems[j].at.line);
	}
	if (!profile_find_mount(p, "/"))
		return fail(p, p->at, err, "filesystems: none is mounted on /");
	return 0;
}

static int check_networks(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->identity.n_networks; i++) {
		const struct network *net = &p->identity.networks[i];

		if (!net->interface && !net->mac)
			return fail(p, net->at, err,
				    "network: name the card by interface or mac");
		if (net->method == NET_STATIC && !net->address)
			return fail(p, net->at, err, "network: static needs an address");
		if (net->method == NET_DHCP &&
		    (net->address || net->gateway || net->n_nameservers))
			return fail(p, net->at, err,
				    "network: address, gateway and nameservers go with "
				    "method: static");
	}
	return 0;
}

static int check_disks(const struct profile *p, struct err *err)
{
	const struct disk_selector *d = &p->disks;

	if (d->max_bytes && d->max_bytes < d->min_bytes)
		return fail(p, d->at, err, "disks: max-size is below min-size");
	if (d->n_serials && d->n_serials < d->count)
		return fail(p, d->at, err,
			    "disks: %u are wanted, %zu serial numbers named",
			    (unsigned)d->count, d->n_serials);
	return 0;
}

int profile_validate(const struct profile *p, struct err *err)
{
	if (check_disks(p, err) < 0 || check_partitions(p, err) < 0 ||
	    check_arrays(p, err) < 0 || check_filesystems(p, err) < 0 ||
	    check_networks(p, err) < 0)
		return -1;
	return 0;
}
