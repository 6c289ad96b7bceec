/*
 * Step `convert`: an installed host gets its Xen entry. No table, array or filesystem is
 * made; the files that change are those named here and no others, and each is written
 * only if it is still what the plan was made from.
 */
#include "bootcfg/new_entry.h"
#include "plan/convert.h"

static void add_run(struct plan *plan, const char *const *argv, const char *const *undo)
{
	plan_add(plan, (struct action){ .kind = ACT_RUN,
					.run = { .argv = argv, .undo = undo } });
}

static void add_arrays(struct plan *plan, const struct installed *h)
{
	for (size_t i = 0; i < h->n_arrays; i++) {
		const struct host_array *a = &h->arrays[i];
		static const char *const head[] = { "mdadm", "--assemble", "--run",
						    "--quiet" };
		const char **argv = NULL;
		const char *end = NULL;
		size_t n = 0;

		for (size_t j = 0; j < ARRAY_LEN(head); j++)
			argv = arena_append(&plan->arena, argv, &n, &head[j],
					    sizeof(head[j]));
		argv = arena_append(&plan->arena, argv, &n, &a->device,
				    sizeof(a->device));
		for (size_t j = 0; j < a->n_members; j++)
			argv = arena_append(&plan->arena, argv, &n, &a->members[j],
					    sizeof(a->members[j]));
		argv = arena_append(&plan->arena, argv, &n, &end, sizeof(end));
		add_run(plan, argv, PLAN_ARGV(plan, "mdadm", "--stop", a->device));
	}
}

static void add_mounts(struct plan *plan, const struct installed *h)
{
	static const struct mount kernels[] = {
		{ .source = "/dev", .target = TARGET_DIR "/dev", .bind = true },
		{ .source = "proc", .target = TARGET_DIR "/proc", .type = "proc" },
		{ .source = "sysfs", .target = TARGET_DIR "/sys", .type = "sysfs" },
	};
	const char *devices = NULL;

	/* At once: a group may have several. */
	for (size_t i = 0; i < h->n_volume_devices; i++)
		devices = arena_printf(&plan->arena, "%s%s%s", i ? devices : "",
				       i ? "," : "", h->volume_devices[i]);
	if (devices)
		add_run(plan,
			PLAN_ARGV(plan, "lvm", "vgchange", "--devices", devices,
				  "--quiet", "-ay"),
			PLAN_ARGV(plan, "lvm", "vgchange", "--devices", devices,
				  "--quiet", "-an"));
	for (size_t i = 0; i < h->n_mounts; i++) {
		const struct host_mount *m = &h->mounts[i];

		plan_add(plan, (struct action){
				       .kind = ACT_MOUNT,
				       .mount = { .source = m->device,
						  .target = arena_printf(
							  &plan->arena, TARGET_DIR "%s",
							  m->mount[1] ? m->mount : ""),
						  .type = m->type,
						  .uuid = m->uuid } });
	}
	for (size_t i = 0; plan->convert->generate || plan->convert->arm_extlinux
				   ? i < ARRAY_LEN(kernels)
				   : false;
	     i++)
		plan_add(plan, (struct action){ .kind = ACT_MOUNT, .mount = kernels[i] });
}

void plan_add_changes(struct plan *plan, const struct convert *c, bool destroys)
{
	static const char once[] = "--once=" EXTLINUX_LABEL;

	for (size_t i = 0; i < c->n_changes; i++) {
		const struct convert_change *change = &c->changes[i];

		plan_add(plan,
			 (struct action){ .kind = ACT_CHANGE,
					  .destroys = destroys,
					  .file = { .path = arena_printf(&plan->arena,
									 TARGET_DIR "%s",
									 change->path),
						    .mode = change->mode,
						    .old = change->old,
						    .text = change->new } });
	}
	if (c->generate)
		plan_add(plan, (struct action){ .kind = ACT_BOOT_ENTRY,
						.destroys = destroys,
						.boot = c->boot });
	if (c->arm_extlinux)
		plan_add(plan,
			 (struct action){
				 .kind = ACT_RUN,
				 .destroys = destroys,
				 .run = { .argv = PLAN_ARGV(plan, "chroot", TARGET_DIR,
							    "extlinux", once,
							    c->arm_extlinux) } });
	if (c->links)
		plan_add(plan, (struct action){ .kind = ACT_SERVICE,
						.destroys = destroys,
						.service = { .name = "libvirtd",
							     .links = c->links } });
}

static void plan_convert(struct plan *plan)
{
	const struct convert *c = plan->convert;
	bool jump = plan_finish(plan) == FINISH_KEXEC;

	if (plan->layout.state != STATE_CONVERTED || jump) {
		add_arrays(plan, c->host);
		add_mounts(plan, c->host);
	}
	plan_add_changes(plan, c, true);
	if (jump)
		plan_add(plan, (struct action){ .kind = ACT_KEXEC, .boot = c->boot });
}

const struct step step_convert = {
	.name = "convert",
	.summary = "make the installed host a Xen host",
	.plan = plan_convert,
};
