/*
 * Which disks, what may be lost on them, and how they are divided.
 */
#include <strings.h>

#include "config/profile_parts.h"
#include "config/value.h"

#define MBR_PRIMARY_MAX       4
#define GPT_MAX               128
#define BIOS_BOOT_GUID        "21686148-6449-6E6F-744E-656564454649"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

/* The lists of a selector, any of which may name each disk. */
struct list {
	const char *what;
	const char *const *items;
	size_t n;
};
#define LISTS 3

static struct list selector_list(const struct disk_selector *d, size_t i)
{
	const struct list lists[LISTS] = {
		{ "serial", d->serials, d->n_serials },
		{ "wwn", d->wwns, d->n_wwns },
		{ "by-path", d->by_paths, d->n_by_paths },
	};

	return lists[i];
}

/* "disks", "data-disks vm" */
static const char *selector_name(const struct disk_selector *d, char *buf, size_t len)
{
	snprintf(buf, len, "%s%s", d->name ? "data-disks " : "disks",
		 d->name ? d->name : "");
	return buf;
}
#define SELECTOR(d) selector_name(d, (char[64]){ 0 }, 64)

static bool has_item(const struct list *list, size_t n, const char *item)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list->items[i], item) == 0)
			return true;
	return false;
}

static int check_list(const struct profile *p, const struct disk_selector *d,
		      const struct list *list, struct err *err)
{
	if (list->n && list->n < d->count)
		return fail(p, d->at, err, "%s: %u are wanted, %s names %zu", SELECTOR(d),
			    (unsigned)d->count, list->what, list->n);
	for (size_t i = 0; i < list->n; i++)
		if (has_item(list, i, list->items[i]))
			return fail(p, d->at, err, "%s: %s names %s twice", SELECTOR(d),
				    list->what, list->items[i]);
	return 0;
}

/* One disk cannot serve two sets. */
static int check_shared(const struct profile *p, const struct disk_selector *d,
			const struct disk_selector *other, struct err *err)
{
	for (size_t i = 0; i < LISTS; i++) {
		const struct list list = selector_list(d, i),
				  taken = selector_list(other, i);

		for (size_t j = 0; j < list.n; j++)
			if (has_item(&taken, taken.n, list.items[j]))
				return fail(p, d->at, err,
					    "%s: %s %s is named by %s already (line %u)",
					    SELECTOR(d), list.what, list.items[j],
					    SELECTOR(other), other->at.line);
	}
	return 0;
}

static int check_selector(const struct profile *p, const struct disk_selector *d,
			  struct err *err)
{
	if (d->max_bytes && d->max_bytes < d->min_bytes)
		return fail(p, d->at, err, "%s: max-size is below min-size", SELECTOR(d));
	for (size_t i = 0; i < LISTS; i++) {
		const struct list list = selector_list(d, i);

		if (check_list(p, d, &list, err) < 0)
			return -1;
	}
	if (d != &p->disks && check_shared(p, d, &p->disks, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n_data_disks && d != &p->disks; i++) {
		if (&p->data_disks[i] == d)
			break;
		if (check_shared(p, d, &p->data_disks[i], err) < 0)
			return -1;
	}
	return 0;
}

static int check_wipe(const struct profile *p, struct err *err)
{
	if (p->wipe.policy == WIPE_LISTED && !p->wipe.n_listed)
		return fail(p, p->wipe.at, err,
			    "wipe: listed needs the disks' serial numbers, as in "
			    "{listed: [SERIAL]}");
	if (p->wipe.policy != WIPE_LISTED && p->wipe.n_listed)
		return fail(p, p->wipe.at, err,
			    "wipe: a list and policy %s contradict each other; leave one "
			    "out",
			    p->wipe.policy == WIPE_OWN ? "own" : "blank-only");
	return 0;
}

static bool is_bios_boot(const struct partition *part)
{
	return part->type && (str_eq(part->type, "bios-boot") ||
			      strcasecmp(part->type, BIOS_BOOT_GUID) == 0);
}

static int check_number(const struct profile *p, const struct partition *part,
			unsigned number, struct err *err)
{
	if (p->table == TABLE_GPT)
		return fail(p, part->at, err,
			    "partition \"%s\": type %s is an MBR's; a GPT takes a name "
			    "like raid, or a GUID",
			    part->name, part->type);
	if (number == 0 || number == 0x5 || number == 0xf || number == 0x85 ||
	    number == 0xee)
		return fail(p, part->at, err,
			    "partition \"%s\": type %s stands for an empty, extended or "
			    "protective entry; a primary partition needs another",
			    part->name, part->type);
	return 0;
}

static int check_type(const struct profile *p, const struct partition *part,
		      struct err *err)
{
	unsigned number;

