/*
 * Choosing disks. For `disks` and for each set of `data-disks` exactly as many as asked
 * for must fit: with fewer there is nothing to install on, with more the choice would be
 * ours, and it must not be.
 *
 * Every key of a set narrows it. For the same reason a disk that fits two sets is an
 * error, with one exception: where exactly one of them names it by serial, wwn or
 * by-path, it belongs to that one.
 */
#include <fnmatch.h>
#include <inttypes.h>
#include <strings.h>

#include "plan/layout.h"

#define SECTOR_MIN_BYTES UINT64_C(512)
#define SECTOR_MAX_BYTES UINT64_C(65536)
/* 48 of them, 24 present and 24 missing, can still be counted in 64 bits. */
#define DISK_MAX_BYTES    (UINT64_C(1) << 58)
#define MAX_NAMED_FOR_TWO 8 /* of a message about disks that fit two sets */

struct choice_of { /* what every helper here needs */
	const struct profile *profile;
	const struct facts *facts;
	struct arena *arena;
};

static size_t count_sets(const struct profile *p)
{
	return 1 + p->n_data_disks;
}

static const struct disk_selector *get_set(const struct profile *p, size_t i)
{
	return i == 0 ? &p->disks : &p->data_disks[i - 1];
}

/* "disks", "data-disks.vm": as one would write it in the profile. */
static const char *set_name(const struct disk_selector *set, struct arena *arena)
{
	return set->name ? arena_printf(arena, "data-disks.%s", set->name) : "disks";
}

/* One number has many spellings: sysfs says naa.5000…, lsblk 0x5000…, udev wwn-0x5000… */
static const char *bare_wwn(const char *wwn)
{
	static const char *const prefixes[] = { "/dev/disk/by-id/", "wwn-", "0x", "naa.",
						"eui." };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(wwn, prefixes[i]))
			wwn += strlen(prefixes[i]);
	return wwn;
}

static const char *bare_path(const char *path)
{
	static const char dir[] = "/dev/disk/by-path/";

	return str_starts(path, dir) ? path + strlen(dir) : path;
}

static bool has_serial(const struct disk_selector *want, const struct disk *disk)
{
	for (size_t i = 0; i < want->n_serials; i++)
		if (str_eq(want->serials[i], disk->serial))
			return true;
	return false;
}

static bool has_wwn(const struct disk_selector *want, const struct disk *disk)
{
	for (size_t i = 0; disk->wwn && i < want->n_wwns; i++)
		if (strcasecmp(bare_wwn(want->wwns[i]), bare_wwn(disk->wwn)) == 0)
			return true;
	return false;
}

static bool has_by_path(const struct disk_selector *want, const struct disk *disk)
{
	for (size_t i = 0; disk->by_path && i < want->n_by_paths; i++)
		if (str_eq(bare_path(want->by_paths[i]), bare_path(disk->by_path)))
			return true;
	return false;
}

static const char *or_unknown(const char *s)
{
	return s ? s : "unknown";
}

/* Why not, as far as a disk is told by its name or place. */
static const char *misnamed(const struct disk_selector *want, const struct disk *disk)
{
	if (want->n_serials && !has_serial(want, disk))
		return "its serial number is not in the list";
	if (want->n_wwns && !has_wwn(want, disk))
		return "its wwn is not in the list";
	if (want->n_by_paths && !has_by_path(want, disk))
		return "its by-path is not in the list";
	return NULL;
}

static const char *wrong_size(const struct disk_selector *want, const struct disk *disk,
			      struct arena *arena)
{
	if (disk->size_bytes < want->min_bytes)
		return arena_printf(arena, "smaller than min-size %s",
				    SIZE_TEXT(want->min_bytes));
	if (want->max_bytes && disk->size_bytes > want->max_bytes)
		return arena_printf(arena, "larger than max-size %s",
				    SIZE_TEXT(want->max_bytes));
	return NULL;
}

/* Why a disk does not fit, NULL when it does. */
static const char *mismatch(const struct disk_selector *want, const struct disk *disk,
			    struct arena *arena)
{
	bool loose = disk->removable || str_eq(disk->transport, "usb");
	const char *why = misnamed(want, disk);

	if (disk->boot_medium)
		return "the boot medium: this program runs from it";
	if (why)
		return why;
	if (want->transport && !str_eq(want->transport, disk->transport))
		return arena_printf(arena, "attached by %s, not %s",
				    or_unknown(disk->transport), want->transport);
	if (want->model && (!disk->model || fnmatch(want->model, disk->model, 0) != 0))
		return arena_printf(arena, "its model is not like %s", want->model);
	if (want->rotational != CHOICE_ANY &&
	    disk->rotational != (want->rotational == CHOICE_TRUE))
		return disk->rotational ? "a hard disk" : "not a hard disk";
	if (loose && !want->removable && !str_eq(want->transport, "usb"))
		return "removable";
	why = wrong_size(want, disk, arena);
	if (why)
		return why;
	if (disk->read_only)
		return "write-protected";
	if (disk->unreadable)
		return arena_printf(arena, "cannot be read: %s", disk->unreadable);
	return NULL;
}

