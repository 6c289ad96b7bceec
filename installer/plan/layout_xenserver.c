/*
 * Which of the three stages a machine for target xenserver is in, and what it needs for
 * that. The stages follow one another without anybody's help, also where the power is cut
 * in between, and none of them can come round again for ever: see docs/design-notes.md.
 */
#include <inttypes.h>

#include "plan/layout_parts.h"
#include "plan/xenserver.h"

#define MIB UINT64_C(1048576)
/* Left free at the end: a replacement disk may be a little smaller. */
#define TAIL_BYTES        MIB
#define STORAGE_MIN_BYTES (128 * MIB)
#define MBR_MAX_SECTORS   (UINT64_C(1) << 32)
#define MBR_PRIMARY_MAX   4

static const char *serial_of(const struct disk *d)
{
	return d->serial ? d->serial : "unknown";
}

static const struct disk *primary_of(const struct layout *l)
{
	return l->disks[l->xenserver->primary].disk;
}

/* Is there a repository to be made on an array of ours? */
static bool wants_array(const struct profile *p)
{
	const struct array *a = &p->xenserver.storage.array;

	return a->at.line && (int)a->level != CHOICE_UNSAID;
}

/* XenServer goes to the disk that the profile names first. */
static size_t choose_primary(const struct profile *p, const struct layout *l)
{
	for (size_t i = 0; p->disks.n_serials && i < l->n_disks; i++)
		if (str_eq(l->disks[i].disk->serial, p->disks.serials[0]))
			return i;
	return 0;
}

static int fail_lost(const struct xenserver_view *v, struct err *err)
{
	const struct layout *l = v->layout;
	const struct disk *d = NULL;

	for (size_t i = 0; i < l->n_disks && !d; i++)
		if (v->disks[i].copied)
			d = l->disks[i].disk;
	return err_set(
		err, ERR_HARDWARE, 0,
		"%s (serial %s) belongs to an array that this profile has made for "
		"a XenServer, but none of the disks here carries that XenServer; "
		"put its disk back, or, if the repository may go, wipe these disks "
		"by hand",
		d->path, serial_of(d));
}

static int fail_attempts(const struct xenserver_view *v, struct err *err)
{
	return err_set(err, ERR_TOOL, 0,
		       "XenServer's installer has been started %u times on these disks "
		       "and has not left a XenServer; see what it says on its console "
		       "(source, network and disks are what it may miss). It is started "
		       "again once the profile has changed, or the disks' tables are "
		       "wiped by hand",
		       v->attempt);
}

static int plan_install(const struct xenserver_view *v, const struct facts *facts,
			struct arena *arena, struct err *err)
{
	const struct profile *p = v->profile;
	struct layout *l = v->layout;

	for (size_t i = 0; i < l->n_disks; i++)
		if (v->disks[i].copied)
			return fail_lost(v, err);
	if (str_eq(facts->firmware, "uefi"))
		return err_set(
			err, ERR_HARDWARE, 0,
			"this machine has booted by UEFI, and XenServer's installer "
			"started by kexec would not see that and make a disk for BIOS: "
			"boot the machine by BIOS, or start the installer from its "
			"medium or from GRUB over the network, with the install.img "
			"of `dom0strap patch-xenserver`; its array is made afterwards "
			"all the same");
	if (v->attempt >= XENSERVER_ATTEMPTS)
		return fail_attempts(v, err);
	l->xenserver->stage = XENSERVER_INSTALL;
	l->xenserver->primary = choose_primary(p, l);
	l->xenserver->attempt = v->attempt + 1;
	l->xenserver->marks = xenserver_marks(p, l, v->attempt + 1, arena);
	l->state = v->attempt ? STATE_STARTED : STATE_BLANK;
	l->table = TABLE_MBR;
	for (size_t i = 0; i < l->n_disks; i++)
		l->disks[i].table_id = l->xenserver->marks[i];
	if (layout_check_listed(p, l, err) < 0)
		return -1;
	return xenserver_check_wipe(v, XENSERVER_INSTALL, arena, err);
}

static uint64_t smallest_disk(const struct layout *l)
{
	uint64_t bytes = l->disks[0].disk->size_bytes;

	for (size_t i = 1; i < l->n_disks; i++)
		if (l->disks[i].disk->size_bytes < bytes)
			bytes = l->disks[i].disk->size_bytes;
	return bytes;
}

static int check_disks(const struct profile *p, const struct layout *l, struct err *err)
{
	const struct disk *first = primary_of(l);
	bool gpt = str_eq(first->table, "gpt");

	if (gpt != (p->table == TABLE_GPT))
		return err_set(err, ERR_HARDWARE, 0,
			       "the XenServer on %s (serial %s) has %s, and the profile "
			       "says `table: %s`",
			       first->path, serial_of(first), gpt ? "a GPT" : "an MBR",
			       gpt ? "mbr" : "gpt");
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *d = l->disks[i].disk;

		if (d->sector_bytes != first->sector_bytes)
			return err_set(err, ERR_HARDWARE, 0,
				       "%s (serial %s) has sectors of %" PRIu64
				       " bytes, %s of %" PRIu64
				       ": its table cannot be copied",
				       d->path, serial_of(d), d->sector_bytes,
				       first->path, first->sector_bytes);
	}
	return 0;
}

