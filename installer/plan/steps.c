#include "plan/plan.h"

static const struct step *const xen_dom0[] = {
	&step_preserve,       &step_disk,    &step_array,    &step_volume,
	&step_filesystem,     &step_image,   &step_identity, &step_kerberos,
	&step_storage_config, &step_selinux, &step_overlays, &step_boot_entries,
	&step_boot_loader,    NULL,
};

static const struct step *const xenserver[] = {
	&step_xenserver_installer, &step_disk,           &step_array,
	&step_xenserver_storage,   &step_xenserver_boot, NULL,
};

static const struct step *const convert[] = { &step_convert, NULL };

const struct step *const *plan_steps_of(const struct profile *profile)
{
	if (profile->mode == MODE_CONVERT)
		return convert;
	return profile->target == TARGET_XENSERVER ? xenserver : xen_dom0;
}
