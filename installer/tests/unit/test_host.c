/*
 * Menus of a host in a folder: links in it, what is chosen, what is printed. Disks are
 * the QEMU cases' business.
 */
#include <sys/stat.h>

#include "exec/host_menu.h"
#include "tests/scratch.h"

static struct arena arena;

static void put(const char *path, const char *text)
{
	auto_free char *copy = xstrdup(path);
	auto_file FILE *f = NULL;

	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
}

static const char grub_cfg[] =
	"set default=1\nset timeout=5\nfrobnicate\n"
	"menuentry 'Linux' --id plain {\nlinux /boot/vmlinuz root=UUID=1 ro\n}\n"
	"menuentry 'Xen' {\nmultiboot2 /boot/xen.gz dom0_mem=1G\n"
	"module2 /boot/vmlinuz root=/dev/vg-a/root\nmodule2 /boot/initrd\n}\n"
	"menuentry 'Other' {\nchainloader +1\n}\n";

static void make_host(void)
{
	put("host/boot/grub/grub.cfg", grub_cfg);
	put("host/etc/fstab", "");
	put("host/etc/os-release",
	    "NAME=x\nPRETTY_NAME='Test 3 (\x1b[2J)'\nVERSION_ID=3\n");
	put("secret", "PRETTY_NAME=outside\n");
}

static struct host_menus read_menus(const char *dir, struct host *host)
{
	struct host_menus menus;
	struct err err = { 0 };

	assert_ok(host_find_in(dir, &arena, host, &err));
	host_read_menus(host, false, &arena, &menus);
	return menus;
}

static int free_all(void **state)
{
	struct err err = { 0 };

	(void)state;
	arena_free(&arena);
	return RUN(&err, "rm", "-rf", "host", "secret");
}

static void test_choosing(void **state)
{
	static const struct {
		const char *name;
		size_t entry;
	} cases[] = { { NULL, 1 }, { "1", 0 }, { "2", 1 }, { "plain", 0 }, { "Xen", 1 } };
	struct host_menus menus;
	struct host_choice choice;
	struct err err = { 0 };
	struct host host;

	(void)state;
	make_host();
	menus = read_menus("host", &host);
	assert_int_equal(menus.n, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_ok(host_choose(&menus, cases[i].name, &choice, &err));
		assert_int_equal(choice.entry, cases[i].entry);
	}
	assert_fails(host_choose(&menus, "Other", &choice, &err), ERR_SOURCE,
		     "\"Other\" (/boot/grub/grub.cfg:12) cannot be booted: it does "
		     "`chainloader +1`");
	assert_fails(host_choose(&menus, "9", &choice, &err), ERR_SOURCE,
		     "--entry 9: no entry has this number, title or id; see `dom0strap "
		     "boot --list`");
}

static void test_printed(void **state)
{
	auto_text struct text t = { 0 };
	struct host_menus menus;
	struct host host;

	(void)state;
	make_host();
	menus = read_menus("host", &host);
	host_print_menus(&host, &menus, &t);
	assert_string_equal(
		t.s, "Test 3 (?[2J): grub2, /boot/grub/grub.cfg on host\n"
		     "    1  Linux\n"
		     " *  2  Xen (Xen)\n"
		     "    3  Other: not by kexec, it does `chainloader +1`\n"
		     "   note: /boot/grub/grub.cfg:3: frobnicate is not understood\n");
	text_free(&t);
	host_json_menus(&host, &menus, &t);
	assert_contains(t.s, "\"number\":2,\"title\":\"Xen\",\"id\":null,\"position\":"
			     "\"1\",\"default\":true");
	assert_contains(t.s, "\"hypervisor\":{\"path\":\"/boot/xen.gz\",\"args\":"
			     "\"dom0_mem=1G\",\"root\":null}");
	assert_contains(t.s, "\"timeout\":5");
}

/* Absolute and climbing links end inside the host; a fifo or a folder is no file. */
static void test_links_stay_inside(void **state)
{
	struct host_view view = { 0 };
	struct boot_files files;
	struct host host;
	struct err err = { 0 };

	(void)state;
	make_host();
	assert_int_equal(symlink("/etc/os-release", "host/etc/absolute"), 0);
	assert_int_equal(symlink("../../../../secret", "host/etc/climbing"), 0);
	assert_int_equal(symlink("/boot/grub", "host/grub"), 0);
	assert_int_equal(mkfifo("host/etc/fifo", 0600), 0);
	assert_ok(host_find_in("host", &arena, &host, &err));
	view.host = &host;
	files = host_files(&view);
	assert_contains(files.read(files.context, NULL, "/etc/absolute", &arena),
			"Test 3");
	assert_null(files.read(files.context, NULL, "/etc/climbing", &arena));
	assert_null(files.read(files.context, NULL, "/../secret", &arena));
	assert_null(files.read(files.context, NULL, "/etc/fifo", &arena));
	assert_null(files.read(files.context, NULL, "/etc", &arena));
	assert_true(files.has(files.context, NULL, "/grub/grub.cfg"));
	assert_false(files.has(files.context, NULL, "/grub/absent"));
}

/* A link to the same file, and /boot as a filesystem of its own, are no second menu. */
static void test_each_menu_once(void **state)
{
	struct host_menus menus;
	struct host host;

	(void)state;
	make_host();
	put("host/boot/grub/menu.lst", "title a\nkernel /boot/l\n");
	assert_int_equal(symlink("menu.lst", "host/boot/grub/grub.conf"), 0);
	menus = read_menus("host", &host);
	assert_int_equal(menus.n, 2);
	assert_string_equal(menus.menus[1].path, "/boot/grub/menu.lst");
}

