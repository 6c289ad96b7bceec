/*
 * Labels while an image is unpacked: every order in which the contexts can come, labels
 * that the image brings, and images that cannot be labelled. What each path must get is
 * written down here; that all of a real policy agrees with setfiles(8) is shown by
 * qemu-tests/test_selinux.py. Needs root.
 */
#include <fcntl.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/io.h"
#include "image/image.h"
#include "selinux/contexts.h"
#include "tests/scratch.h"

static int must_run(const char *script)
{
	struct err err = { 0 };

	if (RUN(&err, "sh", "-euc", script) < 0)
		fail_msg("%s", err.msg);
	return 0;
}

/* Nothing in it has a label but etc/brought. */
static int make_tree(void **state)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	if (scratch_enter(state) < 0)
		return -1;
	return must_run(
		"C=tree/etc/selinux/test/contexts/files\n"
		"mkdir -p $C tree/usr/bin tree/usr/lib tree/boot tree/home/ann tree/proc "
		"tree/bare/one/two\n"
		"printf 'SELINUX=permissive\\nSELINUXTYPE=test\\n' "
		">tree/etc/selinux/config\n"
		"printf '%s\\n' '/.* u:r:default_t' '/ -d u:r:root_t' "
		"'/usr/bin(/.*)? u:r:bin_t' '/usr/bin/link -l u:r:link_t' "
		"'/usr/lib(/.*)? u:r:lib_t' '/etc(/.*)? u:r:etc_t' "
		"'/boot -d u:r:bootdir_t' '/boot/.* -- u:r:boot_t' '/proc <<none>>' "
		">$C/file_contexts\n"
		"echo '/home/[^/]+/.* u:r:home_t' >$C/file_contexts.homedirs\n"
		"echo '/etc/fstab -- u:r:local_t' >$C/file_contexts.local\n"
		"echo '/lib /usr/lib' >$C/file_contexts.subs_dist\n"
		"cd tree; ln -s usr/lib lib; ln -s tool usr/bin/link; mkfifo "
		"home/ann/fifo\n"
		"touch usr/bin/tool usr/lib/so boot/kernel etc/fstab etc/brought "
		"etc/host "
		"bare/one/two/f\n"
		"ln usr/bin/tool usr/bin/twin\n"
		"setfattr -h -n security.selinux -v u:r:mine_t etc/brought\n"
		"find . -path ./etc/selinux -prune -o -print | sort >../others\n"
		"find ./etc/selinux | sort >../contexts\n"
		"grep -v local ../contexts >../most; grep local ../contexts >../rest\n");
}

/* An archive of tree/ with the entries of these lists, in their order. */
#define ARCHIVE(lists)                                                                   \
	must_run("cat " lists " >list; rm -rf out; mkdir out\n"                          \
		 "tar -C tree --xattrs --xattrs-include='*' --no-recursion -cf "         \
		 "image.tar "                                                            \
		 "-T list")

