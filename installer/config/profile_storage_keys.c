/*
 * The part of the table of profile keys that is about disks and what is made on them.
 */
#include "config/profile_parts.h"
#include "config/value.h"

static const char *const wipe_names[] = { "blank-only", "own", "listed", NULL };
const char *const profile_level_names[] = {
	"0", "1", "4", "5", "6", "10", "linear", NULL
};
const char *const profile_bitmap_names[] = { "internal", "none", NULL };
static const char *const choice_names[] = { "any", "false", "true", NULL };

#define NAME_FORM "a short name of letters, digits, - and _"

/* `disks` have no name: their schema begins behind the first key. */
static const struct key disk_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(disk_selector, name),
	  .required = true,
	  .valid = value_is_name,
	  .form = NAME_FORM,
	  .help = "what arrays call this set of disks" },
	{ .name = "count",
	  .type = KEY_UINT,
	  KEY_FIELD(disk_selector, count),
	  .required = true,
	  .min = 1,
	  .max = 24,
	  .help = "how many disks; exactly as many must fit" },
	{ .name = "min-size",
	  .type = KEY_SIZE,
	  KEY_FIELD(disk_selector, min_bytes),
	  .help = "smaller disks do not fit" },
	{ .name = "max-size",
	  .type = KEY_SIZE,
	  KEY_FIELD(disk_selector, max_bytes),
	  .help = "larger disks do not fit" },
	{ .name = "serial",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(disk_selector, serials),
	  .valid = value_is_label,
	  .form = "a serial number",
	  .help = "only disks with one of these serial numbers fit" },
	{ .name = "wwn",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(disk_selector, wwns),
	  .valid = value_is_label,
	  .form = "a World Wide Name as `dom0strap facts` shows it",
	  .help = "only disks with one of these names fit" },
	{ .name = "by-path",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(disk_selector, by_paths),
	  .valid = value_is_by_path,
	  .form = "a name in /dev/disk/by-path, without the directory",
	  .help = "only disks that are plugged in at one of these places fit" },
	{ .name = "model",
	  .type = KEY_STRING,
	  KEY_FIELD(disk_selector, model),
	  .valid = value_is_one_line,
	  .help = "only disks whose model matches this pattern (`*`, `?`)" },
	{ .name = "transport",
	  .type = KEY_STRING,
	  KEY_FIELD(disk_selector, transport),
	  .valid = value_is_transport,
	  .form = "one of sata, sas, scsi, nvme, usb, virtio, mmc",
	  .help = "how the disk is attached; `usb` asks for removable disks too" },
	{ .name = "rotational",
	  .type = KEY_CHOICE,
	  KEY_FIELD(disk_selector, rotational),
	  .choices = choice_names,
	  .preset = "any",
	  .help = "true: hard disks, false: SSDs" },
	{ .name = "removable",
	  .type = KEY_BOOL,
	  KEY_FIELD(disk_selector, removable),
	  .help = "true: removable and USB disks fit too, which else never do" },
};
const struct schema disk_schema = {
	.name = "disks",
	.size = sizeof(struct disk_selector),
	.keys = disk_keys + 1,
	.n = ARRAY_LEN(disk_keys) - 1,
};
const struct schema data_disk_schema = SCHEMA("data-disks", disk_selector, disk_keys);

static const struct key wipe_keys[] = {
	{ .name = "policy",
	  .type = KEY_CHOICE,
	  KEY_FIELD(wipe, policy),
	  .choices = wipe_names,
	  .help = "blank-only: nothing but what this very profile put there; own: also "
		  "what an earlier profile of this host name put there; listed: "
		  "everything on the disks of the list. Absent: listed where there is a "
		  "list, else blank-only" },
	{ .name = "listed",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(wipe, listed),
	  .valid = value_is_label,
	  .form = "a serial number",
	  .help = "serial numbers of the disks whose data may be lost" },
};
const struct schema wipe_schema = {
	.name = "wipe",
	.size = sizeof(struct wipe),
	.keys = wipe_keys,
	.n = ARRAY_LEN(wipe_keys),
	.lone = "policy",
};

static const struct key partition_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(partition, name),
	  .required = true,
	  .valid = value_is_name,
	  .form = NAME_FORM,
	  .help = "what arrays and filesystems call it" },
	{ .name = "size",
	  .type = KEY_SIZE,
	  KEY_FIELD(partition, bytes),
	  .required = true,
	  .rest = true,
	  .min = 1024 * 1024,
	  .help = "rounded up to whole MiB; a share is one of the smallest disk" },
	{ .name = "type",
	  .type = KEY_STRING,
	  KEY_FIELD(partition, type),
	  .valid = value_is_partition_type,
	  .form = "one of linux, raid, swap, lvm, efi, bios-boot, a number like fd, or a "
		  "GUID",
	  .help = "its type in the table; absent: what it carries. Numbers are an MBR's, "
		  "GUIDs and bios-boot a GPT's" },
	{ .name = "active",
	  .type = KEY_BOOL,
	  KEY_FIELD(partition, active),
	  .help = "the one that a BIOS boots; absent: the one with /boot" },
};
const struct schema partition_schema = SCHEMA("partitions", partition, partition_keys);

