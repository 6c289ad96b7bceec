#include "exec/table.h"

#include <inttypes.h>
#include <libfdisk/libfdisk.h>

#define GPT_LEGACY_BOOT   (UINT64_C(1) << 2) /* UEFI specification, 5.3.3 */
#define LINUX_FILESYSTEMS "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

static void free_context(struct fdisk_context **cxt)
{
	fdisk_unref_context(*cxt);
}
#define auto_context __attribute__((cleanup(free_context)))

static int fail(struct err *err, int rc, const char *what, const char *disk)
{
	return err_set(err, ERR_SYSTEM, rc < 0 ? -rc : EIO, "%s %s", what, disk);
}

/* sector_bytes 0: as the device says. */
static struct fdisk_context *open_disk(const char *disk, uint64_t sector_bytes,
				       struct err *err)
{
	struct fdisk_context *cxt = fdisk_new_context();
	int rc;

	if (!cxt)
		abort();
	fdisk_disable_dialogs(cxt, 1);
	if (sector_bytes)
		fdisk_save_user_sector_size(cxt, (unsigned)sector_bytes,
					    (unsigned)sector_bytes);
	rc = fdisk_assign_device(cxt, disk, 0);
	if (rc == 0)
		return cxt;
	fdisk_unref_context(cxt);
	fail(err, rc, "open", disk);
	return NULL;
}

static struct fdisk_parttype *make_type(struct fdisk_label *label, enum table_kind kind,
					const struct partition_type *from)
{
	struct fdisk_parttype *type;

	if (kind == TABLE_GPT) {
		const char *guid = from->guid ? from->guid : LINUX_FILESYSTEMS;

		type = fdisk_label_get_parttype_from_string(label, guid);
		return type ? type : fdisk_new_unknown_parttype(0, guid);
	}
	type = fdisk_label_get_parttype_from_code(label, from->mbr);
	return type ? type : fdisk_new_unknown_parttype(from->mbr, NULL);
}

static int add_partition(struct fdisk_context *cxt, enum table_kind kind,
			 const struct layout_partition *from, const char *uuid)
{
	uint64_t sector = fdisk_get_sector_size(cxt);
	struct fdisk_parttype *type = make_type(fdisk_get_label(cxt, NULL), kind,
						&from->type);
	struct fdisk_partition *part = fdisk_new_partition();
	size_t number;
	int rc;

	if (!part || !type)
		abort();
	fdisk_partition_set_partno(part, from->number - 1);
	fdisk_partition_set_start(part, from->start_bytes / sector);
	fdisk_partition_set_size(part, from->size_bytes / sector);
	fdisk_partition_size_explicit(part, 1); /* or it is rounded to what libfdisk likes
						 */
	fdisk_partition_set_type(part, type);
	if (kind == TABLE_GPT) {
		fdisk_partition_set_name(part, from->name);
		if (uuid)
			fdisk_partition_set_uuid(part, uuid);
	}
	rc = fdisk_add_partition(cxt, part, &number);
	fdisk_unref_parttype(type);
	fdisk_unref_partition(part);
	return rc;
}

/* libfdisk keeps a free megabyte in front unless it is told otherwise. */
static void allow_early_start(struct fdisk_context *cxt,
			      const struct layout_partition *partitions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t first = partitions[i].start_bytes / fdisk_get_sector_size(cxt);

		if (first < fdisk_get_first_lba(cxt))
			fdisk_set_first_lba(cxt, first);
	}
}

/* libfdisk may have its own idea of where a partition can be: then nothing is written. */
static int check_places(struct fdisk_context *cxt, const char *disk,
			const struct layout_partition *partitions, size_t n,
			struct err *err)
{
	uint64_t sector = fdisk_get_sector_size(cxt);

	for (size_t i = 0; i < n; i++) {
		const struct layout_partition *p = &partitions[i];
		struct fdisk_partition *part = NULL;
		uint64_t start = 0, size = 0;

		if (fdisk_get_partition(cxt, p->number - 1, &part) == 0) {
			start = fdisk_partition_get_start(part) * sector;
			size = fdisk_partition_get_size(part) * sector;
		}
		fdisk_unref_partition(part);
		if (start != p->start_bytes || size != p->size_bytes)
			return err_set(err, ERR_SYSTEM, 0,
				       "%s: libfdisk puts partition %u at byte %" PRIu64
				       ", %" PRIu64 " bytes, instead of %" PRIu64
				       ", %" PRIu64 " bytes",
				       disk, p->number, start, size, p->start_bytes,
				       p->size_bytes);
	}
	return 0;
}