static void extract(enum image_labels labels, const char *policy, struct image_stats *ret)
{
	struct image_source source = { .url = "image.tar",
				       .fetch = { .allow_path = true },
				       .labels = labels,
				       .policy = policy };
	auto_fd int fd = open("out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err err = { 0 };

	*ret = (struct image_stats){ 0 };
	assert_ok(image_extract(&source, fd, "out", ret, &err));
}

static void check_label(const char *path, const char *expected)
{
	auto_free char *real = xasprintf("out/%s", path);
	char label[256] = "";
	ssize_t len = lgetxattr(real, SELINUX_ATTRIBUTE, label, sizeof(label) - 1);

	if (len < 0 && !expected)
		return;
	if (len < 0 || !str_eq(label, expected))
		fail_msg("%s has label \"%s\", not \"%s\"", path, label,
			 expected ? expected : "none");
}

static void check_tree(void)
{
	static const struct {
		const char *path, *label;
	} all[] = {
		{ "", "u:r:root_t" },
		{ "usr", "u:r:default_t" },
		{ "usr/bin", "u:r:bin_t" },
		{ "usr/bin/tool", "u:r:bin_t" },
		{ "usr/bin/twin", "u:r:bin_t" },
		{ "usr/bin/link", "u:r:link_t" },
		{ "lib", "u:r:lib_t" }, /* by file_contexts.subs_dist */
		{ "usr/lib/so", "u:r:lib_t" },
		{ "boot", "u:r:bootdir_t" },
		{ "boot/kernel", "u:r:boot_t" },
		{ "etc", "u:r:etc_t" },
		{ "etc/host", "u:r:etc_t" },
		{ "etc/fstab", "u:r:local_t" },
		{ "etc/brought", "u:r:mine_t" },
		{ "etc/selinux/config", "u:r:etc_t" },
		{ "etc/selinux/test/contexts/files/file_contexts", "u:r:etc_t" },
		{ "home", "u:r:default_t" },
		{ "home/ann/fifo", "u:r:home_t" },
		{ "proc", NULL },
		{ "bare/one/two", "u:r:default_t" },
		{ "bare/one/two/f", "u:r:default_t" },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		check_label(all[i].path, all[i].label);
}

static void test_contexts_first(void **state)
{
	struct image_stats stats;

	(void)state;
	ARCHIVE("contexts others");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_tree();
	assert_int_equal(stats.unlabelled.code, 0);
	assert_true(stats.labelled > 20);
}

static void test_contexts_last(void **state)
{
	struct image_stats stats;

	(void)state;
	ARCHIVE("others contexts");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_tree();
}

static void test_contexts_in_between_and_changed_later(void **state)
{
	struct image_stats stats;

	(void)state;
	must_run("head -n 9 others >early; tail -n +10 others >late");
	ARCHIVE("early most late rest");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_tree();
	/* config comes after what it is about */
	must_run("grep -v config contexts >files; grep config contexts >config");
	ARCHIVE("files early late config");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_tree();
}

static void test_directories_without_an_entry(void **state)
{
	struct image_stats stats;

	(void)state;
	must_run("for list in others contexts; do while read -r f; do\n"
		 "[ ! -h tree/$f ] && [ -d tree/$f ] && [ $f != ./proc ] && [ $f != . ] "
		 "|| echo $f\n"
		 "done <$list >$list.bare; done");
	ARCHIVE("others.bare contexts.bare");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_tree();
	ARCHIVE("contexts.bare others.bare");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_tree();
}

/* The same name twice: the later entry counts, with the label that it brings. */
static void test_replaced(void **state)
{
	struct image_stats stats;

	(void)state;
	must_run("rm -rf out tree2; mkdir out; mkdir -p tree2/etc/host.d; cp -a tree/etc "
		 "tree2/; rm tree2/etc/host; ln -s fstab tree2/etc/host\n"
		 "setfattr -h -n security.selinux -v u:r:again_t tree2/etc/fstab\n"
		 "tar -C tree --xattrs --no-recursion -cf image.tar ./etc ./etc/host "
		 "./etc/fstab\n"
		 "tar -C tree2 --xattrs --xattrs-include='*' -rf image.tar ./etc/host "
		 "./etc/fstab ./etc/selinux\n");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_label("etc/fstab", "u:r:again_t");
	check_label("etc/host", "u:r:etc_t");
}

static void test_disabled(void **state)
{
	struct image_stats stats;

	(void)state;
	ARCHIVE("contexts others");
	must_run("sed -i s/permissive/disabled/ tree/etc/selinux/config");
	ARCHIVE("contexts others");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	check_label("etc/host", NULL);
	check_label("etc/brought", "u:r:mine_t");
	assert_int_equal(stats.unlabelled.code, 0);
	/* The profile knows better. */
	ARCHIVE("contexts others");
	extract(IMAGE_LABELS_ALWAYS, "test", &stats);
	must_run("sed -i s/disabled/permissive/ tree/etc/selinux/config");
	check_tree();
	ARCHIVE("contexts others");
	extract(IMAGE_LABELS_NONE, NULL, &stats);
	check_label("etc/host", NULL);
	check_label("etc/brought", "u:r:mine_t");
}

static void test_no_contexts(void **state)
{
	struct image_stats stats;

	(void)state;
	ARCHIVE("others");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	assert_int_equal(stats.unlabelled.code, 0);
	ARCHIVE("others");
	extract(IMAGE_LABELS_ALWAYS, "test", &stats);
	assert_int_equal(stats.unlabelled.code, ERR_SOURCE);
	assert_string_equal(stats.unlabelled.msg,
			    "the host's /etc/selinux/test/contexts/files/file_contexts "
			    "cannot be read: No such file or directory");
	ARCHIVE("others");
	extract(IMAGE_LABELS_ALWAYS, NULL, &stats);
	assert_string_equal(stats.unlabelled.msg,
			    "the host's /etc/selinux/config names no policy");
	/* Not a regular expression. */
	must_run("C=tree/etc/selinux/test/contexts/files/file_contexts; cp $C keep\n"
		 "echo '/( u:r:bad_t x y z' >$C");
	ARCHIVE("contexts others");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	must_run("cp keep tree/etc/selinux/test/contexts/files/file_contexts");
	assert_int_equal(stats.unlabelled.code, ERR_SOURCE);
	check_label("etc/host", NULL);
}

/* Contexts are looked for in the image and nowhere else. */
static void test_contexts_outside(void **state)
{
	struct image_stats stats;

	(void)state;
	must_run("C=tree/etc/selinux/test/contexts/files; cp -a $C/file_contexts away\n"
		 "ln -sf $PWD/away $C/file_contexts");
	ARCHIVE("contexts others");
	extract(IMAGE_LABELS_IF_ENABLED, NULL, &stats);
	must_run(
		"C=tree/etc/selinux/test/contexts/files; rm $C/file_contexts; cp -a away "
		"$C/file_contexts");
	assert_int_equal(stats.unlabelled.code, ERR_SOURCE);
	check_label("etc/host", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contexts_first),
		cmocka_unit_test(test_contexts_last),
		cmocka_unit_test(test_contexts_in_between_and_changed_later),
		cmocka_unit_test(test_directories_without_an_entry),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_disabled),
		cmocka_unit_test(test_no_contexts),
		cmocka_unit_test(test_contexts_outside),
	};

	return cmocka_run_group_tests(tests, make_tree, scratch_leave);
}
