/*
 * Step `image`: the host's files. A wrong digest ends the plan here, while nothing on the
 * disks is bootable.
 */
#include "plan/plan.h"

/* So that an older list is known for what it is, even by a machine that remembers nothing
 * else: see exec/seen_on_disk.h. */
static void add_lists_seen(struct plan *plan)
{
	plan_add(plan, (struct action){
			       .kind = ACT_WRITE,
			       .file = { .path = TARGET_DIR PLAN_SEEN_FILE,
					 .mode = 0644,
					 .text = plan->profile->image.lists_seen,
					 .instead = "the serial numbers of the signed "
						    "lists of this install" },
		       });
}

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
					       .chunks = p->image.chunks,
					       .chunks_sha256 = p->image.listed_chunks,
					       .peers = p->image.chunk_peers,
					       .n_peers = p->image.n_chunk_peers,
					       .labels = plan_labels(p),
					       .policy = p->selinux.type,
					       .relabel = p->selinux.relabel } });
	if (p->image.lists_seen)
		add_lists_seen(plan);
}

const struct step step_image = {
	.name = "image",
	.summary = "unpack the image",
	.plan = plan_image,
};
