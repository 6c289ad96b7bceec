/*
 * Machines for target xenserver whose disks are anything from blank to somebody else's.
 * Whatever they are: with blank-only no foreign byte is destroyed, a XenServer that was
 * finished is never installed over, of its disk nothing outside the storage partition is
 * written, and where a host is complete nothing is destroyed at all.
 */
#include <assert.h>

#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MIB     (UINT64_C(1) << 20)
#define GIB     (UINT64_C(1) << 30)
#define N_DISKS 4
#define DISK    (40 * GIB)

enum content { BLANK, MARKED, XENSERVER, UNFINISHED, COPIED, ACTIVE, FOREIGN, CONTENTS };

static const char profile_text[] =
	"host: h\ntarget: xenserver\ndisks: {count: 4}\n"
	"xenserver: {source: \"https://x.example/\", storage: {level: 10}}\n"
	"identity: {network: [{interface: eth0}]}\n";

struct machine {
	struct arena arena;
	struct profile profile;
	struct facts facts;
	struct disk disks[N_DISKS];
	enum content contents[N_DISKS];
};

static struct disk blank(struct arena *arena, size_t i)
{
	return (struct disk){ .name = arena_printf(arena, "sd%c", (int)('a' + i)),
			      .path = arena_printf(arena, "/dev/sd%c", (int)('a' + i)),
			      .serial = arena_printf(arena, "S%zu", i),
			      .size_bytes = DISK,
			      .sector_bytes = 512 };
}

static void add_signature(struct arena *arena, struct disk *d, struct signature s)
{
	d->signatures = arena_append(arena, d->signatures, &d->n_signatures, &s,
				     sizeof(s));
}

static void add_partition(struct arena *arena, struct disk *d, struct partition_fact p)
{
	d->partitions = arena_append(arena, d->partitions, &d->n_partitions, &p,
				     sizeof(p));
}

static void set_table(struct arena *arena, struct disk *d, const char *id)
{
	d->table = "dos";
	d->table_id = id;
	add_signature(arena, d, (struct signature){ .type = "dos", .offset_bytes = 510 });
}

static void add_root(struct arena *arena, struct disk *d, bool active)
{
	add_partition(arena, d,
		      (struct partition_fact){ .number = 1,
					       .start_bytes = MIB,
					       .size_bytes = 8 * GIB,
					       .type = "0x83",
					       .active = active });
}

static void add_storage(struct arena *arena, struct disk *d, const char *type,
			const char *md_uuid, const char *label)
{
	struct partition_fact p = {
		.number = 3, .start_bytes = 9 * GIB, .size_bytes = 30 * GIB, .type = type
	};

	add_partition(arena, d, p);
	if (md_uuid)
		add_signature(arena, d,
			      (struct signature){ .type = "linux_raid_member",
						  .offset_bytes = 38 * GIB,
						  .partition = 3,
						  .uuid = md_uuid });
	if (label)
		add_signature(arena, d,
			      (struct signature){ .type = "LVM2_member",
						  .offset_bytes = 9 * GIB + 512,
						  .partition = 3,
						  .label = label });
}

static void add_xenserver(struct arena *arena, struct disk *d, bool finished)
{
	set_table(arena, d, "0x00000007");
	d->boot_code = finished;
	add_root(arena, d, true);
	add_signature(arena, d,
		      (struct signature){ .type = "ext3",
					  .offset_bytes = MIB + 1080,
					  .partition = 1,
					  .label = "root-abcdefgh" });
}

