/*
 * Printers of actions, shared by the files that print a plan; see plan_print_action().
 */
#ifndef PLAN_PLAN_PRINT_H
#define PLAN_PLAN_PRINT_H

#include "core/text.h"
#include "plan/plan.h"

/* Each word after a blank, in quotes where a shell would want them. */
void plan_print_argv(const char *const *argv, struct text *out);

/* plan_print_storage.c */
void plan_print_save(const struct action *a, struct text *out);
void plan_print_clear(const struct action *a, struct text *out);
void plan_print_partition(const struct action *a, struct text *out);
void plan_print_array(const struct action *a, struct text *out);
void plan_print_boot_record(const struct action *a, struct text *out);
void plan_print_table_entry(const struct action *a, struct text *out);

#endif
