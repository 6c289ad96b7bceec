/*
 * plan_json.c and plan_compare.c: a plan that is kept, and held against the machine.
 */
#include "plan/plan_compare.h"
#include "tests/profile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define DIGEST "3333333333333333333333333333333333333333333333333333333333333333"

static struct kept_plan parse(const char *text)
{
	struct kept_plan kept = { 0 };
	struct err err = { 0 };

	assert_ok(plan_json_parse("plan.json", text, strlen(text), &arena, &kept, &err));
	return kept;
}

/* A small plan of its own, so that no step decides what these tests see. */
struct job {
	struct profile profile;
	struct disk disks[2];
	struct facts facts;
	struct layout_disk chosen[2];
	struct signature signatures[2];
	struct partition_fact partition;
	struct action actions[3];
	struct plan plan;
};

static struct job *new_job(void)
{
	static const char *const argv[] = { "mke2fs", "/dev/md0", NULL };
	struct job *j = arena_alloc(&arena, sizeof(*j));

	j->profile = (struct profile){ .host = "xen01" };
	j->disks[0] = blank_disk("/dev/sda", "A", 10 * GIB);
	j->disks[1] = blank_disk("/dev/sdb", "B", 10 * GIB);
	j->signatures[0] = (struct signature){ .type = "dos",
					       .offset_bytes = 510,
					       .uuid = "1a2b3c4d" };
	j->signatures[1] = (struct signature){ .type = "ext4",
					       .offset_bytes = MIB + 1080,
					       .partition = 1,
					       .uuid = "U",
					       .label = "r\xc3\xb6"
							"ot" };
	j->partition = (struct partition_fact){
		.number = 1, .start_bytes = MIB, .size_bytes = GIB, .type = "0x83"
	};
	j->disks[1].table = "dos";
	j->disks[1].table_id = "0x1a2b3c4d";
	j->disks[1].signatures = j->signatures;
	j->disks[1].n_signatures = 2;
	j->disks[1].partitions = &j->partition;
	j->disks[1].n_partitions = 1;
	j->facts = machine(j->disks, 2);
	for (size_t i = 0; i < 2; i++)
		j->chosen[i].disk = &j->disks[i];
	j->actions[0] = (struct action){ .kind = ACT_RUN,
					 .step = "filesystem",
					 .destroys = true,
					 .run = { .argv = argv, .undo = argv } };
	j->actions[1] = (struct action){
		.kind = ACT_MOUNT,
		.step = "filesystem",
		.mount = { .source = "/dev/md0", .target = "/target", .type = "ext4" },
	};
	j->actions[2] = (struct action){
		.kind = ACT_WRITE,
		.step = "identity",
		.file = { .path = "/target/x", .mode = 0644, .text = "a\n\"b\"\\\n" },
	};
	j->plan = (struct plan){
		.profile = &j->profile,
		.facts = &j->facts,
		.layout = { .disks = j->chosen, .n_disks = 2, .n_system = 2 },
		.actions = j->actions,
		.n = 3,
	};
	return j;
}

static char *print(const struct plan *plan)
{
	struct text t = { 0 };
	char *copy;

	plan_json(plan, &t);
	copy = arena_strdup(&arena, t.s);
	text_free(&t);
	return copy;
}

static void test_what_is_printed(void **state)
{
	struct job *j = new_job();
	struct digest digest = plan_digest(&j->plan);
	char *text = print(&j->plan);

	(void)state;
	assert_true(str_starts(
		text, arena_printf(&arena,
				   "{\"version\":1,\"host\":\"xen01\",\"digest\":\"%s\","
				   "\"state\":\"blank\",\"degraded\":null,\"disks\":"
				   "[{\"name\":\"sda\",",
				   DIGEST_TEXT(&digest))));
	assert_contains(text, "\"serial\":\"B\"");
	assert_contains(text, "],\"actions\":[{\"step\":\"filesystem\",\"destroys\":true,"
			      "\"text\":\"run mke2fs /dev/md0\\u000a      | afterwards: "
			      "mke2fs /dev/md0\"},{\"step\":\"filesystem\",\"destroys\":"
			      "false,");
	assert_null(strchr(text, '\n'));
}

