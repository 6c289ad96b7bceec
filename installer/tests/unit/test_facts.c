/*
 * Probing a machine that is a folder: /sys with its links, /proc, and /dev with sparse
 * files for disks. What stands on those is written byte by byte, after:
 * MBR and GPT: UEFI specification 2.10, chapter 5; ext4: the Linux kernel's
 * Documentation/filesystems/ext4/super.rst; md: include/uapi/linux/raid/md_p.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "facts/facts.h"
#include "tests/support.h"

static char root[64];
static struct arena arena;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/dom0strap-test-facts.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	arena_free(&arena);
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_parents(const char *path)
{
	auto_free char *copy = xstrdup(path);

	for (char *slash = strchr(copy + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
}

static void put_bytes(const char *name, const void *bytes, size_t len)
{
	auto_free char *path = xasprintf("%s/%s", root, name);
	auto_file FILE *f = NULL;

	make_parents(path);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void put_link(const char *name, const char *to)
{
	auto_free char *path = xasprintf("%s/%s", root, name);

	make_parents(path);
	assert_int_equal(symlink(to, path), 0);
}

/* A disk with its sysfs folder at sys/devices/WHERE, and /dev/NAME as a sparse file. */
static void add_disk(const char *where, const char *name, uint64_t size_bytes)
{
	const char *dir = arena_printf(&arena, "sys/devices/%s/block/%s", where, name);
	const char *path = arena_printf(&arena, "%s/dev/%s", root, name);
	int fd;

	put(arena_printf(&arena, "%s/size", dir),
	    arena_printf(&arena, "%llu\n", (unsigned long long)size_bytes / 512));
	put(arena_printf(&arena, "%s/queue/logical_block_size", dir), "512\n");
	put(arena_printf(&arena, "%s/queue/rotational", dir), "1\n");
	put(arena_printf(&arena, "%s/removable", dir), "0\n");
	put(arena_printf(&arena, "%s/ro", dir), "0\n");
	put_link(arena_printf(&arena, "%s/device", dir), "../..");
	put_link(arena_printf(&arena, "sys/block/%s", name),
		 arena_printf(&arena, "../devices/%s/block/%s", where, name));
	make_parents(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);
	close(fd);
}

static void attribute(const char *disk, const char *name, const char *value)
{
	put(arena_printf(&arena, "sys/block/%s/%s", disk, name), value);
}

static void write_at(const char *disk, uint64_t offset, const void *bytes, size_t len)
{
	auto_free char *path = xasprintf("%s/dev/%s", root, disk);
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, (off_t)offset), len);
}

