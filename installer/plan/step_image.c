/*
 * Step `image`: the host's files. A wrong digest ends the plan here, while nothing on the
 * disks is bootable.
 */
#include "plan/plan.h"

static void plan_image(struct plan *plan)
{
	const struct profile *p = plan->profile;

	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_add(plan,
		 (struct action){ .kind = ACT_EXTRACT,
				  .extract = { .url = p->image.url,
					       .sha256 = p->image.sha256
								 ? p->image.sha256
								 : p->image.listed_sha256,
					       .labels = plan_labels(p),
					       .policy = p->selinux.type,
					       .relabel = p->selinux.relabel } });
}

const struct step step_image = {
	.name = "image",
	.summary = "unpack the image",
	.plan = plan_image,
};
