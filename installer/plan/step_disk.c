/*
 * Step `disk`: the same table on every system disk. What is about to be overwritten is
 * kept first, of all disks, before the first of them is touched; then old tables and
 * superblocks go, so that none of them is ever taken for the new content's.
 *
 * The boot code area stays empty and nothing carries the mark of a bootable partition:
 * until the last step of all, no firmware of BIOS kind can boot what is half there. A
 * disk that an earlier run has got this far with is left alone.
 */
#include "plan/plan.h"

static void add_save(struct plan *plan)
{
	struct layout *l = &plan->layout;
	struct layout_range *all = NULL;
	size_t n_all = 0;

	for (size_t i = 0; i < l->n_disks; i++) {
		size_t n = 0;
		const struct layout_range *ranges;

		if (l->disks[i].started)
			continue;
		ranges = layout_ranges(l, &l->disks[i], &plan->arena, &n);
		for (size_t j = 0; j < n; j++)
			all = arena_append(&plan->arena, all, &n_all, &ranges[j],
					   sizeof(ranges[j]));
	}
	if (n_all)
		plan_add(plan,
			 (struct action){ .kind = ACT_SAVE,
					  .ranges = { .ranges = all, .n = n_all } });
}

static void add_clear(struct plan *plan, const struct layout_disk *disk)
{
	struct range_list list = { 0 };

	list.ranges = layout_ranges(&plan->layout, disk, &plan->arena, &list.n);
	if (list.n)
		plan_add(plan, (struct action){ .kind = ACT_CLEAR,
						.destroys = true,
						.ranges = list });
}

static void add_table(struct plan *plan, const struct layout_disk *disk)
{
	const struct layout *l = &plan->layout;
	const struct disk *d = disk->disk;

	plan_add(plan,
		 (struct action){ .kind = ACT_PARTITION,
				  .destroys = true,
				  .partition = { .disk = d->path,
						 .serial = d->serial,
						 .kind = l->table,
						 .id = disk->table_id,
						 .sector_bytes = d->sector_bytes,
						 .partitions = l->partitions,
						 .uuids = disk->partition_uuids,
						 .n_partitions = l->n_partitions } });
}

/* On XenServer's own disk one partition is made, or gets another type. */
static void add_entry(struct plan *plan, const struct layout_disk *disk)
{
	const struct layout *l = &plan->layout;
	const struct layout_partition *storage = l->xenserver->storage;
	const char *const *uuids = (const char *const *)disk->partition_uuids;
	struct table_entry_change entry = { .disk = disk->disk->path,
					    .serial = disk->disk->serial,
					    .kind = l->table,
					    .partition = storage };

	if (uuids)
		entry.uuid = uuids[storage - l->partitions];
	plan_add(plan, (struct action){ .kind = ACT_TABLE_ENTRY, .entry = entry });
}

static void plan_disk(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	if (l->state == STATE_COMPLETE)
		return;
	add_save(plan);
	for (size_t i = 0; i < l->n_disks; i++) {
		if (l->disks[i].started)
			continue;
		add_clear(plan, &l->disks[i]);
		if (!l->disks[i].whole && !l->disks[i].kept)
			add_table(plan, &l->disks[i]);
	}
	if (l->xenserver && l->xenserver->storage_is_new)
		add_entry(plan, &l->disks[l->xenserver->primary]);
}

const struct step step_disk = {
	.name = "disk",
	.summary = "clear and partition the disks",
	.plan = plan_disk,
};
