#include "plan/finding.h"

#include <inttypes.h>

static const struct {
	const char *type; /* libblkid's */
	const char *words;
	const char *of; /* what its label names; NULL: itself */
} table[] = {
	{ "dos", "MBR partition table", NULL },
	{ "gpt", "GPT partition table", NULL },
	{ "PMBR", "protective MBR of a GPT", NULL },
	{ "linux_raid_member", "md RAID member", "of array" },
	{ "LVM2_member", "LVM physical volume", "of group" },
	{ "LVM1_member", "LVM 1 physical volume", "of group" },
	{ "zfs_member", "ZFS", "of pool" },
	{ "crypto_LUKS", "LUKS encryption", NULL },
	{ "BitLocker", "BitLocker encryption", NULL },
	{ "VMFS", "VMFS (VMware datastore)", NULL },
	{ "VMFS_volume_member", "VMFS volume (VMware datastore)", NULL },
	{ "gpfs", "GPFS", NULL },
	{ "ddf_raid_member", "DDF RAID metadata", NULL },
	{ "isw_raid_member", "Intel RAID metadata (IMSM)", NULL },
	{ "adaptec_raid_member", "Adaptec RAID metadata", NULL },
	{ "hpt37x_raid_member", "HighPoint RAID metadata", NULL },
	{ "hpt45x_raid_member", "HighPoint RAID metadata", NULL },
	{ "jmicron_raid_member", "JMicron RAID metadata", NULL },
	{ "lsi_mega_raid_member", "LSI MegaRAID metadata", NULL },
	{ "nvidia_raid_member", "NVIDIA RAID metadata", NULL },
	{ "promise_fasttrack_raid_member", "Promise RAID metadata", NULL },
	{ "silicon_medley_raid_member", "Silicon Image RAID metadata", NULL },
	{ "via_raid_member", "VIA RAID metadata", NULL },
	{ "drbd", "DRBD metadata", NULL },
	{ "bcache", "bcache device", NULL },
	{ "ceph_bluestore", "Ceph BlueStore", NULL },
	{ "stratis", "Stratis pool member", NULL },
	{ "swap", "swap space", NULL },
	{ "swsuspend", "swap space with a suspended system", NULL },
};

static const char *const filesystems[] = {
	"ext2", "ext3", "ext4", "xfs",  "btrfs",   "vfat",     "exfat",  "ntfs",
	"jfs",  "f2fs", "ufs",  "hfs",  "hfsplus", "reiserfs", "nilfs2", "ocfs2",
	"gfs2", "udf",  "ReFS", "apfs", "iso9660", "squashfs", "minix",
};

bool finding_is_table(const struct signature *s)
{
	return !s->partition && (str_eq(s->type, "dos") || str_eq(s->type, "gpt") ||
				 str_eq(s->type, "PMBR"));
}

/* XenServer and XCP-ng name the groups of their repositories so. */
static bool is_xen_repository(const char *group)
{
	return group &&
	       (str_starts(group, "VG_XenStorage-") || str_starts(group, "XSLocalEXT-"));
}

static void describe_known(size_t i, const struct signature *s, struct text *out)
{
	text_add(out, table[i].words);
	if (!str_empty(s->label))
		text_printf(out, "%s %s \"%s\"", table[i].of ? "" : ",",
			    table[i].of ? table[i].of : "label", s->label);
	if (str_starts(s->type, "LVM") && is_xen_repository(s->label))
		text_add(out, " (a XenServer storage repository)");
}

void finding_describe(const struct disk *disk, const struct signature *s,
		      struct text *out)
{
	bool filesystem = false;

	if (str_eq(s->type, "gpt") && s->offset_bytes > disk->size_bytes / 2) {
		text_add(out, "GPT backup header");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq(s->type, table[i].type)) {
			describe_known(i, s, out);
			return;
		}
	for (size_t i = 0; i < ARRAY_LEN(filesystems); i++)
		filesystem |= str_eq(s->type, filesystems[i]);
	text_printf(out, "%s%s", s->type, filesystem ? " filesystem" : "");
	if (!str_empty(s->label))
		text_printf(out, ", label \"%s\"", s->label);
}

void finding_print(const struct disk *disk, const struct signature *s, struct text *out)
{
	text_printf(out, "%s (serial %s), byte %" PRIu64, disk->path,
		    disk->serial ? disk->serial : "unknown", s->offset_bytes);
	if (s->partition)
		text_printf(out, ", partition %" PRIu64, s->partition);
	text_add(out, ": ");
	finding_describe(disk, s, out);
}
