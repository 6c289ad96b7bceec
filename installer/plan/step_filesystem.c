/*
 * Step `filesystem`: make the filesystems, mount them all below the target.
 *
 * Features that GRUB and kernels of a few years ago cannot read are turned off: the
 * host's own boot loader has to read /boot, and nobody would miss them.
 */
#include "plan/plan.h"

static void make(struct plan *plan, const struct layout_filesystem *fs)
{
	plan_add(plan,
		 (struct action){ .kind = ACT_RUN,
				  .destroys = true,
				  .run = { .argv = PLAN_ARGV(
						   plan, "mke2fs", "-t",
						   fs->filesystem->type, "-q", "-F", "-O",
						   "^metadata_csum_seed,^orphan_file",
						   "-U", fs->uuid, fs->device) } });
}

static void mount(struct plan *plan, const struct layout_filesystem *fs)
{
	const char *below = fs->filesystem->mount;

	plan_add(plan, (struct action){ .kind = ACT_MOUNT,
					.mount = { .source = fs->device,
						   .target = arena_printf(
							   &plan->arena, TARGET_DIR "%s",
							   below[1] ? below : ""),
						   .type = fs->filesystem->type,
						   .uuid = fs->uuid } });
}

static void plan_filesystem(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	for (size_t i = 0; l->state != STATE_COMPLETE && i < l->n_filesystems; i++)
		make(plan, &l->filesystems[i]);
	for (size_t i = 0; i < l->n_filesystems; i++)
		mount(plan, &l->filesystems[i]);
}

const struct step step_filesystem = {
	.name = "filesystem",
	.summary = "make and mount the filesystems",
	.plan = plan_filesystem,
};
