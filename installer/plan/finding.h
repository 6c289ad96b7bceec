/*
 * What stands on a disk, in the words of people who have to decide whether it may go.
 * Pure.
 */
#ifndef PLAN_FINDING_H
#define PLAN_FINDING_H

#include "facts/facts.h"

/* "md RAID member of array "host:0"", "GPT backup header", "xfs filesystem, label "x"" */
void finding_describe(const struct disk *disk, const struct signature *s,
		      struct text *out);

/* The same behind "/dev/sda (serial A), byte 4096, partition 2: ". */
void finding_print(const struct disk *disk, const struct signature *s, struct text *out);

/* A partition table, or what belongs to one. */
bool finding_is_table(const struct signature *s);

#endif