static bool names(const struct disk_selector *want)
{
	return want->n_serials || want->n_wwns || want->n_by_paths;
}

static void describe(const struct disk *d, struct text *out)
{
	text_printf(out, "\n  %s (%s, serial %s", d->path, SIZE_TEXT(d->size_bytes),
		    or_unknown(d->serial));
	if (!d->serial && d->wwn)
		text_printf(out, ", wwn %s", d->wwn);
	else if (!d->serial && d->by_path)
		text_printf(out, ", by-path %s", d->by_path);
	text_printf(out, ", %s, %s)", d->model ? d->model : "model unknown",
		    or_unknown(d->transport));
}

struct fitting { /* the sets that a disk fits */
	const struct disk_selector *first, *second;
	size_t n;
};

/* A set that names it, when only one does, leaves the others without it: n is 1 then. */
static struct fitting find_sets(const struct choice_of *c, const struct disk *disk)
{
	struct fitting fits = { 0 };
	const struct disk_selector *naming = NULL;
	size_t n_naming = 0;

	for (size_t i = 0; i < count_sets(c->profile); i++) {
		const struct disk_selector *set = get_set(c->profile, i);

		if (mismatch(set, disk, c->arena))
			continue;
		if (fits.n == 0)
			fits.first = set;
		else if (fits.n == 1)
			fits.second = set;
		fits.n++;
		if (names(set)) {
			naming = set;
			n_naming++;
		}
	}
	return n_naming == 1 ? (struct fitting){ .first = naming, .n = 1 } : fits;
}

static int fail_count(const struct choice_of *c, const struct disk_selector *want,
		      size_t n, struct err *err)
{
	const struct profile *p = c->profile;
	const char *name = set_name(want, c->arena);
	auto_text struct text list = { 0 };

	for (size_t i = 0; i < c->facts->n_disks; i++) {
		const struct disk *disk = &c->facts->disks[i];
		const char *why = mismatch(want, disk, c->arena);
		struct fitting fits = find_sets(c, disk);

		if (!why && fits.first != want)
			why = arena_printf(c->arena, "%s names it",
					   set_name(fits.first, c->arena));
		describe(disk, &list);
		text_printf(&list, ": %s", why ? why : "fits");
	}
	if (n > want->count)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s:%u:%u: %zu disks fit, %s.count is %u; name them by "
			       "serial, wwn or by-path, or narrow size, model or "
			       "transport:%s",
			       p->name, want->at.line, want->at.column, n, name,
			       (unsigned)want->count, list.s);
	return err_set(err, ERR_HARDWARE, 0,
		       "%s:%u:%u: %s.count is %u, %zu of the %zu disks here fit%s%s",
		       p->name, want->at.line, want->at.column, name,
		       (unsigned)want->count, n, c->facts->n_disks,
		       list.len ? ":" : "; the machine shows none",
		       list.len ? list.s : "");
}

/* No disk may be left that two sets could have. */
static int check_apart(const struct choice_of *c, struct err *err)
{
	const struct profile *p = c->profile;
	auto_text struct text list = { 0 };
	size_t n_two = 0;

	for (size_t i = 0; i < c->facts->n_disks; i++) {
		struct fitting fits = find_sets(c, &c->facts->disks[i]);

		if (fits.n < 2 || n_two++ >= MAX_NAMED_FOR_TWO)
			continue;
		describe(&c->facts->disks[i], &list);
		text_printf(&list, ": %s (line %u) and %s (line %u)",
			    set_name(fits.first, c->arena), fits.first->at.line,
			    set_name(fits.second, c->arena), fits.second->at.line);
	}
	if (n_two == 0)
		return 0;
	return err_set(err, ERR_HARDWARE, 0,
		       "%s: %zu of the disks here fit two sets of the profile; name them "
		       "by serial, wwn or by-path in the one that is to have them, or "
		       "narrow size, model or transport of the other:%s",
		       p->name, n_two, list.s);
}

static int check_free(const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct disk *d = layout->disks[i].disk;

		if (d->in_use)
			return err_set(err, ERR_HARDWARE, 0,
				       "%s (serial %s) is in use: %s", d->path,
				       or_unknown(d->serial), d->in_use);
	}
	return 0;
}

