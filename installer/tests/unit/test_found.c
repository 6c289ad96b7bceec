/*
 * layout_found.c: a complete host on some of its disks. Each machine here is installed
 * first: the layout of its blank disks is written into their facts.
 */
#include "plan/plan.h"
#include "tests/profile.h"

#define DISKS_MAX 6

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

struct box { /* a machine */
	struct profile profile;
	struct disk disks[DISKS_MAX];
	size_t n;
	struct layout first; /* as installed */
};

static void add_signature(struct disk *d, struct signature s)
{
	d->signatures = arena_append(&arena, d->signatures, &d->n_signatures, &s,
				     sizeof(s));
}

static const char *as_libblkid(const char *uuid)
{
	char *s = arena_strdup(&arena, uuid);

	for (char *c = s; *c; c++)
		if (*c == ':')
			*c = '-';
	return s;
}

static void add_members(struct disk *d, const struct layout *l, unsigned shift)
{
	for (size_t i = 0; i < l->n_arrays; i++)
		for (size_t j = 0; j < l->n_partitions; j++)
			if (str_eq(l->arrays[i].array->of, l->partitions[j].name))
				add_signature(d, (struct signature){
							 .type = "linux_raid_member",
							 .partition = j + 1 + shift,
							 .uuid = as_libblkid(
								 l->arrays[i].uuid) });
}

static void add_table(struct disk *d, const struct layout *l, const char *id)
{
	d->table = "dos";
	d->table_id = id;
	add_signature(d, (struct signature){ .type = "dos", .offset_bytes = 510 });
	for (size_t i = 0; i < l->n_partitions; i++) {
		const struct layout_partition *from = &l->partitions[i];
		struct partition_fact part = {
			.number = from->number,
			.start_bytes = from->start_bytes,
			.size_bytes = from->size_bytes,
			.active = from->active,
		};

		d->partitions = arena_append(&arena, d->partitions, &d->n_partitions,
					     &part, sizeof(part));
	}
}

static int try(const struct box *b, struct layout *ret, struct err *err)
{
	struct facts *facts = arena_alloc(&arena, sizeof(*facts));
	struct disk *disks = arena_alloc(&arena, sizeof(b->disks));

	memcpy(disks, b->disks, sizeof(b->disks));
	*facts = machine(disks, b->n);
	return layout_compute(&b->profile, facts, &arena, ret, err);
}

static struct layout compute(const struct box *b)
{
	struct layout layout = { 0 };
	struct err err = { 0 };

	assert_ok(try(b, &layout, &err));
	return layout;
}

static struct box install(const char *text, size_t n, size_t n_data)
{
	struct box b = { .profile = parse_profile(&arena, text), .n = n + n_data };

	for (size_t i = 0; i < b.n; i++)
		b.disks[i] = blank_disk(arena_printf(&arena, "/dev/sd%c", (int)('a' + i)),
					arena_printf(&arena, "S%zu", i),
					i < n ? 10 * GIB : 100 * GIB);
	b.first = compute(&b);
	for (size_t i = 0; i < n; i++) {
		add_table(&b.disks[i], &b.first, b.first.disks[i].table_id);
		add_members(&b.disks[i], &b.first, 0);
	}
	for (size_t i = n; i < b.n; i++)
		add_signature(
			&b.disks[i],
			(struct signature){
				.type = "linux_raid_member",
				.uuid = as_libblkid(
					b.first.arrays[b.first.n_arrays - 1].uuid) });
	assert_int_equal(compute(&b).state, STATE_COMPLETE);
	assert_false(compute(&b).found);
	return b;
}

static void pull(struct box *b, size_t i)
{
	memmove(&b->disks[i], &b->disks[i + 1], (b->n - i - 1) * sizeof(b->disks[0]));
	b->n--;
}

static void assert_refused(const struct box *b, enum err_code code, const char *part)
{
	struct layout layout = { 0 };
	struct err err = { 0 };

	assert_int_equal(try(b, &layout, &err), -1);
	assert_contains(err.msg, part);
	assert_int_equal(err.code, code);
	assert_int_equal(layout.n_disks, 0);
}

