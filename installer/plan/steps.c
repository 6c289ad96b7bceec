#include "plan/plan.h"

/* The order is the order of execution. */
const struct step *const plan_steps[] = {
	&step_preserve,       &step_disk,        &step_array,    &step_volume,
	&step_filesystem,     &step_image,       &step_identity, &step_kerberos,
	&step_storage_config, &step_boot_loader,
};
const size_t plan_n_steps = ARRAY_LEN(plan_steps);
