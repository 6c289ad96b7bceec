/*
 * Step `image`: the host's files. A wrong digest ends the plan here, while nothing on the
 * disks is bootable.
 */
#include "plan/plan.h"

static void plan_image(struct plan *plan)
{
	const struct image *image = &plan->profile->image;

	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_add(plan,
		 (struct action){
			 .kind = ACT_EXTRACT,
			 .extract = { .url = image->url,
				      .sha256 = image->sha256 ? image->sha256
							      : image->listed_sha256 } });
}

const struct step step_image = {
	.name = "image",
	.summary = "unpack the image",
	.plan = plan_image,
};