/* Two disks that call themselves the same would get the same identifiers. */
static int check_distinct(const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < layout->n_disks; i++)
		for (size_t j = i + 1; j < layout->n_disks; j++) {
			const struct disk *a = layout->disks[i].disk,
					  *b = layout->disks[j].disk;

			if (str_eq(layout_disk_id(a), layout_disk_id(b)))
				return err_set(err, ERR_HARDWARE, 0,
					       "%s and %s both say they have %s %s: one "
					       "disk over two paths?",
					       a->path, b->path,
					       a->serial ? "serial" : "WWN",
					       layout_disk_id(a));
		}
	return 0;
}

/*
 * A disk that would fit, could it be read or written, is one too many as well: with it
 * out of sight the choice would fall on those that happen to work today.
 */
static int check_hidden(const struct choice_of *c, struct err *err)
{
	for (size_t i = 0; i < c->facts->n_disks; i++) {
		const struct disk *d = &c->facts->disks[i];
		struct disk well = *d;
		struct fitting fits;

		if (!d->unreadable && !d->read_only)
			continue;
		well.unreadable = NULL;
		well.read_only = false;
		fits = find_sets(c, &well);
		if (fits.n)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s:%u:%u: %s (serial %s) would fit %s too, but %s%s; "
				"take it out, or name the disks that are meant by "
				"serial, wwn or by-path",
				c->profile->name, fits.first->at.line,
				fits.first->at.column, d->path, or_unknown(d->serial),
				set_name(fits.first, c->arena),
				d->unreadable ? "cannot be read: " : "is write-protected",
				d->unreadable ? d->unreadable : "");
	}
	return 0;
}

/* What no disk is. Facts may come from a file, and everything below counts on it. */
static int check_sane(const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct disk *d = layout->disks[i].disk;
		uint64_t sector = d->sector_bytes;

		if (sector < SECTOR_MIN_BYTES || sector > SECTOR_MAX_BYTES ||
		    (sector & (sector - 1)))
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s (serial %s) says that its sectors have %" PRIu64
				" bytes; only powers of two from %u to %u can be, "
				"so take it out, or correct the facts",
				d->path, or_unknown(d->serial), sector,
				(unsigned)SECTOR_MIN_BYTES, (unsigned)SECTOR_MAX_BYTES);
		if (d->size_bytes > DISK_MAX_BYTES)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s (serial %s) says that it has %s, which no disk "
				"has; take it out, or correct the facts",
				d->path, or_unknown(d->serial), SIZE_TEXT(d->size_bytes));
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct disk *x = ((const struct layout_disk *)a)->disk;
	const struct disk *y = ((const struct layout_disk *)b)->disk;
	int by_id = strcmp(layout_disk_id(x), layout_disk_id(y));

	return by_id ? by_id : strcmp(x->path, y->path);
}

/* The disks of one set, behind those that are chosen already. */
static int add_set(const struct choice_of *c, const struct disk_selector *set,
		   bool may_lack, struct layout *layout, struct err *err)
{
	size_t first = layout->n_disks, n;

	for (size_t i = 0; i < c->facts->n_disks; i++) {
		struct layout_disk chosen = { .disk = &c->facts->disks[i],
					      .set = set,
					      .whole = set != &c->profile->disks };

		struct fitting fits = find_sets(c, chosen.disk);

		if (fits.n == 1 && fits.first == set)
			layout->disks = arena_append(c->arena, layout->disks,
						     &layout->n_disks, &chosen,
						     sizeof(chosen));
	}
	n = layout->n_disks - first;
	if (n > set->count || (n < set->count && !may_lack))
		return fail_count(c, set, n, err);
	if (n == 0)
		return 0;
	qsort(layout->disks + first, n, sizeof(*layout->disks), compare);
	return 0;
}

static int select_disks(const struct choice_of *c, bool may_lack, struct layout *layout,
			struct err *err)
{
	if (check_apart(c, err) < 0)
		return -1;
	for (size_t i = 0; i < count_sets(c->profile); i++) {
		if (add_set(c, get_set(c->profile, i), may_lack, layout, err) < 0)
			return -1;
		if (i == 0)
			layout->n_system = layout->n_disks;
	}
	/* A disk that died is one that the host may lack. */
	if ((!may_lack && check_hidden(c, err) < 0) || check_free(layout, err) < 0 ||
	    check_distinct(layout, err) < 0 || check_sane(layout, err) < 0)
		return -1;
	return 0;
}

int layout_select_disks(const struct profile *profile, const struct facts *facts,
			struct arena *arena, struct layout *layout, struct err *err)
{
	return select_disks(&(struct choice_of){ profile, facts, arena }, false, layout,
			    err);
}

int layout_select_present(const struct profile *profile, const struct facts *facts,
			  struct arena *arena, struct layout *layout, struct err *err)
{
	return select_disks(&(struct choice_of){ profile, facts, arena }, true, layout,
			    err);
}
