#include "tests/boot_hostile.h"

#define UUID "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct boot_menu read_with(const char *text, const struct text_file *table,
				  bool efi)
{
	const struct boot_files files = TEXT_FILES(table);
	const struct boot_source source = {
		.file = "/boot/grub/grub.cfg", .text = text, .efi = efi, .files = &files
	};
	struct boot_menu menu;

	grub2_read(&source, &arena, &menu);
	return menu;
}

static struct boot_menu read_menu(const char *text)
{
	static const struct text_file none[] = { { 0 } };

	return read_with(text, none, false);
}

/* What stands behind the head of many generated files. */
#define HEADER                                                                           \
	"if [ -s $prefix/grubenv ]; then\n"                                              \
	"  set have_grubenv=true\n"                                                      \
	"  load_env\n"                                                                   \
	"fi\n"                                                                           \
	"if [ \"${next_entry}\" ] ; then\n"                                              \
	"   set default=\"${next_entry}\"\n"                                             \
	"   set next_entry=\n"                                                           \
	"   save_env next_entry\n"                                                       \
	"   set boot_once=true\n"                                                        \
	"else\n"                                                                         \
	"   set default=\"${saved_entry}\"\n"                                            \
	"fi\n"                                                                           \
	"if [ x\"${feature_menuentry_id}\" = xy ]; then\n"                               \
	"  menuentry_id_option=\"--id\"\n"                                               \
	"else\n"                                                                         \
	"  menuentry_id_option=\"\"\n"                                                   \
	"fi\n"                                                                           \
	"export menuentry_id_option\n"                                                   \
	"function savedefault {\n"                                                       \
	"  if [ -z \"${boot_once}\" ]; then\n"                                           \
	"    saved_entry=\"${chosen}\"\n"                                                \
	"    save_env saved_entry\n"                                                     \
	"  fi\n"                                                                         \
	"}\n"

/* In the shape of what Debian's grub-mkconfig makes on a host with Xen. */
static const char debian[] = HEADER
	"set timeout=5\n"
	"function gfxmode {\n"
	"\tset gfxpayload=\"${1}\"\n"
	"}\n"
	"menuentry 'Debian GNU/Linux' --class debian --class gnu-linux --class os "
	"$menuentry_id_option 'gnulinux-simple-" UUID "' {\n"
	"\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n"
	"\tinsmod part_msdos\n"
	"\tset root='hd0,msdos1'\n"
	"\tif [ x$feature_platform_search_hint = xy ]; then\n"
	"\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1 " UUID "\n"
	"\telse\n"
	"\t  search --no-floppy --fs-uuid --set=root " UUID "\n"
	"\tfi\n"
	"\techo\t'Loading Linux 6.1.0-38-amd64 ...'\n"
	"\tlinux\t/vmlinuz-6.1.0-38-amd64 root=UUID=" UUID " ro  quiet\n"
	"\tinitrd\t/initrd.img-6.1.0-38-amd64\n"
	"}\n"
	"submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option "
	"'gnulinux-advanced-" UUID "' {\n"
	"\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0-38-amd64' "
	"$menuentry_id_option 'gnulinux-6.1.0-38-amd64-advanced-" UUID "' {\n"
	"\t\tlinux\t/vmlinuz-6.1.0-38-amd64 root=UUID=" UUID " ro quiet\n"
	"\t}\n"
	"\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0-38-amd64 (recovery mode)' {\n"
	"\t\tlinux\t/vmlinuz-6.1.0-38-amd64 single\n"
	"\t}\n"
	"}\n"
	"menuentry 'Debian GNU/Linux, with Xen hypervisor' --class debian --class xen "
	"$menuentry_id_option 'xen-gnulinux-simple-" UUID "' {\n"
	"\tsearch --no-floppy --fs-uuid --set=root " UUID "\n"
	"\tif [ \"$grub_platform\" = \"pc\" -o \"$grub_platform\" = \"\" ]; then\n"
	"\t    xen_rm_opts=\n"
	"\telse\n"
	"\t    xen_rm_opts=\"no-real-mode edd=off\"\n"
	"\tfi\n"
	"\tmultiboot2\t/xen-4.17-amd64.gz placeholder dom0_mem=2G ${xen_rm_opts}\n"
	"\tmodule2\t/vmlinuz-6.1.0-38-amd64 placeholder root=UUID=" UUID " ro\n"
	"\tmodule2\t--nounzip   /initrd.img-6.1.0-38-amd64\n"
	"}\n"
	"if [ \"$grub_platform\" = \"efi\" ]; then\n"
	"\tfwsetup --is-supported\n"
	"\tif [ \"$?\" = 0 ]; then\n"
	"\t\tmenuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {\n"
	"\t\t\tfwsetup\n"
	"\t\t}\n"
	"\tfi\n"
	"fi\n"
	"if [ -f  ${config_directory}/custom.cfg ]; then\n"
	"  source ${config_directory}/custom.cfg\n"
	"elif [ -z \"${config_directory}\" -a -f  $prefix/custom.cfg ]; then\n"
	"  source $prefix/custom.cfg\n"
	"fi\n";

