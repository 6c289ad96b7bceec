/*
 * The scripts for an installed XenServer, run by two shells beside an `xe` that records.
 */
#include "xenserver/repository.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/proc.h"
#include "tests/scratch.h"
#include "xenserver/disk_names.h"

static struct arena arena;

/* As the toolstack: `list` are the repositories of the name, "here" one of this host. */
static const char fake_xe[] =
	"#!/bin/sh\n"
	"echo \"xe $*\" >>calls\n"
	"case $1 in\n"
	"sr-list) [ ! -e down ] || { rm down; exit 1; }; cat list ;;\n"
	"pbd-list) case $2 in sr-uuid=here*) echo pbd-of-${2#sr-uuid=} ;; esac ;;\n"
	"pbd-param-get) cat device ;;\n"
	"sr-destroy) [ ! -e gone ] ;;\n"
	"sr-create) echo new ;;\n"
	"pool-list) echo pool ;;\n"
	"esac\n";

static void put(const char *path, const char *text, mode_t mode)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	struct err err = { 0 };

	assert_true(fd >= 0);
	assert_ok(io_write_all(fd, text, strlen(text), path, &err));
	assert_int_equal(fchmod(fd, mode), 0);
}

static const char *get(const char *path)
{
	auto_free char *text = NULL;
	struct err err = { 0 };

	assert_ok(io_read_file(AT_FDCWD, path, 65536, &text, NULL, &err));
	return arena_strdup(&arena, text);
}

static struct storage example(bool replace)
{
	return (struct storage){ .array = { .name = "md0" },
				 .label = "Local storage",
				 .replace = replace };
}

static void run_shell(const char *shell, const char *command)
{
	const char *const argv[] = { "busybox", "ash", "-c", command, NULL };
	const char *const dash[] = { "dash", "-c", command, NULL };
	struct err err = { 0 };

	assert_ok(proc_run(&(struct proc){ .argv = str_eq(shell, "dash") ? dash : argv },
			   &err));
}

/* The script with its places below the scratch folder, run by a shell. */
static const char *run_script(const char *shell, const struct storage *storage,
			      const char *list, const char *device)
{
	struct text t = { 0 };
	const char *script;

	repository_write_script(storage, &t);
	script = replaced(&arena, t.s, "/var/log/dom0strap-storage.log", "log");
	script = replaced(&arena, script, "/etc/xensource-inventory", "./inventory");
	script = replaced(&arena, script, "sleep 5", "sleep 0");
	text_free(&t);
	put("script", script, 0755);
	put("list", list, 0644);
	put("device", device, 0644);
	put("calls", "", 0644);
	put("inventory", "INSTALLATION_UUID='us'\n", 0644);
	run_shell(shell, ". ./script");
	return get("calls");
}

#define CREATE                                                                           \
	"xe sr-create name-label=Local storage type=ext content-type=user "              \
	"device-config:device=/dev/md0 host-uuid=us\n"                                   \
	"xe pool-list --minimal\n"                                                       \
	"xe pool-param-set uuid=pool default-SR=new\n"                                   \
	"xe pool-param-set uuid=pool suspend-image-SR=new\n"                             \
	"xe pool-param-set uuid=pool crash-dump-SR=new\n"
#define LIST "xe sr-list name-label=Local storage --minimal\n"
#define LOOK(sr)                                                                         \
	"xe pbd-list sr-uuid=" sr " host-uuid=us --minimal\n"                            \
	"xe pbd-param-get uuid=pbd-of-" sr " param-name=device-config "                  \
	"param-key=device\n"

static void test_old_repository_is_replaced(void **state)
{
	const struct storage storage = example(true);

	assert_string_equal(run_script(*state, &storage, "here1\n", "/dev/sda3\n"),
			    LIST LOOK("here1") "xe pbd-unplug uuid=pbd-of-here1\n"
					       "xe sr-destroy uuid=here1\n" CREATE);
}

static void test_repository_whose_disk_is_in_the_array_is_forgotten(void **state)
{
	const struct storage storage = example(true);

	put("gone", "", 0644);
	assert_string_equal(run_script(*state, &storage, "here1\n", "/dev/sda3\n"),
			    LIST LOOK("here1") "xe pbd-unplug uuid=pbd-of-here1\n"
					       "xe sr-destroy uuid=here1\n"
					       "xe sr-forget uuid=here1\n" CREATE);
	assert_int_equal(unlink("gone"), 0);
}

static void test_old_repository_is_left_alone_unless_it_may_go(void **state)
{
	const struct storage storage = example(false);

	assert_string_equal(run_script(*state, &storage, "here1\n", "/dev/sda3\n"),
			    LIST LOOK("here1") CREATE);
}

static void test_second_run_changes_nothing(void **state)
{
	const struct storage storage = example(true);

	assert_string_equal(run_script(*state, &storage, "here1\n", "/dev/md0\n"),
			    LIST LOOK("here1"));
	assert_contains(get("log"), "here1 is on /dev/md0");
}