static void test_one_of_a_pair(void **state)
{
	(void)state;
	for (size_t gone = 0; gone < 2; gone++) {
		struct box b = install(profile_text, 2, 0);
		struct layout l;

		pull(&b, gone);
		l = compute(&b);
		assert_int_equal(l.state, STATE_COMPLETE);
		assert_true(l.found);
		assert_string_equal(l.degraded, "1 of 2 disks is missing; the host is "
						"booted degraded; replace it and add it "
						"to its arrays");
		assert_int_equal(l.n_disks, 1);
		assert_true(l.disks[0].bootable);
		assert_int_equal(l.n_arrays, 2);
		assert_string_equal(l.arrays[1].uuid, b.first.arrays[1].uuid);
		assert_int_equal(l.arrays[1].n_members, 1);
		assert_string_equal(l.arrays[1].members[0],
				    gone ? "/dev/sda2" : "/dev/sdb2");
		assert_true(l.arrays[1].exists);
		assert_null(l.filesystems[0].uuid);
		assert_string_equal(l.filesystems[0].device, "/dev/md1");
	}
}

/* A blank disk in place of the lost one, and no `wipe` makes an install of that. */
static void test_beside_a_blank_disk(void **state)
{
	static const char *const wipes[] = { "", "wipe: own\n",
					     "wipe: {listed: [S0, S1]}\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wipes); i++) {
		struct box b = install(
			arena_printf(&arena, "%s%s", wipes[i], profile_text), 2, 0);
		struct layout l;

		b.disks[1] = blank_disk("/dev/sdb", "NEW", 10 * GIB);
		l = compute(&b);
		assert_int_equal(l.state, STATE_COMPLETE);
		assert_string_equal(l.degraded,
				    "1 of 2 disks is missing; the host is booted "
				    "degraded; /dev/sdb (serial NEW) is blank and waits "
				    "to be added to its arrays");
		assert_int_equal(l.n_disks, 1);
		assert_int_equal(l.arrays[0].n_members, 1);
	}
}

/* By hand: its table says nothing to us, and it need not be like ours. */
static void test_a_disk_that_was_added(void **state)
{
	struct box b = install(profile_text, 2, 0);
	struct layout l;

	(void)state;
	b.disks[1] = blank_disk("/dev/sdb", "NEW", 10 * GIB);
	add_table(&b.disks[1], &b.first, "0x12345678");
	add_members(&b.disks[1], &b.first, 1);
	l = compute(&b);
	assert_int_equal(l.state, STATE_COMPLETE);
	assert_true(l.found);
	assert_null(l.degraded);
	assert_int_equal(l.n_disks, 2);
	assert_true(l.disks[1].added);
	assert_int_equal(l.n_system, 1);
	assert_string_equal(l.arrays[1].members[0], "/dev/sda2");
	assert_string_equal(l.arrays[1].members[1], "/dev/sdb3");
	/* A member of somebody else's array is none of this. */
	add_signature(&b.disks[1],
		      (struct signature){ .type = "linux_raid_member",
					  .uuid = "00000000-1111-2222-3333-444444444444",
					  .partition = 1 });
	assert_refused(&b, ERR_UNSAFE, "was it replaced?");
}

static void test_what_is_no_such_host(void **state)
{
	struct box b = install(profile_text, 2, 0);

	(void)state;
	b.disks[1] = blank_disk("/dev/sdb", "NEW", 10 * GIB);
	add_signature(&b.disks[1], (struct signature){ .type = "xfs", .uuid = "U" });
	assert_refused(&b, ERR_UNSAFE, "/dev/sdb (serial NEW) carries something else");

	b = install(profile_text, 2, 0);
	pull(&b, 1);
	b.disks[0].partitions[0].active = false; /* never finished */
	assert_refused(&b, ERR_HARDWARE, "disks.count is 2, 1 of the 1 disks here fit");

	b = install(profile_text, 2, 0);
	pull(&b, 1);
	b.disks[0].signatures[2].uuid = "00000000-1111-2222-3333-444444444444";
	assert_refused(&b, ERR_HARDWARE, "disks.count is 2, 1 of the 1 disks here fit");

	b = install(profile_text, 2, 0);
	b.disks[2] = blank_disk("/dev/sdc", "NEW", 10 * GIB);
	b.n = 3;
	assert_refused(&b, ERR_HARDWARE, "3 disks fit");
}

/* Both are the host's, but not from the same install. */
static void test_disks_that_do_not_agree(void **state)
{
	const char *text = replaced(&arena, profile_text, "count: 2", "count: 3");
	struct box b = install(text, 3, 0);
	const char *id;

	(void)state;
	pull(&b, 2);
	assert_non_null(compute(&b).degraded);
	id = b.disks[1].signatures[1].uuid;
	b.disks[1].signatures[1].uuid = b.disks[1].signatures[2].uuid;
	assert_refused(&b, ERR_HARDWARE, "disks.count is 3, 2 of the 2 disks here fit");
	b.disks[1].signatures[1].uuid = id;
	assert_non_null(compute(&b).degraded);
}

