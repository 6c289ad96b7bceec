#include "bootcfg/select.h"
#include "tests/support.h"

/* Only the versions named in the context, separated by spaces, can be dom0. */
static bool is_listed(const char *version, void *context)
{
	return strstr(context, version) != NULL;
}

static bool any(const char *version, void *context)
{
	(void)version;
	(void)context;
	return true;
}

static int choose(const char *const *names, size_t n, struct boot_choice *ret,
		  struct err *err)
{
	const struct boot_listing boot = { .names = names, .n = n, .can_be_dom0 = any };

	return boot_select(&boot, ret, err);
}

static void test_debian(void **state)
{
	static const char *const names[] = {
		".",
		"..",
		"System.map-6.1.0-38-amd64",
		"config-6.1.0-38-amd64",
		"grub",
		"initrd.img-6.1.0-9-amd64",
		"initrd.img-6.1.0-38-amd64",
		"vmlinuz-6.1.0-9-amd64",
		"vmlinuz-6.1.0-38-amd64",
		"xen-4.17-amd64.efi",
		"xen-4.17-amd64.config",
		"xen-4.17-amd64.gz",
	};
	struct boot_choice choice;
	struct err err = { 0 };

	(void)state;
	assert_ok(choose(names, ARRAY_LEN(names), &choice, &err));
	assert_string_equal(choice.hypervisor, "xen-4.17-amd64.gz");
	assert_string_equal(choice.kernel, "vmlinuz-6.1.0-38-amd64");
	assert_string_equal(choice.initrd, "initrd.img-6.1.0-38-amd64");
	assert_string_equal(choice.version, "6.1.0-38-amd64");
}

/* Fedora: links without and with half a version, a rescue kernel, kdump's initramfs. */
static void test_fedora(void **state)
{
	static const char *const names[] = {
		"xen.gz",
		"xen-4.gz",
		"xen-4.17.gz",
		"xen-4.17.2.gz",
		"xen-4.17.10.gz",
		"vmlinuz-0-rescue-0123456789abcdef0123456789abcdef",
		"initramfs-0-rescue-0123456789abcdef0123456789abcdef.img",
		"vmlinuz-6.8.5-301.fc40.x86_64",
		"initramfs-6.8.5-301.fc40.x86_64.img",
		"initramfs-6.8.5-301.fc40.x86_64kdump.img",
		"vmlinuz-6.10.3-200.fc40.x86_64",
		"initramfs-6.10.3-200.fc40.x86_64kdump.img",
		"initramfs-6.10.3-200.fc40.x86_64.img",
	};
	struct boot_choice choice;
	struct err err = { 0 };

	(void)state;
	assert_ok(choose(names, ARRAY_LEN(names), &choice, &err));
	assert_string_equal(choice.hypervisor, "xen-4.17.10.gz");
	assert_string_equal(choice.kernel, "vmlinuz-6.10.3-200.fc40.x86_64");
	assert_string_equal(choice.initrd, "initramfs-6.10.3-200.fc40.x86_64.img");
}

static void test_link_without_version(void **state)
{
	static const char *const forward[] = { "xen-4.17-amd64.gz", "xen.gz", "vmlinuz-1",
					       "initrd.img-1" };
	static const char *const backward[] = { "xen.gz", "xen-4.17-amd64.gz",
						"vmlinuz-1", "initrd.img-1" };
	static const char *const alone[] = { "xen.gz", "vmlinuz-1", "initrd.img-1" };
	struct boot_choice choice;
	struct err err = { 0 };

	(void)state;
	assert_ok(choose(forward, ARRAY_LEN(forward), &choice, &err));
	assert_string_equal(choice.hypervisor, "xen-4.17-amd64.gz");
	assert_ok(choose(backward, ARRAY_LEN(backward), &choice, &err));
	assert_string_equal(choice.hypervisor, "xen-4.17-amd64.gz");
	assert_ok(choose(alone, ARRAY_LEN(alone), &choice, &err));
	assert_string_equal(choice.hypervisor, "xen.gz");
}

