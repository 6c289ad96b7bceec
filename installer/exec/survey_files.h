/*
 * Which files of a host that is mounted at TARGET_DIR its conversion reads or may change.
 */
#ifndef EXEC_SURVEY_FILES_H
#define EXEC_SURVEY_FILES_H

#include "bootcfg/edit.h"
#include "exec/target.h"
#include "facts/host.h"

#define survey_read target_read

/* Is a whole system's root mounted there? */
bool survey_is_root(void);

/* Fill in files, the names in /boot, and the kernels that can be dom0. */
void survey_collect(struct arena *arena, struct installed *host);

#endif