int table_write(const struct table_change *t, struct err *err)
{
	auto_context struct fdisk_context *cxt = open_disk(t->disk, t->sector_bytes, err);
	int rc;

	if (!cxt)
		return -1;
	/* A fresh label has empty boot code. The id is ours, not a random one. */
	rc = fdisk_create_disklabel(cxt, t->kind == TABLE_GPT ? "gpt" : "dos");
	if (rc == 0)
		rc = fdisk_set_disklabel_id_from_string(cxt, t->id);
	if (rc == 0)
		allow_early_start(cxt, t->partitions, t->n_partitions);
	for (size_t i = 0; rc == 0 && i < t->n_partitions; i++)
		rc = add_partition(cxt, t->kind, &t->partitions[i],
				   t->uuids ? t->uuids[i] : NULL);
	if (rc == 0 &&
	    check_places(cxt, t->disk, t->partitions, t->n_partitions, err) < 0)
		return -1;
	if (rc == 0)
		rc = fdisk_write_disklabel(cxt);
	if (rc == 0)
		rc = fdisk_deassign_device(cxt, 0); /* syncs */
	return rc ? fail(err, rc, "write the partition table of", t->disk) : 0;
}

static int check_kind(struct fdisk_context *cxt, const char *disk, enum table_kind kind,
		      struct err *err)
{
	if (fdisk_is_labeltype(cxt, kind == TABLE_GPT ? FDISK_DISKLABEL_GPT
						      : FDISK_DISKLABEL_DOS))
		return 0;
	return err_set(err, ERR_SYSTEM, 0, "%s has lost its partition table", disk);
}

static int set_entry(struct fdisk_context *cxt, const struct table_entry_change *e)
{
	size_t i = e->partition->number - 1;
	struct fdisk_parttype *type;
	int rc;

	if (!fdisk_is_partition_used(cxt, i)) {
		allow_early_start(cxt, e->partition, 1);
		return add_partition(cxt, e->kind, e->partition, e->uuid);
	}
	type = make_type(fdisk_get_label(cxt, NULL), e->kind, &e->partition->type);
	rc = fdisk_set_partition_type(cxt, i, type);
	fdisk_unref_parttype(type);
	return rc;
}

int table_set_entry(const struct table_entry_change *e, struct err *err)
{
	auto_context struct fdisk_context *cxt = open_disk(e->disk, 0, err);
	int rc;

	if (!cxt || check_kind(cxt, e->disk, e->kind, err) < 0)
		return -1;
	rc = set_entry(cxt, e);
	if (rc == 0 && check_places(cxt, e->disk, e->partition, 1, err) < 0)
		return -1;
	if (rc == 0)
		rc = fdisk_write_disklabel(cxt);
	if (rc == 0)
		rc = fdisk_deassign_device(cxt, 0); /* syncs */
	return rc ? fail(err, rc, "change the partition table of", e->disk) : 0;
}

static int set_mark(struct fdisk_context *cxt, enum table_kind kind, size_t partition)
{
	struct fdisk_partition *part = NULL;
	uint64_t attributes = 0;
	int rc;

	if (kind == TABLE_GPT) {
		rc = fdisk_gpt_get_partition_attrs(cxt, partition, &attributes);
		return rc ? rc
			  : fdisk_gpt_set_partition_attrs(cxt, partition,
							  attributes | GPT_LEGACY_BOOT);
	}
	rc = fdisk_get_partition(cxt, partition, &part);
	if (rc == 0 && fdisk_partition_is_bootable(part) != 1)
		rc = fdisk_toggle_partition_flag(cxt, partition, DOS_FLAG_ACTIVE);
	fdisk_unref_partition(part);
	return rc;
}

int table_mark(const char *disk, enum table_kind kind, unsigned partition,
	       struct err *err)
{
	auto_context struct fdisk_context *cxt = open_disk(disk, 0, err);
	int rc;

	if (!cxt)
		return -1;
	if (check_kind(cxt, disk, kind, err) < 0)
		return -1;
	rc = set_mark(cxt, kind, partition - 1);
	if (rc == 0)
		rc = fdisk_write_disklabel(cxt);
	if (rc == 0)
		rc = fdisk_deassign_device(cxt, 0); /* syncs */
	return rc ? fail(err, rc, "make bootable", disk) : 0;
}
