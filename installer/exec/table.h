/*
 * Partition tables, MBR and GPT, through libfdisk. A disk may also be an image file.
 */
#ifndef EXEC_TABLE_H
#define EXEC_TABLE_H

#include "plan/plan.h"

/*
 * A whole new table: identifiers, places and types exactly as the plan has them, nothing
 * marked. In an MBR the boot code area is empty.
 */
must_check int table_write(const struct table_change *table, struct err *err);

/*
 * One partition in a table that is there: made, or, where it stands at that very place
 * already, made to be of that type. All else stays, boot code and identifiers included.
 */
must_check int table_set_entry(const struct table_entry_change *entry, struct err *err);

/*
 * Mark a partition: active (MBR), or "legacy BIOS bootable" (GPT). Nothing else changes,
 * boot code included; a mark that is there stays. The write is flushed.
 */
must_check int table_mark(const char *disk, enum table_kind kind, unsigned partition,
			  struct err *err);

#endif
