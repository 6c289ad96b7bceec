/*
 * A disk that somebody else has written: its first 32 KiB are the fuzzer's, the rest of
 * 16 MiB is empty. Whatever is found can be written as facts and read back.
 */
#include <assert.h>
#include <sys/mman.h>

#include "facts/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DISK_BYTES (16 * 1024 * 1024)
#define HEAD_BYTES 32768

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	auto_arena struct arena arena = { 0 };
	auto_text struct text json = { 0 };
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
	data++;
	size = size - 1 > HEAD_BYTES ? HEAD_BYTES : size - 1;
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, DISK_BYTES) < 0 ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	disk.path = arena_printf(&arena, "/proc/self/fd/%d", fd);
	facts_probe_contents("", &arena, &disk);
	assert(!disk.unreadable);
	schema_json(&facts_schema, &facts, false, &json);
	if (facts_parse("f", json.s, json.len, &arena, &again, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.msg, json.s);
		abort();
	}
	assert(again.disks[0].n_signatures == disk.n_signatures);
	return 0;
}