static void le(unsigned char *to, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

struct mbr_entry {
	unsigned char flag, type;
	uint32_t start, size; /* in sectors */
};

static void write_mbr(const char *disk, uint32_t id, const struct mbr_entry *entries,
		      size_t n)
{
	unsigned char mbr[512] = { 0 };

	le(mbr + 440, 4, id);
	for (size_t i = 0; i < n; i++) {
		unsigned char *e = mbr + 446 + 16 * i;

		e[0] = entries[i].flag;
		e[4] = entries[i].type;
		le(e + 8, 4, entries[i].start);
		le(e + 12, 4, entries[i].size);
	}
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
	write_at(disk, 0, mbr, sizeof(mbr));
}

static uint32_t crc32(const unsigned char *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* One partition, of the type "Linux filesystem". */
static void write_gpt(const char *disk, uint64_t sector, uint64_t disk_bytes)
{
	static const unsigned char type[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84,
						0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69,
						0xd8, 0x47, 0x7d, 0xe4 };
	uint64_t last = disk_bytes / sector - 1;
	auto_free unsigned char *entries = xcalloc(128, 128);
	unsigned char header[92] = "EFI PART", mbr[512] = { 0 };

	memcpy(entries, type, sizeof(type));
	memset(entries + 16, 0x11, 16);
	le(entries + 32, 8, MIB / sector);
	le(entries + 40, 8, 2 * MIB / sector - 1);
	le(header + 8, 4, 0x00010000);
	le(header + 12, 4, sizeof(header));
	le(header + 24, 8, 1);
	le(header + 32, 8, last);
	le(header + 40, 8, 2 + 16384 / sector);
	le(header + 48, 8, last - 16384 / sector - 1);
	memset(header + 56, 0x22, 16);
	le(header + 72, 8, 2);
	le(header + 80, 4, 128);
	le(header + 84, 4, 128);
	le(header + 88, 4, crc32(entries, 16384));
	le(header + 16, 4, crc32(header, sizeof(header)));
	write_at(disk, sector, header, sizeof(header));
	write_at(disk, 2 * sector, entries, 16384);
	mbr[446 + 4] = 0xee;
	le(mbr + 446 + 8, 4, 1);
	le(mbr + 446 + 12, 4, last);
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
	write_at(disk, 0, mbr, sizeof(mbr));
}

static void write_ext4(const char *disk, uint64_t offset, const char *label)
{
	unsigned char sb[1024] = { 0 };

	le(sb + 0x00, 4, 1024);  /* inodes */
	le(sb + 0x04, 4, 256);   /* blocks of 4 KiB */
	le(sb + 0x18, 4, 2);     /* block size */
	le(sb + 0x20, 4, 32768); /* blocks per group */
	le(sb + 0x28, 4, 1024);
	le(sb + 0x38, 2, 0xef53);
	le(sb + 0x4c, 4, 1);    /* dynamic revision */
	le(sb + 0x58, 2, 256);  /* inode size */
	le(sb + 0x5c, 4, 0x04); /* has_journal */
	le(sb + 0x60, 4, 0x42); /* filetype, extents */
	le(sb + 0x64, 4, 0x03); /* sparse_super, large_file */
	memset(sb + 0x68, 0xab, 16);
	memcpy(sb + 0x78, label, strlen(label));
	write_at(disk, offset + 1024, sb, sizeof(sb));
}

/* Superblock version 1.x at `offset`, of an array named host:md0. */
static void write_md1(const char *disk, uint64_t offset, uint64_t in_member)
{
	unsigned char sb[256] = { 0 };
	uint64_t sum = 0;

	le(sb + 0, 4, 0xa92b4efc);
	le(sb + 4, 4, 1);
	memset(sb + 16, 0xcd, 16);
	memcpy(sb + 32, "host:md0", 8);
	le(sb + 72, 4, 1);
	le(sb + 92, 4, 2);
	le(sb + 144, 8, in_member / 512); /* where it itself stands */
	memset(sb + 168, 0xce, 16);
	for (size_t i = 0; i < sizeof(sb); i += 4)
		sum += (uint64_t)sb[i] | (uint64_t)sb[i + 1] << 8 |
		       (uint64_t)sb[i + 2] << 16 | (uint64_t)sb[i + 3] << 24;
	le(sb + 216, 4, (sum & UINT32_MAX) + (sum >> 32));
	write_at(disk, offset + in_member, sb, sizeof(sb));
}

/* Superblock version 0.90, in the last whole 64 KiB. */
static uint64_t write_md0(const char *disk, uint64_t offset, uint64_t member_bytes)
{
	uint64_t at = offset + (member_bytes & ~UINT64_C(0xffff)) - 0x10000;
	unsigned char sb[4096] = { 0 };

	le(sb + 0, 4, 0xa92b4efc);
	le(sb + 8, 4, 90);
	le(sb + 20, 4, 0x11111111);
	le(sb + 28, 4, 1);
	le(sb + 32, 4, (at - offset) / 1024);
	le(sb + 40, 4, 2);
	memset(sb + 52, 0x22, 12);
	write_at(disk, at, sb, sizeof(sb));
	return at;
}

static struct facts probe(void)
{
	struct facts facts = { 0 };

	facts_probe(root, &arena, &facts);
	return facts;
}

static const struct disk *only_disk(void)
{
	struct facts *facts = arena_alloc(&arena, sizeof(*facts));

	*facts = probe();
	assert_int_equal(facts->n_disks, 1);
	return &facts->disks[0];
}

static void assert_signature(const struct disk *d, const char *type, uint64_t offset,
			     uint64_t partition, const char *uuid)
{
	auto_text struct text seen = { 0 };

	for (size_t i = 0; i < d->n_signatures; i++) {
		const struct signature *s = &d->signatures[i];

		if (str_eq(s->type, type) && s->offset_bytes == offset &&
		    s->partition == partition && (!uuid || str_eq(s->uuid, uuid)))
			return;
		text_printf(&seen, "\n  %s at %llu in %llu, UUID %s", s->type,
			    (unsigned long long)s->offset_bytes,
			    (unsigned long long)s->partition, s->uuid ? s->uuid : "-");
	}
	fail_msg("no %s at %llu in %llu, only:%s", type, (unsigned long long)offset,
		 (unsigned long long)partition, seen.s ? seen.s : " nothing");
}

#define ATA         "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
#define SAS         "pci0000:00/0000:00:03.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0"
#define SCSI        "pci0000:00/0000:00:05.0/host2/target2:0:0/2:0:0:0"
#define VIRTIO      "pci0000:00/0000:00:04.0/virtio1"
#define VIRTIO_SCSI "pci0000:00/0000:00:06.0/virtio2/host3/target3:0:0/3:0:0:0"
#define NVME        "pci0000:00/0000:00:07.0/nvme/nvme0"
#define USB         "pci0000:00/0000:00:1d.7/usb1/1-1/1-1:1.0/host4/target4:0:0/4:0:0:0"
#define MMC         "platform/sdhci/mmc_host/mmc0/mmc0:0001"

static void test_machine(void **state)
{
	struct facts facts;

	(void)state;
	put("sys/class/dmi/id/product_uuid", "11111111-2222-3333-4444-555555555555\n");
	put("sys/class/dmi/id/product_serial", "  S1 \n");
	put("sys/class/dmi/id/sys_vendor", "QEMU\n");
	put("sys/class/dmi/id/product_name", "Standard PC\n");
	put("proc/meminfo", "MemTotal:         500000 kB\nMemFree: 1 kB\n");
	facts = probe();
	assert_string_equal(facts.uuid, "11111111-2222-3333-4444-555555555555");
	assert_string_equal(facts.serial, "S1");
	assert_string_equal(facts.vendor, "QEMU");
	assert_string_equal(facts.product, "Standard PC");
	assert_string_equal(facts.firmware, "bios");
	assert_int_equal(facts.memory_bytes, 500000 * 1024);
	assert_int_equal(facts.n_disks, 0);
	assert_int_equal(facts.n_nics, 0);
	assert_null(facts.boot_mac);
	put("sys/firmware/efi/systab", "");
	assert_string_equal(probe().firmware, "uefi");
}

static void test_empty_machine(void **state)
{
	struct facts facts = probe();

	(void)state;
	assert_null(facts.uuid);
	assert_int_equal(facts.memory_bytes, 0);
	assert_int_equal(facts.n_disks, 0);
}

static void test_disks_and_what_is_none(void **state)
{
	static const struct {
		const char *name, *transport;
	} expected[] = {
		{ "sda", "sata" },     { "sdb", "sas" },   { "sdc", "scsi" },
		{ "sdd", "virtio" },   { "sde", "usb" },   { "sdf", "sata" },
		{ "vda", "virtio" },   { "sdaa", "scsi" }, { "mmcblk0", "mmc" },
		{ "nvme0n1", "nvme" },
	};
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	attribute("sda", "device/vendor", "ATA     \n");
	add_disk(SAS, "sdb", MIB);
	add_disk(SCSI, "sdc", MIB);
	attribute("sdc", "device/vendor", "ATA     \n");
	add_disk(VIRTIO_SCSI, "sdd", MIB);
	add_disk(USB, "sde", MIB);
	add_disk("pci0000:00/0000:00:01.1/ata3/host5/target5:0:0/5:0:0:0", "sdf", MIB);
	add_disk(SCSI "1", "sdaa", MIB);
	add_disk(VIRTIO, "vda", MIB);
	add_disk(NVME, "nvme0n1", MIB);
	add_disk(MMC, "mmcblk0", MIB);
	/* None of these is a disk to install on. */
	add_disk(MMC, "mmcblk0boot0", MIB);
	add_disk(MMC, "mmcblk0rpmb", MIB);
	add_disk(ATA "2", "sr0", MIB);
	add_disk("platform/floppy.0", "fd0", MIB);
	add_disk("pci0000:00/0000:00:07.0/nvme/nvme0c", "nvme0c0n1", MIB);
	attribute("nvme0c0n1", "hidden", "1\n");
	add_disk(USB "2", "sdz", 0); /* a card reader without a card */
	put("sys/devices/virtual/block/loop0/size", "2048\n");
	put_link("sys/block/loop0", "../devices/virtual/block/loop0");
	put("sys/devices/virtual/block/md0/size", "2048\n");
	put_link("sys/block/md0", "../devices/virtual/block/md0");

	facts = probe();
	for (size_t i = 0; i < ARRAY_LEN(expected) && i < facts.n_disks; i++) {
		assert_string_equal(facts.disks[i].name, expected[i].name);
		assert_string_equal(facts.disks[i].path,
				    arena_printf(&arena, "/dev/%s", expected[i].name));
		assert_string_equal(facts.disks[i].transport, expected[i].transport);
	}
	assert_int_equal(facts.n_disks, ARRAY_LEN(expected));
}

static void test_what_a_disk_says_of_itself(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(NVME, "nvme0n1", 8 * GIB);
	attribute("nvme0n1", "device/serial", "NV1                 \n");
	attribute("nvme0n1", "device/model", "Fast One   \n");
	attribute("nvme0n1", "wwid", "eui.0025385b71b0aaaa\n");
	attribute("nvme0n1", "queue/logical_block_size", "4096\n");
	attribute("nvme0n1", "queue/rotational", "0\n");
	attribute("nvme0n1", "removable", "1\n");
	attribute("nvme0n1", "ro", "1\n");
	d = only_disk();
	assert_string_equal(d->serial, "NV1");
	assert_string_equal(d->model, "Fast One");
	assert_string_equal(d->wwn, "eui.0025385b71b0aaaa");
	assert_int_equal(d->size_bytes, 8 * GIB);
	assert_int_equal(d->sector_bytes, 4096);
	assert_false(d->rotational);
	assert_true(d->removable);
	assert_true(d->read_only);
	assert_null(d->in_use);
	assert_null(d->unreadable);
	assert_null(d->table);
	assert_null(d->table_id);
	assert_false(d->boot_code);
	assert_int_equal(d->n_signatures, 0);
	assert_int_equal(d->n_partitions, 0);
}

static void test_serial_numbers(void **state)
{
	static const char page[] = "\0\x80\0\x0c    QM00001 \0";
	static const char empty[] = "\0\x80\0\x04    ";
	static const char hostile[] = "\0\x80\0\x08S\n- disk";
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	put_bytes("sys/block/sda/device/vpd_pg80", page, sizeof(page) - 1);
	attribute("sda", "device/wwid", "naa.5000c500a0b1c2d3\n");
	add_disk(SAS, "sdb", MIB);
	put_bytes("sys/block/sdb/device/vpd_pg80", empty, sizeof(empty) - 1);
	add_disk(SCSI, "sdc", MIB);
	put_bytes("sys/block/sdc/device/vpd_pg80", hostile, sizeof(hostile) - 1);
	attribute("sdc", "device/model", "ev\x1b[2Jil\xff");
	add_disk(VIRTIO, "vda", MIB);
	attribute("vda", "serial", "disk-a\n");
	attribute("vda", "device/serial", "not this\n");
	facts = probe();
	assert_string_equal(facts.disks[0].serial, "QM00001");
	assert_string_equal(facts.disks[0].wwn, "naa.5000c500a0b1c2d3");
	assert_null(facts.disks[1].serial);
	/* Foreign text stays in its line. */
	assert_string_equal(facts.disks[2].serial, "S?- disk");
	assert_string_equal(facts.disks[2].model, "ev?[2Jil?");
	assert_string_equal(facts.disks[3].serial, "disk-a");
}

static void test_use(void **state)
{
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	put("sys/block/sda/sda1/holders/md0", "");
	put("sys/block/sda/sda2/holders/dm-3", "");
	add_disk(SAS, "sdb", MIB);
	put("sys/block/sdb/holders/md1", "");
	add_disk(SCSI, "sdc", MIB);
	add_disk(VIRTIO, "vda", MIB);
	add_disk(NVME, "nvme0n1", MIB);
	add_disk(USB, "sdaa", MIB);
	put("proc/mounts", "proc /proc proc rw 0 0\n"
			   "/dev/vda1 / ext4 rw 0 0\n"
			   "/dev/nvme0n1p2 /srv ext4 rw 0 0\n"
			   "/dev/sdcx1 /other ext4 rw 0 0\n"
			   "/dev/nvme0n10 /other ext4 rw 0 0\n");
	put("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n"
			  "/dev/sdaa                  partition\t1\t0\t-2\n"
			  "/dev/vda2                  partition\t1\t0\t-2\n");
	facts = probe();
	assert_int_equal(facts.n_disks, 6);
	assert_string_equal(facts.disks[0].in_use, "used by md0, dm-3");
	assert_string_equal(facts.disks[1].in_use, "used by md1");
	assert_null(facts.disks[2].in_use);
	assert_string_equal(facts.disks[3].in_use,
			    "/dev/vda1 mounted, /dev/vda2 used as swap");
	assert_string_equal(facts.disks[4].in_use, "/dev/sdaa used as swap");
	assert_string_equal(facts.disks[5].in_use, "/dev/nvme0n1p2 mounted");
}

/* sda is not in use because sdaa1 is mounted. */
static void test_use_of_a_disk_with_a_longer_name(void **state)
{
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	add_disk(USB, "sdaa", MIB);
	add_disk(NVME, "nvme0n1", MIB);
	put("proc/mounts", "/dev/sdaa1 /srv ext4 rw 0 0\n/dev/nvme0n1p1 /a ext4 rw 0 0\n"
			   "/dev/nvme0n10p1 /b ext4 rw 0 0\n/dev/sda\\040b /c x rw\n");
	facts = probe();
	assert_null(facts.disks[0].in_use);
	assert_string_equal(facts.disks[1].in_use, "/dev/sdaa1 mounted");
	assert_string_equal(facts.disks[2].in_use, "/dev/nvme0n1p1 mounted");
}

static void test_disk_that_cannot_be_opened(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", MIB);
	assert_int_equal(unlink(arena_printf(&arena, "%s/dev/sda", root)), 0);
	d = only_disk();
	assert_string_equal(d->unreadable, "No such file or directory");
}

static void test_mbr(void **state)
{
	static const struct mbr_entry entries[] = {
		{ 0x80, 0xfd, 2048, 8192 },
		{ 0x00, 0x83, 10240, 8192 },
	};
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 0x1a2b3c4d, entries, ARRAY_LEN(entries));
	d = only_disk();
	assert_string_equal(d->table, "dos");
	assert_string_equal(d->table_id, "0x1a2b3c4d");
	assert_false(d->boot_code);
	assert_int_equal(d->n_partitions, 2);
	assert_int_equal(d->partitions[0].number, 1);
	assert_int_equal(d->partitions[0].start_bytes, MIB);
	assert_int_equal(d->partitions[0].size_bytes, 4 * MIB);
	assert_string_equal(d->partitions[0].type, "0xfd");
	assert_true(d->partitions[0].active);
	assert_int_equal(d->partitions[1].number, 2);
	assert_int_equal(d->partitions[1].start_bytes, 5 * MIB);
	assert_string_equal(d->partitions[1].type, "0x83");
	assert_false(d->partitions[1].active);
	assert_int_equal(d->n_signatures, 1);
	assert_signature(d, "dos", 510, 0, "1a2b3c4d");

	write_at("sda", 439, "\x90", 1);
	d = only_disk();
	assert_true(d->boot_code);
	assert_string_equal(d->table_id, "0x1a2b3c4d");
}

static void test_mbr_with_large_sectors(void **state)
{
	static const struct mbr_entry entry = { 0x00, 0x83, 256, 1024 };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	attribute("sda", "queue/logical_block_size", "4096\n");
	write_mbr("sda", 1, &entry, 1);
	d = only_disk();
	assert_int_equal(d->n_partitions, 1);
	assert_int_equal(d->partitions[0].start_bytes, MIB);
	assert_int_equal(d->partitions[0].size_bytes, 4 * MIB);
}

static void test_gpt(void **state)
{
	static const uint64_t sectors[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sectors); i++) {
		const struct disk *d;

		if (i)
			remove_root(state), make_root(state);
		add_disk(ATA, "sda", 16 * MIB);
		attribute("sda", "queue/logical_block_size",
			  arena_printf(&arena, "%u\n", (unsigned)sectors[i]));
		write_gpt("sda", sectors[i], 16 * MIB);
		d = only_disk();
		assert_string_equal(d->table, "gpt");
		assert_null(d->table_id);
		assert_int_equal(d->n_partitions, 1);
		assert_int_equal(d->partitions[0].start_bytes, MIB);
		assert_int_equal(d->partitions[0].size_bytes, MIB);
		assert_string_equal(d->partitions[0].type,
				    "0fc63daf-8483-4772-8e79-3d69d8477de4");
		assert_false(d->partitions[0].active);
		assert_signature(d, "gpt", sectors[i], 0,
				 "22222222-2222-2222-2222-222222222222");
	}
}