	if (!part->type)
		return 0;
	if (value_is_mbr_type(part->type, &number))
		return check_number(p, part, number, err);
	if (p->table == TABLE_MBR && str_eq(part->type, "bios-boot"))
		return fail(p, part->at, err,
			    "partition \"%s\": bios-boot goes with table: gpt; an MBR "
			    "needs no such partition",
			    part->name);
	if (p->table == TABLE_MBR && value_is_guid(part->type))
		return fail(p, part->at, err,
			    "partition \"%s\": a GUID as type goes with table: gpt; an "
			    "MBR takes a name like raid, or a number like fd",
			    part->name);
	for (const struct partition *other = p->partitions; other < part; other++)
		if (is_bios_boot(part) && is_bios_boot(other))
			return fail(p, part->at, err,
				    "partition \"%s\": a second one of type bios-boot; "
				    "\"%s\" is already",
				    part->name, other->name);
	return 0;
}

static int check_partition(const struct profile *p, size_t i, struct err *err)
{
	const struct partition *part = &p->partitions[i];

	if (part->bytes == SIZE_REST && i + 1 < p->n_partitions)
		return fail(p, part->at, err,
			    "only the last partition can have the rest of the disk");
	for (size_t j = 0; part->active && j < i; j++)
		if (p->partitions[j].active)
			return fail(p, part->at, err,
				    "a second partition is active; \"%s\" is already",
				    p->partitions[j].name);
	return check_type(p, part, err);
}

static int check_table(const struct profile *p, struct err *err)
{
	size_t max = p->table == TABLE_MBR ? MBR_PRIMARY_MAX : GPT_MAX;
	unsigned percent = 0;

	if (p->align == ALIGN_CYLINDER && p->table == TABLE_GPT)
		return fail(p, p->at, err,
			    "align: cylinder goes with table: mbr only; a GPT has no "
			    "cylinders");
	for (size_t i = 0; i < p->n_partitions; i++) {
		const struct partition *part = &p->partitions[i];

		if (check_partition(p, i, err) < 0)
			return -1;
		percent += SIZE_IS_PERCENT(part->bytes) ? SIZE_PERCENT_OF(part->bytes)
							: 0;
		if (percent > 100)
			return fail(p, part->at, err,
				    "partition \"%s\": the shares make %u%% of the disk",
				    part->name, percent);
	}
	if (p->n_partitions > max)
		return fail(p, p->partitions[max].at, err,
			    "%s has room for %zu partitions%s",
			    p->table == TABLE_MBR ? "an MBR" : "a GPT", max,
			    p->table == TABLE_MBR ? "; table: gpt has more" : "");
	return 0;
}

/* A bios-boot partition is GRUB's own. Whoever else is put on it would be overwritten. */
static int check_bios_boot(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_partitions; i++) {
		const struct partition *part = &p->partitions[i];
		struct profile_use use;

		if (is_bios_boot(part) && profile_find_use(p, part->name, 0, &use))
			return fail(p, use.at, err,
				    "%s %s: partition \"%s\" is of type bios-boot, which "
				    "is the boot loader's alone",
				    use.what, use.name, part->name);
	}
	return 0;
}

int profile_validate_disks(const struct profile *p, struct err *err)
{
	if (check_selector(p, &p->disks, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n_data_disks; i++)
		if (check_selector(p, &p->data_disks[i], err) < 0)
			return -1;
	if (check_wipe(p, err) < 0 || check_table(p, err) < 0)
		return -1;
	return check_bios_boot(p, err);
}
