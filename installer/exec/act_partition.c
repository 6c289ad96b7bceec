/*
 * Actions `partition` and `boot-record`: MBR tables through libfdisk.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "core/log.h"
#include "exec/exec.h"

#define DEVICE_WAIT_MS 5000

static void free_context(struct fdisk_context **cxt)
{
	fdisk_unref_context(*cxt);
}
#define auto_context __attribute__((cleanup(free_context)))

static int fail(struct err *err, int rc, const char *what, const char *disk)
{
	return err_set(err, ERR_SYSTEM, rc < 0 ? -rc : EIO, "%s %s", what, disk);
}

static struct fdisk_context *open_disk(const char *disk, struct err *err)
{
	struct fdisk_context *cxt = fdisk_new_context();
	int rc;

	if (!cxt)
		abort();
	fdisk_disable_dialogs(cxt, 1);
	rc = fdisk_assign_device(cxt, disk, 0);
	if (rc == 0)
		return cxt;
	fdisk_unref_context(cxt);
	fail(err, rc, "open", disk);
	return NULL;
}

static int add_partition(struct fdisk_context *cxt, const struct layout_partition *from,
			 uint64_t sector_bytes)
{
	struct fdisk_label *label = fdisk_get_label(cxt, NULL);
	struct fdisk_partition *part = fdisk_new_partition();
	struct fdisk_parttype *type = fdisk_label_get_parttype_from_code(label,
									 from->type.mbr);
	size_t number;
	int rc;

	if (!part || !type)
		abort();
	fdisk_partition_set_partno(part, from->number - 1);
	fdisk_partition_set_start(part, from->start_bytes / sector_bytes);
	fdisk_partition_set_size(part, from->size_bytes / sector_bytes);
	fdisk_partition_set_type(part, type);
	rc = fdisk_add_partition(cxt, part, &number);
	fdisk_unref_parttype(type);
	fdisk_unref_partition(part);
	return rc;
}

/* The kernel makes the partitions' devices by itself, but not before we go on. */
static int wait_for_devices(const struct table_change *t, struct err *err)
{
	for (size_t i = 0; i < t->n_partitions; i++) {
		struct arena scratch = { 0 };
		char *path = layout_partition_path(&scratch, t->disk,
						   t->partitions[i].number);
		bool there = false;

		for (int ms = 0; !there && ms < DEVICE_WAIT_MS; ms += 10) {
			there = access(path, F_OK) == 0;
			if (!there)
				usleep(10 * 1000);
		}
		arena_free(&scratch);
		if (!there)
			return err_set(err, ERR_SYSTEM, 0,
				       "%s: partition %u has not appeared after %d s",
				       t->disk, t->partitions[i].number,
				       DEVICE_WAIT_MS / 1000);
	}
	return 0;
}

/*
 * An old superblock in what becomes a partition would be taken for the new content's. The
 * plan has found nothing that it must not destroy, so this loses nothing that is known.
 */
static int clear_partition_starts(const struct table_change *t, struct err *err)
{
	for (size_t i = 0; i < t->n_partitions; i++) {
		struct arena scratch = { 0 };
		char *path = layout_partition_path(&scratch, t->disk,
						   t->partitions[i].number);
		auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
		uint64_t range[2] = { 0, 1024 * 1024 };
		int rc = fd < 0 ? -1 : ioctl(fd, BLKZEROOUT, range);

		if (rc < 0)
			err_set(err, ERR_SYSTEM, errno, "clear the beginning of %s",
				path);
		arena_free(&scratch);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int act_partition(const struct action *a, struct err *err)
{
	const struct table_change *t = &a->partition;
	auto_context struct fdisk_context *cxt = open_disk(t->disk, err);
	int rc;

	if (!cxt)
		return -1;
	/* A fresh label has empty boot code. The id is ours, not a random one. */
	rc = fdisk_create_disklabel(cxt, "dos");
	if (rc == 0)
		rc = fdisk_set_disklabel_id_from_string(cxt, t->id);
	for (size_t i = 0; rc == 0 && i < t->n_partitions; i++)
		rc = add_partition(cxt, &t->partitions[i], t->sector_bytes);
	if (rc == 0)
		rc = fdisk_write_disklabel(cxt);
	if (rc == 0)
		rc = fdisk_reread_partition_table(cxt);
	if (rc == 0)
		rc = fdisk_deassign_device(cxt, 0);
	if (rc != 0)
		return fail(err, rc, "write the partition table of", t->disk);
	if (wait_for_devices(t, err) < 0 || clear_partition_starts(t, err) < 0)
		return -1;
	log_info("  %s (serial %s): %zu partitions", t->disk,
		 t->serial ? t->serial : "unknown", t->n_partitions);
	return 0;
}

/* The flag of the active partition in an MBR; libfdisk numbers flags by label. */
#define DOS_FLAG_ACTIVE 1

int act_boot_record(const struct action *a, struct err *err)
{
	const char *disk = a->record.disk;
	auto_context struct fdisk_context *cxt = NULL;
	int rc;

	/* Everything else is on the disks, and out of their caches, before they can boot.
	 */
	sync();
	cxt = open_disk(disk, err);
	if (!cxt)
		return -1;
	rc = fdisk_toggle_partition_flag(cxt, a->record.partition - 1, DOS_FLAG_ACTIVE);
	if (rc == 0)
		rc = fdisk_write_disklabel(cxt);
	if (rc == 0)
		rc = fdisk_deassign_device(cxt, 0); /* syncs */
	if (rc != 0)
		return fail(err, rc, "make bootable", disk);
	log_info("  %s (serial %s) is bootable", disk,
		 a->record.serial ? a->record.serial : "unknown");
	return 0;
}
