/*
 * Step `disk`: the same MBR on every disk. The boot code area stays empty and no
 * partition is active yet: until the last step of all, no BIOS can boot what is half
 * there.
 */
#include "plan/plan.h"

static void plan_disk(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	if (l->state == STATE_COMPLETE)
		return;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *d = l->disks[i].disk;

		plan_add(plan,
			 (struct action){
				 .kind = ACT_PARTITION,
				 .destroys = true,
				 .partition = { .disk = d->path,
						.serial = d->serial,
						.id = l->disks[i].table_id,
						.sector_bytes = d->sector_bytes,
						.partitions = l->partitions,
						.n_partitions = l->n_partitions } });
	}
}

const struct step step_disk = {
	.name = "disk",
	.summary = "partition the disks",
	.plan = plan_disk,
};