static void test_stub_and_vendors(void **state)
{
	struct host_menus menus;
	struct host host;

	(void)state;
	put("host/EFI/fedora/grub.cfg", "configfile /grub/grub.cfg\n");
	put("host/EFI/xenserver/grub.cfg",
	    "menuentry x {\nmultiboot2 /xen.gz\nmodule2 /l\n}\n");
	put("host/grub/grub.cfg", "menuentry y {\nlinux /l\n}\n");
	menus = read_menus("host", &host);
	assert_int_equal(menus.n, 2);
	assert_string_equal(menus.menus[0].path, "/EFI/xenserver/grub.cfg");
	assert_string_equal(menus.menus[1].path, "/grub/grub.cfg");
}

/* No entry stands in grub.cfg itself, but what they start with does. */
static void test_entries_of_grub(void **state)
{
	struct host_menus menus;
	const struct boot_entry *e;
	struct host host;

	(void)state;
	put("host/EFI/fedora/grub.cfg", "configfile /grub2/grub.cfg\n");
	put("host/grub2/grub.cfg",
	    "set default=b\nset kernelopts=\"root=UUID=7 ro\"\nblscfg\n");
	put("host/loader/entries/a.conf", "title A\nlinux /l\noptions $kernelopts\n");
	put("host/loader/entries/b.conf", "title B\nlinux /l\noptions $kernelopts\n");
	menus = read_menus("host", &host);
	assert_int_equal(menus.n, 1);
	assert_string_equal(menus.menus[0].path, "/grub2/grub.cfg");
	assert_int_equal(menus.menus[0].menu.n, 2);
	e = &menus.menus[0].menu.entries[menus.menus[0].menu.default_entry];
	assert_string_equal(e->title, "B");
	assert_string_equal(e->kernel.args, "root=UUID=7 ro");
}

static void test_entries_without_loader_conf(void **state)
{
	struct host_menus menus;
	struct host host;

	(void)state;
	put("host/loader/entries/a.conf", "title A\nlinux /l\n");
	menus = read_menus("host", &host);
	assert_int_equal(menus.n, 1);
	assert_string_equal(menus.menus[0].reader->name, "bls");
}

static void test_nothing_there(void **state)
{
	struct host_menus menus;
	struct host_choice choice;
	struct err err = { 0 };
	struct host host;

	(void)state;
	put("host/etc/fstab", "");
	menus = read_menus("host", &host);
	assert_fails(host_choose(&menus, NULL, &choice, &err), ERR_SOURCE,
		     "there is no system to boot: no boot menu on any filesystem");
	put("host/grub/grub.cfg", "menuentry a {\nhalt\n}\n");
	menus = read_menus("host", &host);
	assert_fails(host_choose(&menus, NULL, &choice, &err), ERR_SOURCE,
		     "there is no system to boot:\n  /grub/grub.cfg on host: its only "
		     "entry: it does `halt`");
}

static struct host_fs disks[] = {
	{ .device = "/dev/sda1", .uuid = "AAAA-1111", .label = "boot", .dir = "host" },
	{ .device = "/dev/dm-0",
	  .mapper = "/dev/mapper/vg--a-root",
	  .uuid = "b",
	  .dir = "host" },
};

static void test_names_of_filesystems(void **state)
{
	static const unsigned first[] = { 1 };
	static const struct {
		const char *root;
		int fs; /* -1: none */
	} cases[] = {
		{ NULL, 0 },
		{ "UUID=aaaa-1111", 0 },
		{ "UUID=b", 1 },
		{ "UUID=c", -1 },
		{ "LABEL=boot", 0 },
		{ "FILE=/etc/fstab", 0 },
		{ "FILE=/absent", -1 },
		{ "hd0,msdos1", 0 },
		{ "hd0,gpt2", -1 },
		{ "/dev/sda1", 0 },
		{ "/dev/mapper/vg--a-root", 1 },
	};
	const struct host host = { .fs = disks, .n = ARRAY_LEN(disks) };
	struct host_view view = { .host = &host };
	const struct boot_entry e = {
		.kernel = { .path = "/l", .args = "root=UUID=b root=/dev/vg-a/root" }
	};

	(void)state;
	put("host/etc/fstab", "");
	disks[0].partition = first;
	disks[0].n_partitions = 1;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct host_fs *fs = host_resolve(&view, cases[i].root);

		if (fs != (cases[i].fs < 0 ? NULL : &disks[cases[i].fs]))
			fail_msg("%s", cases[i].root);
	}
	view.from_zero = true;
	assert_ptr_equal(host_resolve(&view, "hd0,0"), &disks[0]);
	assert_null(host_resolve(&view, "hd0,1"));
	assert_ptr_equal(host_find_root(&view, &e), &disks[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_choosing, free_all),
		cmocka_unit_test_teardown(test_printed, free_all),
		cmocka_unit_test_teardown(test_links_stay_inside, free_all),
		cmocka_unit_test_teardown(test_each_menu_once, free_all),
		cmocka_unit_test_teardown(test_stub_and_vendors, free_all),
		cmocka_unit_test_teardown(test_entries_of_grub, free_all),
		cmocka_unit_test_teardown(test_entries_without_loader_conf, free_all),
		cmocka_unit_test_teardown(test_nothing_there, free_all),
		cmocka_unit_test_teardown(test_names_of_filesystems, free_all),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
