/*
 * Ours or somebody else's? The question that decides whether a disk may be written to.
 *
 * Ours is what carries an identifier that this very profile derives for this very disk.
 * Everything else that calls itself something is a stranger: refused with place and name,
 * unless the profile's `wipe` covers all that stands on that disk. A disk that carries a
 * finished install of this very profile is never wiped, whatever `wipe` says: a machine
 * that is left on network boot would install itself again and again.
 */
#include <ctype.h>
#include <strings.h>

#include "plan/finding.h"
#include "plan/layout_parts.h"
#include "plan/refusal.h"

enum ownership {
	BLANK,    /* nothing that calls itself something */
	OURS,     /* begun by this profile, nothing else there */
	WIPEABLE, /* strangers, and the profile says that they may go */
	FOREIGN,
};

struct judgement {
	enum ownership owner;
	bool marked;   /* a finished install of this very profile */
	bool listed;   /* by serial number, in `wipe` */
	bool all_own;  /* what is there comes from this host's earlier installs */
	bool stranger; /* something is not of this profile */
};

struct court { /* what every helper here needs */
	const struct profile *profile;
	struct layout *layout;
	bool complete; /* some disk is marked: the host has been installed, and lives */
	struct judgement *disks;
};

static bool is_our_uuid(const struct layout *layout, const char *uuid)
{
	if (str_empty(uuid))
		return false;
	for (size_t i = 0; i < layout->n_filesystems; i++) {
		const char *ours = layout->filesystems[i].uuid;

		/* A FAT volume id is in capitals. */
		if (ours && strcasecmp(ours, uuid) == 0)
			return true;
	}
	for (size_t i = 0; i < layout->n_groups; i++)
		if (str_eq(layout->groups[i].pv_uuid, uuid))
			return true;
	for (size_t i = 0; i < layout->n_arrays; i++)
		if (str_same_id(layout->arrays[i].uuid, uuid))
			return true;
	return false;
}

bool layout_has_our_table(const struct profile *p, const struct layout_disk *d)
{
	const char *kind = p->table == TABLE_GPT ? "gpt" : "dos";

	return str_eq(d->disk->table, kind) && d->disk->table_id && d->table_id &&
	       strcasecmp(d->disk->table_id, d->table_id) == 0;
}

/* This profile has been at work there: by the table, or what stands on the whole disk. */
static bool is_begun(const struct court *c, const struct layout_disk *d)
{
	if (!d->whole)
		return layout_has_our_table(c->profile, d);
	for (size_t i = 0; i < d->disk->n_signatures; i++)
		if (is_our_uuid(c->layout, d->disk->signatures[i].uuid))
			return true;
	return false;
}

static bool has_active(const struct disk *disk)
{
	for (size_t i = 0; i < disk->n_partitions; i++)
		if (disk->partitions[i].active)
			return true;
	return false;
}

bool layout_is_marked(const struct profile *p, const struct layout_disk *d)
{
	return !d->whole && layout_has_our_table(p, d) && has_active(d->disk);
}

/* The table itself, of a disk whose table is ours. A backup of another GPT is not. */
bool layout_is_of_our_table(const struct layout_disk *d, const struct signature *s)
{
	if (d->whole || !finding_is_table(s))
		return false;
	if (str_eq(s->type, "PMBR"))
		return str_eq(d->disk->table, "gpt");
	return str_eq(s->type, d->disk->table) && (str_eq(s->type, "dos") || !s->uuid ||
						   strcasecmp(s->uuid, d->table_id) == 0);
}

/*
 * On a finished host people make things: a group of volumes in an array that we left
 * empty, a filesystem in a spare partition. Booting that host harms none of it. Only a
 * member of another array, or a table over ours, says that it is not our host any more.
 */
static bool is_of_the_living_host(const struct layout_disk *d, const struct signature *s)
{
	return (s->partition || d->whole) && !str_eq(s->type, "linux_raid_member");
}

/* From an earlier install of this host, by whatever profile. */
bool layout_is_own_signature(const struct profile *p, const struct disk *disk,
			     const struct signature *s)
{
	const char *id = s->uuid;

	/* A GPT's backup, which may be another table's, says itself whose it is. */
	if (finding_is_table(s) &&
	    (str_eq(s->type, "PMBR") ||
	     (str_eq(s->type, disk->table) && !(str_eq(s->type, "gpt") && id))))
		id = disk->table_id;
	return id && layout_is_own_id(p, id);
}

static bool is_stranger(const struct court *c, const struct layout_disk *d,
			const struct signature *s)
{
	if (!is_begun(c, d))
		return true;
	if (layout_is_of_our_table(d, s) || is_our_uuid(c->layout, s->uuid))
		return false;
	return !c->complete || !is_of_the_living_host(d, s);
}

