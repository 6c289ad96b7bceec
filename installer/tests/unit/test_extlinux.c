#include "tests/adv.h"
#include "tests/boot_hostile.h"
#include "tests/support.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct boot_menu read_files(const char *text, const struct text_file *table)
{
	const struct boot_files files = TEXT_FILES(table);
	const struct boot_source source = { .file = "/boot/extlinux.conf",
					    .text = text,
					    .files = &files };
	struct boot_menu menu;

	extlinux_read(&source, &arena, &menu);
	return menu;
}

static struct boot_menu read_menu(const char *text)
{
	static const struct text_file none[] = { { 0 } };

	return read_files(text, none);
}

/* As XenServer 6 writes it. */
static const char xenserver[] =
	"# location mbr\n"
	"serial 0 115200\n"
	"default xe\n"
	"prompt 1\n"
	"timeout 50\n"
	"\n"
	"label xe\n"
	"  # XenServer\n"
	"  kernel mboot.c32\n"
	"  append /boot/xen.gz mem=1024G dom0_max_vcpus=1-2 dom0_mem=752M "
	"crashkernel=128M@32M console= vga=mode-0x0311 --- /boot/vmlinuz-2.6-xen "
	"root=LABEL=root-abcdefgh ro quiet splash --- /boot/initrd-2.6-xen.img\n"
	"\n"
	"label xe-serial\n"
	"  # XenServer (Serial)\n"
	"  kernel mboot.c32\n"
	"  append /boot/xen.gz com1=115200,8n1 console=com1,vga --- "
	"/boot/vmlinuz-2.6-xen root=LABEL=root-abcdefgh ro console=hvc0 --- "
	"/boot/initrd-2.6-xen.img\n"
	"\n"
	"label safe\n"
	"  kernel mboot.c32\n"
	"  append /boot/xen.gz nosmp --- /boot/vmlinuz-2.6-xen --- "
	"/boot/initrd-2.6-xen.img\n";

static void test_xenserver(void **state)
{
	const struct boot_menu m = read_menu(xenserver);
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 3);
	assert_int_equal(m.n_notes, 0);
	assert_null(m.why_none);
	assert_int_equal(m.default_entry, 0);
	assert_int_equal(m.fallback_entry, -1);
	assert_false(m.default_once);
	assert_int_equal(m.timeout_s, 5);
	assert_string_equal(e->title, "xe");
	assert_string_equal(e->id, "xe");
	assert_string_equal(e->position, "xe");
	assert_string_equal(e->file, "/boot/extlinux.conf");
	assert_int_equal(e->line, 7);
	assert_null(e->why_not);
	assert_string_equal(e->hypervisor.path, "/boot/xen.gz");
	assert_null(e->hypervisor.root);
	assert_string_equal(e->hypervisor.args,
			    "mem=1024G dom0_max_vcpus=1-2 dom0_mem=752M "
			    "crashkernel=128M@32M console= vga=mode-0x0311");
	assert_string_equal(e->kernel.path, "/boot/vmlinuz-2.6-xen");
	assert_string_equal(e->kernel.args, "root=LABEL=root-abcdefgh ro quiet splash");
	assert_int_equal(e->n_initrds, 1);
	assert_string_equal(e->initrds[0].path, "/boot/initrd-2.6-xen.img");
}

static void test_linux(void **state)
{
	const struct boot_menu m = read_menu("DEFAULT two\n"
					     "APPEND quiet\n"
					     "LABEL one\n"
					     "\tMENU LABEL The ^first\n"
					     "\tLINUX vmlinuz\n"
					     "\tINITRD early.img,../initrd.img\n"
					     "LABEL two\r\n"
					     "\tKERNEL /vmlinuz\r\n"
					     "\tAPPEND initrd=/a.img,/b.img ro\r\n"
					     "LABEL three\n"
					     "\tKERNEL /vmlinuz\n"
					     "\tAPPEND -\n"
					     "\tFDT board.dtb\n");
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 3);
	assert_int_equal(m.default_entry, 1);
	assert_int_equal(m.timeout_s, -1);
	assert_string_equal(e[0].title, "The first");
	assert_string_equal(e[0].id, "one");
	assert_null(e[0].hypervisor.path);
	assert_string_equal(e[0].kernel.path, "/boot/vmlinuz");
	assert_string_equal(e[0].kernel.args, "quiet");
	assert_int_equal(e[0].n_initrds, 2);
	assert_string_equal(e[0].initrds[0].path, "/boot/early.img");
	assert_string_equal(e[0].initrds[1].path, "/boot/../initrd.img");
	assert_string_equal(e[1].kernel.args, "initrd=/a.img,/b.img ro");
	assert_int_equal(e[1].n_initrds, 2);
	assert_string_equal(e[1].initrds[1].path, "/b.img");
	assert_string_equal(e[2].kernel.args, "");
	assert_string_equal(e[2].devicetree, "board.dtb");
}

