/*
 * Step `boot-loader`: the Xen entry in the menu of the host's own boot loader, that
 * loader on every disk, and, last of all, the mark of a bootable partition on each: an
 * MBR's active flag, a GPT's "legacy BIOS bootable". UEFI firmware does not ask for it;
 * it still says that the install is complete.
 *
 * GRUB 2's menu is made by the host's own generator from /etc/default/grub, so that a
 * later kernel update keeps the Xen entry. 20_linux_xen gives its first entry the id
 * xen-gnulinux-simple-ROOT-UUID, which is known here, before the image is.
 */
#include "plan/plan.h"

static void add_mounts(struct plan *plan)
{
	static const struct mount mounts[] = {
		{ .source = "/dev", .target = TARGET_DIR "/dev", .bind = true },
		{ .source = "proc", .target = TARGET_DIR "/proc", .type = "proc" },
		{ .source = "sysfs", .target = TARGET_DIR "/sys", .type = "sysfs" },
	};

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		plan_add(plan, (struct action){ .kind = ACT_MOUNT, .mount = mounts[i] });
}

/*
 * The menu goes where the operator will look: the text screen, and the serial line that
 * Xen's own console is on (com1=115200,8n1 → unit 0). Text, not graphics: management
 * controllers show it, and the host's generator is spared looking for fonts and pictures.
 */
static const char *serial_command(const char *xen_options, struct arena *arena)
{
	const char *com = strstr(xen_options, "com");
	unsigned port, speed;

	for (; com; com = strstr(com + 1, "com"))
		if ((com == xen_options || com[-1] == ' ') &&
		    sscanf(com, "com%1u=%u", &port, &speed) == 2 && port >= 1 &&
		    port <= 2)
			return arena_printf(arena, "serial --unit=%u --speed=%u",
					    port - 1, speed);
	return NULL;
}

static void add_settings(struct plan *plan, const struct boot_spec *spec)
{
	struct arena *arena = &plan->arena;
	const char *serial = serial_command(spec->xen_options, arena);
	const struct {
		const char *key, *value;
	} settings[] = {
		{ "GRUB_TERMINAL", serial ? "console serial" : "console" },
		{ "GRUB_SERIAL_COMMAND", serial },
		{ "GRUB_TIMEOUT", arena_printf(arena, "%u", spec->timeout_s) },
		{ "GRUB_DEFAULT",
		  spec->make_default == XEN_DEFAULT_TRUE
			  ? arena_printf(arena, "xen-gnulinux-simple-%s", spec->root_uuid)
			  : NULL },
		{ "GRUB_CMDLINE_XEN", *spec->xen_options ? spec->xen_options : NULL },
		{ "GRUB_CMDLINE_LINUX_XEN_REPLACE",
		  *spec->kernel_options ? spec->kernel_options : NULL },
		/* Fedora's and others' per-entry files do not know Xen; see blscfg. */
		{ "GRUB_ENABLE_BLSCFG", "false" },
	};
	struct text overrides = { 0 };

	text_add(&overrides, "# written by dom0strap\n");
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (!settings[i].value)
			continue;
		plan_add(plan, (struct action){
				       .kind = ACT_EDIT,
				       .file = { .path = TARGET_DIR "/etc/default/grub",
						 .edit = EDIT_SHELL_VARIABLE,
						 .key = settings[i].key,
						 .value = settings[i].value } });
		text_printf(&overrides, "%s=\"%s\"\n", settings[i].key,
			    settings[i].value);
	}
	/* Debian's Xen package overrides the default in this folder; ours comes after it.
	 */
	plan_add(plan,
		 (struct action){ .kind = ACT_WRITE,
				  .file = { .path = TARGET_DIR
					    "/etc/default/grub.d/zz-dom0strap.cfg",
					    .mode = 0644,
					    .only_if = "/etc/default/grub.d",
					    .text = plan_keep(plan, &overrides) } });
}

static const struct layout_partition *active_partition(const struct layout *l)
{
	for (size_t i = 0; i < l->n_partitions; i++)
		if (l->partitions[i].active)
			return &l->partitions[i];
	abort(); /* layout_compute() made one active */
}

