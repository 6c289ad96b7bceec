/*
 * Step `storage-config`: tell the host what it stands on: fstab(5), mdadm.conf(5), and
 * the latter inside its initramfs, which was built before the arrays had names.
 */
#include "plan/plan.h"

static const char *render_fstab(struct plan *plan)
{
	const struct layout *l = &plan->layout;
	struct text t = { 0 };

	text_add(&t, "# written by dom0strap\n");
	for (size_t i = 0; i < l->n_filesystems; i++) {
		const struct layout_filesystem *fs = &l->filesystems[i];
		bool root = str_eq(fs->filesystem->mount, "/");

		text_printf(&t, "UUID=%s %s %s defaults 0 %d\n", fs->uuid,
			    fs->filesystem->mount, fs->filesystem->type, root ? 1 : 2);
	}
	return plan_keep(plan, &t);
}

static const char *render_mdadm_conf(struct plan *plan)
{
	const struct layout *l = &plan->layout;
	struct text t = { 0 };

	text_printf(&t, "# written by dom0strap\nHOMEHOST %s\nMAILADDR root\n",
		    l->homehost);
	for (size_t i = 0; i < l->n_arrays; i++)
		text_printf(&t, "ARRAY %s metadata=%s UUID=%s name=%s:%s\n",
			    l->arrays[i].device, l->arrays[i].array->metadata,
			    l->arrays[i].uuid, l->homehost, l->arrays[i].array->name);
	return plan_keep(plan, &t);
}

static void plan_storage_config(struct plan *plan)
{
	/* Debian keeps the file in a folder of its own, everybody else in /etc. */
	static const struct {
		const char *path, *only_if;
	} places[] = { { "/etc/mdadm/mdadm.conf", "/etc/mdadm" },
		       { "/etc/mdadm.conf", NULL } };
	const char *conf;

	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_add(plan, (struct action){ .kind = ACT_WRITE,
					.file = { .path = TARGET_DIR "/etc/fstab",
						  .mode = 0644,
						  .text = render_fstab(plan) } });
	if (plan->layout.n_arrays == 0)
		return;
	conf = render_mdadm_conf(plan);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *path = arena_printf(&plan->arena, TARGET_DIR "%s",
						places[i].path);

		plan_add(plan, (struct action){ .kind = ACT_WRITE,
						.file = { .path = path,
							  .mode = 0644,
							  .only_if = places[i].only_if,
							  .text = conf } });
	}
	plan_add(plan,
		 (struct action){ .kind = ACT_INITRD,
				  .initrd = { .paths = PLAN_ARGV(plan, "etc/mdadm.conf",
								 "etc/mdadm/mdadm.conf"),
					      .text = conf } });
}

const struct step step_storage_config = {
	.name = "storage-config",
	.summary = "write fstab and mdadm.conf",
	.plan = plan_storage_config,
};
