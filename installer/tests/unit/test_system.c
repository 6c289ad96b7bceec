#include "bootcfg/system.h"
#include "tests/boot_files.h"
#include "tests/support.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void test_names(void **state)
{
	static const struct {
		const char *path, *text, *name, *version;
	} cases[] = {
		{ "/etc/os-release",
		  "NAME=\"Fedora Linux\"\nVERSION_ID=40\nPRETTY_NAME=\"Fedora Linux "
		  "40\"\n",
		  "Fedora Linux 40", "40" },
		{ "/usr/lib/os-release", "NAME=Arch\n", "Arch", NULL },
		{ "/etc/fedora-release", "Fedora release 15 (Lovelock)\n",
		  "Fedora release 15 (Lovelock)", "15" },
		{ "/etc/debian_version", "12.5\n", "12.5", "12.5" },
		{ "/etc/xensource-inventory",
		  "PRODUCT_BRAND='XenServer'\nPRODUCT_VERSION='6.2.0'\n",
		  "XenServer 6.2.0", "6.2.0" },
		{ "/etc/os-release", "nothing\n", "a system without a name", NULL },
		{ "/etc/other", "", "a system without a name", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct text_file table[] = { { "R", cases[i].path, cases[i].text },
						   { 0 } };
		const struct boot_files files = TEXT_FILES(table);
		struct system_name found = system_find_name(&files, "R", &arena);

		assert_string_equal(found.name, cases[i].name);
		if (!str_eq(found.version, cases[i].version))
			fail_msg("%s", found.name);
	}
}

static void test_roots(void **state)
{
	(void)state;
	assert_null(system_find_root("", &arena));
	assert_null(system_find_root("ro rootflags=x noroot=y root=", &arena));
	assert_string_equal(system_find_root("ro root=UUID=1 quiet", &arena), "UUID=1");
	assert_string_equal(system_find_root("root=/dev/sda1 root=LABEL=x", &arena),
			    "LABEL=x");
}

static void test_partitions(void **state)
{
	(void)state;
	assert_int_equal(system_partition("hd0,msdos2", false), 2);
	assert_int_equal(system_partition("hd10,gpt12", false), 12);
	assert_int_equal(system_partition("hd0,0", true), 1);
	assert_int_equal(system_partition("hd0,3", false), 3);
	assert_int_equal(system_partition("hd0", false), 0);
	assert_int_equal(system_partition("hd0,x", true), 0);
	assert_int_equal(system_partition("md/0,1", false), 0);
	assert_int_equal(system_partition("hd0,99999999999", false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_names, free_all),
		cmocka_unit_test_teardown(test_roots, free_all),
		cmocka_unit_test_teardown(test_partitions, free_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
