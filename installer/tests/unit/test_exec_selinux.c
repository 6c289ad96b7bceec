/*
 * Booleans, mode and labels of the host's files, in /target (tests/sandbox.h). Needs
 * root.
 */
#include <sys/xattr.h>

#include "config/profile.h"
#include "core/log.h"
#include "exec/exec.h"
#include "selinux/contexts.h"
#include "selinux/policy.h"
#include "tests/policy.h"
#include "tests/sandbox.h"

#define MEMCACHE "httpd_can_network_connect_memcache"
#define TYPE_DIR "/target/etc/selinux/test"

static char *logged;
static size_t logged_len;
static FILE *log_file;

static void must_run(const char *script)
{
	struct err err = { 0 };

	if (RUN(&err, "sh", "-euc", script) < 0)
		fail_msg("%s", err.msg);
}

static int prepare(void **state)
{
	(void)state;
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	must_run("rm -rf /target; mkdir -p " TYPE_DIR "/policy " TYPE_DIR
		 "/contexts/files /target/var/lib/selinux/test/active\n"
		 "printf 'SELINUX=permissive\\nSELINUXTYPE=test\\n# end\\n' "
		 ">/target/etc/selinux/config\n"
		 "printf '%s\\n' '/.* u:r:default_t' '/etc(/.*)? u:r:etc_t' "
		 "'/lost\\+found -d u:r:lost_t' '/root(/.*)? u:r:home_t' >" TYPE_DIR
		 "/contexts/files/file_contexts\n");
	policy_make(TYPE_DIR "/policy/policy.33", "33", true);
	policy_make(TYPE_DIR "/policy/policy.24", "24", true);
	must_run("chmod 640 " TYPE_DIR "/policy/policy.24; chown 12:34 " TYPE_DIR
		 "/policy/policy.24; touch " TYPE_DIR "/policy/policy.33.old\n"
		 "setfattr -n security.selinux -v u:r:policy_t " TYPE_DIR
		 "/policy/policy.24");
	return 0;
}

static int clean(void **state)
{
	(void)state;
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return 0;
}

static bool allow(const struct plan *plan)
{
	(void)plan;
	return true;
}

static int run(const struct profile *profile, struct action *actions, size_t n,
	       struct err *err)
{
	struct plan plan = { .profile = profile, .actions = actions, .n = n };

	for (size_t i = 0; i < n; i++)
		actions[i].step = "selinux";
	return exec_plan(&plan, &(struct exec_options){ 0 }, allow, err);
}

static int set_booleans(struct selinux_boolean *items, size_t n, struct err *err)
{
	const struct profile profile = { .selinux.mode = SELINUX_CHOICE_UNSAID };
	struct action a = { .kind = ACT_BOOLEANS,
			    .booleans = { .items = items, .n = n } };

	return run(&profile, &a, 1, err);
}

static bool state_in(const char *path, const char *name)
{
	struct err err = { 0 };
	auto_policy struct policy *p = NULL;
	size_t len;
	char *bytes = policy_bytes(path, &len);

	assert_ok(policy_read(bytes, len, &p, &err));
	return policy_boolean(p, name);
}

static void check_file(const char *path, const char *expected)
{
	struct err err = { 0 };
	auto_free char *text = NULL;

	assert_ok(io_read_file(AT_FDCWD, path, 65536, &text, NULL, &err));
	assert_string_equal(text, expected);
}

static void check_label(const char *path, const char *expected)
{
	char label[256] = "";

	lgetxattr(path, SELINUX_ATTRIBUTE, label, sizeof(label) - 1);
	assert_string_equal(label, expected);
}