/* One disk; `roll` chooses what it carries and the details. */
static enum content fill(struct machine *m, size_t i, uint8_t roll, const char *mark,
			 const char *table, const char *md_uuid)
{
	struct arena *a = &m->arena;
	struct disk *d = &m->disks[i];
	enum content c = roll % CONTENTS;
	uint8_t more = roll / CONTENTS;

	switch (c) {
	case MARKED:
		set_table(a, d, mark);
		break;
	case XENSERVER:
	case UNFINISHED:
		add_xenserver(a, d, c == XENSERVER);
		if (more & 1)
			add_storage(a, d, "0xfd", more & 2 ? md_uuid : NULL,
				    more & 4 ? "VG_XenStorage-1" : NULL);
		break;
	case COPIED:
	case ACTIVE:
		set_table(a, d, table);
		add_root(a, d, c == ACTIVE);
		add_storage(a, d, "0xfd", more & 1 ? md_uuid : NULL, NULL);
		break;
	case FOREIGN:
		if (more & 1)
			set_table(a, d, "0x12345678");
		add_signature(a, d,
			      (struct signature){ .type = "ext4",
						  .offset_bytes = 1080,
						  .label = "data" });
		break;
	default:
		break;
	}
	return c;
}

static bool touches(const struct action *a, const char *disk)
{
	switch (a->kind) {
	case ACT_CLEAR:
		return str_eq(a->ranges.ranges[0].disk, disk);
	case ACT_PARTITION:
		return str_eq(a->partition.disk, disk);
	case ACT_TABLE_ENTRY:
		return str_eq(a->entry.disk, disk);
	default:
		return false;
	}
}

static void check_kept(const struct action *a, const struct layout_partition *storage)
{
	assert(a->kind != ACT_PARTITION);
	for (size_t i = 0; a->kind == ACT_CLEAR && i < a->ranges.n; i++) {
		const struct layout_range *r = &a->ranges.ranges[i];

		assert(r->offset_bytes >= storage->start_bytes);
		assert(r->offset_bytes + r->size_bytes <=
		       storage->start_bytes + storage->size_bytes);
	}
}

static void check(const struct machine *m, const struct plan *plan)
{
	const struct layout_xenserver *x = plan->layout.xenserver;

	for (size_t i = 0; i < plan->n; i++)
		for (size_t d = 0; d < N_DISKS; d++) {
			const struct action *a = &plan->actions[i];

			assert(!(a->destroys && m->contents[d] == ACTIVE));
			if (!touches(a, m->disks[d].path))
				continue;
			assert(m->contents[d] != FOREIGN);
			if (m->contents[d] == XENSERVER)
				check_kept(a, x->storage);
		}
	for (size_t d = 0; d < N_DISKS; d++)
		assert(m->contents[d] != XENSERVER || x->stage != XENSERVER_INSTALL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine m = { 0 };
	struct plan plan = { 0 };
	struct layout l = { 0 };
	struct err err = { 0 };
	const char *md_uuid;

	if (size < N_DISKS + 1)
		return 0;
	if (profile_parse("p", profile_text, strlen(profile_text), &m.arena, &m.profile,
			  &err) < 0)
		abort();
	for (size_t i = 0; i < N_DISKS; i++)
		m.disks[i] = blank(&m.arena, i);
	m.facts = (struct facts){ .firmware = "bios",
				  .disks = m.disks,
				  .n_disks = N_DISKS };
	/* What the profile would write there. */
	if (layout_select_disks(&m.profile, &m.facts, &m.arena, &l, &err) < 0 ||
	    plan_make(&m.profile, &m.facts, &plan, &err) < 0)
		abort();
	md_uuid = layout_derive_md_uuid(&m.profile, "array md0", l.disks, l.n_disks,
					&m.arena);
	for (size_t i = 0; i < N_DISKS; i++)
		m.contents[i] = fill(
			&m, i, data[i],
			arena_strdup(&m.arena, plan.layout.xenserver->marks[i]),
			layout_derive_short_id(&m.profile, "mbr", &l.disks[i], 1,
					       &m.arena),
			data[N_DISKS] & 1 ? md_uuid
					  : "11111111:22222222:33333333:44444444");
	plan_free(&plan);
	if (plan_make(&m.profile, &m.facts, &plan, &err) == 0)
		check(&m, &plan);
	plan_free(&plan);
	arena_free(&m.arena);
	return 0;
}
