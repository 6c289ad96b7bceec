/*
 * Step `boot-entries`: the Xen entry in the menu of a tree. Only there: on a machine step
 * `boot-loader` has the host's own generator make the menu, and installs the loader.
 */
#include "plan/convert.h"

static void plan_boot_entries(struct plan *plan)
{
	if (!plan->entries)
		return;
	plan_add_changes(plan, plan->entries, false);
	plan_add_tree_labels(plan);
}

const struct step step_boot_entries = {
	.name = "boot-entries",
	.summary = "write the Xen entry into the tree's boot menu",
	.plan = plan_boot_entries,
	.on_tree = true,
};
