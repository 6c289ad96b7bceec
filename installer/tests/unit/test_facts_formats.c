/*
 * Each way in which a disk can be somebody's: by itself, in a partition, and all that fit
 * beside each other at once. The bytes are the least that each format's own documents (or
 * the tools' source, where there are none) ask for: magic numbers and sane fields.
 */
#include "tests/disk_bytes.h"

#define ATA       "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
#define AREA      ((int64_t)(96 * MIB))
#define BYTES(s)  s, sizeof(s) - 1
#define LUKS_UUID "1dfc7ccf-7855-483e-bd77-7f66797de791"

struct piece {
	int64_t at; /* negative: from the end */
	const char *bytes;
	size_t len;
};

static const struct format {
	const char *type;
	int64_t found; /* where its magic stands */
	const char *uuid;
	struct piece pieces[4];
} formats[] = {
	{ "crypto_LUKS",
	  0,
	  LUKS_UUID,
	  { { 0, BYTES("LUKS\xba\xbe\0\1") }, { 168, BYTES(LUKS_UUID) } } },
	{ "crypto_LUKS",
	  0,
	  LUKS_UUID,
	  { { 0, BYTES("LUKS\xba\xbe\0\2\0\0\0\0\0\0\x40\0") },
	    { 168, BYTES(LUKS_UUID) } } },
	{ "LVM1_member", 0, NULL, { { 0, BYTES("HM\1\0") } } },
	{ "bcache",
	  4096 + 24,
	  NULL,
	  { { 4096 + 8, BYTES("\x8") },
	    { 4096 + 24, BYTES("\xc6\x85\x73\xf6\x4e\x1a\x45\xca"
			       "\x82\x65\xf5\x7f\x48\xba\x6d\x81") },
	    { 4096 + 40, BYTES("0123456789abcdef") } } },
	{ "drbd",
	  -4096 + 60,
	  NULL,
	  { { -4096 + 60, BYTES("\x83\x74\x02\x6b") },
	    { -4096 + 80, BYTES("\0\0\x10\0") } } },
	{ "ceph_bluestore", 0, NULL, { { 0, BYTES("bluestore block device\n") } } },
	{ "VMFS_volume_member",
	  1048576,
	  NULL,
	  { { 1048576, BYTES("\x0d\xd0\x01\xc0") } } },
	{ "VMFS", 2097152, NULL, { { 2097152, BYTES("\x5e\xf1\xab\x2f") } } },
	{ "btrfs",
	  65536 + 64,
	  NULL,
	  { { 65536 + 32, BYTES("0123456789abcdef") },
	    { 65536 + 64, BYTES("_BHRfS_M") },
	    { 65536 + 0x90, BYTES("\0\x10\0\0") } } },
	{ "swap",
	  4096 - 10,
	  NULL,
	  { { 1024, BYTES("\1\0\0\0\xff\0\0\0") }, { 4096 - 10, BYTES("SWAPSPACE2") } } },
	{ "xfs",
	  0,
	  NULL,
	  { { 0, BYTES("XFSB\0\0\x10\0\0\0\0\0\0\2\0\0") },
	    { 80, BYTES("\0\0\0\1\0\0\x80\0\0\0\0\4\0\0\0\0\0\0\x40\0\xb4\xa4\2\0\2\0\0"
			"\x8") },
	    { 120, BYTES("\x0c\x09\x09\x03\x0f\0\0\x19") } } },
	{ "ntfs",
	  3,
	  "0123456789ABCDEF",
	  { { 0, BYTES("\xeb\x52\x90NTFS    \0\2\x8\0\0\0\0\0\0\0\xf8") },
	    { 40, BYTES("\0\0\3\0\0\0\0\0\4\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
			"\xf6\0\0\0\1\0\0\0\xef\xcd\xab\x89\x67\x45\x23\x01") },
	    { 16384, BYTES("FILE") },
	    { 16384 + 3 * 1024, BYTES("FILE") } } },
	{ "ddf_raid_member",
	  -512,
	  NULL,
	  { { -512, BYTES("\xde\x11\xde\x11\0\0\0\0LSI") } } },
	{ "ddf_raid_member",
	  -257 * 512,
	  NULL,
	  { { -257 * 512, BYTES("\xde\x11\xde\x11\0\0\0\0LSI") } } },
	{ "isw_raid_member",
	  -1024,
	  NULL,
	  { { -1024, BYTES("Intel Raid ISM Cfg Sig. 1.3.00") } } },
	{ "lsi_mega_raid_member", -512, NULL, { { -512, BYTES("$XIDE$") } } },
	{ "via_raid_member", -512, NULL, { { -512, BYTES("\x55\xaa\1\1") } } },
	{ "silicon_medley_raid_member",
	  -512 + 0x60,
	  NULL,
	  { { -512 + 0x60, BYTES("\0\0\0\x2f") } } },
	{ "nvidia_raid_member",
	  -1024,
	  NULL,
	  { { -1024, BYTES("NVIDIA  \x1e\0\0\0\0\0\0\0\x64") } } },
	{ "promise_fasttrack_raid_member",
	  -63 * 512,
	  NULL,
	  { { -63 * 512, BYTES("Promise Technology, Inc.") } } },
	{ "adaptec_raid_member",
	  -512,
	  NULL,
	  { { -512, BYTES("\x37\xfc\x4d\x1e") }, { -512 + 256, BYTES("DPTM") } } },
	{ "hpt45x_raid_member",
	  -11 * 512,
	  NULL,
	  { { -11 * 512, BYTES("\xf3\x16\x78\x5a") } } },
	{ "hpt37x_raid_member", 4640, NULL, { { 4640, BYTES("\xf0\x16\x78\x5a") } } },
	{ "jmicron_raid_member", -512, NULL, { { -512, BYTES("JM\1\0") } } },
};