/* The menu program starts what is marked, or the first. */
static void test_menu_program(void **state)
{
	struct boot_menu m = read_menu("UI menu.c32\nDEFAULT a\n"
				       "LABEL a\nLINUX /a\n"
				       "LABEL b\nMENU DEFAULT\nLINUX /b\n");

	(void)state;
	assert_int_equal(m.default_entry, 1);
	m = read_menu("DEFAULT vesamenu.c32\nLABEL a\nLINUX /a\nLABEL b\nLINUX /b\n");
	assert_int_equal(m.default_entry, 0);
	/* Without one, DEFAULT alone counts. */
	m = read_menu("DEFAULT a\nLABEL a\nLINUX /a\nLABEL b\nMENU DEFAULT\nLINUX /b\n");
	assert_int_equal(m.default_entry, 0);
}

static void test_ontimeout(void **state)
{
	static const char labels[] = "ONTIMEOUT b\nDEFAULT a\nONERROR a\n"
				     "LABEL a\nLINUX /a\nLABEL b\nLINUX /b\n";
	struct boot_menu m = read_menu(
		arena_printf(&arena, "PROMPT 1\nTIMEOUT 31\n%s", labels));

	(void)state;
	assert_int_equal(m.default_entry, 1);
	assert_int_equal(m.fallback_entry, 0);
	assert_int_equal(m.timeout_s, 4);
	/* Nothing waits, so nothing runs out. */
	m = read_menu(arena_printf(&arena, "PROMPT 0\nTIMEOUT 30\n%s", labels));
	assert_int_equal(m.default_entry, 0);
}

static void test_include(void **state)
{
	static const struct text_file files[] = {
		{ NULL, "/boot/more.cfg",
		  "label b\nlinux /b\nmenu include deep/c.cfg\n" },
		{ NULL, "/boot/deep/c.cfg", "\n\nlabel c\nlinux /c\n" },
		{ NULL, "/abs.cfg", "label d\nlinux /d\n" },
		{ NULL, "/boot/self.cfg", "label s\nlinux /s\ninclude self.cfg\n" },
		{ 0 },
	};
	struct boot_menu m = read_files("label a\nlinux /a\ninclude more.cfg\n"
					"menu include /abs.cfg\ninclude absent.cfg\n",
					files);

	(void)state;
	assert_int_equal(m.n, 4);
	assert_string_equal(m.entries[2].id, "c");
	assert_string_equal(m.entries[2].file, "/boot/deep/c.cfg");
	assert_int_equal(m.entries[2].line, 3);
	assert_string_equal(m.entries[3].id, "d");
	assert_int_equal(m.n_notes, 1);
	assert_string_equal(m.notes[0],
			    "/boot/extlinux.conf:5: /boot/absent.cfg cannot be read");

	m = read_files("include self.cfg\n", files);
	assert_int_equal(m.n, 15);
	assert_string_equal(m.notes[0], "/boot/self.cfg:3: self.cfg: included too deep");
}

static void test_texts_and_submenus(void **state)
{
	const struct boot_menu m = read_menu("f1 help.txt\n"
					     "menu begin more\n"
					     "menu title More of it\n"
					     "label a\n"
					     "text help\n"
					     "label not-one\n"
					     "kernel /no\n"
					     "endtext\n"
					     "linux /a\n"
					     "menu end\n"
					     "label b\n"
					     "linux /b\n"
					     "frobnicate 1\n");

	(void)state;
	assert_int_equal(m.n, 2);
	assert_string_equal(m.entries[0].kernel.path, "/a");
	assert_string_equal(m.entries[1].kernel.path, "/b");
	assert_int_equal(m.n_notes, 1);
	assert_string_equal(m.notes[0],
			    "/boot/extlinux.conf:13: frobnicate is not understood");
}

