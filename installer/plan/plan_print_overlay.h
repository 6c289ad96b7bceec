/*
 * Between plan_print_action.c and what it leaves to plan_print_overlay.c.
 */
#ifndef PLAN_PLAN_PRINT_OVERLAY_H
#define PLAN_PLAN_PRINT_OVERLAY_H

#include "plan/plan.h"

void plan_print_check(const struct action *a, struct text *out);
void plan_print_put(const struct action *a, struct text *out);
void plan_print_line(const struct file_change *f, struct text *out);

/* " or B or C"; NULL: nothing. */
void plan_print_others(const char *const *others, struct text *out);

/* ", if the host has A and not B". NULL: no condition. */
void plan_print_condition(const char *only_if, const char *unless, struct text *out);

#endif