static void test_passes_over_what_cannot_be_dom0(void **state)
{
	static const char *const names[] = {
		"xen.gz",       "vmlinuz-3", "initrd.img-3", "vmlinuz-2",
		"initrd.img-2", "vmlinuz-1", "initrd.img-1",
	};
	const struct boot_listing boot = { .names = names,
					   .n = ARRAY_LEN(names),
					   .can_be_dom0 = is_listed,
					   .context = (char[]){ "1 2" } };
	struct boot_choice choice;
	struct err err = { 0 };

	(void)state;
	assert_ok(boot_select(&boot, &choice, &err));
	assert_string_equal(choice.version, "2");
}

static void test_says_what_is_missing(void **state)
{
	static const char *const no_xen[] = { "vmlinuz-1", "initrd.img-1" };
	static const char *const no_kernel[] = { "xen.gz", "initrd.img-1" };
	static const char *const unfit[] = { "xen.gz", "vmlinuz-1", "initrd.img-1",
					     "vmlinuz-2", "initrd.img-2-extra" };
	const struct boot_listing boot = { .names = unfit,
					   .n = ARRAY_LEN(unfit),
					   .can_be_dom0 = is_listed,
					   .context = (char[]){ "2" } };
	struct boot_choice choice = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(
		choose(no_xen, ARRAY_LEN(no_xen), &choice, &err), ERR_SOURCE,
		"the host's /boot has no hypervisor (xen-*.gz); it needs the Xen package "
		"(Fedora: xen, Debian: xen-system-amd64)");
	assert_fails(choose(no_kernel, ARRAY_LEN(no_kernel), &choice, &err), ERR_SOURCE,
		     "the host's /boot has no kernel that can be dom0 (vmlinuz-*)");
	assert_fails(boot_select(&boot, &choice, &err), ERR_SOURCE,
		     "the host's /boot has no kernel that can be dom0:\n"
		     "  vmlinuz-1: no CONFIG_XEN_DOM0=y in its config\n"
		     "  vmlinuz-2: no initramfs");
	assert_null(choice.kernel);
	assert_fails(
		choose(NULL, 0, &choice, &err), ERR_SOURCE,
		"the host's /boot has no hypervisor (xen-*.gz); it needs the Xen package "
		"(Fedora: xen, Debian: xen-system-amd64)");
}

static void test_kernel_configuration(void **state)
{
	(void)state;
	assert_true(
		boot_config_has_dom0("CONFIG_XEN=y\nCONFIG_XEN_DOM0=y\nCONFIG_A=m\n"));
	assert_true(boot_config_has_dom0("CONFIG_XEN_DOM0=y"));
	assert_true(boot_config_has_dom0("# CONFIG_XEN_DOM0=y\nCONFIG_XEN_DOM0=y\n"));
	assert_false(boot_config_has_dom0(""));
	assert_false(boot_config_has_dom0("# CONFIG_XEN_DOM0=y\n"));
	assert_false(boot_config_has_dom0("# CONFIG_XEN_DOM0 is not set\n"));
	assert_false(boot_config_has_dom0("CONFIG_XEN_DOM0=yes\n"));
	assert_false(boot_config_has_dom0("XCONFIG_XEN_DOM0=y\n"));
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(boot_kernel_version("vmlinuz-6.1.0"), "6.1.0");
	assert_null(boot_kernel_version("vmlinuz-"));
	assert_null(boot_kernel_version("vmlinuz"));
	assert_null(boot_kernel_version("vmlinuz-0-rescue-abc"));
	assert_null(boot_kernel_version("xvmlinuz-6.1.0"));
	assert_true(boot_is_initrd("initrd.img-6.1.0-38-amd64"));
	assert_true(boot_is_initrd("initramfs-6.8.5.img"));
	assert_false(boot_is_initrd("initramfs-6.8.5"));
	assert_false(boot_is_initrd("initramfs-6.8.5kdump.img"));
	assert_false(boot_is_initrd("initrd.img"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debian),
		cmocka_unit_test(test_fedora),
		cmocka_unit_test(test_link_without_version),
		cmocka_unit_test(test_passes_over_what_cannot_be_dom0),
		cmocka_unit_test(test_says_what_is_missing),
		cmocka_unit_test(test_kernel_configuration),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