/* Its own partitions, as they are. */
static int take_partitions(const struct profile *p, const struct disk *d, unsigned root,
			   struct arena *arena, struct layout *l, struct err *err)
{
	for (size_t i = 0; i < d->n_partitions; i++) {
		const struct partition_fact *from = &d->partitions[i];
		unsigned number = (unsigned)from->number;
		struct layout_partition part = {
			.number = number,
			.start_bytes = from->start_bytes,
			.size_bytes = from->size_bytes,
			.active = number == root,
		};

		part.name = number == root       ? "root"
			    : number == root + 1 ? "backup"
			    : number == root + 2 ? "storage"
						 : arena_printf(arena, "part%u", number);
		if (!layout_parse_type(from->type, p->table, &part.type) ||
		    (p->table == TABLE_MBR && number > MBR_PRIMARY_MAX))
			return err_set(err, ERR_HARDWARE, 0,
				       "%s (serial %s): partition %u of type %s is none "
				       "that XenServer's installer makes",
				       d->path, serial_of(d), number, from->type);
		l->partitions = arena_append(arena, l->partitions, &l->n_partitions,
					     &part, sizeof(part));
	}
	return 0;
}

static int add_storage(const struct profile *p, unsigned number, struct arena *arena,
		       struct layout *l, struct err *err)
{
	const struct disk *d = primary_of(l);
	uint64_t first = 0, end = (smallest_disk(l) - TAIL_BYTES) / MIB * MIB;
	struct layout_partition part = { .name = "storage", .number = number };
	size_t at = l->n_partitions;

	for (size_t i = 0; i < l->n_partitions; i++) {
		const struct layout_partition *o = &l->partitions[i];

		if (o->start_bytes + o->size_bytes > first)
			first = o->start_bytes + o->size_bytes;
	}
	part.start_bytes = (first + MIB - 1) / MIB * MIB;
	if (end < STORAGE_MIN_BYTES || part.start_bytes > end - STORAGE_MIN_BYTES)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s (serial %s): no room is left behind XenServer's own "
			       "partitions for its repository; the smallest of the disks "
			       "has %s",
			       d->path, serial_of(d), SIZE_TEXT(smallest_disk(l)));
	part.size_bytes = end - part.start_bytes;
	if (p->table == TABLE_MBR && end / d->sector_bytes > MBR_MAX_SECTORS)
		return err_set(err, ERR_HARDWARE, 0,
			       "an MBR counts to %s, and the smallest of the disks has "
			       "%s; say `table: gpt`",
			       SIZE_TEXT(MBR_MAX_SECTORS * d->sector_bytes),
			       SIZE_TEXT(smallest_disk(l)));
	/* In the order of their numbers, as tables are printed and written. */
	l->partitions = arena_append(arena, l->partitions, &l->n_partitions, &part,
				     sizeof(part));
	for (; at > 0 && l->partitions[at - 1].number > number; at--) {
		l->partitions[at] = l->partitions[at - 1];
		l->partitions[at - 1] = part;
	}
	return 0;
}

static int check_fits(const struct layout *l, struct err *err)
{
	const struct layout_partition *s = l->xenserver->storage;
	uint64_t tail = str_eq(primary_of(l)->table, "gpt") ? TAIL_BYTES : 0;

	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *d = l->disks[i].disk;

		if (i == l->xenserver->primary ||
		    (d->size_bytes >= tail &&
		     s->start_bytes + s->size_bytes <= d->size_bytes - tail))
			continue;
		return err_set(err, ERR_HARDWARE, 0,
			       "%s (serial %s, %s) is too small for the table of %s: its "
			       "storage partition ends at byte %" PRIu64,
			       d->path, serial_of(d), SIZE_TEXT(d->size_bytes),
			       primary_of(l)->path, s->start_bytes + s->size_bytes);
	}
	return 0;
}

static int lay_partitions(const struct profile *p, unsigned root, struct arena *arena,
			  struct layout *l, struct err *err)
{
	struct layout_xenserver *x = l->xenserver;
	const struct disk *d = primary_of(l);
	unsigned number = root + 2;
	struct layout_partition *storage = NULL;
	struct partition_type raid;

	if (check_disks(p, l, err) < 0 || take_partitions(p, d, root, arena, l, err) < 0)
		return -1;
	x->storage_is_new = !layout_find_partition(l, "storage");
	if (x->storage_is_new && add_storage(p, number, arena, l, err) < 0)
		return -1;
	if (!layout_parse_type("raid", p->table, &raid))
		abort();
	for (size_t i = 0; i < l->n_partitions; i++)
		if (l->partitions[i].number == number)
			storage = &l->partitions[i];
	if (p->table == TABLE_MBR ? storage->type.mbr != raid.mbr
				  : !str_same_id(storage->type.guid, raid.guid))
		x->storage_is_new = true;
	storage->type = raid;
	x->storage = storage;
	x->boot = layout_find_partition(l, "root");
	return check_fits(l, err);
}

