#include "bootcfg/bls.h"
#include "tests/boot_hostile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void test_versions(void **state)
{
	/* Each is older than the next. */
	static const char *const versions[] = {
		"",      "a",     "b",   "0-rescue", "1.0~rc1", "1.0",       "1.0^git",
		"1.0.a", "1.0.1", "1.2", "1.10",     "2-5.el9", "2-5.1.el9", "2-50.el9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		for (size_t j = 0; j < ARRAY_LEN(versions); j++) {
			int order = bls_compare_versions(versions[i], versions[j]);

			if ((order > 0) - (order < 0) != (i > j) - (i < j))
				fail_msg("%s, %s: %d", versions[i], versions[j], order);
		}
	assert_int_equal(bls_compare_versions("1.01", "1-1"), 0);
}

static struct boot_menu read_with(const char *conf, const struct text_file *table)
{
	const struct boot_files files = TEXT_FILES(table);
	const struct boot_source source = { .file = "/loader/loader.conf",
					    .text = conf,
					    .files = &files };
	struct boot_menu menu;

	bls_read(&source, &arena, &menu);
	return menu;
}

#define DIR "/loader/entries/"

static const struct text_file files[] = {
	{ NULL, DIR "m-1.conf", "title Old\nlinux /l1\nversion 1\nsort-key fedora\n" },
	{ NULL, DIR "m-2+3-1.conf",
	  "# a comment\ntitle\tNew\nlinux\t/l2\ninitrd /i\ninitrd /j\noptions a\n"
	  "options b c\nversion 2\nsort-key fedora\ndevicetree /d\n" },
	{ NULL, DIR "a.conf", "title First key\nlinux /l\nsort-key arch\n" },
	{ NULL, DIR "z-9.conf", "linux /l\n" },
	{ NULL, DIR "z-10.conf", "title Shell\nefi /shell.efi\n" },
	{ NULL, DIR "readme", "" },
	{ 0 },
};

static void test_entries(void **state)
{
	struct boot_menu m = read_with("timeout 3\ndefault m-2*\n", files);
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 5);
	assert_int_equal(m.timeout_s, 3);
	assert_int_equal(m.default_entry, 1);
	assert_string_equal(e[0].id, "a");
	assert_string_equal(e[1].id, "m-2");
	assert_string_equal(e[1].title, "New");
	assert_string_equal(e[1].kernel.args, "a b c");
	assert_int_equal(e[1].n_initrds, 2);
	assert_string_equal(e[1].devicetree, "/d");
	assert_string_equal(e[1].file, DIR "m-2+3-1.conf");
	assert_string_equal(e[2].id, "m-1");
	assert_string_equal(e[3].why_not, "it starts /shell.efi");
	assert_string_equal(e[4].title, "z-9");

	m = read_with("default m-1.conf\n", files);
	assert_int_equal(m.default_entry, 2);
	m = read_with("default @saved\n", files);
	assert_int_equal(m.default_entry, 0);
	assert_string_equal(m.notes[0], "/loader/loader.conf: default @saved: the "
					"firmware knows, not the disk");
	m = read_with("", &files[5]);
	assert_string_equal(m.why_none, "it has no entry");
	assert_int_equal(m.default_entry, -1);
}

static const char *hostile_text;

static const char *read_hostile(void *context, const char *root, const char *path,
				struct arena *a)
{
	(void)context;
	(void)root;
	(void)path;
	(void)a;
	return hostile_text;
}

static size_t list_hostile(void *context, const char *root, const char *path,
			   struct arena *a, const char *const **ret_names)
{
	static const char *names[5000];

	(void)context;
	(void)root;
	(void)path;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		names[i] = arena_printf(a, "%zu.conf", i * 7919 % ARRAY_LEN(names));
	*ret_names = names;
	return ARRAY_LEN(names);
}

static void read_directory(const struct boot_source *source, struct arena *a,
			   struct boot_menu *ret)
{
	const struct boot_files hostile = { .read = read_hostile, .list = list_hostile };
	const struct boot_source s = { .file = "/loader/loader.conf",
				       .text = source->text,
				       .files = &hostile };

	hostile_text = source->text;
	bls_read(&s, a, ret);
	assert_true(ret->n <= BOOT_MAX_FILES);
}

static void test_hostile(void **state)
{
	(void)state;
	assert_linear(read_directory, "options a b c d\n");
	assert_linear(read_directory, "title x\n");
	assert_linear(read_directory, "initrd a b c ");
	assert_linear(read_directory, "default *a*a*a*a*a*a*b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_versions, free_all),
		cmocka_unit_test_teardown(test_entries, free_all),
		cmocka_unit_test_teardown(test_hostile, free_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
