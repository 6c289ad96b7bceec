#include "bootcfg/edit_entry.h"

#include "tests/support.h"

static const char extlinux[] =
	"default xe\n"
	"label xe\n"
	"  # quiet words of a comment\n"
	"  kernel mboot.c32\n"
	"  append /boot/xen.gz dom0_mem=752M --- /boot/vmlinuz-2.6-xen ro quiet vga=785 "
	"splash --- /boot/initrd.img\r\n"
	"\n"
	"label safe\n"
	"  append /boot/xen.gz nosmp --- /boot/vmlinuz-2.6-xen ro quiet --- "
	"/boot/initrd.img";

static const struct boot_entry xe = {
	.hypervisor = { .path = "/boot/xen.gz", .args = "dom0_mem=752M" },
	.kernel = { .path = "/boot/vmlinuz-2.6-xen", .args = "ro quiet vga=785 splash" },
	.line = 2,
};

static const struct entry_edit both = {
	.drop = (const char *const[]){ "quiet", "splash", NULL },
	.xen_options = "com1=115200,8n1 console=com1,vga",
	.kernel_options = "console=hvc0",
};

static void test_extlinux_entry(void **state)
{
	auto_free char *is = edit_entry(extlinux, &xe, &both);

	(void)state;
	assert_string_equal(
		is,
		"default xe\n"
		"label xe\n"
		"  # quiet words of a comment\n"
		"  kernel mboot.c32\n"
		"  append /boot/xen.gz dom0_mem=752M com1=115200,8n1 "
		"console=com1,vga --- /boot/vmlinuz-2.6-xen console=hvc0 ro vga=785 --- "
		"/boot/initrd.img\r\n"
		"\n"
		"label safe\n"
		"  append /boot/xen.gz nosmp --- /boot/vmlinuz-2.6-xen ro quiet --- "
		"/boot/initrd.img");
}

/* What is read from the text after the first edit has the words. */
static void test_words_that_are_there_stay_alone(void **state)
{
	struct boot_entry edited = xe;
	auto_free char *once = edit_entry(extlinux, &xe, &both), *twice = NULL;

	(void)state;
	edited.hypervisor.args = "dom0_mem=752M com1=115200,8n1 console=com1,vga";
	edited.kernel.args = "console=hvc0 ro vga=785";
	twice = edit_entry(once, &edited, &both);
	assert_string_equal(once, twice);
}

static void test_grub_entry(void **state)
{
	static const char text[] = "menuentry 'X' {\n"
				   "\tmultiboot2 /boot/xen.gz dom0_mem=1G\n"
				   "\tmodule2 /boot/vmlinuz ro quiet splash\n"
				   "\tmodule2 /boot/initrd.img\n"
				   "}\n"
				   "# quiet\n"
				   "menuentry 'Y' {\n"
				   "\tmodule2 /boot/vmlinuz ro quiet\n"
				   "}\n";
	const struct boot_entry entry = {
		.hypervisor = { .path = "/boot/xen.gz", .args = "dom0_mem=1G" },
		.kernel = { .path = "/boot/vmlinuz", .args = "ro quiet splash" },
		.line = 1,
	};
	auto_free char *is = edit_entry(text, &entry, &both);

	(void)state;
	assert_string_equal(is, "menuentry 'X' {\n"
				"\tmultiboot2 /boot/xen.gz dom0_mem=1G "
				"com1=115200,8n1 console=com1,vga\n"
				"\tmodule2 /boot/vmlinuz console=hvc0 ro\n"
				"\tmodule2 /boot/initrd.img\n"
				"}\n"
				"# quiet\n"
				"menuentry 'Y' {\n"
				"\tmodule2 /boot/vmlinuz ro quiet\n"
				"}\n");
}

static void test_nothing_to_do(void **state)
{
	static const struct entry_edit nothing = { 0 };
	auto_free char *is = edit_entry(extlinux, &xe, &nothing);
	auto_free char *empty = edit_entry("", &xe, &both);

	(void)state;
	assert_string_equal(is, extlinux);
	assert_string_equal(empty, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extlinux_entry),
		cmocka_unit_test(test_words_that_are_there_stay_alone),
		cmocka_unit_test(test_grub_entry),
		cmocka_unit_test(test_nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