static struct box install_level(const char *array, size_t n)
{
	const char *text = replaced(&arena, profile_text,
				    "{name: md1, level: 1, of: root}", array);

	return install(
		replaced(&arena, text, "count: 2", arena_printf(&arena, "count: %zu", n)),
		n, 0);
}

static void test_what_each_level_bears(void **state)
{
	static const struct {
		const char *array;
		size_t n, bears;
		const char *needs;
	} cases[] = {
		{ "{name: md1, level: 0, of: root}", 3, 0, "it needs 3;" },
		{ "{name: md1, level: linear, of: root}", 2, 0, "it needs 2;" },
		{ "{name: md1, level: 1, of: root}", 3, 2, NULL },
		{ "{name: md1, level: 4, of: root}", 4, 1, "it needs 3;" },
		{ "{name: md1, level: 5, of: root}", 4, 1, "it needs 3;" },
		{ "{name: md1, level: 5, of: root, spares: 1}", 4, 2, "it needs 2;" },
		{ "{name: md1, level: 6, of: root}", 5, 2, "it needs 3;" },
		{ "{name: md1, level: 6, of: root, missing: 1}", 4, 1, "it needs 3;" },
		{ "{name: md1, level: 10, of: root}", 4, 2, "it needs 2;" },
		{ "{name: md1, level: 10, of: root, layout: n3}", 3, 2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct box b = install_level(cases[i].array, cases[i].n);

		for (size_t gone = 1; gone <= cases[i].bears; gone++) {
			pull(&b, 0);
			assert_int_equal(compute(&b).state, STATE_COMPLETE);
		}
		if (!cases[i].needs)
			continue;
		pull(&b, 0);
		assert_refused(&b, ERR_HARDWARE,
			       ", and / stands on md1, which cannot run");
		assert_refused(&b, ERR_HARDWARE, cases[i].needs);
	}
}

/* Nothing that a host needs to come up stands on them. */
static void test_data_disks(void **state)
{
	const char *text = replaced(&arena, profile_text, "disks:\n",
				    "data-disks: {vm: {count: 4, min-size: 50G}}\n"
				    "disks:\n  max-size: 20G\n");
	struct box b;
	struct layout l;

	(void)state;
	text = replaced(&arena, text, "filesystems:\n",
			"  - {name: md2, level: 5, of: vm}\n"
			"filesystems:\n"
			"  - {on: md2, type: ext4, mount: /srv}\n");
	b = install(text, 2, 4);
	pull(&b, 5);
	b.disks[4] = blank_disk("/dev/sde", "NEW", 100 * GIB);
	l = compute(&b);
	assert_string_equal(
		l.degraded,
		"2 of 4 disks of data-disks.vm are missing; the host is "
		"booted degraded; /dev/sde (serial NEW) is blank and waits to "
		"be added to its arrays; replace what is missing and add it "
		"to its arrays");
	assert_int_equal(l.n_system, 2);
	assert_int_equal(l.n_disks, 4);
	pull(&b, 0);
	l = compute(&b);
	assert_contains(l.degraded, "1 of 2 disks is missing, 2 of 4 disks of");
}

/* It reads and boots; nothing in it makes, writes or marks anything. */
static void test_plan(void **state)
{
	struct box b = install(profile_text, 2, 0);
	struct facts facts;
	auto_plan struct plan plan = { 0 };
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	(void)state;
	pull(&b, 0);
	facts = machine(b.disks, b.n);
	assert_ok(plan_make(&b.profile, &facts, &plan, &err));
	assert_int_equal(plan.n, 5);
	for (size_t i = 0; i < plan.n; i++)
		assert_false(plan.actions[i].destroys);
	assert_int_equal(plan.actions[4].kind, ACT_KEXEC);
	assert_null(plan.actions[4].boot.root_uuid);
	plan_print(&plan, &t);
	assert_contains(t.s, "boot it, nothing is destroyed\n");
	assert_contains(t.s, "\n  1 of 2 disks is missing; ");
	assert_contains(t.s, "root UUID as the host's fstab has it\n");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_one_of_a_pair),
		test(test_beside_a_blank_disk),
		test(test_a_disk_that_was_added),
		test(test_what_is_no_such_host),
		test(test_disks_that_do_not_agree),
		test(test_what_each_level_bears),
		test(test_data_disks),
		test(test_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