static uint64_t place(uint64_t start, int64_t at)
{
	return start + (uint64_t)(at < 0 ? AREA + at : at);
}

static void write_format(const struct format *f, uint64_t start)
{
	for (size_t i = 0; i < ARRAY_LEN(f->pieces) && f->pieces[i].len; i++)
		write_at("sda", place(start, f->pieces[i].at), f->pieces[i].bytes,
			 f->pieces[i].len);
}

static void test_on_the_whole_disk(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		const struct format *f = &formats[i];

		if (i)
			remove_root(state), make_root(state);
		add_disk(ATA, "sda", (uint64_t)AREA);
		write_format(f, 0);
		assert_signature(only_disk(), f->type, place(0, f->found), 0, f->uuid);
	}
}

static void test_in_a_partition(void **state)
{
	static const struct mbr_entry entry = { 0, 0x83, 32768, 96 * 2048 };

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		const struct format *f = &formats[i];

		if (i)
			remove_root(state), make_root(state);
		add_disk(ATA, "sda", 128 * MIB);
		write_mbr("sda", 7, &entry, 1);
		write_format(f, 16 * MIB);
		assert_signature(only_disk(), f->type, place(16 * MIB, f->found), 1,
				 f->uuid);
	}
}

/* The history of one disk: everything that does not lie on something else. */
static void test_all_at_once(void **state)
{
	static const char *const types[] = { "VMFS",
					     "VMFS_volume_member",
					     "btrfs",
					     "swap",
					     "ddf_raid_member",
					     "isw_raid_member",
					     "hpt45x_raid_member",
					     "promise_fasttrack_raid_member" };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", (uint64_t)AREA);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		for (size_t k = 0; k < ARRAY_LEN(types); k++)
			if (str_eq(formats[i].type, types[k]) &&
			    formats[i].found != -257 * 512)
				write_format(&formats[i], 0);
	write_pv("sda", 0, 1, (uint64_t[2]){ 8192 });
	write_lvm_area("sda", 8192, "VG_XenStorage-1 {\n", 512);
	write_md0("sda", 0, (uint64_t)AREA);
	write_md1("sda", 0, (uint64_t)AREA - 8192);
	d = only_disk();
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		for (size_t k = 0; k < ARRAY_LEN(types); k++)
			if (str_eq(formats[i].type, types[k]) &&
			    formats[i].found != -257 * 512)
				assert_signature(d, types[k], place(0, formats[i].found),
						 0, NULL);
	assert_signature(d, "LVM2_member", 512 + 24, 0, NULL);
	assert_signature(d, "linux_raid_member", (uint64_t)AREA - 65536, 0, NULL);
	assert_signature(d, "linux_raid_member", (uint64_t)AREA - 8192, 0, NULL);
	assert_int_equal(d->n_signatures, ARRAY_LEN(types) + 3);
}

