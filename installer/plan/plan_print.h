/*
 * Printers of actions, shared by the files that print a plan; see plan_print_action().
 */
#ifndef PLAN_PLAN_PRINT_H
#define PLAN_PLAN_PRINT_H

#include "core/text.h"
#include "plan/plan.h"

/* " or B or C"; NULL: nothing. */
void plan_print_others(const char *const *others, struct text *out);

/* ", if the host has A and not B". NULL: no condition. */
void plan_print_condition(const char *only_if, const char *unless, struct text *out);

/* plan_print_overlay.c */
void plan_print_check(const struct action *a, struct text *out);
void plan_print_put(const struct action *a, struct text *out);
void plan_print_line(const struct file_change *f, struct text *out);

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
