/*
 * Images of one or several segments, whole, cut off and damaged, as the kernel takes
 * them.
 */
#include <sys/stat.h>
#include <zlib.h>

#include "image/bzip2_decode.h"
#include "image/segments.h"
#include "tests/installer_image.h"

/* What came through: "name:size:sum", each entry on a line. */
struct listing {
	struct text text;
	unsigned long sum;
	uint64_t bytes;
	const char *name;
	char *kept;
	size_t enough; /* entries; 0: all */
	size_t entries;
	const char *folder;
};

static int list_entry(void *arg, const struct cpio_entry *entry, struct err *err)
{
	struct listing *l = arg;

	(void)err;
	free(l->kept);
	l->kept = xstrdup(entry->name);
	l->sum = 0;
	l->bytes = 0;
	return 0;
}

static int list_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct listing *l = arg;

	(void)err;
	l->sum = crc32(l->sum, bytes, (uInt)len);
	l->bytes += len;
	return 0;
}

static int list_end(void *arg, struct err *err)
{
	struct listing *l = arg;

	(void)err;
	text_printf(&l->text, "%s:%llu:%lx\n", l->kept, (unsigned long long)l->bytes,
		    l->sum);
	l->entries++;
	return 0;
}

static bool list_is_enough(const void *arg)
{
	const struct listing *l = arg;

	return l->entries >= l->enough;
}

static int list(int fd, struct listing *l, struct segments_found *found, struct err *err)
{
	struct cpio_reader reader = { .name = "image",
				      .sink = { l, list_entry, list_data, list_end } };
	const struct segments_wanted wanted = { l->folder, list_is_enough, l };
	int rc = segments_read(fd, &reader, l->enough ? &wanted : NULL, found, err);

	cpio_reader_free(&reader);
	free(l->kept);
	l->kept = NULL;
	return rc;
}

static void list_bytes(const void *bytes, size_t len, struct listing *l)
{
	auto_fd int fd = pack_bytes(bytes, len, COMPRESSION_NONE);
	struct segments_found found;
	struct err err = { 0 };

	assert_ok(list(fd, l, &found, &err));
}

static const struct installer_image small = { .constants = constants_6,
					      .install = install_other,
					      .answerfile = answerfile_plain,
					      .filler_bytes = 10000 };
/* More than two blocks of bzip2 before, and more behind. */
static const struct installer_image large = { .constants = constants_6,
					      .install = install_other,
					      .answerfile = answerfile_plain,
					      .filler_bytes = 1100000 };

static void test_compressions(void **state)
{
	struct listing plain = { 0 };
	auto_text struct text archive = make_archive(&large);

	(void)state;
	list_bytes(archive.s, archive.len, &plain);
	assert_contains(plain.text.s, "./opt/xensource/installer/constants.py:");
	for (int c = COMPRESSION_NONE; c <= COMPRESSION_ZSTD; c++) {
		auto_fd int fd = pack_bytes(archive.s, archive.len, (enum compression)c);
		struct segments_found found;
		struct listing l = { 0 };
		struct err err = { 0 };
		struct stat st;

		assert_ok(list(fd, &l, &found, &err));
		assert_string_equal(l.text.s, plain.text.s);
		assert_int_equal(found.first, c);
		assert_int_equal(found.gzip_alone, c == COMPRESSION_GZIP);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(found.size_bytes, st.st_size);
		text_free(&l.text);
	}
	text_free(&plain.text);
}

static void add_packed(struct text *t, const struct text *archive, enum compression c)
{
	auto_fd int fd = pack_bytes(archive->s, archive->len, c);

	read_whole(fd, t);
}

/* gzip + gzip, gzip + plain, plain + zeros + bzip2 + zeros + plain. */
static void test_several_segments(void **state)
{
	static const struct {
		enum compression parts[4];
		size_t n, zeros;
		bool gzip_alone;
	} images[] = {
		{ { COMPRESSION_GZIP, COMPRESSION_GZIP }, 2, 0, true },
		{ { COMPRESSION_GZIP, COMPRESSION_GZIP }, 2, 4, false },
		{ { COMPRESSION_GZIP, COMPRESSION_NONE }, 2, 3, false },
		{ { COMPRESSION_NONE, COMPRESSION_BZIP2, COMPRESSION_NONE },
		  3,
		  5,
		  false },
		{ { COMPRESSION_BZIP2, COMPRESSION_BZIP2 }, 2, 0, false },
		{ { COMPRESSION_NONE, COMPRESSION_NONE, COMPRESSION_XZ }, 3, 512, false },
		{ { COMPRESSION_NONE, COMPRESSION_ZSTD }, 2, 0, false },
	};
	auto_text struct text archive = make_archive(&small);
	struct listing once = { 0 };

	(void)state;
	list_bytes(archive.s, archive.len, &once);
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		auto_text struct text image = { 0 }, expected = { 0 };
		struct listing l = { 0 };
		struct segments_found found;
		struct err err = { 0 };
		auto_fd int fd = -1;

		for (size_t j = 0; j < images[i].n; j++) {
			add_packed(&image, &archive, images[i].parts[j]);
			text_add(&expected, once.text.s);
			for (size_t k = 0; k < images[i].zeros; k++)
				text_add_bytes(&image, "", 1);
		}
		fd = pack_bytes(image.s, image.len, COMPRESSION_NONE);
		assert_ok(list(fd, &l, &found, &err));
		assert_string_equal(l.text.s, expected.s);
		assert_int_equal(found.first, images[i].parts[0]);
		assert_int_equal(found.gzip_alone, images[i].gzip_alone);
		text_free(&l.text);
	}
	text_free(&once.text);
}

