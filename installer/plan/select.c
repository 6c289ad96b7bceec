/*
 * Choosing disks. Exactly as many as asked for must fit: with fewer there is nothing to
 * install on, with more the choice would be ours, and it must not be.
 */
#include <fnmatch.h>

#include "plan/layout.h"

static bool has_serial(const struct disk_selector *want, const char *serial)
{
	for (size_t i = 0; i < want->n_serials; i++)
		if (str_eq(want->serials[i], serial))
			return true;
	return false;
}

/* Why a disk does not fit, NULL when it does. */
static const char *mismatch(const struct disk_selector *want, const struct disk *disk,
			    struct arena *arena)
{
	bool usb = str_eq(want->transport, "usb");

	if (want->n_serials && !has_serial(want, disk->serial))
		return "its serial number is not in the list";
	if (want->transport && !str_eq(want->transport, disk->transport))
		return arena_printf(arena, "attached by %s, not %s", disk->transport,
				    want->transport);
	if (want->model && (!disk->model || fnmatch(want->model, disk->model, 0) != 0))
		return arena_printf(arena, "its model is not like %s", want->model);
	if (want->rotational != CHOICE_ANY &&
	    disk->rotational != (want->rotational == CHOICE_TRUE))
		return disk->rotational ? "a hard disk" : "not a hard disk";
	if ((disk->removable || str_eq(disk->transport, "usb")) && !usb)
		return "removable";
	if (disk->size_bytes < want->min_bytes)
		return arena_printf(arena, "smaller than min-size %s",
				    SIZE_TEXT(want->min_bytes));
	if (want->max_bytes && disk->size_bytes > want->max_bytes)
		return arena_printf(arena, "larger than max-size %s",
				    SIZE_TEXT(want->max_bytes));
	if (disk->read_only)
		return "write-protected";
	if (disk->unreadable)
		return arena_printf(arena, "cannot be read: %s", disk->unreadable);
	return NULL;
}

static void describe(const struct disk *disk, const char *why, struct text *out)
{
	text_printf(out, "\n  %s (%s, serial %s)%s%s", disk->path,
		    SIZE_TEXT(disk->size_bytes), disk->serial ? disk->serial : "unknown",
		    why ? ": " : "", why ? why : "");
}

static int fail_count(const struct profile *profile, const struct facts *facts,
		      struct arena *arena, size_t n, struct err *err)
{
	const struct disk_selector *want = &profile->disks;
	auto_text struct text list = { 0 };

	for (size_t i = 0; i < facts->n_disks; i++) {
		const char *why = mismatch(want, &facts->disks[i], arena);

		describe(&facts->disks[i], why ? why : "fits", &list);
	}
	if (n > want->count)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s:%u:%u: %zu disks fit, disks.count is %u; name them by "
			       "serial, or narrow size, model or transport:%s",
			       profile->name, want->at.line, want->at.column, n,
			       (unsigned)want->count, list.s);
	return err_set(err, ERR_HARDWARE, 0,
		       "%s:%u:%u: disks.count is %u, %zu of the %zu disks here fit%s%s",
		       profile->name, want->at.line, want->at.column,
		       (unsigned)want->count, n, facts->n_disks,
		       list.len ? ":" : "; the machine shows none",
		       list.len ? list.s : "");
}

static int check_free(const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct disk *d = layout->disks[i].disk;

		if (d->in_use)
			return err_set(err, ERR_HARDWARE, 0,
				       "%s (serial %s) is in use: %s", d->path,
				       d->serial ? d->serial : "unknown", d->in_use);
	}
	return 0;
}

/* Two disks that call themselves the same would get the same identifiers. */
static int check_distinct(const struct layout *layout, struct err *err)
{
	for (size_t i = 1; i < layout->n_disks; i++) {
		const struct disk *a = layout->disks[i - 1].disk,
				  *b = layout->disks[i].disk;

		if (str_eq(layout_disk_id(a), layout_disk_id(b)))
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s and %s both say they have %s %s: one disk over two "
				"paths?",
				a->path, b->path, a->serial ? "serial" : "WWN",
				layout_disk_id(a));
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

int layout_select_disks(const struct profile *profile, const struct facts *facts,
			struct arena *arena, struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < facts->n_disks; i++) {
		struct layout_disk chosen = { .disk = &facts->disks[i] };

		if (!mismatch(&profile->disks, chosen.disk, arena))
			layout->disks = arena_append(arena, layout->disks,
						     &layout->n_disks, &chosen,
						     sizeof(chosen));
	}
	if (layout->n_disks != profile->disks.count)
		return fail_count(profile, facts, arena, layout->n_disks, err);
	qsort(layout->disks, layout->n_disks, sizeof(*layout->disks), compare);
	if (check_free(layout, err) < 0 || check_distinct(layout, err) < 0)
		return -1;
	return 0;
}
