/*
 * Profiles and machines made from random numbers: whatever they are, a plan's partitions
 * lie apart, inside each disk and on whole blocks, the same plan comes twice, a refusal
 * leaves no action, and with blank-only no foreign byte is ever in what is destroyed.
 */
#include <assert.h>
#include <inttypes.h>

#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MIB       (UINT64_C(1) << 20)
#define GIB       (UINT64_C(1) << 30)
#define TIB       (UINT64_C(1) << 40)
#define DISKS_MAX 24

struct dice {
	const uint8_t *data;
	size_t left;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	if (!d->left)
		return 0;
	d->left--;
	return *d->data++ % sides;
}

static uint64_t roll_bytes(struct dice *d)
{
	static const uint64_t sizes[] = {
		0,
		512,
		MIB,
		3 * MIB,
		64 * MIB,
		GIB,
		10 * GIB,
		10 * GIB + 512,
		100 * GIB,
		2 * TIB,
		2 * TIB + 512,
		5 * TIB,
		20 * TIB,
		UINT64_C(1) << 57,
		UINT64_C(1) << 63,
		UINT64_MAX - 511,
		UINT64_MAX,
	};

	return sizes[roll(d, ARRAY_LEN(sizes))];
}

static uint64_t roll_sector(struct dice *d)
{
	static const uint64_t odd[] = { 0, 3, 513, 1024, 65536, 131072, UINT64_MAX };
	unsigned n = roll(d, 32);

	return n < ARRAY_LEN(odd) ? odd[n] : n < 12 ? 4096 : 512;
}

static const char *roll_size(struct dice *d)
{
	static const char *const sizes[] = {
		"1M",   "1M",    "1G",      "100M", "333M", "1%",        "5%",   "50%",
		"100%", "4097K", "1234567", "20G",  "3T",   "16000000T", "rest",
	};

	return sizes[roll(d, ARRAY_LEN(sizes))];
}

static void add_partitions(struct dice *d, unsigned n, bool bios_boot, struct text *out)
{
	text_add(out, "partitions: [");
	if (bios_boot)
		text_add(out, "{name: bios, size: 1M, type: bios-boot}, ");
	for (unsigned i = 0; i < n; i++)
		text_printf(out, "%s{name: p%u, size: %s}", i ? ", " : "", i,
			    i + 1 < n    ? roll_size(d)
			    : roll(d, 4) ? "rest"
					 : roll_size(d));
	text_add(out, "]\n");
}

static void add_arrays(struct dice *d, unsigned n, struct text *out)
{
	static const char *const levels[] = { "1", "0", "10", "5", "6", "4", "linear" };
	static const char *const versions[] = { "0.90", "1.0", "1.1", "1.2" };

	text_add(out, "arrays: [");
	for (unsigned i = 0; i < n; i++) {
		const char *level = levels[i ? roll(d, 7) : 0];

		text_printf(out, "%s{name: md%u, of: p%u, level: %s, metadata: \"%s\"",
			    i ? ", " : "", i, i, level, versions[roll(d, 4)]);
		if (!roll(d, 8))
			text_printf(out, ", spares: %u", roll(d, 3));
		if (!roll(d, 8))
			text_printf(out, ", missing: %u", roll(d, 4));
		if (!roll(d, 8))
			text_printf(out, ", chunk: %uK", 4U << roll(d, 18));
		text_add(out, "}");
	}
	text_add(out, "]\n");
}

/* `count` disks; the last of the partitions may carry volumes. */
static void make_profile(struct dice *d, unsigned count, struct text *out)
{
	static const char *const wipes[] = { "blank-only", "own", "{listed: [S0]}" };
	unsigned n = 1 + roll(d, 5);
	bool gpt = roll(d, 2), lvm = n > 1 && roll(d, 2);
	const char *on = count > 1 ? "md" : "p";

	text_printf(out, "host: h\ntarget: xen-dom0\ndisks: {count: %u}\n", count);
	text_printf(out, "table: %s\nwipe: %s\n", gpt ? "gpt" : "mbr", wipes[roll(d, 3)]);
	if (!gpt && !roll(d, 3))
		text_add(out, "align: cylinder\n");
	add_partitions(d, n, gpt, out);
	if (count > 1)
		add_arrays(d, n, out);
	if (lvm)
		text_printf(out,
			    "volume-groups: {vg: {of: %s%u, volumes: {a: {size: %s}, b: "
			    "{size: %s}}}}\n",
			    on, n - 1, roll_size(d), roll_size(d));
	text_printf(out, "filesystems: [{on: %s0, type: ext3, mount: /}", on);
	if (lvm)
		text_printf(out, ", {on: vg/b, type: %s, mount: /srv}",
			    roll(d, 2) ? "xfs" : "ext2");
	text_add(out, "]\nimage: {url: \"https://x.example\", sha256: "
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}"
		      "\n");
}

static struct facts make_machine(struct dice *d, unsigned count, struct arena *arena)
{
	struct disk *disks = arena_alloc(arena, DISKS_MAX * sizeof(*disks));
	static struct signature foreign = { .type = "xfs", .uuid = "aa-bb" };
	uint64_t common = roll_bytes(d);