static void test_debian(void **state)
{
	static const struct text_file files[] = {
		{ NULL, "/boot/grub/grubenv",
		  "# GRUB Environment Block\nsaved_entry=gnulinux-advanced-" UUID
		  ">gnulinux-6.1.0-38-amd64-advanced-" UUID "\n####" },
		{ NULL, "/boot/grub/custom.cfg", "set fallback=0\n" },
		{ "UUID=" UUID, "/vmlinuz", "" },
		{ 0 },
	};
	const struct boot_menu m = read_with(debian, files, false);
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 4);
	assert_int_equal(m.n_notes, 0);
	assert_int_equal(m.default_entry, 1);
	assert_false(m.default_once);
	assert_int_equal(m.fallback_entry, 0);
	assert_int_equal(m.timeout_s, 5);
	assert_string_equal(e[0].title, "Debian GNU/Linux");
	assert_string_equal(e[0].id, "gnulinux-simple-" UUID);
	assert_string_equal(e[0].position, "0");
	assert_null(e[0].hypervisor.path);
	assert_string_equal(e[0].kernel.path, "/vmlinuz-6.1.0-38-amd64");
	assert_string_equal(e[0].kernel.args, "root=UUID=" UUID " ro quiet");
	assert_string_equal(e[0].kernel.root, "UUID=" UUID);
	assert_int_equal(e[0].n_initrds, 1);
	assert_string_equal(e[0].initrds[0].path, "/initrd.img-6.1.0-38-amd64");
	assert_string_equal(e[0].file, "/boot/grub/grub.cfg");
	assert_int_equal(e[0].line, 29);
	assert_string_equal(e[1].position, "1>0");
	assert_null(e[1].kernel.root); /* its block does not search */
	assert_string_equal(e[2].position, "1>1");
	assert_string_equal(e[3].position, "2");
	assert_string_equal(e[3].hypervisor.path, "/xen-4.17-amd64.gz");
	assert_string_equal(e[3].hypervisor.args, "dom0_mem=2G");
	assert_string_equal(e[3].kernel.args, "root=UUID=" UUID " ro");
	assert_string_equal(e[3].initrds[0].path, "/initrd.img-6.1.0-38-amd64");
}

static void test_debian_under_uefi(void **state)
{
	static const struct text_file files[] = { { "UUID=" UUID, "/vmlinuz", "" },
						  { 0 } };
	const struct boot_menu m = read_with(debian, files, true);

	(void)state;
	assert_int_equal(m.n, 5);
	assert_string_equal(m.entries[3].hypervisor.args,
			    "dom0_mem=2G no-real-mode edd=off");
	assert_string_equal(m.entries[4].why_not, "it does `fwsetup`");
}

/* The default that is for the next boot only. */
static void test_next_entry(void **state)
{
	static const struct text_file files[] = {
		{ NULL, "/boot/grub/grubenv",
		  "saved_entry=0\nnext_entry=xen-gnulinux-simple-" UUID "\n" },
		{ "UUID=" UUID, "/vmlinuz", "" },
		{ 0 },
	};
	const struct boot_menu m = read_with(debian, files, false);

	(void)state;
	assert_int_equal(m.default_entry, 3);
	assert_true(m.default_once);
	assert_int_equal(m.n_once, 0); /* no environment block: GRUB cannot write it */
}