/* The one whose filesystem, alone or as a mirror's half, is read by what starts it. */
static unsigned boot_partition(const struct layout *l)
{
	const struct layout_filesystem *fs = layout_find_mount(l, "/boot");
	const char *on;

	if (!fs)
		fs = layout_find_mount(l, "/");
	on = fs->filesystem->on;
	for (size_t i = 0; i < l->n_arrays; i++)
		if (str_eq(l->arrays[i].array->name, on))
			on = l->arrays[i].array->of;
	for (size_t i = 0; i < l->n_partitions; i++)
		if (str_eq(l->partitions[i].name, on))
			return l->partitions[i].number;
	return 0; /* on LVM or a set of whole disks: GRUB 2 finds it by UUID */
}

/* Every one of the system's disks, so that the host boots from each alone. */
static void add_per_disk(struct plan *plan, enum action_kind kind)
{
	const struct layout *l = &plan->layout;
	bool first = true;

	for (size_t i = 0; i < l->n_system; i++) {
		const struct disk *d = l->disks[i].disk;

		if (l->disks[i].bootable)
			continue;
		plan_add(
			plan,
			(struct action){
				.kind = kind,
				.record = { .disk = d->path,
					    .serial = d->serial,
					    .table = plan->profile->table,
					    .partition =
						    kind == ACT_BOOT_CODE
							    ? boot_partition(l)
							    : active_partition(l)->number,
					    .loader = plan->profile->boot_loader,
					    .first = first,
					    .once = plan->profile->xen.make_default ==
						    XEN_DEFAULT_ONCE } });
		first = false;
	}
}

/* An EFI system partition is the same on all disks: an array of theirs, or on one. */
static void add_boot_code(struct plan *plan)
{
	if (str_eq(plan->facts->firmware, "uefi"))
		plan_add(plan, (struct action){ .kind = ACT_BOOT_CODE,
						.record = { .table = plan->profile->table,
							    .loader = LOADER_GRUB2,
							    .first = true,
							    .efi = true } });
	else
		add_per_disk(plan, ACT_BOOT_CODE);
}

/* Fedora's kernel packages would make each new kernel the default, without Xen. */
static void add_services(struct plan *plan)
{
	static const char settings[] = "/etc/sysconfig/kernel";

	if (plan->profile->xen.make_default == XEN_DEFAULT_TRUE)
		plan_add(plan, (struct action){ .kind = ACT_EDIT,
						.file = { .path = TARGET_DIR
							  "/etc/sysconfig/kernel",
							  .only_if = settings,
							  .edit = EDIT_SHELL_VARIABLE,
							  .key = "UPDATEDEFAULT",
							  .value = "no" } });
	if (plan->profile->xen.libvirtd)
		plan_add(plan, (struct action){ .kind = ACT_SERVICE,
						.service = { .name = "libvirtd" } });
}

static void plan_boot_loader(struct plan *plan)
{
	const struct xen *xen = &plan->profile->xen;
	const struct layout_filesystem *root = layout_find_mount(&plan->layout, "/");
	const struct layout_filesystem *boot = layout_find_mount(&plan->layout, "/boot");
	struct boot_spec spec = {
		.root_uuid = root->uuid,
		.boot_uuid = boot ? boot->uuid : root->uuid,
		.boot_prefix = boot ? "" : "/boot",
		.grub_root = arena_printf(&plan->arena, "(hd0,%u)",
					  boot_partition(&plan->layout) - 1),
		.hypervisor = xen->hypervisor,
		.loader = plan->profile->boot_loader,
		.xen_options = xen->options,
		.kernel_options = plan_kernel_options(plan),
		.make_default = xen->make_default,
		.timeout_s = (unsigned)xen->timeout,
	};

	if (plan->layout.state != STATE_COMPLETE) {
		add_mounts(plan);
		if (spec.loader == LOADER_GRUB2)
			add_settings(plan, &spec);
		add_services(plan);
		plan_add(plan, (struct action){ .kind = ACT_BOOT_ENTRY, .boot = spec });
		add_boot_code(plan);
		plan_add_labels(plan);
	}
	if (plan_finish(plan) == FINISH_KEXEC)
		plan_add(plan, (struct action){ .kind = ACT_KEXEC, .boot = spec });
	if (!plan->layout.found)
		add_per_disk(plan, ACT_BOOT_RECORD);
}

const struct step step_boot_loader = {
	.name = "boot-loader",
	.summary = "write the Xen entry, make the disks bootable",
	.plan = plan_boot_loader,
};
