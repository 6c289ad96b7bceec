/*
 * Find installed systems by their files, over plain partitions, md and LVM (host.h). What
 * a plan can be made from goes into facts->hosts; nothing is written anywhere.
 */
#ifndef EXEC_SURVEY_H
#define EXEC_SURVEY_H

#include "facts/facts.h"

/*
 * What cannot be mounted is passed over with a warning; ERR_SYSTEM where
 * something that was taken into use cannot be given back. TARGET_DIR is used, and free
 * afterwards.
 */
must_check int survey_hosts(struct facts *facts, struct arena *arena, struct err *err);

/*
 * The system in a tree, which is mounted or unpacked somewhere: as far as its own files
 * tell. ERR_SOURCE where they do not.
 */
must_check int survey_tree(const char *tree, struct arena *arena, struct installed *ret,
			   struct err *err);

#endif
