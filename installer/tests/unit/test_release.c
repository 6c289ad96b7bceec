#include "tests/installer_image.h"
#include "tests/profile.h"
#include "xenserver/patch.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct constants read_text(const char *text)
{
	struct constants c;

	constants_read("constants.py", text, strlen(text), &arena, &c);
	return c;
}

static void assert_release(const char *constants, const char *install,
			   const char *answerfile, enum release_era era,
			   enum release_mirror mirror)
{
	struct constants c = read_text(constants);
	struct release release;
	struct err err = { 0 };

	assert_ok(release_detect(&c, install, answerfile, &release, &err));
	assert_int_equal(release.era, era);
	assert_int_equal(release.mirror, mirror);
}

static void test_detect(void **state)
{
	struct constants c = read_text("a = 1\n");
	struct release release;
	struct err err = { 0 };

	(void)state;
	assert_release(constants_5, NULL, NULL, ERA_5, MIRROR_NONE);
	assert_release(constants_6, install_other, answerfile_plain, ERA_6, MIRROR_NONE);
	assert_release(constants_6, NULL, NULL, ERA_6, MIRROR_NONE);
	assert_release(constants_7, install_7, answerfile_plain, ERA_7, MIRROR_NONE);
	assert_release(constants_7, install_7, answerfile_xcp, ERA_7, MIRROR_RAID);
	assert_release(constants_7, install_other, answerfile_xcp, ERA_8, MIRROR_RAID);
	assert_release(constants_9, install_other, answerfile_8_10, ERA_8, MIRROR_SWRAID);
	assert_fails(release_detect(&c, NULL, NULL, &release, &err), ERR_SOURCE,
		     "constants.py is not the constants of XenServer's installer: it "
		     "assigns neither root_size nor rootfs_type");
	c = read_text(constants_7);
	assert_fails(release_detect(&c, NULL, NULL, &release, &err), ERR_SOURCE,
		     "install.py is not beside constants.py: it alone tells 7.0 to 8.2 "
		     "from 8.3");
}

struct patched {
	struct text text;
	struct patch_result result;
	struct err err;
	int rc;
};

/* The profile of the tests, whose source is plain HTTP, with these keys changed. */
static struct patched patch(const char *constants, const char *install, const char *table,
			    const char *root_size)
{
	const char *text = replaced(&arena, xenserver_text, "https:", "http:");
	struct patch_request request = { 0 };
	struct patched p = { 0 };
	struct profile profile;
	struct constants c = read_text(constants);

	text = replaced(&arena, text, "  root-size: 8G\n", root_size);
	text = replaced(&arena, text, "target: xenserver\n",
			arena_printf(&arena, "target: xenserver\ntable: %s\n", table));
	profile = parse_profile(&arena, text);
	request.profile = &profile;
	p.rc = patch_constants(&request, &c, install, NULL, &arena, &p.text, &p.result,
			       &p.err);
	return p;
}

/* Only these lines of the constants are other ones, and are these; kernel arguments. */
static void assert_patched(const char *constants, const char *install, const char *table,
			   const char *root_size, const char *changes, const char *kernel)
{
	struct patched p = patch(constants, install, table, root_size);
	auto_text struct text changed = { 0 };
	const char *old = constants, *new = p.text.s;

	if (p.rc < 0)
		fail_msg("%s", p.err.msg);
	for (; *old && *new; old += strcspn(old, "\n") + 1, new += strcspn(new, "\n") + 1)
		if (strcspn(old, "\n") != strcspn(new, "\n") ||
		    memcmp(old, new, strcspn(old, "\n")) != 0)
			text_printf(&changed, "%.*s\n", (int)strcspn(new, "\n"), new);
	assert_string_equal(changed.s ? changed.s : "", changes);
	assert_true(*old == '\0' && *new == '\0');
	assert_string_equal(p.result.kernel_options, kernel);
	text_free(&p.text);
}

#define INSTALL  "install answerfile=file:///dom0strap/answerfile.xml"
#define ROOT_8G  "  root-size: 8G\n"
#define ROOT_30G "  root-size: 30G\n"

static void test_what_each_era_needs(void **state)
{
	(void)state;
	assert_patched(constants_5, NULL, "mbr", ROOT_8G,
		       "min_primary_disk_size = 20 #GB\nroot_size = 8192\n", INSTALL);
	assert_patched(constants_6, NULL, "mbr", ROOT_8G,
		       "min_primary_disk_size = 20 #GB\nGPT_SUPPORT = False\n"
		       "root_size = 8192\t# MB, and root_size of the backup\n",
		       INSTALL);
	assert_patched(constants_6, NULL, "mbr", "", "GPT_SUPPORT = False\n", INSTALL);
	assert_patched(constants_6, NULL, "gpt", "", "", INSTALL);
	assert_patched(constants_7, install_7, "mbr", ROOT_8G,
		       "min_primary_disk_size_old = 20 #GB\nroot_mbr_size_old = 8192\n"
		       "backup_size_old = 8192\n",
		       INSTALL " disable-gpt");
	assert_patched(constants_7, install_7, "gpt", ROOT_30G,
		       "min_primary_disk_size = 70 #GB\nroot_mbr_size = 30720\n"
		       "root_gpt_size = 30720\nbackup_size = 30720\n",
		       INSTALL);
	assert_patched(constants_7, install_other, "gpt", ROOT_30G,
		       "min_primary_disk_size = 70 #GB\nroot_mbr_size = 30720\n"
		       "root_gpt_size = 30720\nbackup_size = 30720\n",
		       INSTALL);
	assert_patched(constants_9, install_other, "gpt", ROOT_30G,
		       "min_primary_disk_size = 70 #GB\nroot_size = 30720\n"
		       "backup_size = 30720\n",
		       INSTALL);
	assert_patched(constants_9, install_other, "gpt", "", "", INSTALL);
}

