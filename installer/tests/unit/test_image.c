/*
 * Unpacking: the same tree as GNU tar makes, nothing outside the target, and clear words
 * for damaged images. Needs root (owners, devices, security.* attributes) and tar with
 * its compressors.
 */
#include "image/image.h"
#include "tests/support.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <locale.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "tests/tree.h"

static char work[] = "/tmp/test-image.XXXXXX"; /* every test's files are in here */

static int set_up(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	/* Own mounts vanish with the process; mounts below /tmp must not get out. */
	if (!mkdtemp(work) || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return chdir(work);
}

static int tear_down(void **state)
{
	struct err err = { 0 };

	(void)state;
	return chdir("/") < 0 || RUN(&err, "rm", "-rf", work);
}

static void run(const char *const *argv)
{
	struct err err = { 0 };

	if (proc_run(&(struct proc){ .argv = argv }, &err) < 0)
		fail_msg("%s", err.msg);
}
#define SH(script) run((const char *const[]){ "sh", "-euc", script, NULL })

static void fresh(const char *dir)
{
	struct err err = { 0 };

	assert_int_equal(RUN(&err, "rm", "-rf", dir), 0);
	assert_int_equal(mkdir(dir, 0755), 0);
}

static int extract(const char *image, const char *dir, const struct digest *sha256,
		   struct image_stats *stats, struct err *err)
{
	struct image_source source = { .url = image,
				       .sha256 = sha256,
				       .fetch = { .allow_path = true } };
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	*err = (struct err){ 0 };
	return image_extract(&source, fd, dir, stats, err);
}

static void must_extract(const char *image, const char *dir)
{
	struct err err;

	if (extract(image, dir, NULL, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void must_fail(const char *image, const char *dir, enum err_code code,
		      const char *words)
{
	struct err err;

	assert_int_equal(extract(image, dir, NULL, NULL, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("code %d, \"%s\" does not say \"%s\"", err.code, err.msg, words);
}

/* A small archive, made entry by entry. */
static struct archive *begin(const char *path)
{
	struct archive *a = archive_write_new();

	archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	return a;
}

static void finish(struct archive *a)
{
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static void put(struct archive *a, const char *name, mode_t mode, const char *text,
		time_t mtime)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, mode);
	archive_entry_set_mtime(e, mtime, 0);
	archive_entry_set_size(e, 0);
	if (S_ISLNK(mode))
		archive_entry_set_symlink(e, text);
	else if (text)
		archive_entry_set_size(e, (la_int64_t)strlen(text));
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (S_ISREG(mode) && text)
		archive_write_data(a, text, strlen(text));
	archive_entry_free(e);
}

static void put_file(struct archive *a, const char *name, const char *text)
{
	put(a, name, S_IFREG | 0644, text, 1000);
}

static void put_link(struct archive *a, const char *name, const char *target)
{
	put(a, name, S_IFLNK | 0777, target, 1000);
}

static void put_hard(struct archive *a, const char *name, const char *target)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_hardlink(e, target);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	archive_entry_free(e);
}

static void assert_content(const char *path, const char *expected)
{
	auto_free char *text = NULL;
	struct err err = { 0 };

	if (io_read_file(AT_FDCWD, path, 1 << 20, &text, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(text, expected);
}

static void assert_links_to(const char *path, const char *expected)
{
	char target[256];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	assert_true(n >= 0);
	target[n] = '\0';
	assert_string_equal(target, expected);
}

/* One user (ACL_USER) or group with read permission, besides the usual. */
static void set_acl(const char *path, const char *attr, uint16_t tag, uint32_t id)
{
	struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry e[5];
	} acl = { { POSIX_ACL_XATTR_VERSION },
		  { { ACL_USER_OBJ, 6, (uint32_t)ACL_UNDEFINED_ID },
		    { ACL_GROUP_OBJ, 4, (uint32_t)ACL_UNDEFINED_ID },
		    { tag, 4, id },
		    { ACL_MASK, 6, (uint32_t)ACL_UNDEFINED_ID },
		    { ACL_OTHER, 0, (uint32_t)ACL_UNDEFINED_ID } } };

	if (tag == ACL_USER) { /* sorted by tag */
		acl.e[2] = acl.e[1];
		acl.e[1] = (struct posix_acl_xattr_entry){ tag, 4, id };
	}
	assert_int_equal(setxattr(path, attr, &acl, sizeof(acl), 0), 0);
}

/* Everything that a root file system can hold, and some that it rather should not. */
static void make_tree(const char *dir)
{
	static const char capability[20] = { 0, 0, 0, 2, 0, 32 };
	char name[256];

	fresh(dir);
	assert_int_equal(chdir(dir), 0);
	SH("mkdir -p usr/bin usr/lib etc tmp var/spool deep\n"
	   "chmod 1777 tmp; chmod 2775 var/spool; chown 0:8 var/spool\n"
	   "ln -s usr/lib lib; ln -s /etc/passwd absolute; ln -s nowhere dangling\n"
	   "echo root > etc/passwd; chmod 600 etc/passwd\n"
	   "head -c 3000000 /dev/urandom > usr/lib/big; : > empty\n"
	   "seq 1 60000 > usr/bin/sudo; chown 17:18 usr/bin/sudo\n"
	   "chmod 6755 usr/bin/sudo; ln usr/bin/sudo usr/lib/hard; ln usr/bin/sudo aaa\n"
	   "ln dangling hard-to-symlink\n"
	   "mknod null c 1 3; mknod disk b 259 70000; mkfifo -m 640 pipe\n"
	   "chown 5:6 null pipe; chmod 4640 disk; chown -h 1:2 lib\n"
	   "truncate -s 5M hole-at-end; echo x > hole-in-middle\n"
	   "truncate -s 2M hole-in-middle; echo y >> hole-in-middle\n"
	   "p=deep; for i in 1 2 3 4 5 6 7 8; do p=$p/directory-with-a-long-name-$i; "
	   "done\n"
	   "mkdir -p \"$p\"; echo deep > \"$p/file\"; chmod 500 deep\n"
	   "for i in $(seq 1 300); do mkdir -p many/d$i; echo $i > many/d$i/f; done\n");
	memset(name, 'n', 255);
	name[255] = '\0';
	assert_int_equal(symlink("x", name), 0);
	SH("printf x > \"$(printf 'new\\nline \\303\\244 \\377\\200 \\\\ end ')\"");
	assert_int_equal(setxattr("etc/passwd", "user.empty", "", 0, 0), 0);
	assert_int_equal(
		setxattr("usr/bin/sudo", "security.capability", capability, 20, 0), 0);
	assert_int_equal(setxattr("usr", "security.selinux", "u:o:usr_t:s0", 13, 0), 0);
	assert_int_equal(lsetxattr("lib", "security.selinux", "u:o:lib_t:s0", 13, 0), 0);
	assert_int_equal(lsetxattr("null", "security.selinux", "u:o:nul_t:s0", 13, 0), 0);
	set_acl("etc/passwd", "system.posix_acl_access", ACL_USER, 12345);
	set_acl("var/spool", "system.posix_acl_default", ACL_GROUP, 54321);
	set_acl("var/spool", "system.posix_acl_access", ACL_USER, 12345);
	SH("echo x > var/spool/job; chmod 604 var/spool/job\n"
	   "touch -d '1969-12-31 23:59:58.5 UTC' usr/lib/big\n"
	   "touch -h -d '2001-02-03 04:05:06.123456789 UTC' lib pipe null etc\n"
	   "touch -d '2038-12-31 00:00:01.000000001 UTC' etc/passwd deep tmp usr .\n");
	assert_int_equal(chdir(work), 0);
}

static void assert_same_tree(const char *a, const char *b)
{
	auto_text struct text x = { 0 }, y = { 0 };

	tree_describe(a, &x);
	tree_describe(b, &y);
	if (str_eq(x.s, y.s))
		return;
	assert_int_equal(chdir(work), 0);
	tree_write(&x, "expected");
	tree_write(&y, "got");
	SH("diff -u expected got || :");
	fail_msg("the trees differ");
}

static void test_same_tree_as_gnu_tar(void **state)
{
	static const char *const packed[] = {
		"--format=pax",
		"--format=pax --sparse --gzip",
		"--format=gnu --xz",
		"--format=gnu --sparse --bzip2",
		"--format=pax --zstd",
		"--format=oldgnu",
		"--format=pax --sparse --sparse-version=0.1",
	};

	(void)state;
	make_tree("source");
	for (size_t i = 0; i < ARRAY_LEN(packed); i++) {
		bool pax = strstr(packed[i], "pax") != NULL;
		auto_free char *script = xasprintf(
			"tar -C source %s %s --numeric-owner -cf image .\n"
			"tar -C tar --xattrs --xattrs-include='*' --acls "
			"--numeric-owner -xpf image",
			packed[i], pax ? "--xattrs --xattrs-include='*' --acls" : "");

		fresh("tar");
		fresh("ours");
		SH(script);
		must_extract("image", "ours");
		assert_same_tree("tar", "ours");
	}
	assert_same_tree("source", "tar"); /* the last one lost nothing */
}

static void test_ustar(void **state)
{
	(void)state;
	fresh("source");
	fresh("tar");
	fresh("ours");
	SH("mkdir -p source/a/b; echo x > source/a/b/c; ln source/a/b/c source/d\n"
	   "ln -s c source/a/b/l; chown 3:4 source/d; mkfifo source/p; touch -d @5 "
	   "source/a\n"
	   "tar -C source --format=ustar -cf image .; tar -C tar -xpf image");
	must_extract("image", "ours");
	assert_same_tree("tar", "ours");
	must_extract("image", "ours"); /* and over what is there already */
	assert_same_tree("tar", "ours");
}

/* Entries in an order in which no tar would write them: parents last, or never. */
static void test_parents_come_late(void **state)
{
	struct archive *a = begin("image");
	struct stat st;

	(void)state;
	put_file(a, "a/b/c/file", "x");
	put(a, "a/b", S_IFDIR | 0700, NULL, 77);
	put(a, "a", S_IFDIR | 0711, NULL, 88);
	put_file(a, "a/b/later", "y");
	finish(a);
	fresh("ours");
	must_extract("image", "ours");
	assert_content("ours/a/b/c/file", "x");
	assert_int_equal(stat("ours/a/b", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 77);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat("ours/a", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 88);
	assert_int_equal(stat("ours/a/b/c", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
}

static void test_merged_usr(void **state)
{
	struct archive *a = begin("image");

	(void)state;
	put_link(a, "lib", "usr/lib");
	put_link(a, "usr/lib64", "../lib/.././lib");
	put_file(a, "lib/modules/x", "x");
	put_file(a, "usr/lib64/modules/y", "y");
	put_hard(a, "lib/z", "usr/lib64/modules/y");
	finish(a);
	fresh("ours");
	must_extract("image", "ours");
	assert_links_to("ours/lib", "usr/lib");
	assert_content("ours/usr/lib/modules/x", "x");
	assert_content("ours/usr/lib/modules/y", "y");
	assert_content("ours/usr/lib/z", "y");
}

/* Refused, by name; and what lies outside is as it was. */
static void assert_refused(struct archive *a, const char *words)
{
	auto_text struct text before = { 0 }, after = { 0 };

	finish(a);
	fresh("outside");
	fresh("box");
	SH("mkdir box/target; echo precious > outside/file; ln outside/file box/file\n"
	   "touch -d @99 outside outside/file");
	tree_describe("outside", &before);
	must_fail("image", "box/target", ERR_SOURCE, words);
	tree_describe("outside", &after);
	assert_string_equal(before.s, after.s);
	SH("test \"$(ls box)\" = \"$(printf 'file\\ntarget')\"");
}

static void test_entries_that_lead_outside(void **state)
{
	auto_free char *outside = xasprintf("%s/outside", work);
	auto_free char *file = xasprintf("%s/file", outside);
	struct archive *a;

	(void)state;
	put_file(a = begin("image"), "../file", "x");
	assert_refused(a, "\"../file\"");
	put_file(a = begin("image"), "a/../../file", "x");
	assert_refused(a, "\"a/../../file\"");
	put_file(a = begin("image"), file, "x");
	assert_refused(a, file);
	put(a = begin("image"), "../made", S_IFDIR | 0755, NULL, 1);
	assert_refused(a, "\"../made/\"");

	put_link(a = begin("image"), "out", outside);
	put_file(a, "out/file", "x");
	assert_refused(a, "\"out/file\"");
	put_link(a = begin("image"), "out", "../../outside");
	put_file(a, "out/new", "x");
	assert_refused(a, "\"out/new\"");
	put_link(a = begin("image"), "d/one", "../two/three");
	put_link(a, "two/three", "../..");
	put(a, "d/one/made", S_IFDIR | 0755, NULL, 1);
	assert_refused(a, "\"d/one/made\"");
	put_link(a = begin("image"), "root", "/");
	put(a, "root/tmp", S_IFDIR | 0700, NULL, 1);
	assert_refused(a, "\"root/tmp\"");
	put_link(a = begin("image"), "proc", "/proc/self/root");
	put_link(a, "proc/x", "y");
	assert_refused(a, "\"proc/x\"");

	put_hard(a = begin("image"), "link", "../file");
	assert_refused(a, "\"link\"");
	put_hard(a = begin("image"), "link", file);
	assert_refused(a, "\"link\"");
	put_link(a = begin("image"), "out", outside);
	put_hard(a, "link", "out/file");
	assert_refused(a, "\"link\"");
	put_link(a = begin("image"), "loop", "loop2");
	put_link(a, "loop2", "loop");
	put_file(a, "loop/x", "x");
	assert_refused(a, "\"loop/x\"");
}

/* The last component is never followed, and never written through. */
static void test_later_entries_replace_earlier_ones(void **state)
{
	auto_free char *precious = xasprintf("%s/precious", work);
	struct archive *a = begin("image");
	struct stat st;

	(void)state;
	put_file(a, "twice", "old");
	put_hard(a, "keeps", "twice");
	put_file(a, "twice", "new");
	put_link(a, "link", precious);
	put_file(a, "link", "a file now");
	put_file(a, "file", "x");
	put_link(a, "file", "a-link-now");
	put_link(a, "dir", "elsewhere");
	put(a, "dir", S_IFDIR | 0711, NULL, 5);
	put_file(a, "dir/x", "in the directory");
	put_hard(a, "self", "twice");
	put_hard(a, "self", "self");
	put_hard(a, "self", "./twice");
	put(a, "dir", S_IFDIR | 0700, NULL, 6);
	finish(a);
	SH("echo precious > precious");
	fresh("ours");
	must_extract("image", "ours");
	assert_content("precious", "precious\n");
	assert_content("ours/twice", "new");
	assert_content("ours/keeps", "old");
	assert_content("ours/self", "new");
	assert_content("ours/link", "a file now");
	assert_links_to("ours/file", "a-link-now");
	assert_content("ours/dir/x", "in the directory");
	assert_int_equal(lstat("ours/dir", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(st.st_mtim.tv_sec, 6);
}

static void test_directories_are_not_replaced(void **state)
{
	struct archive *a;

	(void)state;
	put(a = begin("image"), "d", S_IFDIR | 0755, NULL, 1);
	put_file(a, "d", "x");
	assert_refused(a, "\"d\" is a directory already");
	put_file(a = begin("image"), "d/x", "x");
	put_link(a, "d", "x");
	assert_refused(a, "\"d\" is a directory already");
	put_file(a = begin("image"), "d", "x");
	put(a, "d", S_IFDIR | 0755, NULL, 1);
	assert_refused(a, "\"d\" is a directory, but was something else");
	put_file(a = begin("image"), "d", "x");
	put_file(a, "d/x", "x");
	assert_refused(a, "\"d\", which is not a directory");
	put_hard(a = begin("image"), "h", "missing");
	assert_refused(a, "\"missing\", which is not in the image");
	put_link(a = begin("image"), ".", "x");
	assert_refused(a, "image is not safe");
}

/* Order must hold although writers work side by side. */
static void test_order_of_many_duplicates(void **state)
{
	struct archive *a = begin("image");
	char name[64], text[64];

	(void)state;
	for (int round = 0; round < 20; round++)
		for (int i = 0; i < 200; i++) {
			snprintf(name, sizeof(name), "d%d/f%d", i % 50, i);
			snprintf(text, sizeof(text), "%d %d", round, i);
			if ((round + i) % 3 == 0)
				put_link(a, name, text);
			else
				put_file(a, name, text);
			snprintf(text, sizeof(text), "e%d/h%d", i % 7, i);
			put_hard(a, text, name);
			put_hard(a, name, text); /* a link to what a link made */
		}
	finish(a);
	fresh("ours");
	must_extract("image", "ours");
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "ours/e%d/h%d", i % 7, i);
		snprintf(text, sizeof(text), "19 %d", i);
		if ((19 + i) % 3 == 0)
			assert_links_to(name, text);
		else
			assert_content(name, text);
	}
}

/* More directories than may be open, more of their attributes than are kept. */
static void test_few_files_may_be_open(void **state)
{
	struct rlimit saved, few;
	char path[64], pad[3000];

	(void)state;
	memset(pad, '1', sizeof(pad));
	fresh("source");
	fresh("tar");
	fresh("ours");
	for (int i = 1; i <= 3000; i++) {
		snprintf(path, sizeof(path), "source/d%d", i);
		assert_int_equal(mkdir(path, 0755), 0);
		assert_int_equal(setxattr(path, "user.pad", pad, sizeof(pad), 0), 0);
	}
	/* First the directories, and after they have been completed, their files. */
	SH("tar -C source --sort=name --xattrs -cf image .\n"
	   "for i in $(seq 1 3000); do echo $i > source/d$i/f; done\n"
	   "touch -d @1234 source/d*; tar -C source --xattrs --sort=name -cf second .\n"
	   "tar -A -f image second; tar -C tar --xattrs -xpf image");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	few = saved;
	few.rlim_cur = 48;
	setrlimit(RLIMIT_NOFILE, &few);
	must_extract("image", "ours");
	setrlimit(RLIMIT_NOFILE, &saved);
	assert_content("ours/d3000/f", "3000\n");
	assert_same_tree("tar", "ours");
}

static void assert_acl_of_group(const char *path, const char *attr, uint32_t id)
{
	struct posix_acl_xattr_entry e[5];
	char value[4 + sizeof(e)];

	assert_int_equal(getxattr(path, attr, value, sizeof(value)), sizeof(value));
	memcpy(e, value + 4, sizeof(e));
	assert_int_equal(e[2].e_tag, ACL_GROUP);
	assert_int_equal(e[2].e_id, id);
	assert_int_equal(e[2].e_perm, 4);
}

/*
 * GNU tar writes names into ACLs. They are those of the image's users, not of this
 * machine's (where group 4 is called adm).
 */
static void test_acls_by_name(void **state)
{
	(void)state;
	fresh("source");
	SH("mkdir source/alog source/etc; echo 'adm:x:4321:' > source/etc/group");
	set_acl("source/alog", "system.posix_acl_access", ACL_GROUP, 4);
	set_acl("source/alog", "system.posix_acl_default", ACL_GROUP, 4);
	SH("tar -C source --acls -cf image alog etc; grep -q group:adm: image");
	fresh("ours");
	must_extract("image", "ours");
	assert_acl_of_group("ours/alog", "system.posix_acl_access", 4321);
	assert_acl_of_group("ours/alog", "system.posix_acl_default", 4321);
	SH("tar -C source --acls -cf image alog");
	fresh("ours");
	must_fail("image", "ours", ERR_SOURCE, "names \"adm\"");
}

static void test_target_that_hands_down_its_bits(void **state)
{
	struct stat st;

	(void)state;
	fresh("source");
	fresh("ours");
	SH("mkdir source/d; echo x > source/f; echo y > source/d/g; chmod 640 source/f\n"
	   "tar -C source -cf image f d d/g; chmod g+s ours; chgrp 9 ours");
	set_acl("ours", "system.posix_acl_default", ACL_USER, 77);
	must_extract("image", "ours");
	assert_int_equal(stat("ours/f", &st), 0);
	assert_int_equal(st.st_gid, 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(getxattr("ours/f", "system.posix_acl_access", NULL, 0) < 0);
	assert_int_equal(stat("ours/d/g", &st), 0);
	assert_int_equal(st.st_gid, 0);
	assert_true(getxattr("ours/d", "system.posix_acl_default", NULL, 0) < 0);
}

static struct digest file_digest(const char *path)
{
	auto_free char *bytes = NULL;
	struct err err = { 0 };
	size_t len;

	assert_int_equal(io_read_file(AT_FDCWD, path, 1 << 26, &bytes, &len, &err), 0);
	return digest_of(bytes, len);
}

static void test_digest_covers_every_byte(void **state)
{
	struct digest sha256, other;
	struct image_stats stats;
	struct err err;

	(void)state;
	SH("mkdir -p source/x; head -c 400000 /dev/urandom > source/x/y\n"
	   "tar -C source -czf image x; head -c 3000000 /dev/zero > zeroes");
	sha256 = file_digest("image");
	fresh("ours");
	assert_int_equal(extract("image", "ours", &sha256, &stats, &err), 0);
	assert_memory_equal(&stats.sha256, &sha256, sizeof(sha256));
	assert_int_equal(stats.files, 1);
	assert_int_equal(stats.entries, 2);
	assert_int_equal(stats.content_bytes, 400000);

	/* Bytes behind the archive's end count. */
	SH("tar -C source -cf image x; cat zeroes >> image; printf x >> image");
	other = file_digest("image");
	assert_int_equal(extract("image", "ours", &sha256, NULL, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, DIGEST_TEXT(&sha256));
	assert_contains(err.msg, DIGEST_TEXT(&other));
	assert_int_equal(extract("image", "ours", &other, NULL, &err), 0);
}

static void test_damaged_images(void **state)
{
	struct digest whole;
	struct err err;

	(void)state;
	fresh("source");
	fresh("ours");
	SH("head -c 4000000 /dev/urandom > source/x; tar -C source -czf image x");
	whole = file_digest("image");
	SH("truncate -s 3000000 image");
	must_fail("image", "ours", ERR_SOURCE, "cannot be read as an archive (x)");
	assert_int_equal(extract("image", "ours", &whole, NULL, &err), -1);
	assert_contains(err.msg, "its SHA-256 is");
	assert_contains(err.msg, "3000000 bytes");
	SH("tar -C source -cf image x; truncate -s 3000000 image");
	must_fail("image", "ours", ERR_SOURCE, "cannot be read as an archive (x)");
	SH("seq 1 100000 > image");
	must_fail("image", "ours", ERR_SOURCE, "cannot be read as an archive (at the");
	SH(": > image");
	must_fail("image", "ours", ERR_SOURCE, "cannot be read as an archive (at the");
	SH("tar -cf image -T /dev/null");
	must_fail("image", "ours", ERR_SOURCE, "without any entry");
	SH("cd source; echo x | cpio -o --quiet > ../image 2>/dev/null || zip -q "
	   "../image x "
	   "|| printf '\\037\\213\\010garbage' > ../image");
	must_fail("image", "ours", ERR_SOURCE, "cannot be read as an archive");
	must_fail("missing", "ours", ERR_SOURCE, "No such file");
	must_fail("source", "ours", ERR_SOURCE, "Is a directory");
}

static void test_target_too_small(void **state)
{
	(void)state;
	fresh("source");
	fresh("ours");
	SH("for i in $(seq 1 40); do head -c 100000 /dev/urandom > source/$i; done\n"
	   "tar -C source -cf image .");
	assert_int_equal(mount("tmpfs", "ours", "tmpfs", 0, "size=1M"), 0);
	must_fail("image", "ours", ERR_HARDWARE, "does not fit into ours");
	assert_int_equal(umount("ours"), 0);
	assert_int_equal(mount("tmpfs", "ours", "tmpfs", 0, "nr_inodes=20"), 0);
	must_fail("image", "ours", ERR_HARDWARE, "no inodes left");
	assert_int_equal(umount("ours"), 0);
	assert_int_equal(mount("tmpfs", "ours", "tmpfs", MS_RDONLY, NULL), 0);
	must_fail("image", "ours", ERR_SYSTEM, "ours/");
	assert_int_equal(umount("ours"), 0);
}

static void test_sync(void **state)
{
	auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(image_sync(fd, ".", NULL, &err), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_tree_as_gnu_tar),
		cmocka_unit_test(test_ustar),
		cmocka_unit_test(test_parents_come_late),
		cmocka_unit_test(test_merged_usr),
		cmocka_unit_test(test_entries_that_lead_outside),
		cmocka_unit_test(test_later_entries_replace_earlier_ones),
		cmocka_unit_test(test_directories_are_not_replaced),
		cmocka_unit_test(test_order_of_many_duplicates),
		cmocka_unit_test(test_few_files_may_be_open),
		cmocka_unit_test(test_acls_by_name),
		cmocka_unit_test(test_target_that_hands_down_its_bits),
		cmocka_unit_test(test_digest_covers_every_byte),
		cmocka_unit_test(test_damaged_images),
		cmocka_unit_test(test_target_too_small),
		cmocka_unit_test(test_sync),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