static void test_filesystems(void **state)
{
	static const struct mbr_entry entries[] = { { 0, 0x83, 2048, 4096 },
						    { 0, 0x83, 6144, 4096 } };
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 7, entries, ARRAY_LEN(entries));
	write_ext4("sda", 3 * MIB, "old\x1broot");
	d = only_disk();
	assert_int_equal(d->n_signatures, 2);
	assert_signature(d, "ext4", 3 * MIB + 1024 + 0x38, 2,
			 "abababab-abab-abab-abab-abababababab");
	assert_string_equal(d->signatures[1].label, "old?root");
}

static void test_filesystem_without_table(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_ext4("sda", 0, "");
	d = only_disk();
	assert_null(d->table);
	assert_int_equal(d->n_signatures, 1);
	assert_signature(d, "ext4", 1024 + 0x38, 0, NULL);
	assert_null(d->signatures[0].label);
}

static void test_raid_members(void **state)
{
	static const char uuid[] = "cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd";
	static const struct mbr_entry entries[] = { { 0, 0xfd, 2048, 8192 },
						    { 0, 0xfd, 10240, 8192 },
						    { 0, 0xfd, 18432, 8192 } };
	const struct disk *d;
	uint64_t at;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_mbr("sda", 7, entries, ARRAY_LEN(entries));
	write_md1("sda", MIB, 4096);               /* 1.2 */
	write_md1("sda", 5 * MIB, 4 * MIB - 8192); /* 1.0 */
	at = write_md0("sda", 9 * MIB, 4 * MIB);   /* 0.90 */
	d = only_disk();
	assert_signature(d, "linux_raid_member", MIB + 4096, 1, uuid);
	assert_signature(d, "linux_raid_member", 9 * MIB - 8192, 2, uuid);
	assert_signature(d, "linux_raid_member", at, 3,
			 "11111111-2222-2222-2222-222222222222");
	assert_string_equal(d->signatures[1].label, "host:md0");
	assert_int_equal(d->n_signatures, 4);
}