static void assert_patch_refused(const char *constants, const char *install,
				 const char *table, const char *root_size,
				 enum err_code code, const char *message)
{
	struct patched p = patch(constants, install, table, root_size);

	assert_int_equal(p.rc, -1);
	assert_string_equal(p.err.msg, message);
	assert_int_equal(p.err.code, code);
	assert_null(p.text.s);
}

static void test_what_cannot_be_had(void **state)
{
	(void)state;
	assert_patch_refused(constants_7, install_other, "mbr", ROOT_8G, ERR_HARDWARE,
			     "table: mbr cannot be had: the installer of 8.3 and later "
			     "makes GPT alone, whatever GPT_SUPPORT says; table: gpt");
	assert_patch_refused(constants_5, NULL, "gpt", ROOT_8G, ERR_HARDWARE,
			     "table: gpt cannot be had: the installer of 5.6 and "
			     "earlier makes MBR alone");
	assert_patch_refused(constants_6, NULL, "mbr", "  root-size: 60G\n", ERR_HARDWARE,
			     "a disk of 100 GiB is too small: root and its backup of 60 "
			     "GiB each and a repository need 124 GiB");
	assert_patch_refused("GPT_SUPPORT = True\nrootfs_type = 'ext3'\n", NULL, "mbr",
			     ROOT_8G, ERR_CONFIG,
			     "constants.py does not assign root_size");
	assert_patch_refused("root_size = 4096\nroot_size = 8192\n", NULL, "mbr", ROOT_8G,
			     ERR_CONFIG,
			     "constants.py assigns root_size twice, in lines 1 and 2");
}

/* A small root on a small disk, which the installer's own minimum would refuse. */
static void test_smallest_disk(void **state)
{
	const char *text = replaced(&arena, xenserver_text, "  root-size: 8G\n",
				    "  root-size: 1G\n");
	struct profile profile = parse_profile(
		&arena, replaced(&arena, text, "target: xenserver\n",
				 "target: xenserver\ntable: gpt\n"));
	struct patch_request request = { .profile = &profile,
					 .disk_bytes = UINT64_C(16) << 30 };
	struct constants c = read_text(constants_9);
	auto_text struct text t = { 0 };
	struct patch_result result;
	struct err err = { 0 };

	(void)state;
	assert_ok(patch_constants(&request, &c, install_other, NULL, &arena, &t, &result,
				  &err));
	assert_contains(t.s, "min_primary_disk_size = 12 #GB\n");
}

static void test_packages_of_6(void **state)
{
	const char *text = replaced(&arena, xenserver_text,
				    "  packages: http://boot.example.com/xs62\n", "");
	struct profile profile = parse_profile(&arena, text);
	struct patch_request request = { .profile = &profile };
	struct constants c = read_text(constants_6);
	auto_text struct text t = { 0 };
	struct patch_result result;
	struct err err = { 0 };

	(void)state;
	assert_fails(patch_constants(&request, &c, NULL, NULL, &arena, &t, &result, &err),
		     ERR_CONFIG,
		     "the installer of 6.0 to 6.5 fetches packages over plain HTTP only, "
		     "not from https://boot.example.com/xs62; name such a place as "
		     "xenserver.packages");
}

static void test_settings_alone(void **state)
{
	static const struct patch_setting setting = { "swap_size", "1024" };
	struct patch_request request = { .settings = &setting, .n_settings = 1 };
	struct constants c = read_text(constants_6);
	auto_text struct text t = { 0 };
	struct patch_result result;
	struct err err = { 0 };

	(void)state;
	assert_ok(patch_constants(&request, &c, NULL, NULL, &arena, &t, &result, &err));
	assert_contains(t.s, "GPT_SUPPORT = True\n");
	assert_contains(t.s, "swap_size = 1024\n");
	assert_string_equal(result.kernel_options, "");
}

static void test_show(void **state)
{
	struct constants c = read_text(constants_5);
	const struct release release = { ERA_5, MIRROR_NONE };
	auto_text struct text t = { 0 };

	(void)state;
	patch_show(&c, &release, &t);
	assert_string_equal(t.s, "release: 5.6 and earlier\n"
				 "mirror of whole disks: none\n"
				 "    2  min_primary_disk_size = 12\n"
				 "    3  root_size = 4096\n"
				 "    4  rootfs_type = 'ext3'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_what_each_era_needs),
		cmocka_unit_test(test_what_cannot_be_had),
		cmocka_unit_test(test_smallest_disk),
		cmocka_unit_test(test_packages_of_6),
		cmocka_unit_test(test_settings_alone),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