/* ZFS writes an XDR list of pairs and a ring of uberblocks; which of the two counts
 * depends on the version of libblkid. */
static void write_zfs(const char *disk, uint64_t offset)
{
	static const char list[] =
		"\1\1\0\0\0\0\0\0\0\0\0\1"
		"\0\0\0\x24\0\0\0\x20\0\0\0\4guid\0\0\0\x8\0\0\0\1\1\2\3\4\5\6\7\x8\0\0\0"
		"\0"
		"\0\0\0\x24\0\0\0\x20\0\0\0\5state\0\0\0\0\0\0\x8\0\0\0\1\0\0\0\0\0\0\0\0"
		"\0\0\0\x24\0\0\0\x20\0\0\0\3txg\0\0\0\0\x8\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0"
		"\0"
		"\0\0\0\x24\0\0\0\x20\0\0\0\4name\0\0\0\x9\0\0\0\1\0\0\0\4tank\0\0\0\0";

	write_at(disk, offset + 16384, list, sizeof(list));
	for (uint64_t i = 0; i < 8; i++)
		write_at(disk, offset + 131072 + 1024 * i, "\x0c\xb1\xba\0\0\0\0\0", 8);
}

static void test_zfs(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", (uint64_t)AREA);
	write_zfs("sda", 0);
	d = only_disk();
	assert_int_equal(d->n_signatures, 1);
	assert_string_equal(d->signatures[0].type, "zfs_member");
}

/* libblkid is content with the first. */
static void test_every_md_superblock(void **state)
{
	static const char uuid[] = "cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd";
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", (uint64_t)AREA);
	write_md1("sda", 0, 0);
	write_md1("sda", 0, 4096);
	write_md1("sda", 0, (uint64_t)AREA - 8192);
	write_md0("sda", 0, (uint64_t)AREA);
	d = only_disk();
	assert_signature(d, "linux_raid_member", 0, 0, uuid);
	assert_signature(d, "linux_raid_member", 4096, 0, uuid);
	assert_signature(d, "linux_raid_member", (uint64_t)AREA - 8192, 0, uuid);
	assert_signature(d, "linux_raid_member", (uint64_t)AREA - 65536, 0,
			 "11121314-2122-2324-3132-333441424344");
	assert_int_equal(d->n_signatures, 4);
	assert_string_equal(d->signatures[3].label, "host:md0");

	/* One that was made for a member that begins elsewhere. */
	write_at("sda", 4096 + 144, "\x9", 1);
	assert_int_equal(only_disk()->n_signatures, 3);
}

/* The last partition ends where the disk does: its superblock is not the disk's too. */
static void test_md_at_the_end_of_the_last_partition(void **state)
{
	static const struct mbr_entry entry = { 0, 0xfd, 2048, 95 * 2048 };
	const struct disk *d;
	uint64_t at;

	(void)state;
	add_disk(ATA, "sda", (uint64_t)AREA);
	write_mbr("sda", 7, &entry, 1);
	at = write_md0("sda", MIB, 95 * MIB);
	write_md1("sda", MIB, 95 * MIB - 8192);
	d = only_disk();
	assert_signature(d, "linux_raid_member", at, 1, NULL);
	assert_signature(d, "linux_raid_member", (uint64_t)AREA - 8192, 1, NULL);
	assert_int_equal(d->n_signatures, 3);
}

