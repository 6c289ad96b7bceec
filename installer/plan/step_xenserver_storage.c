/*
 * Step `xenserver-storage`: what the installed XenServer needs to know of its array.
 *
 * A host at its first boot makes its repository by itself, one that has another is given
 * a script; which of the two it is cannot be seen from outside, and the script does
 * nothing where there is nothing to do. So both are written.
 */
#include "plan/plan.h"
#include "xenserver/repository.h"

static void add_file(struct plan *plan, const char *path, unsigned mode, struct text *t)
{
	plan_add(plan,
		 (struct action){ .kind = ACT_WRITE,
				  .file = { .path = arena_printf(&plan->arena,
								 TARGET_DIR "%s", path),
					    .mode = mode,
					    .text = plan_keep(plan, t) } });
}

/* By release, which is told by what it has. */
static void add_file_for(struct plan *plan, bool units, const char *path, unsigned mode,
			 struct text *t)
{
	struct file_change *f;

	add_file(plan, path, mode, t);
	f = &plan->actions[plan->n - 1].file;
	if (units)
		f->only_if = REPOSITORY_HAS_UNITS;
	else
		f->unless = REPOSITORY_HAS_UNITS;
}

static void add_repository(struct plan *plan)
{
	const struct storage *storage = &plan->profile->xenserver.storage;
	struct text t = { 0 };

	repository_write_conf(storage, &t);
	add_file(plan, REPOSITORY_CONF, 0644, &t);
	repository_write_script(storage, &t);
	add_file(plan, REPOSITORY_PROGRAM, 0755, &t);
	repository_write_firstboot(&t);
	add_file_for(plan, false, REPOSITORY_FIRSTBOOT, 0755, &t);
	repository_write_unit(&t);
	add_file_for(plan, true, REPOSITORY_UNIT, 0644, &t);
	repository_write_wanted(&t);
	add_file_for(plan, true, REPOSITORY_WANTED, 0644, &t);
}

static void add_menu(struct plan *plan)
{
	const struct boot_options *boot = &plan->profile->xenserver.boot;
	struct menu_edit edit = { .drop = PLAN_ARGV(plan, NULL) };
	unsigned port = boot->serial == SERIAL_COM2 ? 2 : 1;

	if (boot->verbose)
		edit.drop = PLAN_ARGV(plan, "quiet", "splash");
	if ((int)boot->serial != CHOICE_UNSAID) {
		edit.xen_options = arena_printf(&plan->arena,
						"com%u=%u,8n1 console=com%u,vga", port,
						(unsigned)boot->speed, port);
		edit.kernel_options = "console=hvc0";
	}
	if (*edit.drop || edit.xen_options)
		plan_add(plan, (struct action){ .kind = ACT_MENU_EDIT, .menu = edit });
}

static void plan_storage(struct plan *plan)
{
	const struct layout *l = &plan->layout;
	struct text conf = { 0 };

	if (l->xenserver->stage != XENSERVER_STORAGE)
		return;
	plan_add(plan, (struct action){ .kind = ACT_MOUNT,
					.mount = { .source = l->xenserver->root,
						   .target = TARGET_DIR,
						   .type = "ext4" } });
	plan_write_mdadm_conf(plan, &conf);
	add_file(plan, "/etc/mdadm.conf", 0644, &conf);
	plan_add_resync_limits(plan);
	add_repository(plan);
	add_menu(plan);
}

const struct step step_xenserver_storage = {
	.name = "xenserver-storage",
	.summary = "tell XenServer of its array",
	.plan = plan_storage,
};