static void test_what_cannot_be_booted(void **state)
{
	struct boot_menu m = read_menu("label a\nlocalboot 0\n"
				       "label b\nkernel chain.c32\nappend hd0 1\n"
				       "label c\nconfig /other.cfg\n"
				       "label d\nkernel mboot.c32\nappend xen.gz\n"
				       "label e\nkernel mboot.c32\n"
				       "label f\nlinux /memtest86+.bin\n"
				       "label vmlinuz\n");

	(void)state;
	assert_int_equal(m.n, 7);
	assert_string_equal(m.entries[0].why_not, "it leaves booting to the firmware");
	assert_string_equal(m.entries[1].why_not, "it starts chain.c32");
	assert_string_equal(m.entries[2].why_not, "it starts /other.cfg");
	assert_string_equal(m.entries[3].why_not,
			    "it loads a hypervisor without a kernel for dom0");
	assert_string_equal(m.entries[4].why_not, "it names nothing to load");
	assert_string_equal(m.entries[5].why_not, "it is a memory test");
	assert_null(m.entries[6].why_not);
	assert_string_equal(m.entries[6].kernel.path, "/boot/vmlinuz");
	assert_null(m.why_none);

	m = read_menu("default x\nlabel a\nlocalboot 0\n");
	assert_string_equal(m.why_none,
			    "its only entry: it leaves booting to the firmware");
	assert_int_equal(m.default_entry, -1);
	assert_string_equal(m.notes[0],
			    "/boot/extlinux.conf: no label is \"x\", the default");
	m = read_menu("# nothing\n");
	assert_string_equal(m.why_none, "it has no entry");
}

/* The end of a loader's file that has 2000 bytes. */
struct loader_file {
	const char *path;
	unsigned char adv[ADV_BYTES];
};

static size_t loader_size(void *context, const char *root, const char *path)
{
	const struct loader_file *f = context;

	assert_null(root);
	return str_eq(path, f->path) ? 2000 : 0;
}

static const unsigned char *loader_peek(void *context, const char *root, const char *path,
					size_t offset, size_t len, struct arena *a)
{
	struct loader_file *f = context;

	(void)a;
	assert_null(root);
	assert_string_equal(path, f->path);
	assert_int_equal(offset, 2000 - ADV_BYTES);
	assert_int_equal(len, ADV_BYTES);
	return f->adv;
}

static struct boot_menu read_once(struct loader_file *f, bool efi)
{
	const struct boot_files files = { .size = loader_size,
					  .peek = loader_peek,
					  .context = f };
	const struct boot_source source = {
		.file = "/boot/extlinux/extlinux.conf",
		.text = "default linux\nlabel linux\nkernel /v\n"
			"label xen\nkernel /x\n",
		.files = &files,
		.efi = efi,
	};
	struct boot_menu menu;

	extlinux_read(&source, &arena, &menu);
	return menu;
}

/* `extlinux --once=xen`, beside another item. */
static void test_once(void **state)
{
	static const char *const names[] = { "/boot/extlinux/ldlinux.sys",
					     "/boot/extlinux/extlinux.sys" };
	static const char items[] = "\2\5linux\1\3xen\7\1x";
	unsigned char left[ADV_COPY] = "........\2\5linux\7\1x";

	(void)state;
	adv_seal(left);
	for (size_t i = 0; i < ARRAY_LEN(names) * 2; i++) {
		struct loader_file f = { .path = names[i / 2] };
		unsigned char *copy = f.adv + (i % 2 ? ADV_COPY : 0);
		struct boot_menu m;

		memcpy(copy + 8, items, sizeof(items));
		adv_seal(copy);
		m = read_once(&f, false);
		assert_int_equal(m.default_entry, 1);
		assert_true(m.default_once);
		assert_int_equal(m.n_once, 1);
		assert_string_equal(m.once[0].path, names[i / 2]);
		assert_int_equal(m.once[0].offset, 2000 - ADV_BYTES);
		assert_int_equal(m.once[0].len, ADV_BYTES);
		assert_memory_equal(m.once[0].bytes, left, ADV_COPY);
		assert_memory_equal((const char *)m.once[0].bytes + ADV_COPY, left,
				    ADV_COPY);
		assert_int_equal(m.n_notes, 0);
		assert_int_equal(read_once(&f, true).default_entry, 0);
		copy[9]++;
		assert_int_equal(read_once(&f, false).default_entry, 0);
	}
}

