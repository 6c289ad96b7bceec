/* The Xen entry in the menu of a tree: from its files to each change of one, and again.
 */
#include <fcntl.h>

#include "core/io.h"
#include "exec/survey.h"
#include "plan/convert.h"
#include "tests/profile.h"
#include "tests/scratch.h"

#define UUID "c0ffee00-1111-2222-3333-444444444444"

static struct arena arena;
static char *tree;

static void shell(const char *script)
{
	struct err err = { 0 };

	if (RUN(&err, "sh", "-euc", script) < 0)
		fail_msg("%s", err.msg);
}

static int set_up(void **state)
{
	(void)state;
	shell("rm -rf tree; mkdir -p tree/boot tree/etc/default; cd tree;"
	      "echo 'UUID=" UUID " / ext4 defaults 0 1' >etc/fstab;"
	      "echo NAME=Tree >etc/os-release;"
	      "cd boot; touch xen-4.gz vmlinuz-6.1 initrd.img-6.1;"
	      "echo CONFIG_XEN_DOM0=y >config-6.1");
	tree = realpath("tree", NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(tree);
	arena_free(&arena);
	return 0;
}

static int plan_tree(const char *keys, struct plan *plan, struct err *err)
{
	struct profile *p = arena_alloc(&arena, sizeof(*p));
	struct installed *host = arena_alloc(&arena, sizeof(*host));

	*p = parse_profile(&arena, arena_printf(&arena, "%s%s", single_text, keys));
	if (survey_tree(tree, &arena, host, err) < 0)
		return -1;
	return plan_make_on_tree(p, tree, "boot-entries", host, plan, err);
}

/* What exec would do: each file is as the plan says it is, and gets its new text. */
static size_t carry_out(const struct plan *plan)
{
	size_t changed = 0;

	for (size_t i = 0; i < plan->n; i++) {
		const struct file_change *f = &plan->actions[i].file;
		auto_free char *path = NULL;
		auto_file FILE *out = NULL;

		if (plan->actions[i].kind != ACT_CHANGE)
			continue;
		path = xasprintf("%s%s", tree, f->path + strlen(TARGET_DIR));
		out = fopen(path, "we");
		assert_non_null(out);
		fputs(f->text, out);
		changed++;
	}
	return changed;
}

static char *content(const char *path)
{
	auto_free char *whole = xasprintf("%s/%s", tree, path);
	struct err err = { 0 };
	char *text = NULL;

	if (io_read_file(AT_FDCWD, whole, 1 << 20, &text, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return text;
}

/* Changes that many files, and none the second time. */
static void assert_changes(const char *keys, size_t n)
{
	struct err err = { 0 };

	for (size_t run = 0; run < 2; run++) {
		auto_plan struct plan plan = { 0 };

		assert_ok(plan_tree(keys, &plan, &err));
		assert_int_equal(carry_out(&plan), run ? 0 : n);
	}
}

/* The generator is there, and not run: it would look at this machine's disks. */
static void test_grub2(void **state)
{
	auto_free char *entry = NULL, *settings = NULL;

	(void)state;
	shell("mkdir -p tree/boot/grub tree/usr/sbin; touch tree/usr/sbin/grub-mkconfig;"
	      "printf '%s\\n' 'menuentry Tree {' ' linux /boot/vmlinuz-6.1 "
	      "root=UUID=" UUID
	      " ro' ' initrd /boot/initrd.img-6.1' '}' 'source ${prefix}/custom.cfg' "
	      ">tree/boot/grub/grub.cfg; echo GRUB_TIMEOUT=9 >tree/etc/default/grub");
	assert_changes("selinux: {mode: permissive}\n", 2);
	entry = content("boot/grub/custom.cfg");
	assert_contains(entry, "/boot/xen-4.gz");
	assert_contains(entry, "root=UUID=" UUID " ro security=selinux selinux=1");
	assert_contains(entry, "set default='xen-gnulinux-simple-" UUID "'");
	settings = content("etc/default/grub");
	assert_contains(settings, "GRUB_DEFAULT=\"xen-gnulinux-simple-" UUID "\"");
}

static void test_grub_legacy(void **state)
{
	auto_free char *menu = NULL;

	(void)state;
	shell("mkdir tree/boot/grub; printf '%s\\n' 'default=0' 'title Tree' ' root "
	      "(hd0,2)' "
	      "' kernel /boot/vmlinuz-6.1 root=/dev/sda3 ro' ' initrd "
	      "/boot/initrd.img-6.1' "
	      ">tree/boot/grub/grub.conf");
	assert_changes("boot-loader: grub-legacy\n", 1);
	menu = content("boot/grub/grub.conf");
	assert_contains(menu, "root (hd0,2)\n");
	assert_contains(menu, "kernel /boot/xen-4.gz");
	assert_contains(menu, "root=/dev/sda3");
}

static void test_extlinux_with_a_boot_of_its_own(void **state)
{
	auto_free char *menu = NULL;

	(void)state;
	shell("mkdir tree/boot/extlinux; touch tree/boot/extlinux/mboot.c32;"
	      "echo 'UUID=c0ffee01 /boot ext4 defaults 0 1' >>tree/etc/fstab;"
	      "printf 'default t\\nlabel t\\n kernel /vmlinuz-6.1\\n append "
	      "initrd=/initrd.img-6.1 root=LABEL=r\\n' "
	      ">tree/boot/extlinux/extlinux.conf");
	assert_changes("boot-loader: extlinux\nxen: {libvirtd: false}\n", 1);
	menu = content("boot/extlinux/extlinux.conf");
	assert_contains(menu, "/xen-4.gz");
	assert_lacks(menu, "/boot/xen-4.gz");
	assert_contains(menu, "root=LABEL=r");
}

static void test_refusals(void **state)
{
	static const struct {
		const char *script, *keys;
		enum err_code code;
		const char *message;
	} cases[] = {
		{ "true", "", ERR_SOURCE,
		  "this host is started by GRUB 2, but has no menu for it "
		  "(/boot/grub2/grub.cfg, /boot/grub/grub.cfg)" },
		{ "true", "xen: {default: once}\nfinish: reboot\n", ERR_CONFIG,
		  "p.yaml: xen: default: once is about a machine's next boot; a tree has "
		  "none" },
		{ "mkdir tree/boot/grub; echo title x >tree/boot/grub/menu.lst",
		  "boot-loader: grub-legacy\n", ERR_HARDWARE,
		  "GRUB legacy cannot read where this host's /boot is (UUID=" UUID ")" },
		{ "echo '/dev/sda1 /boot ext4' >>tree/etc/fstab", "", ERR_SOURCE,
		  "its /etc/fstab names no UUID of /boot, which a boot entry needs" },
		{ "echo >tree/etc/fstab", "", ERR_SOURCE,
		  "its /etc/fstab names no UUID of /, which a boot entry needs" },
		{ "rm tree/etc/fstab", "", ERR_SOURCE,
		  "it has no /etc/fstab or no /boot, and is no whole host" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_plan struct plan plan = { 0 };
		struct err err = { 0 };

		shell(cases[i].script);
		assert_int_equal(plan_tree(cases[i].keys, &plan, &err), -1);
		assert_contains(err.msg, cases[i].message);
		assert_int_equal(err.code, cases[i].code);
	}
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		test(test_grub2),
		test(test_grub_legacy),
		test(test_extlinux_with_a_boot_of_its_own),
		test(test_refusals),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