/*
 * Where the partitions of a begun table should stand depends on the smallest disk, which
 * may be another one by now: then the table is written again.
 */
static bool has_our_partitions(const struct layout *layout, const struct layout_disk *d)
{
	if (d->whole)
		return true;
	if (d->disk->n_partitions != layout->n_partitions)
		return false;
	for (size_t i = 0; i < layout->n_partitions; i++) {
		const struct partition_fact *is = &d->disk->partitions[i];
		const struct layout_partition *want = &layout->partitions[i];

		if (is->number != want->number || is->start_bytes != want->start_bytes ||
		    is->size_bytes != want->size_bytes)
			return false;
	}
	return true;
}

static struct judgement judge(const struct court *c, const struct layout_disk *d)
{
	enum wipe_policy policy = refusal_policy(c->profile);
	struct judgement j = {
		.marked = layout_is_marked(c->profile, d),
		.listed = refusal_is_listed(c->profile, d->disk),
		.all_own = true,
	};

	for (size_t i = 0; i < d->disk->n_signatures; i++) {
		const struct signature *s = &d->disk->signatures[i];

		j.stranger |= is_stranger(c, d, s);
		j.all_own &= layout_is_own_signature(c->profile, d->disk, s);
	}
	if (!j.stranger)
		j.owner = !is_begun(c, d)                                ? BLANK
			  : j.marked || has_our_partitions(c->layout, d) ? OURS
									 : WIPEABLE;
	else if (j.marked)
		j.owner = FOREIGN;
	else
		j.owner = (policy == WIPE_OWN && j.all_own) ||
					  (policy == WIPE_LISTED && j.listed)
				  ? WIPEABLE
				  : FOREIGN;
	return j;
}

/* What stands in the way, disk by disk. */
static struct foreign_disk *find_foreign(const struct court *c, bool marked_too,
					 struct arena *arena)
{
	struct foreign_disk *all = arena_alloc(arena, c->layout->n_disks * sizeof(*all));

	for (size_t i = 0; i < c->layout->n_disks; i++) {
		const struct layout_disk *d = &c->layout->disks[i];
		const struct judgement *j = &c->disks[i];

		all[i] = (struct foreign_disk){
			.disk = d->disk,
			.refused = j->owner == FOREIGN && (!j->marked || marked_too),
			.all_own = j->all_own,
		};
		for (size_t k = 0; k < d->disk->n_signatures; k++)
			if (is_stranger(c, d, &d->disk->signatures[k]))
				refusal_add(&all[i], &d->disk->signatures[k], arena);
	}
	return all;
}

static int fail_foreign(const struct court *c, struct err *err)
{
	auto_arena struct arena arena = { 0 };

	return refuse_foreign(c->profile, find_foreign(c, true, &arena),
			      c->layout->n_disks, err);
}

/* A finished host with disks that are not its own beside it: installing would wipe it. */
static int fail_replaced(const struct court *c, const struct layout_disk *finished,
			 size_t odd, struct err *err)
{
	static const char *const words[] = {
		[BLANK] = "is blank",
		[OURS] = "is its own", /* not odd */
		[WIPEABLE] = "is not of it",
		[FOREIGN] = "carries something else",
	};
	const struct disk *a = finished->disk, *b = c->layout->disks[odd].disk;
	auto_arena struct arena arena = { 0 };
	auto_text struct text findings = { 0 };

	refusal_print_findings(find_foreign(c, c->disks[odd].marked, &arena),
			       c->layout->n_disks, &findings);
	if (c->disks[odd].marked)
		return err_set(err, ERR_UNSAFE, 0,
			       "%s (serial %s) carries a finished install of this "
			       "profile, which is never wiped, and with it what is not "
			       "of this profile; boot that host, or wipe the disk by "
			       "hand:%s",
			       b->path, b->serial ? b->serial : "unknown", findings.s);
	return err_set(err, ERR_UNSAFE, 0,
		       "%s (serial %s) carries a finished install of this profile, which "
		       "is never wiped; %s (serial %s) %s: was it replaced? Boot the "
		       "host and add the new disk to its arrays, or wipe the old one by "
		       "hand%s%s",
		       a->path, a->serial ? a->serial : "unknown", b->path,
		       b->serial ? b->serial : "unknown", words[c->disks[odd].owner],
		       findings.len ? ":" : "", findings.len ? findings.s : "");
}

