#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "image/cpio.h"
#include "tests/support.h"

static void assert_entry(struct archive *a, const char *path, unsigned mode,
			 const char *content)
{
	struct archive_entry *entry;
	char buf[256] = "";
	size_t len = content ? strlen(content) : 0;

	assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(entry), path);
	assert_int_equal(archive_entry_mode(entry), mode);
	assert_int_equal(archive_entry_uid(entry), 0);
	assert_int_equal(archive_entry_gid(entry), 0);
	assert_int_equal(archive_entry_mtime(entry), 0);
	assert_int_equal(archive_entry_size(entry), len);
	assert_int_equal(archive_read_data(a, buf, sizeof(buf)), len);
	assert_memory_equal(buf, content ? content : "", len);
}

static struct archive *open_archive(const struct text *t)
{
	struct archive *a = archive_read_new();

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_memory(a, t->s, t->len), ARCHIVE_OK);
	return a;
}

/* Names and contents of each length modulo the alignment. */
static void test_libarchive_reads_it(void **state)
{
	static const char *const contents[] = { "", "1", "12", "123", "1234", "12345" };
	auto_text struct text t = { 0 };
	struct archive_entry *entry;
	struct archive *a;

	(void)state;
	cpio_add_directory(&t, "etc", 0755);
	cpio_add_directory(&t, "etc/mdadm", 0700);
	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%.*s", (int)i, "xxxxx");
		cpio_add_file(&t, name, 0600 + (unsigned)i, contents[i],
			      strlen(contents[i]));
		assert_int_equal(t.len % CPIO_ALIGN, 0);
	}
	cpio_end(&t);
	assert_int_equal(t.len % CPIO_ALIGN, 0);

	a = open_archive(&t);
	assert_entry(a, "etc", S_IFDIR | 0755, NULL);
	assert_int_equal(archive_format(a), ARCHIVE_FORMAT_CPIO_SVR4_NOCRC);
	assert_entry(a, "etc/mdadm", S_IFDIR | 0700, NULL);
	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%.*s", (int)i, "xxxxx");
		assert_entry(a, name, S_IFREG | (0600 + (unsigned)i), contents[i]);
	}
	assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_EOF);
	archive_read_free(a);
}

static void test_nul_bytes_are_kept(void **state)
{
	auto_text struct text t = { 0 };
	struct archive_entry *entry;
	struct archive *a;
	char buf[8];

	(void)state;
	cpio_add_file(&t, "f", 0644, "a\0b", 3);
	cpio_end(&t);
	a = open_archive(&t);
	assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
	assert_int_equal(archive_read_data(a, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "a\0b", 3);
	archive_read_free(a);
}

/* The kernel's parser wants exactly this (buffer-format.rst). */
static void test_header_field_by_field(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	cpio_add_file(&t, "ab", 0644, "xyz", 3);
	assert_memory_equal(t.s,
			    "070701"
			    "00000000" /* ino */
			    "000081a4" /* mode */
			    "00000000"
			    "00000000" /* uid, gid */
			    "00000001" /* nlink */
			    "00000000" /* mtime */
			    "00000003" /* size */
			    "00000000"
			    "00000000"
			    "00000000"
			    "00000000" /* devices */
			    "00000003" /* name with its NUL */
			    "00000000" /* check */
			    "ab\0\0\0\0xyz",
			    119);
	assert_int_equal(t.len, 120);
}

static void test_same_input_same_bytes(void **state)
{
	auto_text struct text a = { 0 }, b = { 0 };

	(void)state;
	cpio_add_file(&a, "f", 0644, "x", 1);
	cpio_end(&a);
	cpio_add_file(&b, "f", 0644, "x", 1);
	cpio_end(&b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.s, b.s, a.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libarchive_reads_it),
		cmocka_unit_test(test_nul_bytes_are_kept),
		cmocka_unit_test(test_header_field_by_field),
		cmocka_unit_test(test_same_input_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