static void test_repositories_of_other_hosts_are_not_ours(void **state)
{
	const struct storage storage = example(true);

	assert_string_equal(
		run_script(*state, &storage, "there1,there2\n", "/dev/sda3\n"),
		LIST "xe pbd-list sr-uuid=there1 host-uuid=us --minimal\n"
		     "xe pbd-list sr-uuid=there2 host-uuid=us --minimal\n" CREATE);
}

static void test_toolstack_is_waited_for(void **state)
{
	const struct storage storage = example(true);

	put("down", "", 0644);
	assert_string_equal(run_script(*state, &storage, "", ""), LIST LIST CREATE);
}

static void test_name_with_every_quote(void **state)
{
	struct storage storage = example(true);

	storage.label = "it's \"$(reboot)\"";
	storage.type = SR_LVM;
	assert_contains(run_script(*state, &storage, "", ""),
			"xe sr-create name-label=it's \"$(reboot)\" type=lvm ");
}

static void test_configuration_of_the_first_boot(void **state)
{
	const struct storage storage = example(false);
	auto_text struct text t = { 0 };

	(void)state;
	repository_write_conf(&storage, &t);
	assert_string_equal(t.s, "XSPARTITIONS='/dev/md0'\nXSTYPE='ext'\n"
				 "PARTITIONS='/dev/md0'\nTYPE='ext'\n");
}

/* A disk with this MBR identifier. */
/* systemd's own reading of it; a complaint is a line of output. */
static void test_unit_is_one(void **state)
{
	struct text t = { 0 };

	(void)state;
	repository_write_unit(&t);
	put("dom0strap-storage.service",
	    replaced(&arena, t.s, REPOSITORY_PROGRAM, "/bin/true"), 0644);
	text_free(&t);
	run_shell("dash", "systemd-analyze verify ./dom0strap-storage.service "
			  ">verified 2>&1");
	assert_string_equal(get("verified"), "");
}

static void put_disk(const char *path, const char id[static 4])
{
	char sector[512] = { 0 };
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct err err = { 0 };

	memcpy(sector + 440, id, 4);
	assert_true(fd >= 0);
	assert_ok(io_write_all(fd, sector, sizeof(sector), path, &err));
}

static const char *name_of(const char *shell, const char *disk)
{
	auto_free char *command = xasprintf(
		"(set -- %s %s; . ./program) >name || echo none >name", disk, disk);

	run_shell(shell, command);
	return get("name");
}

static void test_disks_are_known_by_their_marks(void **state)
{
	static const char *const names[] = { "dom0strap/disk1", "dom0strap/disk2" };
	static const char *const marks[] = { "0x1a2b3c4d", "0x00000001" };
	struct text t = { 0 };

	disk_names_write_program(names, marks, 2, &t);
	put("program", replaced(&arena, t.s, "/dom0strap/is-", "is-"), 0755);
	text_free(&t);
	put_disk("b", "\x4d\x3c\x2b\x1a");
	put_disk("a", "\x01\0\0\0");
	put_disk("c", "\x1a\x2b\x3c\x4d");
	assert_string_equal(name_of(*state, "b"), "dom0strap/disk1\n");
	assert_string_equal(name_of(*state, "a"), "dom0strap/disk2\n");
	assert_string_equal(name_of(*state, "c"), "none\n");
	/* The installer has written its own table by now. */
	put_disk("b", "\0\0\0\0");
	assert_string_equal(name_of(*state, "b"), "dom0strap/disk1\n");
	assert_int_equal(unlink("is-a") + unlink("is-b"), 0);
}

static int enter(void **state)
{
	if (scratch_enter(state) < 0)
		return -1;
	put("xe", fake_xe, 0755);
	put("mdadm", "#!/bin/sh\n", 0755);
	return setenv("PATH", arena_printf(&arena, "%s:/usr/bin:/bin", scratch), 1);
}

static int leave(void **state)
{
	arena_free(&arena);
	return scratch_leave(state);
}

#define BOTH(test)                                                                       \
	cmocka_unit_test_prestate(test, (void *)"dash"),                                 \
		cmocka_unit_test_prestate(test, (void *)"ash")

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_old_repository_is_replaced),
		BOTH(test_repository_whose_disk_is_in_the_array_is_forgotten),
		BOTH(test_old_repository_is_left_alone_unless_it_may_go),
		BOTH(test_second_run_changes_nothing),
		BOTH(test_repositories_of_other_hosts_are_not_ours),
		BOTH(test_toolstack_is_waited_for),
		BOTH(test_name_with_every_quote),
		cmocka_unit_test(test_configuration_of_the_first_boot),
		cmocka_unit_test(test_unit_is_one),
		BOTH(test_disks_are_known_by_their_marks),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