static const struct key array_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(array, name),
	  .required = true,
	  .valid = value_is_array_name,
	  .form = "a name like md0",
	  .help = "the device's name" },
	{ .name = "level",
	  .type = KEY_CHOICE,
	  KEY_FIELD(array, level),
	  .choices = profile_level_names,
	  .required = true,
	  .help = "RAID level" },
	{ .name = "of",
	  .type = KEY_STRING,
	  KEY_FIELD(array, of),
	  .required = true,
	  .valid = value_is_name,
	  .form = "a partition's or data-disks set's name",
	  .help = "its members: that partition of each disk, or each disk of that set" },
	{ .name = "metadata",
	  .type = KEY_STRING,
	  KEY_FIELD(array, metadata),
	  .valid = value_is_metadata,
	  .form = "0.90, 1.0, 1.1 or 1.2",
	  .preset = "1.2",
	  .help = "superblock version: 0.90 and 1.0 at the end of a member, 1.1 and 1.2 "
		  "at its beginning" },
	{ .name = "layout",
	  .type = KEY_STRING,
	  KEY_FIELD(array, layout),
	  .valid = value_is_array_layout,
	  .form = "n2, n3, f2, f3, o2 or o3 (RAID 10), or left-symmetric, "
		  "left-asymmetric, right-symmetric or right-asymmetric (RAID 5 and 6)",
	  .help = "how data lie on the members; absent: as mdadm does it" },
	{ .name = "chunk",
	  .type = KEY_SIZE,
	  KEY_FIELD(array, chunk_bytes),
	  .min = 4096,
	  .max = 1024 * 1024 * 1024,
	  .help = "how much lies on one member before the next follows, a power of two; "
		  "absent: as mdadm does it" },
	{ .name = "bitmap",
	  .type = KEY_CHOICE,
	  KEY_FIELD(array, bitmap),
	  .choices = profile_bitmap_names,
	  .help = "write-intent bitmap, which makes a resync short; absent: internal "
		  "where there is redundancy" },
	{ .name = "spares",
	  .type = KEY_UINT,
	  KEY_FIELD(array, spares),
	  .max = 23,
	  .help = "how many of the members wait until another fails" },
	{ .name = "missing",
	  .type = KEY_UINT,
	  KEY_FIELD(array, missing),
	  .max = 23,
	  .help = "how many members more the array is made for, to be added later" },
};
const struct schema array_schema = SCHEMA("arrays", array, array_keys);

static const struct key volume_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(volume, name),
	  .required = true,
	  .valid = value_is_volume,
	  .form = "a name that LVM allows for a volume",
	  .help = "the logical volume's name" },
	{ .name = "size",
	  .type = KEY_SIZE,
	  KEY_FIELD(volume, bytes),
	  .required = true,
	  .rest = true,
	  .min = 1024 * 1024,
	  .help = "rounded up to LVM's extents; a share is one of the group" },
};
static const struct schema volume_schema = SCHEMA("volumes", volume, volume_keys);

static const struct key group_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(volume_group, name),
	  .required = true,
	  .valid = value_is_volume_group,
	  .form = "a name that LVM allows for a volume group",
	  .help = "the volume group's name" },
	{ .name = "of",
	  .type = KEY_STRING,
	  KEY_FIELD(volume_group, of),
	  .required = true,
	  .valid = value_is_name,
	  .form = "an array's or partition's name",
	  .help = "an array or, with a single disk, a partition" },
	{ .name = "volumes",
	  .type = KEY_NAMED,
	  KEY_COUNTED(volume_group, volumes),
	  .of = &volume_schema,
	  .help = "its logical volumes, in the order in which they are made" },
};
const struct schema group_schema = SCHEMA("volume-groups", volume_group, group_keys);

static const struct key filesystem_keys[] = {
	{ .name = "on",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, on),
	  .required = true,
	  .valid = value_is_place,
	  .form = "an array's or partition's name or GROUP/VOLUME",
	  .help = "an array, a logical volume (GROUP/VOLUME) or, with a single disk, a "
		  "partition" },
	{ .name = "type",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, type),
	  .required = true,
	  .valid = value_is_filesystem,
	  .form = "ext2, ext3, ext4, xfs, vfat or swap",
	  .help = "filesystem type; vfat is for /boot/efi" },
	{ .name = "mount",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, mount),
	  .valid = value_is_mount,
	  .form = "a path like /boot, without . or .. in it",
	  .help = "where it is mounted in the host; swap has none, all others need it" },
	{ .name = "inode-size",
	  .type = KEY_UINT,
	  KEY_FIELD(filesystem, inode_bytes),
	  .min = 128,
	  .max = 4096,
	  .help = "bytes of an inode of ext2, ext3 or ext4; 128 is what GRUB legacy "
		  "reads; absent: as mke2fs does it" },
	{ .name = "options",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, options),
	  .valid = value_is_mount_options,
	  .form = "one word like noatime,nodev",
	  .help = "mount options for the host's fstab; absent: defaults" },
};
const struct schema filesystem_schema = SCHEMA("filesystems", filesystem,
					       filesystem_keys);

static const struct key resync_keys[] = {
	{ .name = "zero-limit",
	  .type = KEY_UINT,
	  KEY_FIELD(resync, zero_limit_s),
	  .max = 1000000,
	  .preset = "300",
	  .help = "members that would take more seconds than this to zero are left to a "
		  "resync by the host; 0: all are" },
	{ .name = "speed-min",
	  .type = KEY_UINT,
	  KEY_FIELD(resync, min_kib),
	  .max = INT32_MAX,
	  .help = "KiB/s that a resync gets in the host at least; absent: the kernel's "
		  "own limit" },
	{ .name = "speed-max",
	  .type = KEY_UINT,
	  KEY_FIELD(resync, max_kib),
	  .max = INT32_MAX,
	  .help = "KiB/s that a resync gets in the host at most; absent: the kernel's "
		  "own limit" },
};
const struct schema resync_schema = SCHEMA("resync", resync, resync_keys);
