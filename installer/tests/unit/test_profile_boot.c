/* Boot loaders: what each can start from, and every refusal. */
#include "tests/refusal.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void test_values(void **state)
{
	static const struct {
		const char *text;
		enum boot_loader loader;
		enum xen_default make_default;
	} cases[] = {
		{ "boot-loader: grub-legacy\nfinish: reboot\nxen: {default: "
		  "once}\nidentity:",
		  LOADER_GRUB_LEGACY, XEN_DEFAULT_ONCE },
		{ "boot-loader: extlinux\nxen: {default: false}\nidentity:",
		  LOADER_EXTLINUX, XEN_DEFAULT_FALSE },
		{ "xen: {default: true, hypervisor: xen-4.1.2.gz}\nidentity:",
		  LOADER_GRUB2, XEN_DEFAULT_TRUE },
	};
	const char *base = replaced(&arena, profile_text,
				    "xen: {options: \"dom0_mem=1G,max:1G\", "
				    "kernel-options: console=hvc0}\n",
				    "");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile p = parse_profile(
			&arena, replaced(&arena, base, "identity:", cases[i].text));

		assert_int_equal(p.boot_loader, cases[i].loader);
		assert_int_equal(p.xen.make_default, cases[i].make_default);
		assert_true(p.xen.libvirtd);
	}
}

static void test_refusals(void **state)
{
	static const struct refusal cases[] = {
		{ "image:", "boot-loader: keep\nimage:",
		  "p.yaml:1:1: boot-loader: keep has nothing to keep on new disks; name "
		  "one" },
		{ "image:", "boot-loader: lilo\nimage:",
		  "p.yaml:17:14: boot-loader: \"lilo\" is not grub2, grub-legacy, "
		  "extlinux or "
		  "keep" },
		{ "table: mbr", "boot-loader: grub-legacy\ntable: gpt",
		  "p.yaml:1:1: boot-loader: grub-legacy starts from an MBR; say `table: "
		  "mbr`" },
		{ "metadata: \"1.0\"}\n  - {name: md1, level: 1, of: root}\n",
		  "metadata: \"1.2\"}\n  - {name: md1, level: 1, of: root}\n"
		  "boot-loader: extlinux\n",
		  "p.yaml:16:5: filesystem /boot: boot-loader extlinux knows neither "
		  "RAID nor "
		  "LVM; put it on a partition, or on an array of level 1 with metadata "
		  "\"1.0\" "
		  "or \"0.90\"" },
		{ "type: ext4, mount: /boot}\n  - {on: md1, type: ext4, mount: /}\n",
		  "type: xfs, mount: /boot}\n  - {on: md1, type: ext4, mount: /}\n"
		  "boot-loader: grub-legacy\n",
		  "p.yaml:15:5: filesystem /boot: boot-loader grub-legacy reads ext2, "
		  "ext3 and "
		  "ext4 only" },
		{ "xen: {", "finish: reboot\nxen: {default: once, ",
		  "p.yaml:26:6: xen: default: once needs a loader that can write where "
		  "/boot "
		  "is, to forget it again; GRUB 2 cannot write to md0, so that Xen would "
		  "be "
		  "started every time" },
		{ "xen: {", "boot-loader: extlinux\nxen: {default: once, ",
		  "p.yaml:26:6: xen: default: once is for the next boot from the disk, "
		  "and "
		  "`finish: kexec` does without one; say `finish: reboot` or "
		  "`poweroff`" },
		{ "xen: {", "xen: {hypervisor: ../xen.gz, ",
		  "p.yaml:25:19: hypervisor: \"../xen.gz\" is not a file's name like "
		  "xen-4.17-amd64.gz" },
		{ "xen: {", "xen: {default: maybe, ",
		  "p.yaml:25:16: default: \"maybe\" is not false, true or once" },
	};
	const char *text = replaced(&arena, profile_text,
				    "partitions:", "table: mbr\npartitions:");

	(void)state;
	assert_refusals(&arena, text, cases, ARRAY_LEN(cases));
}

static const char convert_text[] = "host: xen01\ntarget: xen-dom0\nmode: convert\n"
				   "xen: {options: dom0_mem=1G}\nfinish: reboot\n";

static void test_convert(void **state)
{
	static const struct refusal cases[] = {
		{ "finish", "disks: {count: 1}\nfinish",
		  "p.yaml:5:8: disks: mode: convert leaves all of that as it is; leave "
		  "the "
		  "key out" },
		{ "finish", "wipe: own\nfinish",
		  "p.yaml:5:7: wipe: mode: convert leaves all of that as it is; leave "
		  "the key "
		  "out" },
		{ "options: dom0_mem=1G}\nfinish: reboot", "default: once}",
		  "p.yaml:4:6: xen: default: once is for the next boot from the disk, "
		  "and "
		  "`finish: kexec` does without one; say `finish: reboot` or "
		  "`poweroff`" },
		{ "mode: convert\n", "",
		  "p.yaml:1:1: profile: the key \"partitions\" is missing (the same on "
		  "every "
		  "disk)" },
	};
	struct profile p = parse_profile(&arena, convert_text);

	(void)state;
	assert_int_equal(p.mode, MODE_CONVERT);
	assert_int_equal(p.disks.at.line, 0);
	assert_refusals(&arena, convert_text, cases, ARRAY_LEN(cases));
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_values),
		test(test_refusals),
		test(test_convert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
