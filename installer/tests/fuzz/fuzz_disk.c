/*
 * A disk that somebody else has written. The first byte says how the rest is meant: bit
 * 0, sectors of 4 KiB; bit 1, pieces (place, length in two bytes, bytes) that are put
 * where formats keep their headers; else it is the disk's first 32 KiB. The rest of the
 * disk is empty. Whatever is found can be written as facts and read back.
 */
#include <assert.h>
#include <sys/mman.h>

#include "facts/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DISK_BYTES (96 * 1024 * 1024)
#define HEAD_BYTES 32768

/* From the disk's beginning, or, negative, from its end. */
static const int32_t places[] = {
	0,
	512,
	1024,
	1536,
	4096,
	8192,
	16384,
	65536,
	131072,
	17408,
	20480,
	24576,
	32256,
	1048576,
	1048576 + 512,
	1048576 + 4096,
	2097152,
	1048576 + 8192,
	-65536,
	-8192,
	-4096,
	-1024,
	-512,
	-33 * 512,
	-32256,
	-257 * 512,
	-524288,
	1048576 + 65536,
	446,
	2048,
	12288,
	-262144,
};

static void put(int fd, uint64_t at, const uint8_t *bytes, size_t len)
{
	if (len > DISK_BYTES - at)
		len = DISK_BYTES - at;
	if (pwrite(fd, bytes, len, (off_t)at) != (ssize_t)len)
		abort();
}

static void put_pieces(int fd, const uint8_t *data, size_t size)
{
	while (size > 3) {
		int32_t at = places[data[0] % ARRAY_LEN(places)];
		size_t len = (size_t)data[1] | (size_t)data[2] << 8;

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		put(fd, (uint64_t)(at < 0 ? DISK_BYTES + at : at), data, len);
		data += len;
		size -= len;
	}
}

static void make_disk(int fd, const uint8_t *data, size_t size)
{
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, DISK_BYTES) < 0)
		abort();
	if (data[0] & 2)
		put_pieces(fd, data + 1, size - 1);
	else
		put(fd, 0, data + 1, size - 1 > HEAD_BYTES ? HEAD_BYTES : size - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	auto_arena struct arena arena = { 0 };
	auto_text struct text json = { 0 }, prose = { 0 };
	struct disk disk = { .name = "sda",
			     .path = "/dev/sda",
			     .size_bytes = DISK_BYTES,
			     .sector_bytes = 512 };
	struct facts facts = { .disks = &disk, .n_disks = 1 }, again = { 0 };
	struct err err = { 0 };

	if (size < 1)
		return 0;
	if (fd < 0)
		fd = memfd_create("disk", MFD_CLOEXEC);
	disk.sector_bytes = data[0] & 1 ? 4096 : 512;
	make_disk(fd, data, size);
	disk.path = arena_printf(&arena, "/proc/self/fd/%d", fd);
	facts_probe_contents("", &arena, &disk);
	assert(!disk.unreadable);
	disk.path = "/dev/sda"; /* what facts may hold */
	schema_json(&facts_schema, &facts, SCHEMA_SHOWN, &json);
	if (facts_parse("f", json.s, json.len, &arena, &again, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.msg, json.s);
		abort();
	}
	assert(again.disks[0].n_signatures == disk.n_signatures);
	facts_print(&again, &prose);
	return 0;
}
