/*
 * An image in, an image out, and what a kernel would make of it: its archives unpacked
 * one after the other, a later file in place of an earlier one.
 */
#include <sys/stat.h>

#include "tests/installer_image.h"
#include "tests/profile.h"
#include "xenserver/installer_files.h"
#include "xenserver/patch.h"

#define CONSTANTS "opt/xensource/installer/constants.py"

/* Where several have that name, the last one counts. */
struct unpacked {
	const char *wanted;
	bool current;
	size_t times, entries;
	struct cpio_entry entry;
	struct text content;
};

static int unpack_entry(void *arg, const struct cpio_entry *entry, struct err *err)
{
	struct unpacked *u = arg;
	const char *name = entry->name;

	(void)err;
	u->entries++;
	name += str_starts(name, "./") ? 2 : 0;
	u->current = str_eq(name, u->wanted);
	if (u->current) {
		u->times++;
		u->entry = *entry;
		text_free(&u->content);
	}
	return 0;
}

static int unpack_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct unpacked *u = arg;

	(void)err;
	if (u->current)
		text_add_bytes(&u->content, bytes, len);
	return 0;
}

static int unpack_end(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

static struct unpacked unpack(int fd, const char *path)
{
	struct unpacked u = { .wanted = path };
	struct cpio_reader reader = {
		.name = "patched", .sink = { &u, unpack_entry, unpack_data, unpack_end }
	};
	struct segments_found found;
	struct err err = { 0 };

	assert_ok(segments_read(fd, &reader, NULL, &found, &err));
	cpio_reader_free(&reader);
	return u;
}

static const struct installer_image image_6 = { .constants = constants_6,
						.install = install_other,
						.answerfile = answerfile_plain,
						.filler_bytes = 3000 };

static const struct patch_file script = { "etc/rc.d/script", 0755, "#!/bin/sh\n" };

static int patch(int in, int out, bool repack, struct patch_result *result,
		 struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct profile profile = parse_profile(&arena, xenserver_text);
	const struct patch_request request = {
		.profile = &profile, .files = &script, .n_files = 1, .repack = repack
	};
	int rc = patch_image(&request, "install.img", in, out, &arena, result, err);

	if (rc == 0)
		assert_string_equal(result->kernel_options,
				    "install "
				    "answerfile=file:///dom0strap/answerfile.xml");
	return rc;
}

static void assert_patched(int fd, size_t times)
{
	struct unpacked u = unpack(fd, CONSTANTS);

	assert_int_equal(u.times, times);
	assert_int_equal(u.entry.mode, S_IFREG | 0640);
	assert_int_equal(u.entry.uid, 7);
	assert_int_equal(u.entry.gid, 8);
	assert_int_equal(u.entry.mtime, 1234567890);
	assert_contains(u.content.s, "\nGPT_SUPPORT = False\n");
	assert_contains(u.content.s, "\nroot_size = 8192\t# MB, and");
	text_free(&u.content);
	u = unpack(fd, PATCH_ANSWERFILE);
	assert_int_equal(u.entry.mode, S_IFREG | 0600);
	assert_contains(u.content.s, "<hostname>xen03.example.com</hostname>");
	text_free(&u.content);
	u = unpack(fd, script.path);
	assert_int_equal(u.entry.mode, S_IFREG | 0755);
	assert_string_equal(u.content.s, script.text);
	text_free(&u.content);
	u = unpack(fd, "etc/rc.d");
	assert_int_equal(u.entry.mode, S_IFDIR | 0755);
	text_free(&u.content);
}

static void test_appended(void **state)
{
	auto_text struct text archive = make_archive(&image_6);

	(void)state;
	for (int c = COMPRESSION_NONE; c <= COMPRESSION_BZIP2; c++) {
		auto_fd int in = pack_bytes(archive.s, archive.len, (enum compression)c);
		auto_fd int out = memfd_create("out", MFD_CLOEXEC);
		auto_text struct text before = { 0 }, after = { 0 };
		struct patch_result result;
		struct err err = { 0 };

		assert_ok(patch(in, out, false, &result, &err));
		assert_int_equal(result.release.era, ERA_6);
		assert_int_equal(result.root_bytes, 8 * GIB);
		read_whole(in, &before);
		read_whole(out, &after);
		assert_true(after.len > before.len);
		assert_memory_equal(before.s, after.s, before.len);
		assert_patched(out, 2);
		if (c == COMPRESSION_GZIP) /* without anything between */
			assert_memory_equal(after.s + before.len, "\x1f\x8b", 2);
		else
			assert_memory_equal(after.s + (before.len + 3) / 4 * 4, "070701",
					    6);
	}
}

/* kexec-tools would decompress it and drop the rest; an empty archive hides it. */
static void test_xz_is_hidden(void **state)
{
	auto_text struct text archive = make_archive(&image_6), after = { 0 };
	auto_fd int in = pack_bytes(archive.s, archive.len, COMPRESSION_XZ);
	auto_fd int out = memfd_create("out", MFD_CLOEXEC);
	struct patch_result result;
	struct err err = { 0 };

	(void)state;
	assert_ok(patch(in, out, false, &result, &err));
	read_whole(out, &after);
	assert_memory_equal(after.s, "070701", 6);
	assert_contains(after.s + 110, CPIO_TRAILER);
	assert_memory_equal(after.s + 124, "\xfd\x37zXZ", 5);
}

/* Patched again from what was patched: the last segment counts, and its constants. */
static void test_again(void **state)
{
	auto_text struct text archive = make_archive(&image_6);

	(void)state;
	for (int c = COMPRESSION_NONE; c <= COMPRESSION_BZIP2; c++) {
		auto_fd int in = pack_bytes(archive.s, archive.len, (enum compression)c);
		auto_fd int once = memfd_create("once", MFD_CLOEXEC);
		auto_fd int twice = memfd_create("twice", MFD_CLOEXEC);
		struct patch_result result;
		struct err err = { 0 };

		assert_ok(patch(in, once, false, &result, &err));
		assert_ok(patch(once, twice, false, &result, &err));
		assert_patched(twice, 3);
	}
}

static void test_repacked(void **state)
{
	auto_text struct text archive = make_archive(&image_6);
	size_t entries;

	(void)state;
	{
		auto_fd int in = pack_bytes(archive.s, archive.len, COMPRESSION_NONE);
		struct unpacked u = unpack(in, CONSTANTS);

		entries = u.entries;
		text_free(&u.content);
	}
	for (int c = COMPRESSION_NONE; c <= COMPRESSION_ZSTD; c++) {
		auto_fd int in = pack_bytes(archive.s, archive.len, (enum compression)c);
		auto_fd int out = memfd_create("out", MFD_CLOEXEC);
		struct patch_result result;
		struct err err = { 0 };
		struct unpacked u;

		assert_ok(patch(in, out, true, &result, &err));
		assert_patched(out, 1);
		u = unpack(out, "usr/filler");
		assert_int_equal(u.entries,
				 entries + 5); /* two files, three directories */
		assert_int_equal(u.content.len, 3000);
		text_free(&u.content);
	}
}

/* A gzip image that goes on otherwise: kexec would drop what is appended. */
static void test_mixed_gzip(void **state)
{
	auto_text struct text archive = make_archive(&image_6), image = { 0 };
	auto_fd int gzip = pack_bytes(archive.s, archive.len, COMPRESSION_GZIP);
	auto_fd int out = memfd_create("out", MFD_CLOEXEC);
	auto_fd int in = -1;
	struct patch_result result;
	struct err err = { 0 };

	(void)state;
	read_whole(gzip, &image);
	text_add_bytes(&image, "\0\0\0\0", 4);
	in = pack_bytes(image.s, image.len, COMPRESSION_NONE);
	assert_fails(patch(in, out, false, &result, &err), ERR_SOURCE,
		     "install.img begins with gzip and goes on otherwise, which kexec "
		     "would drop; --repack makes one archive of it");
	assert_ok(patch(in, out, true, &result, &err));
	assert_patched(out, 1);
}

static void test_refused(void **state)
{
	static const struct {
		struct installer_image image;
		enum err_code code;
		const char *message;
	} cases[] = {
		{ { .install = install_other },
		  ERR_SOURCE,
		  "install.img is no installer's image of XenServer: "
		  "opt/xensource/installer/constants.py is not in it" },
		{ { .constants = "a = 1\n" },
		  ERR_SOURCE,
		  "./opt/xensource/installer/constants.py is not the constants of "
		  "XenServer's installer: it assigns neither root_size nor rootfs_type" },
		{ { .constants = constants_7, .install = install_other },
		  ERR_HARDWARE,
		  "table: mbr cannot be had: the installer of 8.3 and later makes GPT "
		  "alone, whatever GPT_SUPPORT says; table: gpt" },
		{ { .constants = "GPT_SUPPORT = True\nroot_size = 1 + 1\n" },
		  ERR_CONFIG,
		  "./opt/xensource/installer/constants.py:2: root_size is no plain value "
		  "but `1 + 1`, which is not replaced" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_text struct text archive = make_archive(&cases[i].image);
		auto_fd int in = pack_bytes(archive.s, archive.len, COMPRESSION_GZIP);
		auto_fd int out = memfd_create("out", MFD_CLOEXEC);
		struct patch_result result;
		struct err err = { 0 };
		struct stat st;

		assert_fails(patch(in, out, false, &result, &err), cases[i].code,
			     cases[i].message);
		assert_int_equal(fstat(out, &st), 0);
		assert_int_equal(st.st_size, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appended),   cmocka_unit_test(test_xz_is_hidden),
		cmocka_unit_test(test_again),      cmocka_unit_test(test_repacked),
		cmocka_unit_test(test_mixed_gzip), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