/* Metadata 1.0 leaves the beginning to the filesystem: both are somebody's. */
static void test_all_signatures_of_an_area_are_found(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 16 * MIB);
	write_ext4("sda", 0, "data");
	write_md1("sda", 0, 16 * MIB - 8192);
	d = only_disk();
	assert_signature(d, "ext4", 1024 + 0x38, 0, NULL);
	assert_signature(d, "linux_raid_member", 16 * MIB - 8192, 0, NULL);
	assert_int_equal(d->n_signatures, 2);
}

static void test_nics_and_where_it_booted_from(void **state)
{
	struct facts facts;

	(void)state;
	put("sys/class/net/lo/address", "00:00:00:00:00:00\n");
	put("sys/class/net/eth0/address", "52:54:00:00:00:01\n");
	put("sys/class/net/eth0/carrier", "0\n");
	put("sys/class/net/eth0/device/vendor", "x\n");
	put("sys/class/net/eth1/address", "52:54:00:00:00:02\n");
	put("sys/class/net/eth1/carrier", "1\n");
	put("sys/class/net/eth1/device/vendor", "x\n");
	facts = probe();
	assert_int_equal(facts.n_nics, 2);
	assert_string_equal(facts.nics[0].name, "eth0");
	assert_false(facts.nics[0].link);
	assert_string_equal(facts.nics[1].mac, "52:54:00:00:00:02");
	assert_true(facts.nics[1].link);
	assert_string_equal(facts.boot_mac, "52:54:00:00:00:02"); /* it has a link */

	put("sys/class/net/eth1/carrier", "0\n");
	assert_string_equal(probe().boot_mac, "52:54:00:00:00:01"); /* the first */

	put("proc/cmdline", "quiet BOOTIF=01-52-54-00-AA-BB-CC console=ttyS0\n");
	assert_string_equal(probe().boot_mac, "52:54:00:aa:bb:cc");
	put("proc/cmdline", "BOOTIF=01-52-54-00-aa-bb-cd\n");
	assert_string_equal(probe().boot_mac, "52:54:00:aa:bb:cd");
	put("proc/cmdline",
	    "NOBOOTIF=01-52-54-00-aa-bb-cc BOOTIF=01-52-54-00-aa-bb-ce\n");
	assert_string_equal(probe().boot_mac, "52:54:00:aa:bb:ce");
	put("proc/cmdline", "NOBOOTIF=01-52-54-00-aa-bb-cc\n");
	assert_string_equal(probe().boot_mac, "52:54:00:00:00:01");
	put("proc/cmdline", "BOOTIF=01-52-54-00-aa-bb\n");
	assert_string_equal(probe().boot_mac, "52:54:00:00:00:01");
}

