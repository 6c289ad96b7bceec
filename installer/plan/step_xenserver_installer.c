/*
 * Step `xenserver-installer`: XenServer's own installer is fetched, prepared and loaded
 * before a disk is touched: a server that is down then costs nothing.
 *
 * Step `disk` follows: old tables and superblocks, which the installer is known to
 * stumble over, go, and each disk gets its mark (plan/xenserver.h). Then it is started;
 * what it does on the disks is its own affair.
 */
#include "plan/plan.h"

/* As the medium's own boot menu has it. */
#define XEN_OPTIONS    "dom0_max_vcpus=1-16 dom0_mem=max:8192M"
#define KERNEL_OPTIONS "console=tty0"

static const char *const *disk_names(struct plan *plan, size_t n)
{
	const char **names = arena_alloc(&plan->arena, n * sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = arena_printf(&plan->arena, "dom0strap/disk%zu", i + 1);
	return names;
}

/* The one for root first, the others in their order. */
static void add_disks(struct plan *plan, struct installer_spec *spec)
{
	const struct layout *l = &plan->layout;
	const char **marks = arena_alloc(&plan->arena, l->n_disks * sizeof(*marks));
	const char **serials = arena_alloc(&plan->arena, l->n_disks * sizeof(*serials));
	size_t n = 1;

	for (size_t i = 0; i < l->n_disks; i++) {
		size_t to = i == l->xenserver->primary ? 0 : n++;

		marks[to] = l->xenserver->marks[i];
		serials[to] = layout_disk_id(l->disks[i].disk);
	}
	spec->names = disk_names(plan, l->n_disks);
	spec->marks = marks;
	spec->serials = serials;
	spec->n_disks = l->n_disks;
	spec->primary_bytes = l->disks[l->xenserver->primary].disk->size_bytes;
}

/* The card by its name here, where the profile gives its address alone. */
static const char *find_interface(const struct plan *plan)
{
	const struct identity *id = &plan->profile->identity;

	if (!id->n_networks || id->networks[0].interface)
		return NULL;
	for (size_t i = 0; i < plan->facts->n_nics; i++)
		if (str_same_id(plan->facts->nics[i].mac, id->networks[0].mac))
			return plan->facts->nics[i].name;
	return NULL;
}

static void plan_installer(struct plan *plan)
{
	const struct boot_options *boot = &plan->profile->xenserver.boot;
	struct installer_spec spec = {
		.from = &plan->profile->xenserver,
		.attempt = plan->layout.xenserver->attempt,
		.interface = find_interface(plan),
		.xen_options = XEN_OPTIONS " console=vga",
		.kernel_options = KERNEL_OPTIONS,
	};

	if (plan->layout.xenserver->stage != XENSERVER_INSTALL)
		return;
	if ((int)boot->serial != CHOICE_UNSAID) {
		unsigned port = boot->serial == SERIAL_COM2 ? 2 : 1;

		spec.xen_options = arena_printf(
			&plan->arena, XEN_OPTIONS " com%u=%u,8n1 console=com%u,vga", port,
			(unsigned)boot->speed, port);
		spec.kernel_options = "console=hvc0 " KERNEL_OPTIONS;
	}
	add_disks(plan, &spec);
	plan_add(plan, (struct action){ .kind = ACT_INSTALLER, .installer = spec });
}

const struct step step_xenserver_installer = {
	.name = "xenserver-installer",
	.summary = "prepare XenServer's installer",
	.plan = plan_installer,
};
