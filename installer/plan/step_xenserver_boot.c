/*
 * Step `xenserver-boot`: jump into XenServer by what its own boot menu starts by default,
 * and mark the other disks, the last write of all: from then on the host is complete.
 */
#include "plan/plan.h"

static void add_marks(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *d = l->disks[i].disk;

		if (l->disks[i].kept)
			continue;
		plan_add(plan,
			 (struct action){
				 .kind = ACT_BOOT_RECORD,
				 .record = { .disk = d->path,
					     .serial = d->serial,
					     .table = l->table,
					     .partition = l->xenserver->boot->number } });
	}
}

static void plan_boot(struct plan *plan)
{
	const struct layout_xenserver *x = plan->layout.xenserver;
	bool jump = plan_finish(plan) == FINISH_KEXEC;

	if (x->stage == XENSERVER_INSTALL)
		return;
	if (jump && x->stage == XENSERVER_BOOT)
		plan_add(plan, (struct action){ .kind = ACT_MOUNT,
						.mount = { .source = x->root,
							   .target = TARGET_DIR,
							   .type = "ext4",
							   .read_only = true,
							   .untouched = x->mirrored } });
	if (jump)
		plan_add(plan, (struct action){ .kind = ACT_MENU_KEXEC });
	if (x->stage == XENSERVER_STORAGE)
		add_marks(plan);
}

const struct step step_xenserver_boot = {
	.name = "xenserver-boot",
	.summary = "boot XenServer",
	.plan = plan_boot,
};
