/*
 * What starts the first-boot scripts of overlays, once in the life of a host.
 */
#ifndef PLAN_FIRST_BOOT_H
#define PLAN_FIRST_BOOT_H

#include "plan/plan.h"

/* SELinux policies have all of this folder as programs (bin_t), whatever their age. */
#define FIRST_BOOT_PROGRAM "/usr/libexec/dom0strap/first-boot"
#define FIRST_BOOT_SCRIPTS "/usr/libexec/dom0strap/first-boot.d"

void plan_add_first_boot(struct plan *plan);

#endif
