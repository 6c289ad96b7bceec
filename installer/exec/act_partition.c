/*
 * Actions `clear`, `partition`, `table entry` and `boot record`: what makes a disk the
 * host's.
 *
 * An old superblock in what becomes a partition would be taken for the new content's, so
 * the places of all of them are cleared on the whole disk before there is a new table.
 */
#include <fcntl.h>

#include "core/log.h"
#include "exec/device.h"
#include "exec/exec.h"
#include "exec/table.h"

static const char *serial_text(const char *serial)
{
	return serial ? serial : "unknown";
}

int act_clear(const struct exec *x, const struct action *a, struct err *err)
{
	const struct range_list *list = &a->ranges;
	auto_fd int fd = -1;

	(void)x;
	if (list->n == 0)
		return 0;
	fd = device_open(list->ranges[0].disk, O_RDWR, err);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (device_zero(fd, list->ranges[i].disk, list->ranges[i].offset_bytes,
				list->ranges[i].size_bytes, err) < 0)
			return -1;
	if (device_flush(fd, list->ranges[0].disk, err) < 0)
		return -1;
	return device_reread(fd, list->ranges[0].disk, err);
}

static int reread(const char *disk, struct err *err)
{
	auto_fd int fd = device_open(disk, O_RDONLY, err);

	return fd < 0 ? -1 : device_reread(fd, disk, err);
}

int act_partition(const struct exec *x, const struct action *a, struct err *err)
{
	const struct table_change *t = &a->partition;
	auto_arena struct arena arena = { 0 };

	(void)x;
	if (table_write(t, err) < 0 || reread(t->disk, err) < 0)
		return -1;
	for (size_t i = 0; i < t->n_partitions; i++)
		if (device_wait(layout_partition_path(&arena, t->disk,
						      t->partitions[i].number),
				err) < 0)
			return -1;
	log_info("  %s (serial %s): %zu partitions", t->disk, serial_text(t->serial),
		 t->n_partitions);
	return 0;
}

int act_table_entry(const struct exec *x, const struct action *a, struct err *err)
{
	const struct table_entry_change *e = &a->entry;
	auto_arena struct arena arena = { 0 };

	(void)x;
	if (table_set_entry(e, err) < 0 || reread(e->disk, err) < 0 ||
	    device_wait(layout_partition_path(&arena, e->disk, e->partition->number),
			err) < 0)
		return -1;
	log_info("  %s (serial %s): partition %u", e->disk, serial_text(e->serial),
		 e->partition->number);
	return 0;
}

int act_boot_record(const struct exec *x, const struct action *a, struct err *err)
{
	if (exec_flush(x, err) < 0 ||
	    table_mark(a->record.disk, a->record.table, a->record.partition, err) < 0)
		return -1;
	log_info("  %s (serial %s) is bootable", a->record.disk,
		 serial_text(a->record.serial));
	return 0;
}
