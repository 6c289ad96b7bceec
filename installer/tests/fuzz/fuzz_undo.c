/*
 * An undo archive from outside: it is refused, or every place in it lies on its disk and
 * has the bytes that its digest promises.
 */
#include <assert.h>
#include <sys/mman.h>

#include "exec/undo.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

/* libarchive asks for as much memory as a header claims that a name is long, up to 4 GiB,
 * and gives it back untouched when the archive is at its end before. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char limit[] = "-malloc_limit_mb=16384";
	char **longer = xcalloc((size_t)*argc + 2, sizeof(*longer));

	memcpy(longer, *argv, (size_t)*argc * sizeof(*longer));
	longer[(*argc)++] = limit;
	*argv = longer;
	return 0;
}

static void check_disk(const struct undo_disk *d)
{
	uint64_t end = 0;

	for (size_t i = 0; i < d->n_ranges; i++) {
		const struct undo_range *r = &d->ranges[i];

		assert(r->offset_bytes >= end && r->size_bytes > 0);
		end = r->offset_bytes + r->size_bytes;
		assert(end > r->offset_bytes && end <= d->size_bytes);
		assert(!r->file == !r->bytes);
		if (r->bytes) {
			struct digest d1, d2 = digest_of(r->bytes, r->size_bytes);

			assert(digest_parse(r->sha256, &d1));
			assert(memcmp(&d1, &d2, sizeof(d1)) == 0);
		}
	}
}

static void judge(const struct undo *u, struct arena *arena)
{
	struct undo_seen *seen = arena_alloc(arena, u->n_disks * sizeof(*seen));
	struct undo_decision decision;
	struct err err = { 0 };

	for (size_t i = 0; i < u->n_disks; i++) {
		struct disk *now = arena_alloc(arena, sizeof(*now));

		*now = (struct disk){ .path = "/dev/null",
				      .size_bytes = u->disks[i].size_bytes,
				      .table_id = u->disks[i].table_was };
		undo_look(&u->disks[i], now, arena, &seen[i]);
	}
	assert(undo_decide(u, seen, arena, &decision, &err) == 0);
	seen[0].disk = NULL;
	assert(undo_decide(u, seen, arena, &decision, &err) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	auto_fd int fd = memfd_create("undo", MFD_CLOEXEC);
	struct undo u = { 0 };
	struct err err = { 0 };

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	if (undo_read(fd, "x", &arena, &u, &err) < 0) {
		assert(err.code == ERR_SOURCE);
		return 0;
	}
	for (size_t i = 0; i < u.n_disks; i++)
		check_disk(&u.disks[i]);
	judge(&u, &arena);
	return 0;
}

/* Flips in what is not an archive find nothing: every fourth input is a new one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	auto_fd int fd = -1;
	struct err err = { 0 };
	struct undo_range range = { .file = "disk0-0", .bytes = "abc", .size_bytes = 3 };
	struct undo u = { .version = 1, .host = "h", .time = "t", .digest = "d" };
	struct undo_disk disk = { .id = "S",
				  .path = "/dev/sda",
				  .size_bytes = 4096,
				  .ranges = &range,
				  .n_ranges = 1 };
	struct digest d = digest_of("abc", 3);
	ssize_t n;

	if (seed % 4 || max_size < 2048)
		return LLVMFuzzerMutate(data, size, max_size);
	range.sha256 = DIGEST_TEXT(&d);
	range.offset_bytes = seed / 4 % 8192;
	disk.size_bytes = seed / 32768 % 8192;
	u.disks = &disk;
	u.n_disks = 1;
	fd = memfd_create("made", MFD_CLOEXEC);
	if (fd < 0 || undo_write_range(fd, &range, &err) < 0 ||
	    undo_write_end(fd, &u, &err) < 0)
		abort();
	n = pread(fd, data, max_size, 0);
	return n < 0 ? size : (size_t)n;
}