	for (unsigned i = 0; i < count; i++) {
		disks[i] = (struct disk){
			.name = arena_printf(arena, "sd%c", 'a' + (char)i),
			.path = arena_printf(arena, "/dev/sd%c", 'a' + (char)i),
			.serial = roll(d, 16) ? arena_printf(arena, "S%u", i) : NULL,
			.transport = "sata",
			.size_bytes = roll(d, 4) ? common : roll_bytes(d),
			.sector_bytes = roll_sector(d),
			.discard_bytes = roll(d, 2),
		};
		if (!roll(d, 8)) {
			foreign.offset_bytes = roll_bytes(d);
			disks[i].signatures = &foreign;
			disks[i].n_signatures = 1;
		}
	}
	return (struct facts){ .firmware = "bios", .disks = disks, .n_disks = count };
}

static void check_partitions(const struct plan *plan)
{
	const struct layout *l = &plan->layout;
	bool cylinder = plan->profile->align == ALIGN_CYLINDER;
	uint64_t unit = cylinder ? UINT64_C(255) * 63 * 512 : MIB;
	uint64_t end = cylinder ? 63 * 512 : MIB;

	for (size_t i = 0; i < l->n_partitions; i++) {
		const struct layout_partition *p = &l->partitions[i];

		assert(p->number == i + 1 && p->start_bytes == end);
		assert(p->size_bytes > 0 && p->size_bytes <= UINT64_MAX - end);
		end += p->size_bytes;
		assert(end % unit == 0);
	}
	for (size_t i = 0; i < l->n_system; i++) {
		const struct disk *d = l->disks[i].disk;

		/* Room for a GPT's backup, and 32 bits for an MBR's numbers. */
		assert(end <= d->size_bytes - MIB && MIB % d->sector_bytes == 0);
		assert(plan->profile->table == TABLE_GPT ||
		       end / d->sector_bytes <= UINT32_MAX);
	}
}

static void check_arrays(const struct layout *l)
{
	for (size_t i = 0; i < l->n_arrays; i++) {
		const struct layout_array *a = &l->arrays[i];
		uint64_t most = a->member_bytes * (a->n_members + a->n_missing);

		assert(a->n_members > a->n_spares && a->member_bytes > 0);
		/* RAID 0 and linear take all of each member, however large. */
		if (profile_is_redundant(a->array->level))
			assert(a->size_bytes <= most);
		for (size_t j = 0; j < a->n_members; j++)
			for (size_t k = 0; k < j; k++)
				assert(!str_eq(a->members[j], a->members[k]));
	}
}

static void check_ranges(const struct action *a, const struct layout *l)
{
	for (size_t i = 0; i < a->ranges.n; i++) {
		const struct layout_range *r = &a->ranges.ranges[i];
		const struct disk *disk = NULL;

		for (size_t j = 0; j < l->n_disks; j++)
			if (str_eq(l->disks[j].disk->path, r->disk))
				disk = l->disks[j].disk;
		assert(disk && r->size_bytes > 0);
		assert(r->offset_bytes <= disk->size_bytes &&
		       r->size_bytes <= disk->size_bytes - r->offset_bytes);
		assert(r->offset_bytes % disk->sector_bytes == 0 &&
		       r->size_bytes % disk->sector_bytes == 0);
	}
}

static void check_plan(const struct plan *plan)
{
	const struct layout *l = &plan->layout;

	assert(plan->n > 0);
	check_partitions(plan);
	check_arrays(l);
	for (size_t i = 0; i < plan->n; i++)
		if (plan->actions[i].kind == ACT_SAVE ||
		    plan->actions[i].kind == ACT_CLEAR)
			check_ranges(&plan->actions[i], l);
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *d = l->disks[i].disk;

		/* Only `listed` lets it go, and only S0. */
		assert(!d->n_signatures || (plan->profile->wipe.policy == WIPE_LISTED &&
					    str_eq(d->serial, "S0")));
	}
}

/* Once more, from the same numbers: everything is derived. */
static void check_again(const struct profile *profile, const struct facts *facts,
			const struct plan *plan)
{
	auto_plan struct plan again = { 0 };
	auto_text struct text a = { 0 }, b = { 0 };
	struct err err = { 0 };

	if (plan_make(profile, facts, &again, &err) < 0)
		abort();
	plan_print(plan, &a);
	plan_print(&again, &b);
	assert(str_eq(a.s, b.s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dice dice = { data, size };
	auto_arena struct arena arena = { 0 };
	auto_plan struct plan plan = { 0 };
	auto_text struct text text = { 0 };
	unsigned count = 1 + roll(&dice, roll(&dice, 4) ? 4 : DISKS_MAX);
	struct profile profile;
	struct facts facts;
	struct err err = { 0 };

	make_profile(&dice, count, &text);
	facts = make_machine(&dice, count, &arena);
	if (profile_parse("p", text.s, text.len, &arena, &profile, &err) < 0) {
		assert(err.code == ERR_CONFIG);
		return 0;
	}
	if (plan_make(&profile, &facts, &plan, &err) < 0) {
		assert(err.code == ERR_HARDWARE || err.code == ERR_UNSAFE);
		assert(plan.n == 0);
		return 0;
	}
	check_plan(&plan);
	check_again(&profile, &facts, &plan);
	return 0;
}