/* Cut anywhere, every image is refused, also where its files were found before. */
static void test_truncated(void **state)
{
	auto_text struct text few = make_archive(&small), many = make_archive(&large);

	(void)state;
	for (int c = COMPRESSION_NONE; c <= COMPRESSION_ZSTD; c++) {
		auto_text struct text image = { 0 };

		add_packed(&image, c == COMPRESSION_BZIP2 ? &many : &few,
			   (enum compression)c);
		for (size_t cut = 1; cut < image.len; cut = cut * 5 + 1) {
			auto_fd int fd = pack_bytes(image.s, image.len - cut,
						    COMPRESSION_NONE);
			struct listing l = { .enough = 1 };
			struct segments_found found;
			struct err err = { 0 };

			/* A plain archive ends in zeros that nobody needs. */
			if (c == COMPRESSION_NONE && cut < 4)
				continue;
			if (list(fd, &l, &found, &err) == 0)
				fail_msg("compression %d, %zu bytes cut: taken", c, cut);
			assert_int_equal(err.code, ERR_SOURCE);
			text_free(&l.text);
		}
	}
}

/* The archive inside is cut off, what is around it is whole. */
static void test_no_trailer(void **state)
{
	auto_text struct text few = make_archive(&small), many = make_archive(&large);

	(void)state;
	for (int c = COMPRESSION_NONE; c <= COMPRESSION_ZSTD; c++)
		for (size_t enough = 0; enough <= 2; enough += 2) {
			struct text *archive = c == COMPRESSION_BZIP2 ? &many : &few;
			auto_fd int fd = pack_bytes(archive->s, archive->len - 130,
						    (enum compression)c);
			struct listing l = { .enough = enough };
			struct segments_found found;
			struct err err = { 0 };

			assert_int_equal(list(fd, &l, &found, &err), -1);
			assert_int_equal(err.code, ERR_SOURCE);
			assert_contains(err.msg, "is truncated");
			text_free(&l.text);
		}
}

static void test_something_else(void **state)
{
	static const struct {
		const char *bytes, *message;
	} cases[] = {
		{ "", "image is empty" },
		{ "\0\0\0\0", "image is empty" },
		{ "hello", "image is no initramfs: at byte 0 begins neither a cpio "
			   "archive nor a compressed one" },
		{ "070707000000000000",
		  "image is truncated in the middle of an archive" },
		{ "BZh(", "image: the bzip2 data is damaged at its beginning" },
		{ "BZh9", "image: the bzip2 data is truncated or damaged at its "
			  "beginning" },
		{ "07070", "image is truncated in the middle of an archive" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_fd int fd = pack_bytes(cases[i].bytes, strlen(cases[i].bytes),
					    COMPRESSION_NONE);
		struct listing l = { 0 };
		struct segments_found found;
		struct err err = { 0 };

		assert_fails(list(fd, &l, &found, &err), ERR_SOURCE, cases[i].message);
		text_free(&l.text);
	}
}

static void test_damaged_headers(void **state)
{
	static const struct {
		size_t at;
		char to;
		const char *message;
	} cases[] = {
		{ 5, '7',
		  "image is no cpio archive or damaged: its magic is not newc's, "
		  "070701 (entry 1)" },
		{ 60, 'x',
		  "image is no cpio archive or damaged: its header is not "
		  "hexadecimal (entry 1)" },
		{ 94, 'f',
		  "image is no cpio archive or damaged: its name has an "
		  "impossible length (entry 1)" },
		{ 111, 'x',
		  "image is no cpio archive or damaged: its name does not end "
		  "where it should (entry 1)" },
	};
	auto_text struct text archive = make_archive(&small);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char was = archive.s[cases[i].at];
		auto_fd int fd = -1;
		struct listing l = { 0 };
		struct segments_found found;
		struct err err = { 0 };

		archive.s[cases[i].at] = cases[i].to;
		fd = pack_bytes(archive.s, archive.len, COMPRESSION_NONE);
		archive.s[cases[i].at] = was;
		assert_fails(list(fd, &l, &found, &err), ERR_SOURCE, cases[i].message);
		text_free(&l.text);
	}
}

