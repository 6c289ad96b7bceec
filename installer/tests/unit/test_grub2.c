#include "bootcfg/block.h"
#include "bootcfg/entry.h"
#include "bootcfg/grub2.h"
#include "tests/support.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct boot_choice choice = {
	.hypervisor = "xen-4.17-amd64.gz",
	.kernel = "vmlinuz-6.1.0-38-amd64",
	.initrd = "initrd.img-6.1.0-38-amd64",
	.version = "6.1.0-38-amd64",
};

static void test_entry_of_our_own(void **state)
{
	auto_free char *entry = grub2_render_xen_entry(&(struct grub2_xen_entry){
		.id = "xen-gnulinux-simple-R",
		.choice = &choice,
		.boot_uuid = "B",
		.boot_prefix = "",
		.xen_options = "dom0_mem=1G",
		.kernel_args = "root=UUID=R ro console=hvc0",
	});
	const struct boot_source source = { .file = "/grub/grub.cfg", .text = entry };
	struct boot_menu menu;

	(void)state;
	assert_contains(entry, "\tsearch --no-floppy --fs-uuid --set=root B\n");
	assert_contains(entry,
			"\tmultiboot2 /xen-4.17-amd64.gz placeholder dom0_mem=1G\n"
			"\tmodule2 /vmlinuz-6.1.0-38-amd64 placeholder root=UUID=R ro "
			"console=hvc0\n"
			"\tmodule2 --nounzip /initrd.img-6.1.0-38-amd64\n}\n");
	grub2_read(&source, &arena, &menu);
	assert_int_equal(menu.n, 1);
	assert_string_equal(menu.entries[0].hypervisor.root, "UUID=B");
	assert_string_equal(menu.entries[0].hypervisor.args, "dom0_mem=1G");
	assert_string_equal(menu.entries[0].kernel.args, "root=UUID=R ro console=hvc0");
	assert_string_equal(menu.entries[0].id, "xen-gnulinux-simple-R");
	assert_string_equal(menu.entries[0].title,
			    "Xen (xen-4.17-amd64.gz) with Linux 6.1.0-38-amd64");
}

static void test_entry_with_boot_on_the_root(void **state)
{
	auto_free char *entry = grub2_render_xen_entry(
		&(struct grub2_xen_entry){ .id = "x",
					   .choice = &choice,
					   .boot_uuid = "R",
					   .boot_prefix = "/boot",
					   .xen_options = "",
					   .kernel_args = "root=UUID=R ro" });

	(void)state;
	assert_contains(entry, "\tmultiboot2 /boot/xen-4.17-amd64.gz ");
	assert_contains(entry, "\tmodule2 /boot/vmlinuz-6.1.0-38-amd64 ");
	assert_contains(entry, "\tmodule2 --nounzip /boot/initrd.img-6.1.0-38-amd64\n");
}

#define BEGIN "### dom0strap begin ###\n"
#define END   "### dom0strap end ###\n"

static void test_block(void **state)
{
	static const char *const cases[][2] = {
		{ "", BEGIN "new\n" END },
		{ "theirs\n", "theirs\n" BEGIN "new\n" END },
		{ "no newline", "no newline\n" BEGIN "new\n" END },
		{ "a\n" BEGIN "old\nold\n" END "z\n", "a\n" BEGIN "new\n" END "z\n" },
		{ BEGIN END "z", BEGIN "new\n" END "z" },
		/* Markers that are no pair, or not a line, are somebody's text. */
		{ BEGIN "theirs\n", BEGIN "theirs\n" BEGIN "new\n" END },
		{ END "theirs\n", END "theirs\n" BEGIN "new\n" END },
		{ BEGIN "theirs\n" BEGIN "old\n" END "z\n",
		  BEGIN "theirs\n" BEGIN "new\n" END "z\n" },
		{ BEGIN "old\n### dom0strap end ###", BEGIN "new\n" END },
		{ "### dom0strap begin ###x\n" END,
		  "### dom0strap begin ###x\n" END BEGIN "new\n" END },
		{ END BEGIN "old\n" END, END BEGIN "new\n" END },
		{ "# " BEGIN "theirs\n# " END,
		  "# " BEGIN "theirs\n# " END BEGIN "new\n" END },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_free char *once = block_replace(cases[i][0], "new\n");
		auto_free char *twice = block_replace(once, "new\n");

		assert_string_equal(once, cases[i][1]);
		assert_string_equal(twice, cases[i][1]);
	}
}

static void test_empty_block(void **state)
{
	auto_free char *text = block_replace("a\n" BEGIN "old\n" END "z\n", "");

	(void)state;
	assert_string_equal(text, "a\n" BEGIN END "z\n");
}

static struct boot_menu read_menu(const char *text)
{
	const struct boot_source source = { .file = "/grub/grub.cfg", .text = text };
	struct boot_menu menu;

	grub2_read(&source, &arena, &menu);
	return menu;
}

#define ENTRIES                                                                          \
	"menuentry a --id a {\nlinux /a\n}\n"                                            \
	"menuentry b --id b {\nlinux /b\n}\n"                                            \
	"menuentry x --id x {\nmultiboot2 /xen\nmodule2 /b\n}\n"                         \
	"submenu more {\nmenuentry c --id c {\nlinux /c\n}\n}\n"                         \
	"menuentry other --id other {\nchainloader +1\n}\n"

static void test_where_to_fall_back_to(void **state)
{
	static const struct {
		const char *settings, *title, *expected;
	} cases[] = {
		{ "", NULL, "a" },
		{ "set default=b\n", NULL, "b" },
		{ "set default=b\n", "a", "a" },
		{ "set default=x\nset fallback=1\n", NULL, "b" },
		{ "set default=x\n", NULL, "a" },
		{ "set default=x\n", "b", "b" },
		{ "set default=x\n", "gone", "a" },
		{ "set default='more>c'\n", NULL, "a" },
		{ "set default=other\n", "c", "a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_free char *text = xasprintf("%s" ENTRIES, cases[i].settings);
		const struct boot_menu menu = read_menu(text);
		const struct boot_entry *e = grub2_find_plain(&menu, cases[i].title);

		if (!e || !str_eq(e->id, cases[i].expected))
			fail_msg("%zu: %s", i, e ? e->id : "none");
	}
}

static void test_the_xen_entry(void **state)
{
	const struct boot_menu menu = read_menu(ENTRIES);

	(void)state;
	assert_string_equal(grub2_find_xen(&menu, "x")->position, "2");
	assert_null(grub2_find_xen(&menu, "a")); /* that id, but no Xen */
	assert_null(grub2_find_xen(&menu, "y"));
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_entry_of_our_own),
		test(test_entry_with_boot_on_the_root),
		test(test_block),
		test(test_empty_block),
		test(test_where_to_fall_back_to),
		test(test_the_xen_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
