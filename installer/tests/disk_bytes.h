/*
 * Bytes on the disks of tests/machine.h, and what probing finds of them. Written after:
 * MBR and GPT: UEFI specification 2.10, chapter 5; ext4: the Linux kernel's
 * Documentation/filesystems/ext4/super.rst; md: include/uapi/linux/raid/md_p.h; LVM:
 * what lvm2's pvcreate and vgcreate wrote, read beside libvslvm's "Logical Volume Manager
 * (LVM) format".
 */
#ifndef TESTS_DISK_BYTES_H
#define TESTS_DISK_BYTES_H

#include "tests/machine.h"

/* Formats have no place for the NUL. */
static inline void letters(unsigned char *to, const char *text)
{
	while (*text)
		*to++ = (unsigned char)*text++;
}

struct mbr_entry {
	unsigned char flag, type;
	uint32_t start, size; /* in sectors */
};

static inline void write_mbr(const char *disk, uint32_t id,
			     const struct mbr_entry *entries, size_t n)
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

static inline uint32_t crc32(const unsigned char *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static const unsigned char gpt_linux[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84,
					     0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69,
					     0xd8, 0x47, 0x7d, 0xe4 };

/* One partition from 1 MiB to 2 MiB. `backup`: only the copy at the end. */
static inline void write_gpt_of(const char *disk, uint64_t sector, uint64_t disk_bytes,
				const unsigned char type[16], uint64_t attributes,
				bool backup)
{
	uint64_t last = disk_bytes / sector - 1;
	auto_free unsigned char *entries = xcalloc(128, 128);
	unsigned char header[92] = "EFI PART", mbr[512] = { 0 };

	memcpy(entries, type, 16);
	memset(entries + 16, 0x11, 16);
	le(entries + 32, 8, MIB / sector);
	le(entries + 40, 8, 2 * MIB / sector - 1);
	le(entries + 48, 8, attributes);
	le(header + 8, 4, 0x00010000);
	le(header + 12, 4, sizeof(header));
	le(header + 24, 8, backup ? last : 1);
	le(header + 32, 8, backup ? 1 : last);
	le(header + 40, 8, 2 + 16384 / sector);
	le(header + 48, 8, last - 16384 / sector - 1);
	memset(header + 56, 0x22, 16);
	le(header + 72, 8, backup ? last - 16384 / sector : 2);
	le(header + 80, 4, 128);
	le(header + 84, 4, 128);
	le(header + 88, 4, crc32(entries, 16384));
	le(header + 16, 4, crc32(header, sizeof(header)));
	write_at(disk, backup ? last * sector : sector, header, sizeof(header));
	write_at(disk, backup ? last * sector - 16384 : 2 * sector, entries, 16384);
	if (backup)
		return;
	mbr[446 + 4] = 0xee;
	le(mbr + 446 + 8, 4, 1);
	le(mbr + 446 + 12, 4, last);
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
	write_at(disk, 0, mbr, sizeof(mbr));
}

static inline void write_gpt(const char *disk, uint64_t sector, uint64_t disk_bytes)
{
	write_gpt_of(disk, sector, disk_bytes, gpt_linux, 0, false);
}

static inline void write_ext4(const char *disk, uint64_t offset, const char *label)
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
static inline void write_md1(const char *disk, uint64_t offset, uint64_t in_member)
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
static inline uint64_t write_md0(const char *disk, uint64_t offset, uint64_t member_bytes)
{
	uint64_t at = offset + (member_bytes & ~UINT64_C(0xffff)) - 0x10000;
	unsigned char sb[4096] = { 0 };

	le(sb + 0, 4, 0xa92b4efc);
	le(sb + 8, 4, 90);
	le(sb + 20, 4, 0x11121314);
	le(sb + 28, 4, 1);
	le(sb + 32, 4, (at - offset) / 1024);
	le(sb + 40, 4, 2);
	le(sb + 52, 4, 0x21222324);
	le(sb + 56, 4, 0x31323334);
	le(sb + 60, 4, 0x41424344);
	write_at(disk, at, sb, sizeof(sb));
	return at;
}

#define LVM_AREA_BYTES 4096 /* small, so that a test can wrap around in it */

/* A metadata area that holds `text` from `at` on: a ring behind its first sector. */
static inline void write_lvm_area(const char *disk, uint64_t area, const char *text,
				  uint64_t at)
{
	unsigned char header[512] = { 0 };

	letters(header + 4, " LVM2 x[5A%r0N*>");
	le(header + 20, 4, 1);
	le(header + 24, 8, area);
	le(header + 32, 8, LVM_AREA_BYTES);
	if (text) {
		size_t len = strlen(text);
		size_t head = len < LVM_AREA_BYTES - at ? len : LVM_AREA_BYTES - at;

		le(header + 40, 8, at);
		le(header + 48, 8, len);
		write_at(disk, area + at, text, head);
		write_at(disk, area + 512, text + head, len - head);
	}
	write_at(disk, area, header, sizeof(header));
}

/* A physical volume with two metadata areas, `areas` bytes into it; 0: no such area. */
static inline void write_pv(const char *disk, uint64_t offset, unsigned sector,
			    const uint64_t areas[2])
{
	unsigned char label[512] = "LABELONE";
	unsigned char *place = label + 32 + 40;

	le(label + 8, 8, sector);
	le(label + 20, 4, 32);
	letters(label + 24, "LVM2 001");
	letters(label + 32, "n5qERve5qVOrdqP2j6rv0hs359A5gWv0");
	le(label + 64, 8, 64 * MIB);
	le(place, 8, MIB);
	place += 32; /* one data area, and the end of their list */
	for (size_t i = 0; i < 2 && areas[i]; i++, place += 16) {
		le(place, 8, areas[i]);
		le(place + 8, 8, LVM_AREA_BYTES);
	}
	write_at(disk, offset + 512 * (uint64_t)sector, label, sizeof(label));
}

static inline void assert_signature(const struct disk *d, const char *type,
				    uint64_t offset, uint64_t partition, const char *uuid)
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

#endif