/* What GRUB writes while it reads the menu, as a whole block. */
static void test_once_is_taken_back(void **state)
{
#define BLOCK "# GRUB Environment Block\n"
	static const char old[] =
		"set have=1\nif [ -s $prefix/grubenv ]; then\n load_env\nfi\n"
		"if [ \"${prev_saved_entry}\" ]; then\n"
		"  set saved_entry=\"${prev_saved_entry}\"\n  save_env saved_entry\n"
		"  set prev_saved_entry=\n  save_env prev_saved_entry\n"
		"  set boot_once=true\nfi\n"
		"menuentry a {\nlinux /a\nsave_env saved_entry\n}\n"
		"menuentry b {\nlinux /b\n}\n";
	static const struct {
		const char *cfg, *env, *expected; /* NULL: nothing is written */
	} cases[] = {
		{ HEADER "menuentry a {\nlinux /a\n}\n",
		  BLOCK "saved_entry=x\nnext_entry=a\nk=v\n##",
		  BLOCK "saved_entry=x\nk=v\n###############" },
		{ HEADER "menuentry a {\nlinux /a\n}\n", BLOCK "saved_entry=a\n###",
		  NULL },
		{ old, BLOCK "saved_entry=1\nprev_saved_entry=0\n#",
		  BLOCK "saved_entry=0\n####################" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct text_file files[] = {
			{ NULL, "/boot/grub/grubenv", cases[i].env }, { 0 }
		};
		const struct boot_menu m = read_with(cases[i].cfg, files, false);

		if (m.default_once != (cases[i].expected != NULL) ||
		    m.n_once != m.default_once)
			fail_msg("%zu: %zu", i, m.n_once);
		if (!m.n_once)
			continue;
		assert_string_equal(m.once[0].path, "/boot/grub/grubenv");
		assert_int_equal(m.once[0].len, strlen(cases[i].env));
		assert_string_equal(m.once[0].bytes, cases[i].expected);
	}
}

/* As XenServer 7 and 8 write it. */
static void test_xenserver(void **state)
{
	static const char cfg[] =
		"serial --unit=0 --speed=115200\n"
		"terminal_input serial console\n"
		"terminal_output serial console\n"
		"set default=0\n"
		"set timeout=5\n"
		"if [ -s $prefix/grubenv ]; then\n"
		"	load_env\n"
		"fi\n"
		"\n"
		"if [ -n \"$override_entry\" ]; then\n"
		"	set default=$override_entry\n"
		"fi\n"
		"menuentry 'XCP-ng' {\n"
		"	search --label --set root root-abcdef\n"
		"	multiboot2 /boot/xen.gz dom0_mem=2048M,max:2048M watchdog "
		"console=vga vga=mode-0x0311\n"
		"	module2 /boot/vmlinuz-4.19-xen root=LABEL=root-abcdef ro "
		"console=hvc0 console=tty0 quiet\n"
		"	module2 /boot/initrd-4.19-xen.img\n"
		"}\n"
		"menuentry 'XCP-ng (Trusted Boot)' {\n"
		"	search --label --set root root-abcdef\n"
		"	multiboot2 /boot/tboot.gz logging=memory\n"
		"	module2 /boot/xen.gz dom0_mem=2G\n"
		"	module2 /boot/vmlinuz-4.19-xen ro\n"
		"	module2 /boot/initrd-4.19-xen.img\n"
		"}\n"
		"menuentry 'Newest' {\n"
		"	search --label --set root root-abcdef\n"
		"	xen_hypervisor /boot/xen.efi dom0_mem=2G\n"
		"	xen_module /boot/vmlinuz ro\n"
		"	xen_module /boot/initrd.img\n"
		"}\n";
	static const struct text_file files[] = {
		{ NULL, "/boot/grub/grubenv", "override_entry=XCP-ng (Trusted Boot)\n" },
		{ "LABEL=root-abcdef", "/boot/xen.gz", "" },
		{ 0 },
	};
	const struct boot_menu m = read_with(cfg, files, false);
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 3);
	/* Unquoted, its name falls apart, and GRUB takes the first word of `set`. */
	assert_int_equal(m.default_entry, 0);
	assert_string_equal(e[0].hypervisor.path, "/boot/xen.gz");
	assert_string_equal(e[0].hypervisor.root, "LABEL=root-abcdef");
	assert_string_equal(e[0].hypervisor.args,
			    "dom0_mem=2048M,max:2048M watchdog console=vga "
			    "vga=mode-0x0311");
	assert_string_equal(e[1].hypervisor.path, "/boot/xen.gz");
	assert_string_equal(e[1].hypervisor.args, "dom0_mem=2G");
	assert_string_equal(e[1].kernel.path, "/boot/vmlinuz-4.19-xen");
	assert_int_equal(e[1].n_initrds, 1);
	assert_string_equal(e[2].hypervisor.path, "/boot/xen.efi");
	assert_string_equal(e[2].kernel.args, "ro");
	assert_string_equal(e[2].initrds[0].path, "/boot/initrd.img");
}