static void assert_group(const char *name)
{
	const struct disk *d = only_disk();

	assert_int_equal(d->n_signatures, 1);
	assert_string_equal(d->signatures[0].type, "LVM2_member");
	assert_string_equal(d->signatures[0].uuid,
			    "n5qERv-e5qV-Ordq-P2j6-rv0h-s359-A5gWv0");
	if (name)
		assert_string_equal(d->signatures[0].label, name);
	else
		assert_null(d->signatures[0].label);
}

static void test_volume_groups(void **state)
{
	static const char group[] = "XSLocalEXT-8a3c1b2d-1111-2222 {\nid = \"x\"\n";
	const uint64_t one[2] = { 8192 }, two[2] = { 8192, 16384 };

	(void)state;
	add_disk(ATA, "sda", (uint64_t)AREA);
	for (unsigned sector = 0; sector < 4; sector++) {
		write_pv("sda", 0, sector, one);
		write_lvm_area("sda", 8192, group, 512);
		assert_group("XSLocalEXT-8a3c1b2d-1111-2222");
		write_at("sda", 512 * sector, (char[512]){ 0 }, 512);
	}
	/* Around the ring's end, and from the second area when the first is none. */
	write_pv("sda", 0, 1, two);
	write_lvm_area("sda", 8192, group, LVM_AREA_BYTES - 8);
	assert_group("XSLocalEXT-8a3c1b2d-1111-2222");
	write_lvm_area("sda", 16384, "other {\n", 1024);
	write_at("sda", 8192 + 4, "x", 1);
	assert_group("other");
	write_lvm_area("sda", 8192, NULL, 0); /* in no group, says the first */
	write_lvm_area("sda", 16384, NULL, 0);
	assert_group(NULL);
}

static void test_volume_groups_that_cannot_be_read(void **state)
{
	const uint64_t one[2] = { 8192 };
	unsigned char far[8];

	(void)state;
	add_disk(ATA, "sda", (uint64_t)AREA);
	write_pv("sda", 0, 1, (uint64_t[2]){ 0 });
	assert_group(NULL);
	write_pv("sda", 0, 1, (uint64_t[2]){ UINT64_MAX - 100 });
	assert_group(NULL);
	write_pv("sda", 0, 1, (uint64_t[2]){ (uint64_t)AREA - 512 });
	assert_group(NULL);
	write_pv("sda", 0, 1, one);
	write_lvm_area("sda", 8192, "no\1name {\n", 512);
	assert_group(NULL);
	write_lvm_area("sda", 8192, "{\n", 512);
	assert_group(NULL);
	write_lvm_area("sda", 8192, "group {\n", 512);
	assert_group("group");
	le(far, 8, UINT64_MAX);
	write_at("sda", 8192 + 40, far, 8); /* the text's place */
	assert_group(NULL);
	le(far, 8, 512);
	write_at("sda", 8192 + 40, far, 8);
	assert_group("group");
	le(far, 8, UINT64_MAX);
	write_at("sda", 8192 + 32, far, 8); /* the area's size */
	assert_group(NULL);
	write_lvm_area("sda", 8192, NULL, 0);
	for (size_t i = 0; i < 200; i++)
		write_at("sda", 8192 + 512 + i, "a", 1);
	le(far, 8, 512);
	write_at("sda", 8192 + 40, far, 8);
	assert_group(NULL); /* a name without an end */
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		test(test_on_the_whole_disk),
		test(test_in_a_partition),
		test(test_all_at_once),
		test(test_zfs),
		test(test_every_md_superblock),
		test(test_md_at_the_end_of_the_last_partition),
		test(test_volume_groups),
		test(test_volume_groups_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
