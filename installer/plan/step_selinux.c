/*
 * Step `selinux`: the host's mode, its policy's booleans, and who labels its files.
 *
 * Labels are no action of their own in an install: whatever is unpacked or written gets
 * one at once (plan_labels()). What is left is what the host's own tools write, and the
 * mount points and lost+found that were there before the image.
 */
#include "plan/plan.h"

static const struct selinux *selinux_of(const struct plan *plan)
{
	return &plan->profile->selinux;
}

enum image_labels plan_labels(const struct profile *profile)
{
	const struct selinux *s = &profile->selinux;

	if (s->relabel != RELABEL_MISSING || s->mode == SELINUX_CHOICE_DISABLED)
		return IMAGE_LABELS_NONE;
	return s->mode == SELINUX_CHOICE_UNSAID ? IMAGE_LABELS_IF_ENABLED
						: IMAGE_LABELS_ALWAYS;
}

/*
 * security= chooses the module where the kernel was built with several, as Debian's is
 * (selinux-activate(8) writes the same). Kernels with lsm= on the line ignore it.
 */
const char *plan_kernel_options(struct plan *plan)
{
	const char *options = plan->profile->xen.kernel_options;
	bool off = selinux_of(plan)->mode == SELINUX_CHOICE_DISABLED;
	const char *const wanted[] = { off ? "selinux=0" : "security=selinux",
				       off ? NULL : "selinux=1" };

	if (selinux_of(plan)->mode == SELINUX_CHOICE_UNSAID)
		return options;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (wanted[i] && !profile_has_argument(options, wanted[i]))
			options = arena_printf(&plan->arena, "%s%s%s", options,
					       *options ? " " : "", wanted[i]);
	return options;
}

static void add_setting(struct plan *plan, const char *key, const char *value)
{
	plan_add(plan,
		 (struct action){ .kind = ACT_EDIT,
				  .file = { .path = TARGET_DIR "/etc/selinux/config",
					    .edit = EDIT_PLAIN_VARIABLE,
					    .key = key,
					    .value = value } });
}

static void add_mode(struct plan *plan)
{
	static const char *const words[] = { "disabled", "permissive", "enforcing" };
	const struct selinux *s = selinux_of(plan);

	if (s->type)
		add_setting(plan, "SELINUXTYPE", s->type);
	/* A host without SELinux is disabled already. */
	if (s->mode == SELINUX_CHOICE_DISABLED)
		plan_add(plan, (struct action){
				       .kind = ACT_EDIT,
				       .file = { .path = TARGET_DIR "/etc/selinux/config",
						 .only_if = "/etc/selinux/config",
						 .edit = EDIT_PLAIN_VARIABLE,
						 .key = "SELINUX",
						 .value = words[s->mode] } });
	else if (s->mode != SELINUX_CHOICE_UNSAID)
		add_setting(plan, "SELINUX", words[s->mode]);
}

void plan_add_labels(struct plan *plan)
{
	static const char *const below[] = { "/boot", "/etc", NULL };
	const struct layout *l = &plan->layout;
	struct action a = { .kind = ACT_LABEL };
	const char **mounts = NULL, *end = NULL;
	size_t n = 0;

	if (plan_labels(plan->profile) == IMAGE_LABELS_NONE)
		return;
	for (size_t i = 0; i < l->n_filesystems; i++) {
		const struct filesystem *f = l->filesystems[i].filesystem;

		if (f->mount && !str_eq(f->type, "vfat"))
			mounts = arena_append(&plan->arena, mounts, &n, &f->mount,
					      sizeof(f->mount));
	}
	a.label.mounts = arena_append(&plan->arena, mounts, &n, &end, sizeof(end));
	a.label.below = below;
	plan_add(plan, a);
}

void plan_add_tree_labels(struct plan *plan)
{
	static const char *const nowhere[] = { NULL }, *const etc[] = { "/etc", NULL };

	if (plan->tree && plan_labels(plan->profile) != IMAGE_LABELS_NONE)
		plan_add(plan,
			 (struct action){ .kind = ACT_LABEL,
					  .label = { .mounts = nowhere, .below = etc } });
}

static void plan_selinux(struct plan *plan)
{
	static const char *const nowhere[] = { NULL }, *const everywhere[] = { "/",
									       NULL };
	const struct selinux *s = selinux_of(plan);

	if (plan->layout.state == STATE_COMPLETE)
		return;
	add_mode(plan);
	if (s->n_booleans)
		plan_add(plan, (struct action){ .kind = ACT_BOOLEANS,
						.booleans = { .policy = s->type,
							      .items = s->booleans,
							      .n = s->n_booleans } });
	/* Its text would become arguments of the host's fixfiles(8). */
	if (s->relabel == RELABEL_BOOT)
		plan_add(plan,
			 (struct action){ .kind = ACT_WRITE,
					  .file = { .path = TARGET_DIR "/.autorelabel",
						    .mode = 0644,
						    .text = "" } });
	if (plan->tree && plan_labels(plan->profile) != IMAGE_LABELS_NONE)
		plan_add(plan, (struct action){ .kind = ACT_LABEL,
						.label = { .mounts = nowhere,
							   .below = everywhere } });
}

const struct step step_selinux = {
	.name = "selinux",
	.summary = "set mode and booleans of SELinux",
	.plan = plan_selinux,
	.on_tree = true,
};