static void test_read_back(void **state)
{
	struct job *j = new_job();
	struct kept_plan kept = parse(print(&j->plan));
	struct err err = { 0 };

	(void)state;
	assert_string_equal(kept.host, "xen01");
	assert_string_equal(kept.state, "blank");
	assert_int_equal(kept.n_disks, 2);
	assert_int_equal(kept.disks[1].n_signatures, 2);
	assert_string_equal(kept.disks[1].signatures[1].label, "r\xc3\xb6"
							       "ot");
	assert_int_equal(kept.n_actions, 3);
	assert_true(kept.actions[0].destroys);
	assert_false(kept.actions[1].destroys);
	assert_contains(kept.actions[2].text, "\n      | \"b\"\\");
	assert_ok(plan_compare_disks(&kept, &j->facts, &err));
	assert_ok(plan_compare(&kept, &j->plan, &err));
}

static void test_broken_files(void **state)
{
	static const char good[] = "{\"version\":1,\"host\":\"h\",\"digest\":\"" DIGEST
				   "\",\"state\":\"blank\",\"disks\":[],\"actions\":[]}";
	static const struct {
		const char *from, *to, *msg;
	} cases[] = {
		{ "1,", "2,", "plan.json:1:12: version: 2 is out of range (1 to 1)" },
		{ "blank", "new",
		  "plan.json:1:109: state: \"new\" is not blank, started, convert, "
		  "converted or complete" },
		{ "3\",", "\",",
		  "plan.json:1:34: digest: "
		  "\"333333333333333333333333333333333333333333333333333333333333333\" "
		  "is not a SHA-256 in 64 hexadecimal digits" },
		{ "\"host\":\"h\",", "",
		  "plan.json:1:1: the plan: the key \"host\" is missing" },
		{ "\"disks\":[]", "\"disks\":[{}]",
		  "plan.json:1:126: disks: the key \"name\" is missing" },
		{ "\"actions\":[]", "\"action\":[]",
		  "plan.json:1:128: unknown key \"action\" in the plan; did you mean "
		  "\"actions\"?" },
		{ "[]}", "[", "plan.json:2:1: did not find expected node content" },
	};

	(void)state;
	parse(good);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = replaced(&arena, good, cases[i].from, cases[i].to);
		struct kept_plan kept = { 0 };
		struct err err = { 0 };

		assert_fails(plan_json_parse("plan.json", text, strlen(text), &arena,
					     &kept, &err),
			     ERR_CONFIG, cases[i].msg);
		assert_null(kept.host);
	}
}

#define STALE                                                                            \
	"this is not the plan of plan.json any more; nothing has been written; look at " \
	"what has changed, and make a new one with `plan --json`:"

static void assert_disks_differ(const struct kept_plan *kept, const struct job *now,
				const char *list)
{
	const char *msg = arena_printf(&arena, "%s%s", STALE, list);
	struct err err = { 0 };

	assert_fails(plan_compare_disks(kept, &now->facts, &err), ERR_UNSAFE, msg);
}

static void test_other_disks(void **state)
{
	struct kept_plan kept = parse(print(&new_job()->plan));
	struct job *j = new_job();

	(void)state;
	j->disks[0].serial = "C";
	j->disks[0].size_bytes = 20 * GIB;
	assert_disks_differ(&kept, j,
			    "\n  /dev/sda (serial A, 10 GiB) is gone"
			    "\n  /dev/sda is another disk: serial C, 20 GiB");
	j->facts.n_disks = 0;
	assert_disks_differ(&kept, j,
			    "\n  /dev/sda (serial A, 10 GiB) is gone"
			    "\n  /dev/sdb (serial B, 10 GiB) is gone");
	j = new_job();
	j->disks[0].size_bytes += 512;
	j->disks[1].sector_bytes = 4096;
	assert_disks_differ(&kept, j,
			    "\n  /dev/sda (serial A) has 10737418752 bytes (10 GiB), had "
			    "10737418240 (10 GiB)"
			    "\n  /dev/sdb (serial B) has sectors of 4096 bytes, had 512");
	j = new_job();
	j->disks[0].path = "/dev/sdb";
	j->disks[1].path = "/dev/sda";
	assert_disks_differ(&kept, j,
			    "\n  the disk with serial A is /dev/sdb, was /dev/sda"
			    "\n  the disk with serial B is /dev/sda, was /dev/sdb");
	j = new_job();
	j->partition.active = true;
	assert_disks_differ(&kept, j,
			    "\n  /dev/sdb (serial B): another partition table than it "
			    "had");
}

/* One that the plan has nothing to do with is none of its business. */
static void test_a_disk_beside_the_plan(void **state)
{
	struct kept_plan kept = parse(print(&new_job()->plan));
	struct job *j = new_job();
	struct disk disks[3] = { j->disks[0], j->disks[1],
				 blank_disk("/dev/sdc", "C", GIB) };
	struct err err = { 0 };

	(void)state;
	j->facts = machine(disks, 3);
	assert_ok(plan_compare_disks(&kept, &j->facts, &err));
}