static void test_booleans(void **state)
{
	const char *others[] = { MEMCACHE };
	struct selinux_boolean items[] = {
		{ .name = "httpd_can_network_memcache",
		  .state = true,
		  .others = others,
		  .n_others = 1 },
		{ .name = "httpd_enable_cgi", .state = false },
	};
	struct err err = { 0 };
	struct stat st;

	(void)state;
	assert_ok(set_booleans(items, 2, &err));
	assert_true(state_in(TYPE_DIR "/policy/policy.33", MEMCACHE));
	assert_true(state_in(TYPE_DIR "/policy/policy.24", MEMCACHE));
	assert_false(state_in(TYPE_DIR "/policy/policy.24", "httpd_enable_cgi"));
	assert_int_equal(stat(TYPE_DIR "/policy/policy.24", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, 12);
	assert_int_equal(st.st_gid, 34);
	check_label(TYPE_DIR "/policy/policy.24", "u:r:policy_t");
	check_label(TYPE_DIR "/policy/policy.33", "u:r:etc_t");
	check_file("/target/var/lib/selinux/test/active/booleans.local",
		   MEMCACHE "=1\nhttpd_enable_cgi=0\n");
	assert_int_equal(stat("/target/var/lib/selinux/test/active/booleans.local", &st),
			 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	/* Once more: nothing is written, not even the same. */
	must_run("stat -c %i " TYPE_DIR "/policy/* >/inodes");
	assert_ok(set_booleans(items, 2, &err));
	must_run("stat -c %i " TYPE_DIR "/policy/* | cmp - /inodes");
}

/* Fedora 15: the store below /etc, and a loader that reads TYPE/booleans.local. */
static void test_records_of_an_older_host(void **state)
{
	struct selinux_boolean item = { .name = MEMCACHE, .state = true };
	struct err err = { 0 };

	(void)state;
	must_run("rm -r /target/var; mkdir -p " TYPE_DIR "/modules/active\n"
		 "echo xen_use_nfs=1 >" TYPE_DIR "/modules/active/booleans.local\n"
		 "touch " TYPE_DIR "/booleans");
	assert_ok(set_booleans(&item, 1, &err));
	check_file(TYPE_DIR "/modules/active/booleans.local",
		   "xen_use_nfs=1\n" MEMCACHE "=1\n");
	check_file(TYPE_DIR "/booleans.local", MEMCACHE "=1\n");
	assert_int_equal(access("/target/var", F_OK), -1);
}

static void test_unknown_boolean(void **state)
{
	struct selinux_boolean items[] = {
		{ .name = MEMCACHE, .state = true },
		{ .name = "httpd_enable_cgy", .state = true },
	};
	struct err err = { 0 };

	(void)state;
	assert_int_equal(set_booleans(items, 2, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_contains(err.msg, "has no boolean httpd_enable_cgy; did you mean "
				 "httpd_enable_cgi?");
	assert_false(state_in(TYPE_DIR "/policy/policy.33", MEMCACHE));
	assert_int_equal(
		access("/target/var/lib/selinux/test/active/booleans.local", F_OK), -1);
}

static void test_a_policy_that_cannot_be_read(void **state)
{
	struct selinux_boolean item = { .name = MEMCACHE, .state = true };
	struct err err = { 0 };

	(void)state;
	must_run("printf '\\143' | dd of=" TYPE_DIR "/policy/policy.33 bs=1 seek=16 "
		 "conv=notrunc status=none");
	/* There is no setsebool in this host, but it was asked for. */
	assert_int_equal(set_booleans(&item, 1, &err), -1);
	assert_int_equal(err.code, ERR_TOOL);
	assert_contains(err.msg, "setsebool");
	fflush(log_file);
	assert_contains(logged, "the host's own setsebool sets the booleans");
	assert_false(state_in(TYPE_DIR "/policy/policy.24", MEMCACHE));
}

static void test_no_policy(void **state)
{
	struct selinux_boolean item = { .name = MEMCACHE, .state = true };
	struct err err = { 0 };

	(void)state;
	must_run("rm " TYPE_DIR "/policy/policy.*");
	assert_fails(set_booleans(&item, 1, &err), ERR_SOURCE,
		     "selinux: the host has no /etc/selinux/test/policy/policy.NN");
	must_run("rm /target/etc/selinux/config");
	assert_int_equal(set_booleans(&item, 1, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "names no policy");
}

static void test_mode(void **state)
{
	const struct profile profile = { .selinux.mode = SELINUX_CHOICE_ENFORCING };
	struct action actions[] = {
		{ .kind = ACT_EDIT,
		  .file = { .path = "/target/etc/selinux/config",
			    .edit = EDIT_PLAIN_VARIABLE,
			    .key = "SELINUX",
			    .value = "enforcing" } },
	};
	struct err err = { 0 };

	(void)state;
	assert_ok(run(&profile, actions, 1, &err));
	check_file("/target/etc/selinux/config",
		   "SELINUX=enforcing\nSELINUXTYPE=test\n# end\n");
	must_run("rm /target/etc/selinux/config");
	assert_int_equal(run(&profile, actions, 1, &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
}

static void test_what_is_written_gets_its_label(void **state)
{
	static const char *const mounts[] = { "/", NULL }, *const below[] = { "/opt",
									      NULL };
	const struct profile profile = { .selinux.mode = SELINUX_CHOICE_UNSAID };
	struct action actions[] = {
		{ .kind = ACT_WRITE,
		  .file = { .path = "/target/root/.ssh/authorized_keys",
			    .mode = 0600,
			    .text = "key\n" } },
		{ .kind = ACT_WRITE,
		  .file = { .path = "/target/etc/fstab", .mode = 0644, .text = "x\n" } },
		{ .kind = ACT_LABEL, .label = { .mounts = mounts, .below = below } },
	};
	struct err err = { 0 };

	(void)state;
	must_run("mkdir -p /target/lost+found /target/opt/a/b; touch /target/opt/a/b/c\n"
		 "ln -s /etc /target/opt/link; touch /target/etc/other\n"
		 "touch /target/etc/fstab /target/opt/a/own\n"
		 "setfattr -n security.selinux -v u:r:own_t /target/opt/a/own "
		 "/target/etc/fstab");
	assert_ok(run(&profile, actions, 3, &err));
	check_label("/target/root", "u:r:home_t");
	check_label("/target/root/.ssh", "u:r:home_t");
	check_label("/target/root/.ssh/authorized_keys", "u:r:home_t");
	check_label("/target/etc/fstab", "u:r:own_t");
	check_label("/target", "u:r:default_t");
	check_label("/target/lost+found", "u:r:lost_t");
	check_label("/target/opt/a/b/c", "u:r:default_t");
	check_label("/target/opt/link", "u:r:default_t");
	check_label("/target/opt/a/own", "u:r:own_t");
	check_label("/target/etc/other", ""); /* not asked for */
	check_label("/etc", "");              /* where the link leads outside */
}

static void test_nothing_is_labelled_where_it_is_not_wanted(void **state)
{
	struct profile profile = { .selinux = { .mode = SELINUX_CHOICE_UNSAID,
						.relabel = RELABEL_NONE } };
	struct action a = {
		.kind = ACT_WRITE,
		.file = { .path = "/target/etc/new", .mode = 0644, .text = "x\n" }
	};
	struct err err = { 0 };

	(void)state;
	assert_ok(run(&profile, &a, 1, &err));
	check_label("/target/etc/new", "");
	profile.selinux.relabel = RELABEL_MISSING;
	must_run("sed -i s/permissive/disabled/ /target/etc/selinux/config");
	assert_ok(run(&profile, &a, 1, &err));
	check_label("/target/etc/new", "");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
	const struct CMUnitTest tests[] = {
		test(test_booleans),
		test(test_records_of_an_older_host),
		test(test_unknown_boolean),
		test(test_a_policy_that_cannot_be_read),
		test(test_no_policy),
		test(test_mode),
		test(test_what_is_written_gets_its_label),
		test(test_nothing_is_labelled_where_it_is_not_wanted),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
