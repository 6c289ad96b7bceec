/*
 * The executor, on a machine that is a folder: see sandbox.h.
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/digest.h"
#include "core/event.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "bootcfg/edit.h"
#include "exec/exec.h"
#include "exec/target.h"
#include "tests/http_server.h"
#include "tests/sandbox.h"

static char *logged;
static size_t logged_len;
static FILE *log_file;

static int prepare(void **state)
{
	(void)state;
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	return 0;
}

static int clean(void **state)
{
	const char *const argv[] = { "rm", "-rf", "/target", "/trace", NULL };
	struct err err = { 0 };

	(void)state;
	if (proc_run(&(struct proc){ .argv = argv }, &err) < 0)
		print_error("%s\n", err.msg);
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return (int)err.code;
}

/* What an action did is one word in /trace. */
#define TRACE(word)                                                                      \
	(const char *const[])                                                            \
	{                                                                                \
		"sh", "-c", "printf '%s ' " word " >>/trace", NULL                       \
	}
#define RUN_ACTION(...)                                                                  \
	{                                                                                \
		.kind = ACT_RUN, .step = "array", .run = { __VA_ARGS__ }                 \
	}

static const char *const false_argv[] = { "false", NULL };

static char *trace(void)
{
	static char text[256];
	FILE *f = fopen("/trace", "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* Names the steps, of which the plans here have those of an install. */
static const struct profile no_profile;

static int asked;

static bool allow(const struct plan *plan)
{
	(void)plan;
	asked++;
	return true;
}

static bool forbid(const struct plan *plan)
{
	(void)plan;
	asked++;
	return false;
}

static int run(struct action *actions, size_t n, struct err *err)
{
	struct plan plan = { .profile = &no_profile, .actions = actions, .n = n };

	asked = 0;
	return exec_plan(&plan, &(struct exec_options){ 0 }, allow, err);
}

static void test_runs_in_order_and_unwinds_in_reverse(void **state)
{
	struct action actions[] = {
		RUN_ACTION(.argv = TRACE("one"), .undo = TRACE("undo-one")),
		RUN_ACTION(.argv = TRACE("two")),
		RUN_ACTION(.argv = TRACE("three"), .undo = TRACE("undo-three")),
	};
	struct err err = { 0 };

	(void)state;
	assert_ok(run(actions, 3, &err));
	assert_string_equal(trace(), "one two three undo-three undo-one ");
	assert_int_equal(asked, 0);
	assert_contains(logged, "* create the arrays\n");
}

static void test_failure_stops_and_unwinds_what_was_done(void **state)
{
	struct action actions[] = {
		RUN_ACTION(.argv = TRACE("one"), .undo = TRACE("undo-one")),
		RUN_ACTION(.argv = false_argv, .undo = TRACE("undo-two")),
		RUN_ACTION(.argv = TRACE("three"), .undo = TRACE("undo-three")),
	};
	struct err err = { 0 };

	(void)state;
	assert_fails(run(actions, 3, &err), ERR_TOOL,
		     "array: false exited with 1 (no output)");
	assert_string_equal(trace(), "one undo-one ");
}

static void test_unwinding_goes_on_after_a_failure(void **state)
{
	struct action actions[] = {
		RUN_ACTION(.argv = TRACE("one"), .undo = TRACE("undo-one")),
		RUN_ACTION(.argv = TRACE("two"), .undo = false_argv),
	};
	struct action failing[] = { actions[0], actions[1],
				    RUN_ACTION(.argv = false_argv) };
	struct err err = { 0 };

	(void)state;
	assert_fails(run(actions, 2, &err), ERR_SYSTEM,
		     "installed, but cleaning up failed");
	assert_string_equal(trace(), "one two undo-one ");
	assert_contains(logged, "warning: array: cleaning up: false exited with 1");
	/* The first failure is the one that is told. */
	assert_fails(run(failing, 3, &err), ERR_TOOL,
		     "array: false exited with 1 (no output)");
}

static void test_asks_once_before_what_destroys(void **state)
{
	struct action actions[] = {
		RUN_ACTION(.argv = TRACE("one"), .undo = TRACE("undo-one")),
		RUN_ACTION(.argv = TRACE("two")),
		RUN_ACTION(.argv = TRACE("three")),
	};
	struct plan plan = { .profile = &no_profile, .actions = actions, .n = 3 };
	struct err err = { 0 };

	(void)state;
	actions[1].destroys = actions[2].destroys = true;
	asked = 0;
	assert_fails(exec_plan(&plan, &(struct exec_options){ 0 }, forbid, &err),
		     ERR_UNSAFE, "not confirmed; nothing has been written");
	assert_string_equal(trace(), "one undo-one ");
	assert_int_equal(asked, 1);
	assert_ok(run(actions, 3, &err));
	assert_int_equal(asked, 1);
}

/* An action that worked while a disk went away: it is undone, and the disk is named. */
static void test_a_disk_that_goes_away(void **state)
{
	struct disk disk = { .name = "vdb", .path = "/dev/vdb", .serial = "DISK2" };
	struct layout_disk layout_disk = { .disk = &disk };
	struct action actions[] = {
		RUN_ACTION(.argv = TRACE("one"), .undo = TRACE("undo-one")),
		RUN_ACTION(.argv = (const char *const[]){ "rm", "-r",
							  "/trace.d/sys/block/vdb",
							  NULL },
			   .undo = TRACE("undo-two")),
		RUN_ACTION(.argv = TRACE("three")),
	};
	struct plan plan = { .profile = &no_profile,
			     .layout = { .disks = &layout_disk, .n_disks = 1 },
			     .actions = actions,
			     .n = 3 };
	struct exec_options options = { .root = "/trace.d" };
	struct err err = { 0 };

	(void)state;
	assert_ok(RUN(&err, "mkdir", "-p", "/trace.d/sys/block/vdb"));
	assert_fails(exec_plan(&plan, &options, allow, &err), ERR_HARDWARE,
		     "array: disk /dev/vdb (serial DISK2) is gone; replace it, then "
		     "install again");
	assert_string_equal(trace(), "one undo-two undo-one ");
	assert_ok(RUN(&err, "rm", "-r", "/trace.d"));
}

static bool is_mounted(const char *path)
{
	struct stat here, parent;
	auto_free char *up = xasprintf("%s/..", path);

	return stat(path, &here) == 0 && stat(up, &parent) == 0 &&
	       here.st_dev != parent.st_dev;
}

static void test_mounts_are_taken_back(void **state)
{
	struct action actions[] = {
		{ .kind = ACT_MOUNT,
		  .step = "filesystem",
		  .mount = { .source = "none", .target = "/target", .type = "tmpfs" } },
		{ .kind = ACT_MOUNT,
		  .step = "filesystem",
		  .mount = { .source = "none",
			     .target = "/target/boot",
			     .type = "tmpfs" } },
		RUN_ACTION(.argv =
				   (const char *const[]){
					   "sh", "-c",
					   "grep -c ' /target' /proc/self/mounts >/trace",
					   NULL }),
		{ .kind = ACT_MOUNT,
		  .step = "filesystem",
		  .mount = { .source = "/no/such/folder",
			     .target = "/target/dev",
			     .bind = true } },
	};
	struct err err = { 0 };

	(void)state;
	assert_ok(run(actions, 3, &err));
	assert_string_equal(trace(), "2\n");
	assert_false(is_mounted("/target"));
	assert_fails(run(actions, 4, &err), ERR_SYSTEM,
		     "filesystem: mount /no/such/folder on /target/dev: No such file or "
		     "directory");
	assert_false(is_mounted("/target"));
}

/* Somebody's shell in the target: it may hold unwritten data, so it is no success. */
static void test_a_busy_target_is_an_error(void **state)
{
	struct action action = {
		.kind = ACT_MOUNT,
		.step = "filesystem",
		.mount = { .source = "none", .target = "/target", .type = "tmpfs" }
	};
	struct action actions[] = {
		action,
		RUN_ACTION(.argv = (const char *const[]){ "mkdir", "/target/d", NULL }),
		{ .kind = ACT_MOUNT,
		  .step = "filesystem",
		  .mount = { .source = "none", .target = "/target/d", .type = "tmpfs" } },
		RUN_ACTION(.argv = (const char *const[]){ "mount", "--bind", "/target",
							  "/target/d", NULL }),
	};
	struct err err = { 0 };

	(void)state;
	assert_fails(run(actions, 4, &err), ERR_SYSTEM,
		     "installed, but cleaning up failed");
	assert_contains(logged, "cleaning up: unmount /target: Device or resource busy");
	umount2("/target/d", MNT_DETACH);
	umount2("/target", MNT_DETACH);
}

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

static char *content(const char *path)
{
	static char text[8192];
	auto_free char *all = NULL;
	struct err err = { 0 };

	assert_ok(io_read_file(AT_FDCWD, path, sizeof(text) - 1, &all, NULL, &err));
	strcpy(text, all);
	return text;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_write_makes_what_is_missing(void **state)
{
	struct action a = { .kind = ACT_WRITE,
			    .file = { .path = "/target/root/.ssh/authorized_keys",
				      .mode = 0600,
				      .text = "key\n" } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/root");
	assert_ok(act_write(NULL, &a, &err));
	assert_string_equal(content("/target/root/.ssh/authorized_keys"), "key\n");
	assert_int_equal(mode_of("/target/root/.ssh/authorized_keys"), 0600);
	assert_int_equal(mode_of("/target/root/.ssh"), 0700);
	a.file.path = "/target/etc/a/b/c.conf";
	a.file.mode = 0644;
	assert_ok(act_write(NULL, &a, &err));
	assert_int_equal(mode_of("/target/etc/a/b"), 0755);
	assert_int_equal(mode_of("/target/etc/a/b/c.conf"), 0644);
}

static void test_write_replaces(void **state)
{
	struct action a = {
		.kind = ACT_WRITE,
		.file = { .path = "/target/etc/fstab", .mode = 0644, .text = "new\n" }
	};
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc/x; echo old >/target/etc/fstab;"
	      "chmod 640 /target/etc/fstab; touch /target/etc/.fstab.dom0strap");
	assert_ok(act_write(NULL, &a, &err));
	assert_string_equal(content("/target/etc/fstab"), "new\n");
	assert_int_equal(mode_of("/target/etc/fstab"), 0640); /* as it was */
	assert_int_equal(access("/target/etc/.fstab.dom0strap", F_OK), -1);
}

static void test_write_under_conditions(void **state)
{
	static const struct {
		const char *only_if, *unless;
		bool written;
	} cases[] = {
		{ NULL, NULL, true },
		{ "/etc/here", NULL, true },
		{ "/etc/absent", NULL, false },
		{ NULL, "/etc/here", false },
		{ NULL, "/etc/absent", true },
		{ "/etc/here", "/etc/absent", true },
		{ "/etc/here", "/etc/here", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct action a = { .kind = ACT_WRITE,
				    .file = { .path = "/target/etc/f",
					      .mode = 0644,
					      .only_if = cases[i].only_if,
					      .unless = cases[i].unless,
					      .text = "x" } };
		struct err err = { 0 };

		shell("rm -rf /target; mkdir -p /target/etc/here");
		assert_ok(act_write(NULL, &a, &err));
		assert_int_equal(access("/target/etc/f", F_OK) == 0, cases[i].written);
	}
}

/* The host's links lead to the host's files, wherever they point. */
static void test_links_of_the_host_stay_inside(void **state)
{
	struct action a = {
		.kind = ACT_WRITE,
		.file = { .path = "/target/etc/absolute", .mode = 0644, .text = "new\n" }
	};
	struct err err = { 0 };

	(void)state;
	shell("rm -rf /outside; mkdir -p /outside /target/etc /target/outside;"
	      "echo theirs >/outside/f; echo old >/target/outside/f;"
	      "ln -s /outside/f /target/etc/absolute;"
	      "ln -s ../../../../outside/f /target/etc/relative;"
	      "ln -s /outside /target/folder; ln -s /nowhere /target/dangling");
	assert_ok(act_write(NULL, &a, &err));
	assert_string_equal(content("/target/outside/f"), "new\n");
	shell("test -L /target/etc/absolute"); /* the link stays a link */
	a.file.path = "/target/etc/relative";
	a.file.text = "newer\n";
	assert_ok(act_write(NULL, &a, &err));
	assert_string_equal(content("/target/outside/f"), "newer\n");
	a.file.path = "/target/folder/f";
	a.file.text = "newest\n";
	assert_ok(act_write(NULL, &a, &err));
	assert_string_equal(content("/target/outside/f"), "newest\n");
	a.file.path = "/target/dangling/f";
	assert_int_equal(act_write(NULL, &a, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_string_equal(content("/outside/f"), "theirs\n");
	shell("test ! -e /nowhere; rm -rf /outside");
}

static void test_write_below_a_file(void **state)
{
	struct action a = {
		.kind = ACT_WRITE,
		.file = { .path = "/target/etc/f/g", .mode = 0644, .text = "x" }
	};
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc; echo old >/target/etc/f");
	assert_fails(act_write(NULL, &a, &err), ERR_SYSTEM,
		     "open the directory of /etc/f/g in the host: Not a directory");
	assert_string_equal(content("/target/etc/f"), "old\n");
}

static void test_edit(void **state)
{
	struct action a = { .kind = ACT_EDIT,
			    .file = { .path = "/target/etc/default/grub",
				      .edit = EDIT_SHELL_VARIABLE,
				      .key = "GRUB_TIMEOUT",
				      .value = "5" } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc/default; echo GRUB_TIMEOUT=1 "
	      ">/target/etc/default/grub");
	assert_ok(act_edit(NULL, &a, &err));
	assert_string_equal(content("/target/etc/default/grub"), "GRUB_TIMEOUT=\"5\"\n");
	shell("rm /target/etc/default/grub");
	assert_ok(act_edit(NULL, &a, &err));
	assert_string_equal(content("/target/etc/default/grub"), "GRUB_TIMEOUT=\"5\"\n");
	a.file.path = "/target/etc/sysconfig/network";
	a.file.only_if = "/etc/sysconfig/network";
	assert_ok(act_edit(NULL, &a, &err));
	assert_int_equal(access("/target/etc/sysconfig", F_OK), -1);
}

static void test_edit_password(void **state)
{
	struct action a = { .kind = ACT_EDIT,
			    .file = { .path = "/target/etc/shadow",
				      .edit = EDIT_SHADOW_PASSWORD,
				      .secret = true,
				      .key = "root",
				      .value = "$6$a$secret" } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc; echo 'root:*:1::::::' >/target/etc/shadow;"
	      "chmod 600 /target/etc/shadow");
	assert_ok(act_edit(NULL, &a, &err));
	assert_string_equal(content("/target/etc/shadow"), "root:$6$a$secret:1::::::\n");
	assert_int_equal(mode_of("/target/etc/shadow"), 0600);
	shell("echo 'daemon:*:1::::::' >/target/etc/shadow");
	assert_fails(act_edit(NULL, &a, &err), ERR_SOURCE,
		     "/etc/shadow of the host has no line for root; is the image "
		     "complete?");
	shell("rm /target/etc/shadow");
	assert_fails(act_edit(NULL, &a, &err), ERR_SOURCE,
		     "/etc/shadow of the host has no line for root; is the image "
		     "complete?");
}

/* A file of an installed host, by way of two links: as the plan saw it, or not at all. */
static void test_change(void **state)
{
	struct action a = { .kind = ACT_CHANGE,
			    .file = { .path = "/target/etc/grub.conf",
				      .mode = 0644,
				      .old = "old\n",
				      .text = "new\n" } };
	static const char label[] = "system_u:object_r:boot_t:s0";
	char now[64] = "";
	struct err err = { 0 };
	bool labelled;

	(void)state;
	shell("mkdir -p /target/etc /target/boot/grub; cd /target/boot/grub;"
	      "echo old >grub.conf; chmod 640 grub.conf; ln -s ./grub.conf menu.lst;"
	      "ln -s ../boot/grub/menu.lst /target/etc/grub.conf");
	/* Only the machine's own root may put labels on files. */
	labelled = setxattr("/target/boot/grub/grub.conf", "security.selinux", label,
			    sizeof(label), 0) == 0;
	assert_ok(act_change(NULL, &a, &err));
	assert_string_equal(content("/target/boot/grub/grub.conf"), "new\n");
	assert_int_equal(mode_of("/target/boot/grub/grub.conf"), 0640);
	shell("test -L /target/etc/grub.conf && test -L /target/boot/grub/menu.lst");
	assert_int_equal(getxattr("/target/boot/grub/grub.conf", "security.selinux", now,
				  sizeof(now)) > 0,
			 labelled);
	assert_string_equal(now, labelled ? label : "");
	assert_ok(act_change(NULL, &a, &err)); /* done already */
	shell("echo theirs >/target/boot/grub/grub.conf");
	assert_fails(act_change(NULL, &a, &err), ERR_UNSAFE,
		     "/etc/grub.conf of the host has changed since it was looked at; it "
		     "is left as it is");
	assert_string_equal(content("/target/boot/grub/grub.conf"), "theirs\n");
	shell("rm /target/boot/grub/grub.conf");
	a.file.old = NULL; /* a new file, where a link leads to none */
	a.file.path = "/target/boot/grub/default";
	assert_ok(act_change(NULL, &a, &err));
	assert_string_equal(content("/target/boot/grub/default"), "new\n");
	assert_int_equal(mode_of("/target/boot/grub/default"), 0644);
}

static void test_service(void **state)
{
	struct action a = { .kind = ACT_SERVICE, .service = { .name = "libvirtd" } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/etc");
	assert_ok(act_service(NULL, &a, &err)); /* the host has none */
	shell("cd /target/etc; mkdir -p rc.d/init.d rc.d/rc3.d;"
	      "echo '# chkconfig: 3 97 03' >rc.d/init.d/libvirtd;"
	      "ln -s ../init.d/libvirtd rc.d/rc3.d/K03libvirtd;"
	      "touch rc.d/rc3.d/S01other");
	assert_ok(act_service(NULL, &a, &err));
	assert_ok(act_service(NULL, &a, &err));
	shell("cd /target/etc/rc.d; test -e rc3.d/S97libvirtd; test ! -e "
	      "rc3.d/K03libvirtd; test -e rc3.d/S01other; test -L rc5.d/K03libvirtd;"
	      "test \"$(readlink rc3.d/S97libvirtd)\" = ../init.d/libvirtd");
	shell("mkdir -p /target/usr/lib/systemd/system; cd "
	      "/target/usr/lib/systemd/system;"
	      "printf '[Install]\\nWantedBy=multi-user.target\\n' >libvirtd.service");
	assert_ok(act_service(NULL, &a, &err));
	shell("test \"$(readlink "
	      "/target/etc/systemd/system/multi-user.target.wants/libvirtd.service)\" = "
	      "/usr/lib/systemd/system/libvirtd.service");
}

static void test_programs_of_the_host(void **state)
{
	const char *const names[] = { "grub2-mkconfig", "grub-mkconfig", NULL };

	(void)state;
	shell("mkdir -p /target/usr/sbin; ln -s usr/sbin /target/sbin");
	assert_null(target_find_program(names));
	shell("touch /target/usr/sbin/grub-mkconfig");
	assert_string_equal(target_find_program(names), "grub-mkconfig");
}

static void test_root_uuid_in_fstab(void **state)
{
	static const struct {
		const char *fstab, *uuid;
	} cases[] = {
		{ "UUID=aa-bb / ext4 defaults 0 1\n", "aa-bb" },
		{ "# UUID=no / ext4\n\n\tUUID=boot\t/boot ext4\nUUID=root /\text4",
		  "root" },
		{ "UUID=\"quoted\" / xfs\n", "quoted" },
		{ "/dev/md1 / ext4\nUUID=x /srv ext4\n", NULL },
		{ "UUID=", NULL },
		{ "", NULL },
	};
	auto_arena struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *uuid = edit_fstab_uuid(cases[i].fstab, "/", &arena);

		if (!str_eq(uuid, cases[i].uuid))
			fail_msg("%s: %s", cases[i].fstab, uuid ? uuid : "(none)");
	}
}

/* A host whose loader was signed by its distribution: Fedora's. */
static void test_efi_by_copying(void **state)
{
	struct filesystem boot = { .mount = "/boot" }, root = { .mount = "/" };
	struct layout_filesystem filesystems[] = {
		{ .filesystem = &root, .uuid = "root-uuid" },
		{ .filesystem = &boot, .uuid = "boot-uuid" },
	};
	struct plan plan = { .layout = { .filesystems = filesystems,
					 .n_filesystems = 2 } };
	struct exec_options options = { 0 };
	const struct exec x = { .plan = &plan, .options = &options };
	struct action a = { .kind = ACT_BOOT_CODE,
			    .record = { .first = true, .efi = true } };
	struct err err = { 0 };

	(void)state;
	shell("mkdir -p /target/usr/sbin /target/boot/efi/EFI/fedora;"
	      "cd /target/usr/sbin; touch grub2-install grub2-mkconfig");
	assert_fails(
		act_boot_code(&x, &a, &err), ERR_SOURCE,
		"the host cannot boot on UEFI: its image has neither "
		"/usr/lib/grub/x86_64-efi nor a loader below /boot/efi/EFI; it needs "
		"the GRUB 2 package for UEFI machines");
	shell("cd /target/boot/efi/EFI/fedora; echo shim >shimx64.efi;"
	      "echo grub >grubx64.efi; echo old >grub.cfg");
	assert_ok(act_boot_code(&x, &a, &err));
	assert_string_equal(content("/target/boot/efi/EFI/BOOT/BOOTX64.EFI"), "shim\n");
	assert_string_equal(content("/target/boot/efi/EFI/BOOT/grubx64.efi"), "grub\n");
	assert_string_equal(content("/target/boot/efi/EFI/fedora/grub.cfg"),
			    "search --no-floppy --fs-uuid --set=dev boot-uuid\n"
			    "set prefix=($dev)/grub2\n"
			    "export prefix\n"
			    "configfile $prefix/grub.cfg\n");
	plan.layout.n_filesystems = 1; /* /boot is a folder of / */
	assert_ok(act_boot_code(&x, &a, &err));
	assert_contains(content("/target/boot/efi/EFI/fedora/grub.cfg"),
			"--set=dev root-uuid\nset prefix=($dev)/boot/grub2\n");
}

/* Which of the host's filesystems is too small, and for what. */
static void test_an_image_that_does_not_fit(void **state)
{
	static const struct reply ok = { .head = "HTTP/1.1 200 OK" };
	struct filesystem root = { .on = "md1", .mount = "/" };
	struct filesystem var = { .on = "md2", .mount = "/var" };
	struct layout_filesystem filesystems[] = { { .filesystem = &root },
						   { .filesystem = &var } };
	struct plan plan = { .layout = { .filesystems = filesystems,
					 .n_filesystems = 2 } };
	struct exec_options options = { 0 };
	const struct exec x = { .plan = &plan, .options = &options };
	struct action a = { .kind = ACT_EXTRACT };
	auto_free char *bytes = NULL, *url = NULL, *expected = NULL;
	struct reply reply = ok;
	struct err err = { 0 };
	struct digest digest;
	struct server server;

	(void)state;
	shell("mkdir -p /target; mount -t tmpfs -o size=16M none /target;"
	      "mkdir /target/var; mount -t tmpfs -o size=1M none /target/var;"
	      "mkdir -p /image/var; seq 400000 >/image/var/file;"
	      "tar -C /image -cf /image.tar var; rm -r /image");
	assert_ok(
		io_read_file(AT_FDCWD, "/image.tar", 16 * MIB, &bytes, &reply.len, &err));
	reply.body = bytes;
	digest = digest_of(bytes, reply.len);
	server_start(&server, &reply, 1);
	url = xasprintf("http://u:p@127.0.0.1:%u/image.tar", server.port);
	a.extract.url = url;
	a.extract.sha256 = DIGEST_TEXT(&digest);
	expected = xasprintf(
		"image http://127.0.0.1:%u/image.tar does not fit: /var (md2) "
		"has 1 MiB; give it more in the profile: No space left on "
		"device",
		server.port);
	assert_fails(act_extract(&x, &a, &err), ERR_SOURCE, expected);
	server_stop(&server);
	shell("umount /target/var; umount /target; rm /image.tar");
}

#define BOOT_FILES                                                                       \
	"mkdir -p /target/boot; cd /target/boot; touch xen-4.17.gz vmlinuz-1;"           \
	"echo CONFIG_XEN_DOM0=y >config-1;"

/* An uncompressed segment behind whatever the initramfs was, aligned, and readable. */
static void test_initramfs_is_extended(void **state)
{
	struct action a = {
		.kind = ACT_INITRD,
		.initrd = { .paths = (const char *const[]){ "etc/mdadm.conf",
							    "etc/mdadm/mdadm.conf",
							    NULL },
			    .text = "ARRAY x\n" }
	};
	auto_free char *bytes = NULL;
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	struct err err = { 0 };
	size_t len, files = 0;

	(void)state;
	shell(BOOT_FILES "printf abcde >initrd.img-1");
	assert_ok(act_initrd(NULL, &a, &err));
	assert_ok(io_read_file(AT_FDCWD, "/target/boot/initrd.img-1", 65536, &bytes, &len,
			       &err));
	assert_memory_equal(bytes,
			    "abcde\0\0\0"
			    "070701",
			    14);
	archive_read_support_format_cpio(archive);
	assert_int_equal(archive_read_open_memory(archive, bytes + 8, len - 8),
			 ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);
		char text[16] = "";

		if (!S_ISREG(archive_entry_mode(entry)))
			continue;
		assert_int_equal(archive_read_data(archive, text, sizeof(text)), 8);
		assert_string_equal(text, "ARRAY x\n");
		assert_true(str_ends(name, "mdadm.conf"));
		files++;
	}
	assert_int_equal(files, 2);
	archive_read_free(archive);
}

/* kexec-tools would unpack what begins like gzip or xz, and lose the segment. */
static void test_compressed_initramfs_is_hidden(void **state)
{
	static const char *const starts[] = { "\\037\\213\\010\\000",
					      "\\375\\067zXZ\\000",
					      "\\135\\000\\000\\200" };
	struct action a = { .kind = ACT_INITRD,
			    .initrd = { .paths = (const char *const[]){ "f", NULL },
					.text = "x" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		auto_free char *script = xasprintf(BOOT_FILES "printf '%s' >head; { cat "
							      "head; seq 50000; } "
							      ">initrd.img-1; cp "
							      "initrd.img-1 /trace",
						   starts[i]);
		auto_free char *bytes = NULL, *original = NULL;
		struct err err = { 0 };
		size_t len, before;

		shell(script);
		assert_ok(act_initrd(NULL, &a, &err));
		assert_ok(io_read_file(AT_FDCWD, "/target/boot/initrd.img-1", 1 << 20,
				       &bytes, &len, &err));
		assert_ok(io_read_file(AT_FDCWD, "/trace", 1 << 20, &original, &before,
				       &err));
		assert_memory_equal(bytes, "070701", 6);
		assert_memory_equal(bytes + 124, original, before);
		assert_int_equal(124 + (before + 3) / 4 * 4 + 116 + 124, len);
	}
}

/* Every start has its finish or fail. */
static void test_events(void **state)
{
	struct action actions[] = { RUN_ACTION(.argv = TRACE("one")),
				    RUN_ACTION(.argv = false_argv) };
	auto_fd int fd = memfd_create("events", MFD_CLOEXEC);
	struct err err = { 0 };
	char text[4096] = "", *line = text;

	(void)state;
	event_to_fd(fd);
	actions[0].destroys = true;
	assert_int_equal(run(actions, 2, &err), -1);
	event_to_fd(-1);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_contains(line, "\"event\":\"info\",\"step\":\"array\","
			      "\"message\":\"point of no return\"}");
	line = strstr(line, "\"event\":\"start\",\"step\":\"array\",\"action\":\"run sh");
	assert_non_null(line);
	line = strstr(line,
		      "\"event\":\"finish\",\"step\":\"array\",\"action\":\"run sh");
	assert_non_null(line);
	line = strstr(line,
		      "\"event\":\"start\",\"step\":\"array\",\"action\":\"run false");
	assert_non_null(line);
	line = strstr(line, "\"event\":\"fail\",\"step\":\"array\",\"code\":13,");
	assert_non_null(line);
}

static bool allow_and_interrupt(const struct plan *plan)
{
	(void)plan;
	exec_interrupt();
	return true;
}

/* The last test: nothing runs after it. */
static void test_interrupt(void **state)
{
	struct action actions[] = {
		RUN_ACTION(.argv = TRACE("one"), .undo = TRACE("undo-one")),
		RUN_ACTION(.argv = TRACE("two")),
	};
	struct plan plan = { .profile = &no_profile, .actions = actions, .n = 2 };
	struct err err = { 0 };

	(void)state;
	actions[0].destroys = true;
	assert_fails(
		exec_plan(&plan, &(struct exec_options){ 0 }, allow_and_interrupt, &err),
		ERR_SYSTEM, "interrupted before array");
	assert_string_equal(trace(), "one undo-one ");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
	const struct CMUnitTest tests[] = {
		test(test_runs_in_order_and_unwinds_in_reverse),
		test(test_failure_stops_and_unwinds_what_was_done),
		test(test_unwinding_goes_on_after_a_failure),
		test(test_asks_once_before_what_destroys),
		test(test_a_disk_that_goes_away),
		test(test_mounts_are_taken_back),
		test(test_a_busy_target_is_an_error),
		test(test_write_makes_what_is_missing),
		test(test_write_replaces),
		test(test_write_under_conditions),
		test(test_links_of_the_host_stay_inside),
		test(test_write_below_a_file),
		test(test_edit),
		test(test_edit_password),
		test(test_programs_of_the_host),
		test(test_change),
		test(test_service),
		test(test_root_uuid_in_fstab),
		test(test_efi_by_copying),
		test(test_an_image_that_does_not_fit),
		test(test_initramfs_is_extended),
		test(test_compressed_initramfs_is_hidden),
		test(test_events),
		test(test_interrupt),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
