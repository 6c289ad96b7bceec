/*
 * A folder found in archives of every order, from a place that loses nothing of it.
 */
#include <bzlib.h>

#include "image/bzip2_decode.h"
#include "image/cpio_reader.h"
#include "image/cpio_seek.h"
#include "tests/installer_image.h"

#define FOLDER "opt/product/installer"

/* Blocks of 100 kB, so that a small archive has many. */
static int pack_small_blocks(const struct text *plain)
{
	unsigned len = (unsigned)(plain->len + plain->len / 50 + 1000);
	auto_free char *packed = xmalloc(len);

	assert_int_equal(BZ2_bzBuffToBuffCompress(packed, &len, plain->s,
						  (unsigned)plain->len, 1, 0, 0),
			 BZ_OK);
	return pack_bytes(packed, len, COMPRESSION_NONE);
}

static void add_filler(struct text *archive, const char *name, size_t len)
{
	auto_free char *filler = make_filler(len);

	add_image_file(archive, name, filler);
}

/* n files of 30 kB in a folder, whose own entry is in front. */
static void add_files(struct text *archive, const char *folder, size_t n)
{
	char name[64];

	cpio_add_directory(archive, folder, 0755);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/file-%02zu", folder, i);
		add_filler(archive, name, 40000 + i * 4);
	}
}

static void add_wanted(struct text *archive)
{
	cpio_add_directory(archive, "./" FOLDER, 0755);
	add_image_file(archive, "./" FOLDER "/first", "one");
	add_image_file(archive, "./" FOLDER "/second", "two");
}

/* Paths in the folder that come by when it is read from that place on. */
struct reading {
	struct cpio_reader reader;
	size_t drop, in_folder, before;
};

static int read_entry(void *arg, const struct cpio_entry *entry, struct err *err)
{
	struct reading *r = arg;

	(void)err;
	if (str_starts(entry->name, "./" FOLDER))
		r->in_folder++;
	else if (r->in_folder == 0)
		r->before++;
	return 0;
}

static int read_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)arg;
	(void)bytes;
	(void)len;
	(void)err;
	return 0;
}

static int read_end(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

static int take(void *arg, const void *bytes, size_t len, bool *ret_enough,
		struct err *err)
{
	struct reading *r = arg;
	size_t drop = r->drop < len ? r->drop : len, used;

	r->drop -= drop;
	*ret_enough = false;
	return cpio_reader_feed(&r->reader, (const char *)bytes + drop, len - drop, &used,
				err);
}

static void assert_found(const struct text *archive)
{
	struct reading r = { .reader = { .name = "image" } };
	const struct bzip2_sink sink = { &r, take };
	auto_fd int fd = pack_small_blocks(archive);
	auto_arena struct arena arena = { 0 };
	struct cpio_place place = { 0 };
	struct bzip2_index index;
	struct err err = { 0 };

	assert_ok(bzip2_index_read("image", fd, 0, &arena, &index, &err));
	assert_ok(cpio_seek("image", fd, &index, FOLDER, &place, &err));
	assert_true(place.found);
	r.reader.sink = (struct cpio_sink){ &r, read_entry, read_data, read_end };
	r.drop = place.offset;
	assert_ok(bzip2_decode("image", fd, &index, place.block, index.n, &sink, &err));
	assert_true(cpio_reader_is_between(&r.reader));
	assert_int_equal(r.in_folder, 3);
	assert_true(r.before <= 1);
	cpio_reader_free(&r.reader);
}

/* `folders` in this order; * is the wanted one. */
static struct text make(const char *folders)
{
	struct text archive = { 0 };

	cpio_add_directory(&archive, ".", 0755);
	for (; *folders; folders++) {
		char name[] = "./x";

		name[2] = *folders;
		if (*folders == '*') {
			cpio_add_directory(&archive, "./opt", 0755);
			add_files(&archive, "./opt/aaa", 5);
			cpio_add_directory(&archive, "./opt/product", 0755);
			add_wanted(&archive);
			add_files(&archive, "./opt/zzz", 2);
		} else {
			add_files(&archive, name, 10);
		}
	}
	cpio_end(&archive);
	return archive;
}

static void test_orders(void **state)
{
	static const char *const orders[] = { "abcdef*vwxyz",
					      "wxf*yzabvcde",
					      "*abcdefvwxyz",
					      "abcdefvwxyz*",
					      "zyxwvfedcb*a",
					      "a*",
					      "*",
					      "zyx*" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		auto_text struct text archive = make(orders[i]);

		assert_found(&archive);
	}
}

static int count(void *arg, const void *bytes, size_t len, bool *ret_enough,
		 struct err *err)
{
	(void)bytes;
	(void)err;
	*(size_t *)arg += len;
	*ret_enough = false;
	return 0;
}

static void begin(struct text *archive, size_t bytes_before)
{
	cpio_add_directory(archive, ".", 0755);
	add_files(archive, "./a", 2);
	add_filler(archive, "./b", bytes_before - archive->len - 120);
}

/* What the first two blocks of such an archive hold. */
static size_t two_blocks(void)
{
	auto_text struct text archive = { 0 };
	auto_arena struct arena arena = { 0 };
	size_t bytes = 0;
	const struct bzip2_sink sink = { &bytes, count };
	struct bzip2_index index;
	struct err err = { 0 };
	auto_fd int fd = -1;

	begin(&archive, 300000);
	fd = pack_small_blocks(&archive);
	assert_ok(bzip2_index_read("image", fd, 0, &arena, &index, &err));
	assert_ok(bzip2_decode("image", fd, &index, 0, 2, &sink, &err));
	return bytes;
}

/* Wherever the end of a block falls among its headers. */
static void test_cut_headers(void **state)
{
	size_t end = two_blocks();

	(void)state;
	for (size_t before = 0; before < 560; before += 40) {
		auto_text struct text archive = { 0 };

		begin(&archive, (end - before) / 4 * 4);
		add_wanted(&archive);
		add_files(&archive, "./z", 3);
		cpio_end(&archive);
		assert_found(&archive);
	}
}

/* A file larger than blocks, runs that make one block of megabytes, text like a header.
 */
static void test_large_files(void **state)
{
	auto_text struct text archive = { 0 };
	auto_free char *run = xmalloc(6000001);

	(void)state;
	memset(run, '0', 6000000);
	run[6000000] = '\0';
	memcpy(run + 1000000, "070701", 6);
	cpio_add_directory(&archive, ".", 0755);
	add_filler(&archive, "./a", 700000);
	add_image_file(&archive, "./b", run);
	add_filler(&archive, "./c", 400000);
	add_wanted(&archive);
	add_image_file(&archive, "./y", run);
	add_filler(&archive, "./z", 500000);
	cpio_end(&archive);
	assert_found(&archive);
}

static void test_not_there(void **state)
{
	auto_text struct text archive = { 0 };
	auto_arena struct arena arena = { 0 };
	struct cpio_place place = { .found = true };
	struct bzip2_index index;
	struct err err = { 0 };
	auto_fd int fd = -1;

	(void)state;
	add_files(&archive, "./a", 10);
	add_files(&archive, "./opt", 10);
	add_files(&archive, "./" FOLDER "-other", 10);
	cpio_end(&archive);
	fd = pack_small_blocks(&archive);
	assert_ok(bzip2_index_read("image", fd, 0, &arena, &index, &err));
	assert_ok(cpio_seek("image", fd, &index, FOLDER, &place, &err));
	assert_false(place.found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_cut_headers),
		cmocka_unit_test(test_large_files),
		cmocka_unit_test(test_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