static void test_signatures_that_came_and_went(void **state)
{
	struct kept_plan kept = parse(print(&new_job()->plan));
	struct job *j = new_job();

	(void)state;
	j->disks[0].signatures = &j->signatures[1];
	j->disks[0].n_signatures = 1;
	j->disks[1].n_signatures = 1;
	assert_disks_differ(
		&kept, j,
		"\n  /dev/sda (serial A), byte 1049656, partition 1: ext4 filesystem, "
		"label \"r\xc3\xb6"
		"ot\", UUID U is new"
		"\n  /dev/sdb (serial B), byte 1049656, partition 1: ext4 filesystem, "
		"label \"r\xc3\xb6"
		"ot\", UUID U is gone");
	j = new_job();
	j->signatures[1].uuid = "V"; /* made anew, in the same place */
	assert_disks_differ(
		&kept, j,
		"\n  /dev/sdb (serial B), byte 1049656, partition 1: ext4 filesystem, "
		"label \"r\xc3\xb6"
		"ot\", UUID V is new"
		"\n  /dev/sdb (serial B), byte 1049656, partition 1: ext4 filesystem, "
		"label \"r\xc3\xb6"
		"ot\", UUID U is gone");
}

static void assert_plan_differs(const struct kept_plan *kept, const struct plan *plan,
				const char *list)
{
	const char *msg = arena_printf(&arena, "%s%s", STALE, list);
	struct err err = { 0 };

	assert_fails(plan_compare(kept, plan, &err), ERR_UNSAFE, msg);
}

static void test_other_actions(void **state)
{
	struct kept_plan kept = parse(print(&new_job()->plan));
	struct job *j = new_job();

	(void)state;
	j->actions[1].mount.source = "/dev/md1";
	assert_plan_differs(&kept, &j->plan,
			    "\n  was: - filesystem: mount /dev/md0 on /target type ext4"
			    "\n  now: - filesystem: mount /dev/md1 on /target type ext4");
	j = new_job(); /* one is left out: only that one differs */
	j->actions[1] = j->actions[2];
	j->plan.n = 2;
	assert_plan_differs(&kept, &j->plan,
			    "\n  was: - filesystem: mount /dev/md0 on /target type ext4");
	j = new_job();
	j->plan.n = 0;
	assert_plan_differs(&kept, &j->plan,
			    "\n  was: ! filesystem: run mke2fs /dev/md0\n      | "
			    "afterwards: mke2fs /dev/md0"
			    "\n  was: - filesystem: mount /dev/md0 on /target type ext4"
			    "\n  was: - identity: write /target/x, mode 0644\n      | a"
			    "\n      | \"b\"\\");
	j = new_job();
	j->actions[1].destroys = true;
	assert_plan_differs(&kept, &j->plan,
			    "\n  was: - filesystem: mount /dev/md0 on /target type ext4"
			    "\n  now: ! filesystem: mount /dev/md0 on /target type ext4");
}

static void test_other_choice_host_and_state(void **state)
{
	struct kept_plan kept = parse(print(&new_job()->plan));
	struct job *j = new_job();

	(void)state;
	j->disks[0].serial = "C";
	j->profile.host = "xen02";
	j->plan.layout.state = STATE_STARTED;
	assert_plan_differs(&kept, &j->plan,
			    "\n  /dev/sda (serial A, 10 GiB) is gone"
			    "\n  /dev/sda (serial C, 10 GiB) was not chosen before"
			    "\n  the profile is of xen02, was of xen01"
			    "\n  the disks are started, were blank");
}

/* What is not among actions and disks (how it ends) still counts. */
static void test_other_digest(void **state)
{
	struct kept_plan kept = parse(print(&new_job()->plan));
	struct job *j = new_job();
	struct digest digest;

	(void)state;
	j->profile.finish = FINISH_REBOOT;
	digest = plan_digest(&j->plan);
	assert_plan_differs(&kept, &j->plan,
			    arena_printf(&arena, "\n  the digest is %s, was %s",
					 DIGEST_TEXT(&digest), kept.digest));
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_what_is_printed),
		test(test_read_back),
		test(test_broken_files),
		test(test_other_disks),
		test(test_a_disk_beside_the_plan),
		test(test_signatures_that_came_and_went),
		test(test_other_actions),
		test(test_other_choice_host_and_state),
		test(test_other_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