static int check_owners(const struct court *c, struct err *err)
{
	const struct layout_disk *finished = NULL;
	size_t odd = c->layout->n_disks, odd_marked = odd;
	bool foreign = false;

	for (size_t i = 0; i < c->layout->n_disks; i++) {
		const struct judgement *j = &c->disks[i];

		if (j->marked && !finished)
			finished = &c->layout->disks[i];
		foreign |= j->owner == FOREIGN;
		if (j->owner != OURS && !j->marked && odd == c->layout->n_disks)
			odd = i;
		if (j->owner != OURS && j->marked)
			odd_marked = i;
	}
	if (finished && odd < c->layout->n_disks)
		return fail_replaced(c, finished, odd, err);
	if (finished && odd_marked < c->layout->n_disks)
		return fail_replaced(c, finished, odd_marked, err);
	return foreign ? fail_foreign(c, err) : 0;
}

/* A serial number with a slip in it protects nothing, and may be another disk's. */
int layout_check_listed(const struct profile *p, const struct layout *layout,
			struct err *err)
{
	auto_text struct text unknown = { 0 };

	for (size_t i = 0; i < p->wipe.n_listed; i++) {
		bool chosen = false;

		for (size_t j = 0; j < layout->n_disks; j++)
			chosen |= str_eq(p->wipe.listed[i],
					 layout->disks[j].disk->serial);
		if (!chosen)
			text_printf(&unknown, "%s%s", unknown.len ? ", " : "",
				    p->wipe.listed[i]);
	}
	if (!unknown.len)
		return 0;
	return err_set(err, ERR_HARDWARE, 0,
		       "%s:%u:%u: wipe.listed: none of the disks chosen has the serial "
		       "number %s; `dom0strap facts` shows what they are",
		       p->name, p->wipe.at.line, p->wipe.at.column, unknown.s);
}

/* The number of the partition of `disk` that `member` is, 0 for the disk; -1: of another.
 */
static int member_number(const char *member, const char *disk)
{
	size_t len = strlen(disk);
	const char *rest = member + len;

	if (!str_starts(member, disk))
		return -1;
	if (!*rest)
		return 0;
	if (isdigit((unsigned char)disk[len - 1]) && *rest++ != 'p')
		return -1;
	if (!*rest || rest[strspn(rest, "0123456789")])
		return -1;
	return (int)strtoull(rest, NULL, 10);
}

static bool carries(const struct layout *layout, const char *member, const char *uuid)
{
	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct layout_disk *d = &layout->disks[i];
		int number = member_number(member, d->disk->path);

		if (number < 0 || !d->started)
			continue;
		for (size_t j = 0; j < d->disk->n_signatures; j++) {
			const struct signature *s = &d->disk->signatures[j];

			if (s->partition == (uint64_t)number && s->uuid &&
			    str_eq(s->type, "linux_raid_member") &&
			    str_same_id(s->uuid, uuid))
				return true;
		}
	}
	return false;
}

void layout_find_existing_arrays(struct layout *layout)
{
	for (size_t i = 0; i < layout->n_arrays; i++) {
		struct layout_array *a = &layout->arrays[i];

		a->exists = a->n_members > 0;
		for (size_t j = 0; j < a->n_members; j++)
			a->exists &= carries(layout, a->members[j], a->uuid);
	}
}

/* Why the plan may wipe what is there, for people. */
static const char *wiped_because(const struct judgement *j, const struct disk *disk)
{
	if (j->owner != WIPEABLE || !j->stranger)
		return NULL;
	if (!j->all_own)
		return "listed in the profile's wipe";
	return has_active(disk) ? "a finished install of this host by another profile"
				: "left by an earlier install of this host";
}

static void keep(const struct court *c)
{
	struct layout *layout = c->layout;

	layout->state = STATE_BLANK;
	for (size_t i = 0; i < layout->n_disks; i++) {
		struct layout_disk *d = &layout->disks[i];

		d->started = c->disks[i].owner == OURS;
		d->bootable = c->disks[i].marked;
		d->wiped = wiped_because(&c->disks[i], d->disk);
		if (d->started)
			layout->state = STATE_STARTED;
	}
	if (c->complete)
		layout->state = STATE_COMPLETE;
	layout_find_existing_arrays(layout);
}

int layout_check_signatures(const struct profile *profile, struct layout *layout,
			    struct err *err)
{
	auto_free struct judgement *disks = xcalloc(layout->n_disks, sizeof(*disks));
	struct court c = { .profile = profile, .layout = layout, .disks = disks };

	for (size_t i = 0; i < layout->n_disks; i++)
		c.complete |= layout_is_marked(profile, &layout->disks[i]);
	for (size_t i = 0; i < layout->n_disks; i++)
		disks[i] = judge(&c, &layout->disks[i]);
	if (!c.complete && layout_check_listed(profile, layout, err) < 0)
		return -1;
	if (check_owners(&c, err) < 0)
		return -1;
	keep(&c);
	return 0;
}
