/*
 * Step `image`: the host's files. A wrong digest ends the plan here, while nothing on the
 * disks is bootable.
 */
#include "plan/plan.h"

static void plan_image(struct plan *plan)
{
	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_add(plan,
		 (struct action){ .kind = ACT_EXTRACT,
				  .extract = { .url = plan->profile->image.url,
					       .sha256 = plan->profile->image.sha256 } });
}

const struct step step_image = {
	.name = "image",
	.summary = "unpack the image",
	.plan = plan_image,
};