static void test_json_round_trip(void **state)
{
	static const struct mbr_entry entry = { 0x80, 0x83, 2048, 8192 };
	auto_text struct text json = { 0 }, again = { 0 }, prose = { 0 };
	struct facts facts, parsed;
	struct err err = { 0 };

	(void)state;
	put("sys/class/dmi/id/product_uuid", "U\n");
	put("proc/meminfo", "MemTotal: 500000 kB\n");
	put("sys/class/net/eth0/address", "52:54:00:00:00:01\n");
	put("sys/class/net/eth0/device/x", "");
	add_disk(ATA, "sda", 16 * MIB);
	attribute("sda", "device/model", "null\n");
	attribute("sda", "serial", "0123\n");
	write_mbr("sda", 0xfedcba98, &entry, 1);
	write_ext4("sda", MIB, "a: \"b\" # \xc2\x85");
	add_disk(SAS, "sdb", MIB);
	put("sys/block/sdb/holders/md1", "");
	facts = probe();
	schema_json(&facts_schema, &facts, false, &json);
	assert_ok(facts_parse("f", json.s, json.len, &arena, &parsed, &err));
	schema_json(&facts_schema, &parsed, false, &again);
	assert_string_equal(again.s, json.s);

	assert_int_equal(parsed.n_disks, 2);
	assert_string_equal(parsed.disks[0].model, "null");
	assert_string_equal(parsed.disks[0].serial, "0123");
	assert_string_equal(parsed.disks[0].table_id, "0xfedcba98");
	assert_true(parsed.disks[0].partitions[0].active);
	assert_string_equal(parsed.disks[0].signatures[1].type, "ext4");
	assert_string_equal(parsed.disks[0].signatures[1].label, "a: \"b\" # ?");
	assert_string_equal(parsed.disks[1].in_use, "used by md1");
	assert_int_equal(parsed.memory_bytes, 500000 * 1024);
	assert_int_equal(parsed.n_nics, 1);

	facts_print(&parsed, &prose);
	assert_contains(prose.s, "disk /dev/sda: 16 MiB, ");
	assert_contains(prose.s,
			"  ext4 at byte 1049656 (partition 1), label a: \"b\" # ?, "
			"UUID abababab-");
	assert_contains(prose.s, "  in use: used by md1\n");
}