/* A block's bytes: seen where the block is decompressed, and in its check sum always. */
static void test_damaged_bzip2(void **state)
{
	auto_text struct text archive = make_archive(&large), image = { 0 };
	struct listing l = { 0 };
	struct segments_found found;
	struct err err = { 0 };

	(void)state;
	add_packed(&image, &archive, COMPRESSION_BZIP2);
	image.s[image.len / 2] ^= 4;
	{
		auto_fd int fd = pack_bytes(image.s, image.len, COMPRESSION_NONE);

		assert_int_equal(list(fd, &l, &found, &err), -1);
		assert_int_equal(err.code, ERR_SOURCE);
		assert_contains(err.msg, "image: the bzip2 data is damaged in block ");
		text_free(&l.text);
	}
	image.s[image.len / 2] ^= 4;
	image.s[image.len - 3] ^= 4;
	{
		auto_fd int fd = pack_bytes(image.s, image.len, COMPRESSION_NONE);

		err = (struct err){ 0 };
		assert_fails(list(fd, &l, &found, &err), ERR_SOURCE,
			     "image: the bzip2 data is damaged: its check sum is not its "
			     "blocks'");
	}
}

struct bytes {
	struct text text;
	size_t max;
};

static int take_bytes(void *arg, const void *bytes, size_t len, bool *ret_enough,
		      struct err *err)
{
	struct bytes *b = arg;

	(void)err;
	text_add_bytes(&b->text, bytes, len);
	*ret_enough = b->max && b->text.len >= b->max;
	return 0;
}

/* Long runs make blocks of many megabytes; each place of a magic within a byte occurs. */
static void test_bzip2_blocks(void **state)
{
	auto_free char *filler = make_filler(3000000);
	auto_text struct text plain = { 0 };
	auto_arena struct arena arena = { 0 };
	struct bytes b = { 0 };
	const struct bzip2_sink sink = { &b, take_bytes };
	struct bzip2_index index;
	struct err err = { 0 };
	unsigned shifts = 0;
	auto_fd int fd = -1;

	(void)state;
	text_add_bytes(&plain, filler, 1000003);
	{
		auto_free char *zeros = xcalloc(1, 8000000);

		text_add_bytes(&plain, zeros, 8000000);
	}
	text_add_bytes(&plain, filler, 3000000);
	fd = pack_bytes(plain.s, plain.len, COMPRESSION_BZIP2);
	assert_ok(bzip2_index_read("image", fd, 0, &arena, &index, &err));
	assert_true(index.n >= 5);
	for (size_t i = 0; i < index.n; i++)
		shifts |= 1u << index.blocks[i].begin % 8;
	assert_true(__builtin_popcount(shifts) >= 3);
	assert_ok(bzip2_decode("image", fd, &index, 0, index.n, &sink, &err));
	assert_int_equal(b.text.len, plain.len);
	assert_memory_equal(b.text.s, plain.s, plain.len);
	text_free(&b.text);
	b.max = 1;
	assert_ok(bzip2_decode("image", fd, &index, 1, index.n, &sink, &err));
	assert_true(b.text.len >= 1 && b.text.len < plain.len / 2);
	text_free(&b.text);
}

/* What was left early is still the first segment, and what follows is read. */
static void test_left_early(void **state)
{
	auto_text struct text archive = make_archive(&large), image = { 0 };
	struct listing l = { .enough = 2 };
	struct segments_found found;
	struct err err = { 0 };
	auto_fd int fd = -1;

	(void)state;
	add_packed(&image, &archive, COMPRESSION_BZIP2);
	while (image.len % CPIO_ALIGN)
		text_add_bytes(&image, "", 1);
	add_image_file(&image, "last", "content");
	cpio_end(&image);
	fd = pack_bytes(image.s, image.len, COMPRESSION_NONE);
	assert_ok(list(fd, &l, &found, &err));
	assert_int_equal(found.first, COMPRESSION_BZIP2);
	assert_contains(l.text.s, "last:7:");
	assert_lacks(l.text.s, "usr/filler");
	text_free(&l.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compressions),
		cmocka_unit_test(test_several_segments),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_no_trailer),
		cmocka_unit_test(test_something_else),
		cmocka_unit_test(test_damaged_headers),
		cmocka_unit_test(test_damaged_bzip2),
		cmocka_unit_test(test_bzip2_blocks),
		cmocka_unit_test(test_left_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