#define TWO                                                                              \
	"menuentry 'A' --id a {\nlinux /a\n}\nmenuentry \"B > c\" --id=b {\nlinux "      \
	"/b\n}\n"

static void test_default(void **state)
{
	static const struct {
		const char *set;
		int entry;
	} cases[] = {
		{ "", 0 },
		{ "set default=1\n", 1 },
		{ "set default='A'\n", 0 },
		{ "set default='B >> c'\n", 1 },
		{ "set default=b\n", 1 },
		{ "default=b\n", 1 },
		{ "set default=7\n", 0 },
		{ "set default=absent\n", 0 },
		{ "set a=b\nset default=\"${a}\"\n", 1 },
		{ "set default=2\n", 2 }, /* into the submenu: its first */
		{ "set default='2>1'\n", 3 },
		{ "set default='More>d'\n", 3 },
		{ "set default='2>deep>0'\n", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct boot_menu m = read_menu(arena_printf(
			&arena,
			"%s" TWO "submenu More {\nmenuentry C { linux /c\n}\n"
			"menuentry D --id d {\n linux /d; }\n"
			"submenu 'deep' { menuentry E { linux /e; }\n }\n}\n",
			cases[i].set));

		assert_int_equal(m.n, 5);
		assert_string_equal(m.entries[4].position, "2>2>0");
		if (m.default_entry != cases[i].entry)
			fail_msg("%s: %d", cases[i].set, m.default_entry);
	}
}

/* Each script sets `default` to what it finds; see which. */
static void test_language(void **state)
{
	static const struct {
		const char *script, *value;
	} cases[] = {
		{ "set x=\"a b\"; set y='$x'; set r=\"$x$y\"", "a b$x" },
		{ "set x=a; set r=${x}b$x", "aba" },
		{ "set r=a\\ b", "a b" },
		{ "set r=\"a\\\"b\\$c\"", "a\"b$c" },
		{ "set r=a \\\n # not a comment of its own line\n", "a" },
		{ "r=x", "x" },
		{ "if true; then set r=y; else set r=n; fi", "y" },
		{ "if false; then set r=y\nelif true\nthen set r=e\nelse set r=n\nfi",
		  "e" },
		{ "if false; then set r=y; elif false; then set r=e; else set r=n; fi",
		  "n" },
		{ "if ! false; then set r=y; fi", "y" },
		{ "if [ -z \"$none\" -a a != b ]; then r=y; fi", "y" },
		{ "if [ a = b -o ( b = b -a ! -n '' ) ]; then r=y; fi", "y" },
		{ "if test 10 -gt 9; then r=y; fi", "y" },
		{ "if [ 10 '<' 9 ]; then r=y; fi", "y" },
		{ "if [ -1 -lt 0 ]; then r=y; fi", "y" },
		{ "if [ \"$none\" ]; then r=y; else r=n; fi", "n" },
		{ "if [ ]; then r=y; else r=n; fi", "n" },
		{ "if [ -f /there ]; then r=y; else r=n; fi", "y" },
		{ "if [ -f /absent ]; then r=y; else r=n; fi", "n" },
		{ "false; if [ $? = 1 ]; then r=y; fi", "y" },
		{ "for i in a b c; do r=$r$i; done", "abc" },
		{ "for i in; do r=$i; done; r=end", "end" },
		{ "i=0; while [ $i -lt 5 ]; do increment i; r=$r$i; done", "12345" },
		{ "i=5; until [ $i = 3 ]; do decrement i; r=$r$i; done", "43" },
		{ "function f { r=\"$#$1$2\"; }\nf a 'b c'", "2ab c" },
		{ "function f { r=1; }\nfunction f\n{ r=2; }\nf", "2" },
		{ "function f { r=\"$@\"; }\nf a b", "a b" },
		{ "function f { true; }; x='a  b'; for i in $x \"$x\"; do r=\"$r-$i\"; "
		  "done",
		  "-a-b-a  b" },
		{ "r=a; unset r; if [ -z \"$r\" ]; then r=u; fi", "u" },
		{ "frobnicate; r=$?", "1" },
		{ "if [ a = a ]; then if false; then :; else r=in; fi; fi", "in" },
		{ "load_env -f /env e; r=$e", "a\"b" },
		{ "load_env --file=/env; r=$f", "F" },
		{ "load_env -f /env f; r=x$e", "x" },
		{ "search --file /there --set=q; r=$q", "FILE=/there" },
		{ "search --no-floppy --file --set /there; r=$root", "" },
		{ "search.fs_label L q; r=$q", "LABEL=L" },
		{ "if search --fs-uuid --set=q 1-2; then r=y; else r=n; fi", "n" },
		{ "} r=1; r=2", "2" },
		{ "source /more; r=$r$m", "fromM" },
		{ "r=$grub_platform-$grub_cpu", "pc-i386" },
	};
	static const struct text_file files[] = {
		{ NULL, "/there", "" },
		{ NULL, "/env", "e=a\\\"b\nf=F\n" },
		{ NULL, "/more", "set m=M\nr=from\n" },
		{ "FILE=/there", "/there", "" },
		{ "LABEL=L", "/", "" },
		{ 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct boot_menu m = read_with(
			arena_printf(&arena, "%s\nmenuentry \"<$r>\" { linux /x; }\n",
				     cases[i].script),
			files, false);
		const char *expected = arena_printf(&arena, "<%s>", cases[i].value);

		assert_int_equal(m.n, 1);
		if (!str_eq(m.entries[0].title, expected))
			fail_msg("%s: %s, not %s", cases[i].script, m.entries[0].title,
				 expected);
	}
}

/* What an entry's block sets is gone when the next one's runs. */
static void test_blocks_do_not_see_each_other(void **state)
{
	const struct boot_menu m = read_menu("set x=1\n"
					     "menuentry a {\nset x=2\nset root=hd1,gpt2\n"
					     "linux /l $x\n}\n"
					     "menuentry b {\nlinux (hd0,msdos1)/l $x\n}\n"
					     "set x=3\n");

	(void)state;
	assert_string_equal(m.entries[0].kernel.args, "2");
	assert_string_equal(m.entries[0].kernel.root, "hd1,gpt2");
	assert_string_equal(m.entries[1].kernel.args, "3");
	assert_string_equal(m.entries[1].kernel.root, "hd0,msdos1");
}

/* A stub on an EFI system partition leads to the menu proper. */
static void test_stub(void **state)
{
	static const struct text_file files[] = {
		{ "UUID=1-2", "/grub2/grub.cfg",
		  "load_env\nmenuentry $saved { linux /l; }\n" },
		{ "UUID=1-2", "/grub2/grubenv", "saved=it\n" },
		{ 0 },
	};
	const struct boot_menu m = read_with(
		"search --no-floppy --root-dev-only --fs-uuid --set=dev 1-2\n"
		"set prefix=($dev)/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n",
		files, true);

	(void)state;
	assert_int_equal(m.n, 1);
	assert_string_equal(m.entries[0].title, "it");
	assert_string_equal(m.entries[0].file, "/grub2/grub.cfg");
}

static void test_titles_and_ids(void **state)
{
	static const char *const titles[] = { "It's \"here\"", "a \"b\" {", "plain word",
					      "tail", "last" };
	static const char *const ids[] = { "one", "two", NULL, NULL, "last" };
	const struct boot_menu m = read_menu(
		"menuentry 'It'\\''s \"here\"' --id='one' {\n}\n"
		"menuentry \"a \\\"b\\\" {\" --id two {\n}\n"
		"menuentry plain\\ word { \n}\n"
		"menuentry 'tail'{\n}\n"
		"  menuentry \"last\" --class x --id last {}\n"
		"#menuentry 'x' {\n}\nfunction menuentry2 {\n}\n");

	(void)state;
	assert_int_equal(m.n, ARRAY_LEN(titles));
	for (size_t i = 0; i < m.n; i++) {
		assert_string_equal(m.entries[i].title, titles[i]);
		if (!str_eq(m.entries[i].id, ids[i]))
			fail_msg("%s", titles[i]);
	}
}

static void test_kinds_of_loading(void **state)
{
	const struct boot_menu m = read_menu(
		"menuentry a { linux16 /l x 'y z'; initrd16 /i /j; devicetree /d; }\n"
		"menuentry b { linuxefi /l; initrdefi /i; }\n"
		"menuentry c { multiboot /xen.gz a; module /l b; module /i; module /p; "
		"}\n"
		"menuentry d { chainloader +1; }\n"
		"menuentry e { configfile /other.cfg; }\n"
		"menuentry f { echo nothing; }\n"
		"menuentry g { multiboot2 /ipxe; }\n");
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 7);
	assert_string_equal(e[0].kernel.args, "x \"y z\"");
	assert_int_equal(e[0].n_initrds, 2);
	assert_string_equal(e[0].devicetree, "/d");
	assert_string_equal(e[1].initrds[0].path, "/i");
	assert_string_equal(e[2].hypervisor.args, "a");
	assert_string_equal(e[2].kernel.args, "b");
	assert_int_equal(e[2].n_initrds, 2);
	assert_string_equal(e[3].why_not, "it does `chainloader +1`");
	assert_string_equal(e[4].why_not, "it opens the menu /other.cfg");
	assert_string_equal(e[5].why_not, "it names no kernel");
	assert_string_equal(e[6].why_not,
			    "it loads a hypervisor without a kernel for dom0");
}

#define BLS_DIR "/loader/entries/0123456789abcdef-"

/* As Fedora has it since 30: entries in a directory, the rest in grubenv. */
static void test_blscfg(void **state)
{
	static const struct text_file files[] = {
		{ NULL, "/boot/grub/grubenv",
		  "saved_entry=0123456789abcdef-6.8.5-301.fc40.x86_64\n"
		  "kernelopts=root=UUID=1 ro rhgb\ntuned_params=isolcpus=1\n" },
		{ NULL, BLS_DIR "0-rescue.conf", "title Rescue\nlinux /rescue\n" },
		{ NULL, BLS_DIR "6.8.5-301.fc40.x86_64.conf",
		  "title Fedora Linux (6.8.5)\nversion 6.8.5-301.fc40.x86_64\n"
		  "linux /vmlinuz-6.8.5\ninitrd /initramfs-6.8.5.img $tuned_initrd\n"
		  "options $kernelopts $tuned_params\ngrub_users $grub_users\n" },
		{ NULL, BLS_DIR "6.8.10-300.fc40.x86_64.conf",
		  "title Fedora Linux (6.8.10)\nlinux /vmlinuz-6.8.10\n"
		  "options root=UUID=2 ro\n" },
		{ NULL, BLS_DIR "notes.txt", "" },
		{ 0 },
	};
	const struct boot_menu m = read_with(
		HEADER "insmod blscfg\nblscfg\nmenuentry last { linux /x; }\n", files,
		false);
	const struct boot_entry *e = m.entries;

	(void)state;
	assert_int_equal(m.n, 4);
	assert_int_equal(m.n_notes, 0);
	assert_string_equal(e[0].title, "Fedora Linux (6.8.10)");
	assert_string_equal(e[0].position, "0");
	assert_string_equal(e[0].file, BLS_DIR "6.8.10-300.fc40.x86_64.conf");
	assert_string_equal(e[1].kernel.args, "root=UUID=1 ro rhgb isolcpus=1");
	assert_int_equal(e[1].n_initrds, 1);
	assert_string_equal(e[2].title, "Rescue");
	assert_string_equal(e[3].position, "3");
	assert_int_equal(m.default_entry, 1);
}

static void test_notes(void **state)
{
	struct boot_menu m = read_menu("frobnicate\nsource /absent\n");

	(void)state;
	assert_int_equal(m.n_notes, 2);
	assert_string_equal(m.notes[0],
			    "/boot/grub/grub.cfg:1: frobnicate is not understood");
	assert_string_equal(m.notes[1], "/boot/grub/grub.cfg:2: /absent cannot be read");
	assert_string_equal(m.why_none, "it has no entry");
	m = read_menu("menuentry a { halt; }\nmenuentry b { chainloader +1; }\n");
	assert_string_equal(m.why_none, "none of its 2 entries can be booted; the last "
					"one: it does `chainloader +1`");
	m = read_menu("while true; do true; done\nmenuentry a { linux /l; }\n");
	assert_string_equal(m.notes[0],
			    "/boot/grub/grub.cfg:1: a loop that does not end");
	assert_int_equal(m.n, 1);
	m = read_menu("function f { f; }\nf\n");
	assert_string_equal(m.notes[0], "/boot/grub/grub.cfg:1: nested too deep; the "
					"rest is left out");
}

static void test_hostile(void **state)
{
	(void)state;
	assert_linear(grub2_read, "a\n");
	assert_linear(grub2_read, "a b c d e f g h i j k l m n o p q r s t u v w x y z ");
	assert_linear(grub2_read, "a=$a$a$ax\n");
	assert_linear(grub2_read, "set a=$a$a$ax;b=\"$a $b\"\n");
	assert_linear(grub2_read, "menuentry a { linux /l a b c; initrd /i /j; }\n");
	assert_linear(grub2_read, "submenu a { ");
	assert_linear(grub2_read, "submenu a { menuentry b { linux /l; }\n");
	assert_linear(grub2_read, "if true; then ");
	assert_linear(grub2_read, "for i in a b c d e f; do ");
	assert_linear(grub2_read, "while true; do a;");
	assert_linear(grub2_read, "function f { f; f; f; }\nf\n");
	assert_linear(grub2_read, "source /x\n");
	assert_linear(grub2_read, "load_env\n");
	assert_linear(grub2_read, "save_env a\n");
	assert_linear(grub2_read, "load_env\na=1\nb=2\nsave_env a b a b a b\n");
	assert_linear(grub2_read, "\"");
	assert_linear(grub2_read, "'a' \"$b\" ${c} $( {");
	assert_linear(grub2_read, "}{");
	assert_linear(grub2_read, "[ ( ( ( ! ! ! -a -o ");
	assert_linear(grub2_read, "search --label x --set root a\nset x=y a=b c=d\n");
	assert_linear(grub2_read, "blscfg\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_debian, free_all),
		cmocka_unit_test_teardown(test_debian_under_uefi, free_all),
		cmocka_unit_test_teardown(test_next_entry, free_all),
		cmocka_unit_test_teardown(test_once_is_taken_back, free_all),
		cmocka_unit_test_teardown(test_xenserver, free_all),
		cmocka_unit_test_teardown(test_default, free_all),
		cmocka_unit_test_teardown(test_language, free_all),
		cmocka_unit_test_teardown(test_blocks_do_not_see_each_other, free_all),
		cmocka_unit_test_teardown(test_stub, free_all),
		cmocka_unit_test_teardown(test_titles_and_ids, free_all),
		cmocka_unit_test_teardown(test_kinds_of_loading, free_all),
		cmocka_unit_test_teardown(test_blscfg, free_all),
		cmocka_unit_test_teardown(test_notes, free_all),
		cmocka_unit_test_teardown(test_hostile, free_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
