/*
 * Where tables and superblocks stand. All formats that put theirs at an end of their
 * device (md 0.90 and 1.0, DDF, Intel's, ZFS, a GPT's backup) keep within a MiB of it;
 * what stands elsewhere has been found by its signature.
 */
#include "plan/layout.h"

#define END_BYTES    (UINT64_C(1) << 20)  /* at both ends of a disk and of a partition */
#define AROUND_BYTES (UINT64_C(64) << 10) /* before and behind a signature */

struct range_set {
	const struct disk *disk;
	struct arena *arena;
	struct layout_range *ranges;
	size_t n;
};

static uint64_t sector_bytes(const struct disk *disk)
{
	return disk->sector_bytes ? disk->sector_bytes : 512;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* [from, end), cut to the disk and widened to whole sectors. */
static void add(struct range_set *set, uint64_t from, uint64_t end)
{
	uint64_t sector = sector_bytes(set->disk);
	uint64_t size = set->disk->size_bytes / sector * sector;
	struct layout_range range = { .disk = set->disk->path,
				      .serial = set->disk->serial };

	from = from / sector * sector;
	end = end < size ? (end + sector - 1) / sector * sector : size;
	if (from >= end)
		return;
	range.offset_bytes = from;
	range.size_bytes = end - from;
	set->ranges = arena_append(set->arena, set->ranges, &set->n, &range,
				   sizeof(range));
}

static void add_ends(struct range_set *set, uint64_t start, uint64_t size)
{
	uint64_t end = add_saturated(start, size);
	uint64_t part = size < END_BYTES ? size : END_BYTES;

	/* A partition that the disk is too short for: its end is where the disk's is. */
	if (end > set->disk->size_bytes)
		end = set->disk->size_bytes;
	add(set, start, add_saturated(start, part));
	add(set, end > END_BYTES && end - END_BYTES > start ? end - END_BYTES : start,
	    end);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = ((const struct layout_range *)a)->offset_bytes;
	uint64_t y = ((const struct layout_range *)b)->offset_bytes;

	return x < y ? -1 : x > y;
}

/* Sorted; what overlaps or touches becomes one. */
static void merge(struct range_set *set)
{
	size_t n = 0;

	if (set->n == 0)
		return;
	qsort(set->ranges, set->n, sizeof(*set->ranges), compare);
	for (size_t i = 1; i < set->n; i++) {
		struct layout_range *last = &set->ranges[n], *next = &set->ranges[i];
		uint64_t end = last->offset_bytes + last->size_bytes;

		if (next->offset_bytes > end)
			set->ranges[++n] = *next;
		else if (next->offset_bytes + next->size_bytes > end)
			last->size_bytes = next->offset_bytes + next->size_bytes -
					   last->offset_bytes;
	}
	set->n = n + 1;
}

/* Of XenServer's own disk nothing outside the storage partition. */
static void cut(struct range_set *set, const struct layout_partition *within)
{
	uint64_t from = within->start_bytes, end = from + within->size_bytes;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct layout_range r = set->ranges[i];
		uint64_t r_end = r.offset_bytes + r.size_bytes;

		if (r.offset_bytes < from)
			r.offset_bytes = from;
		if (r_end > end)
			r_end = end;
		if (r.offset_bytes >= r_end)
			continue;
		r.size_bytes = r_end - r.offset_bytes;
		set->ranges[n++] = r;
	}
	set->n = n;
}

struct layout_range *layout_ranges(const struct layout *layout,
				   const struct layout_disk *disk, struct arena *arena,
				   size_t *ret_n)
{
	const struct disk *d = disk->disk;
	struct range_set set = { .disk = d, .arena = arena };

	add_ends(&set, 0, d->size_bytes);
	for (size_t i = 0; i < d->n_partitions; i++)
		add_ends(&set, d->partitions[i].start_bytes, d->partitions[i].size_bytes);
	for (size_t i = 0; !disk->whole && i < layout->n_partitions; i++)
		add_ends(&set, layout->partitions[i].start_bytes,
			 layout->partitions[i].size_bytes);
	for (size_t i = 0; i < d->n_signatures; i++) {
		uint64_t at = d->signatures[i].offset_bytes;

		add(&set, at > AROUND_BYTES ? at - AROUND_BYTES : 0,
		    add_saturated(at, AROUND_BYTES));
	}
	merge(&set);
	if (disk->kept)
		cut(&set, layout->xenserver->storage);
	*ret_n = set.n;
	return set.ranges;
}