/* Without a byte to spare: what the others leave behind when they move up is zeroed. */
static void test_once_in_a_full_vector(void **state)
{
	static const char once[] = "\1\3xen";
	const size_t first = 8 + sizeof(once) - 1, second = first + 257;
	struct loader_file f = { .path = "/boot/extlinux/ldlinux.sys" };
	unsigned char left[ADV_COPY] = "";
	struct boot_menu m;

	(void)state;
	memset(f.adv, 'x', ADV_COPY);
	memcpy(f.adv + 8, once, sizeof(once) - 1);
	f.adv[first] = f.adv[second] = 7;
	f.adv[first + 1] = 255;
	f.adv[second + 1] = (unsigned char)(ADV_COPY - 4 - second - 2);
	memcpy(left + 8, f.adv + first, ADV_COPY - 4 - first);
	adv_seal(f.adv);
	adv_seal(left);
	m = read_once(&f, false);
	assert_int_equal(m.n_once, 1);
	assert_memory_equal(m.once[0].bytes, left, ADV_COPY);
}

static void test_odd_once(void **state)
{
	static const struct {
		const char *items;
		int chosen;
		bool once;
		const char *note;
	} cases[] = {
		{ "\1\3old", -1, true,
		  "/boot/extlinux/extlinux.conf: no label is \"old\", the next boot's" },
		{ "\1\10xen x  y", 1, true,
		  "/boot/extlinux/extlinux.conf: passed over, for the next boot: x  y" },
		{ "\1", 0, false, NULL },                 /* no command */
		{ "\2\5linux", 0, false, NULL },          /* nothing for once */
		{ "\2\377linux\1\3xen", 0, false, NULL }, /* inside of another item */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct loader_file f = { .path = "/boot/extlinux/ldlinux.sys" };
		struct boot_menu m;

		memcpy(f.adv + 8, cases[i].items, strlen(cases[i].items));
		adv_seal(f.adv);
		m = read_once(&f, false);
		if (m.default_entry != cases[i].chosen || m.default_once != cases[i].once)
			fail_msg("%zu: %d %d", i, m.default_entry, m.default_once);
		assert_int_equal(m.n_notes, cases[i].note != NULL);
		if (cases[i].note)
			assert_string_equal(m.notes[0], cases[i].note);
	}
}

static void test_hostile(void **state)
{
	(void)state;
	assert_linear(extlinux_read, "label a\n");
	assert_linear(extlinux_read, "append --- --- \n");
	assert_linear(extlinux_read,
		      "\nlabel x\nkernel mboot.c32\nappend a --- b --- c d");
	assert_linear(extlinux_read, "include x\n");
	assert_linear(extlinux_read, "initrd a,b,c,d,e,f\nlabel x\n");
	assert_linear(extlinux_read, "label \nkernel mboot.c32\nappend a --- b --- c\n");
	assert_linear(extlinux_read, "a --- b ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_xenserver, free_all),
		cmocka_unit_test_teardown(test_linux, free_all),
		cmocka_unit_test_teardown(test_menu_program, free_all),
		cmocka_unit_test_teardown(test_ontimeout, free_all),
		cmocka_unit_test_teardown(test_include, free_all),
		cmocka_unit_test_teardown(test_texts_and_submenus, free_all),
		cmocka_unit_test_teardown(test_once, free_all),
		cmocka_unit_test_teardown(test_once_in_a_full_vector, free_all),
		cmocka_unit_test_teardown(test_odd_once, free_all),
		cmocka_unit_test_teardown(test_hostile, free_all),
		cmocka_unit_test_teardown(test_what_cannot_be_booted, free_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