static void name_partitions(const struct profile *p, struct arena *arena,
			    struct layout *l)
{
	for (size_t i = 0; p->table == TABLE_GPT && i < l->n_disks; i++) {
		struct layout_disk *d = &l->disks[i];

		d->partition_uuids = arena_alloc(arena, l->n_partitions * sizeof(char *));
		for (size_t j = 0; j < l->n_partitions; j++)
			d->partition_uuids[j] = layout_derive_uuid(
				p,
				arena_printf(arena, "partition %s",
					     l->partitions[j].name),
				d, 1, arena);
	}
}

/* Old kernels assemble by themselves what is type fd and metadata 0.90; they stand on an
 * MBR. Those on a GPT have udev for it. */
static struct array *settle_array(const struct profile *p, struct arena *arena)
{
	struct array *a = arena_alloc(arena, sizeof(*a));

	*a = p->xenserver.storage.array;
	if (!a->metadata)
		a->metadata = p->table == TABLE_MBR ? "0.90" : "1.2";
	return a;
}

static int plan_storage(const struct xenserver_view *v, struct arena *arena,
			struct err *err)
{
	const struct profile *p = v->profile;
	struct layout *l = v->layout;

	l->xenserver->stage = XENSERVER_STORAGE;
	l->state = STATE_STARTED;
	if (lay_partitions(p, v->disks[v->primary].root, arena, l, err) < 0)
		return -1;
	name_partitions(p, arena, l);
	for (size_t i = 0; i < l->n_disks; i++) {
		l->disks[i].kept = i == v->primary;
		l->disks[i].started = l->disks[i].kept || v->disks[i].copied;
	}
	l->disks[v->primary].table_id = primary_of(l)->table_id;
	if (layout_lay_array(p, settle_array(p, arena), arena, l, err) < 0)
		return -1;
	layout_find_existing_arrays(l);
	l->disks[v->primary].started = l->arrays[0].exists;
	if (layout_check_listed(p, l, err) < 0)
		return -1;
	return xenserver_check_wipe(v, XENSERVER_STORAGE, arena, err);
}

static void plan_boot(const struct xenserver_view *v, struct arena *arena)
{
	struct layout *l = v->layout;

	l->xenserver->stage = XENSERVER_BOOT;
	l->state = STATE_COMPLETE;
	for (size_t i = 0; i < l->n_disks; i++) {
		l->disks[i].kept = i == v->primary;
		l->disks[i].started = l->disks[i].bootable = true;
	}
	if (xenserver_is_finished(v))
		l->missing = xenserver_degraded(v, arena);
	if (l->missing)
		l->degraded = arena_printf(
			arena,
			"%s; the host is booted and its array left alone: add what "
			"is to be part of it from the host",
			l->missing);
}

static int decide(const struct xenserver_view *v, const struct facts *facts,
		  struct arena *arena, struct err *err)
{
	const struct profile *p = v->profile;
	struct layout *l = v->layout;
	bool touched = v->attempt > 0;

	if (v->primary == l->n_disks)
		return plan_install(v, facts, arena, err);
	for (size_t i = 0; i < l->n_disks; i++)
		touched |= v->disks[i].copied || v->disks[i].own_member;
	/* Given away by name, and nothing of ours says that we have put it there. */
	if (!touched && l->n_disks > 1 && refusal_is_listed(p, l->disks[v->primary].disk))
		return plan_install(v, facts, arena, err);
	l->xenserver->primary = v->primary;
	l->xenserver->root = layout_partition_path(arena, primary_of(l)->path,
						   v->disks[v->primary].root);
	l->xenserver->mirrored = v->disks[v->primary].mirror != NULL;
	if (wants_array(p) && !xenserver_is_finished(v))
		return plan_storage(v, arena, err);
	plan_boot(v, arena);
	return 0;
}

int layout_compute_xenserver(const struct profile *p, const struct facts *facts,
			     struct arena *arena, struct layout *ret, struct err *err)
{
	struct layout all = *ret, some = *ret;
	struct err ignored = { 0 };
	struct xenserver_view v;

	all.xenserver = some.xenserver = arena_alloc(arena, sizeof(*all.xenserver));
	*all.xenserver = (struct layout_xenserver){ 0 };
	if (layout_select_disks(p, facts, arena, &all, err) == 0) {
		if (xenserver_look(p, facts, &all, arena, &v, err) < 0 ||
		    decide(&v, facts, arena, err) < 0)
			return -1;
		*ret = all;
		return 0;
	}
	/* Nothing can be made with these; but is there a host that only lacks a disk? */
	if (layout_select_present(p, facts, arena, &some, &ignored) < 0 ||
	    xenserver_look(p, facts, &some, arena, &v, &ignored) < 0 ||
	    v.primary == some.n_disks || !xenserver_is_finished(&v))
		return -1;
	*err = (struct err){ 0 };
	if (decide(&v, facts, arena, err) < 0)
		return -1;
	*ret = some;
	return 0;
}