static void test_facts_that_are_none(void **state)
{
	struct facts facts = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(
		facts_parse("f.json", "{\"disks\":[{\"sise\":1}]}", 22, &arena, &facts,
			    &err),
		ERR_CONFIG,
		"f.json:1:12: unknown key \"sise\" in disks; did you mean \"size\"?");
	assert_fails(
		facts_parse("f.json", "{\"memory\":\"x\"}", 14, &arena, &facts, &err),
		ERR_CONFIG,
		"f.json:1:11: memory: \"x\" is not a size such as 20G or 512M");
	assert_fails(facts_parse("f.json", "{\"disks\":[{\"name\":\"sda\"}]}", 26, &arena,
				 &facts, &err),
		     ERR_CONFIG, "f.json:1:11: disks: the key \"path\" is missing");
	assert_int_equal(facts.n_disks, 0);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		test(test_machine),
		test(test_empty_machine),
		test(test_disks_and_what_is_none),
		test(test_what_a_disk_says_of_itself),
		test(test_serial_numbers),
		test(test_use),
		test(test_use_of_a_disk_with_a_longer_name),
		test(test_disk_that_cannot_be_opened),
		test(test_mbr),
		test(test_mbr_with_large_sectors),
		test(test_gpt),
		test(test_filesystems),
		test(test_filesystem_without_table),
		test(test_raid_members),
		test(test_all_signatures_of_an_area_are_found),
		test(test_nics_and_where_it_booted_from),
		test(test_json_round_trip),
		test(test_facts_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
