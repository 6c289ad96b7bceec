#include <strings.h>

#include "plan/finding.h"
#include "plan/layout_parts.h"
#include "plan/xenserver.h"

/* "root-" and six to eight letters, by release; of 16 that a label may have. */
static bool is_root_label(const char *label)
{
	static const char prefix[] = "root-";
	const char *rest = label ? label + strlen(prefix) : NULL;
	size_t n;

	if (!label || !str_starts(label, prefix))
		return false;
	n = strlen(rest);
	return n >= 6 && n <= 8 &&
	       strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789") == n;
}

static bool is_ext(const struct signature *s)
{
	return str_eq(s->type, "ext2") || str_eq(s->type, "ext3") ||
	       str_eq(s->type, "ext4");
}

static bool is_md(const struct signature *s)
{
	return str_eq(s->type, "linux_raid_member");
}

static unsigned find_root(const struct facts *facts, const struct disk *d)
{
	/* On UEFI machines there is no boot code whose absence would say anything. */
	if (!d->boot_code && !str_eq(facts->firmware, "uefi"))
		return 0;
	for (size_t i = 0; i < d->n_signatures; i++) {
		const struct signature *s = &d->signatures[i];

		if (s->partition && is_ext(s) && is_root_label(s->label))
			return (unsigned)s->partition;
	}
	return 0;
}

const char **xenserver_marks(const struct profile *p, const struct layout *layout,
			     unsigned attempt, struct arena *arena)
{
	const char **marks = arena_alloc(arena, layout->n_disks * sizeof(*marks));

	for (size_t i = 0; i < layout->n_disks; i++) {
		bool taken = true;

		/* 16 bits of the host, 16 of the rest: two may meet. */
		for (unsigned draw = 0; taken; draw++) {
			const char *purpose = arena_printf(
				arena, "xenserver attempt %u disk %zu draw %u", attempt,
				i, draw);

			marks[i] = layout_derive_short_id(p, purpose, layout->disks,
							  layout->n_disks, arena);
			taken = false;
			for (size_t j = 0; j < i; j++)
				taken |= str_eq(marks[i], marks[j]);
		}
	}
	return marks;
}

/* A table with nothing in it: the mark of a start, of this profile or an earlier one. */
static bool is_empty_own_table(const struct profile *p, const struct disk *d)
{
	if (!str_eq(d->table, "dos") || d->n_partitions || d->boot_code ||
	    !layout_is_own_id(p, d->table_id))
		return false;
	for (size_t i = 0; i < d->n_signatures; i++)
		if (!str_eq(d->signatures[i].type, "dos"))
			return false;
	return true;
}

static unsigned find_attempt(const struct profile *p, const struct layout *layout,
			     size_t disk, struct arena *arena)
{
	const struct disk *d = layout->disks[disk].disk;

	if (!is_empty_own_table(p, d))
		return 0;
	for (unsigned n = 1; n <= XENSERVER_ATTEMPTS; n++)
		if (strcasecmp(xenserver_marks(p, layout, n, arena)[disk], d->table_id) ==
		    0)
			return n;
	return 0;
}

static struct xenserver_disk look(const struct profile *p, const struct facts *facts,
				  const struct layout *layout, size_t i,
				  struct arena *arena)
{
	const struct layout_disk *d = &layout->disks[i];
	struct xenserver_disk view = {
		.root = find_root(facts, d->disk),
		.attempt = find_attempt(p, layout, i, arena),
		.copied = layout_has_our_table(p, d),
		.marked = layout_is_marked(p, d),
	};

	for (size_t j = 0; j < d->disk->n_signatures; j++) {
		const struct signature *s = &d->disk->signatures[j];

		if (!is_md(s))
			continue;
		if (!s->partition)
			view.mirror = s->uuid;
		else if (layout_is_own_id(p, s->uuid))
			view.own_member = true;
	}
	return view;
}

static int find_primary(struct xenserver_view *v, struct err *err)
{
	const struct layout *l = v->layout;

	v->primary = l->n_disks;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *a, *b = l->disks[i].disk;

		if (!v->disks[i].root)
			continue;
		if (v->primary == l->n_disks) {
			v->primary = i;
			continue;
		}
		if (v->disks[i].mirror &&
		    str_eq(v->disks[i].mirror, v->disks[v->primary].mirror))
			continue;
		a = l->disks[v->primary].disk;
		return err_set(err, ERR_UNSAFE, 0,
			       "there is a XenServer on %s (serial %s), and another one "
			       "on %s (serial %s): wipe the one that is not this host "
			       "by hand, or name the disks by serial",
			       a->path, layout_disk_id(a), b->path, layout_disk_id(b));
	}
	return 0;
}

int xenserver_look(const struct profile *p, const struct facts *facts,
		   struct layout *layout, struct arena *arena, struct xenserver_view *ret,
		   struct err *err)
{
	*ret = (struct xenserver_view){ .profile = p, .layout = layout };
	ret->disks = arena_alloc(arena, layout->n_disks * sizeof(*ret->disks));
	for (size_t i = 0; i < layout->n_disks; i++) {
		layout->disks[i].table_id = layout_table_id(p, &layout->disks[i], arena);
		ret->disks[i] = look(p, facts, layout, i, arena);
		if (ret->disks[i].attempt > ret->attempt)
			ret->attempt = ret->disks[i].attempt;
	}
	return find_primary(ret, err);
}

/*
 * The array is made after every table is there, and the marks come last. So a member on
 * the primary disk beside a disk without our table is not a start that was cut off.
 */
bool xenserver_is_finished(const struct xenserver_view *v)
{
	bool lacks = v->layout->n_disks < v->profile->disks.count;

	if (v->primary < v->layout->n_disks && v->disks[v->primary].mirror)
		return true;
	for (size_t i = 0; i < v->layout->n_disks; i++) {
		if (v->disks[i].marked)
			return true;
		lacks |= i != v->primary && !v->disks[i].copied;
	}
	return v->primary < v->layout->n_disks && v->disks[v->primary].own_member &&
	       lacks;
}

const char *xenserver_degraded(const struct xenserver_view *v, struct arena *arena)
{
	const struct layout *l = v->layout;
	size_t n_missing = v->profile->disks.count - l->n_disks;
	auto_text struct text t = { 0 };

	if (n_missing)
		text_printf(&t, "%zu of %u disks %s missing", n_missing,
			    (unsigned)v->profile->disks.count,
			    n_missing > 1 ? "are" : "is");
	for (size_t i = 0; i < l->n_disks; i++)
		if (i != v->primary && !v->disks[i].copied && !v->disks[i].mirror)
			text_printf(&t,
				    "%s%s (serial %s) is not part of the host's array",
				    t.len ? "; " : "", l->disks[i].disk->path,
				    layout_disk_id(l->disks[i].disk));
	return t.len ? arena_strdup(arena, t.s) : NULL;
}

/* What its installer leaves when it is cut off: tables, filesystems, swap. */
static bool is_of_its_installer(const struct disk *d, const struct signature *s)
{
	static const char *const labels[] = { "root-", "logs-", "swap-", "BOOT-" };
	bool has_root = false;

	if (finding_is_table(s) || str_eq(s->type, "swap"))
		return true;
	for (size_t i = 0; i < d->n_signatures; i++)
		has_root |= is_root_label(d->signatures[i].label);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (s->partition && s->label && str_starts(s->label, labels[i]))
			return true;
	return has_root && is_ext(s) && str_empty(s->label);
}

/* XenServer's names for a repository's volume group. */
static bool is_repository(const struct signature *s)
{
	return str_starts(s->type, "LVM") && s->label &&
	       (str_starts(s->label, "VG_XenStorage-") ||
		str_starts(s->label, "XSLocalEXT-"));
}

static bool is_of_our_array(const struct layout *l, const struct signature *s)
{
	return is_md(s) && s->uuid && l->n_arrays &&
	       str_same_id(l->arrays[0].uuid, s->uuid);
}

/*
 * XenServer's own disk: what is in its storage partition, and outside of all. `wipe` is
 * about whole disks, and listing this one would give XenServer away, too; so only the key
 * that is about the repository lets that go, and `own` what is this host's.
 */
static int check_kept(const struct xenserver_view *v, const struct layout_disk *d,
		      struct err *err)
{
	const struct layout_partition *storage = v->layout->xenserver->storage;
	bool own = refusal_policy(v->profile) == WIPE_OWN;
	auto_text struct text found = { 0 };
	bool repository = false;

	for (size_t i = 0; i < d->disk->n_signatures; i++) {
		const struct signature *s = &d->disk->signatures[i];

		if (s->partition ? s->partition != storage->number : finding_is_table(s))
			continue;
		if (is_of_our_array(v->layout, s) ||
		    (is_repository(s) && v->profile->xenserver.storage.replace) ||
		    (own && layout_is_own_signature(v->profile, d->disk, s)))
			continue;
		repository |= is_repository(s);
		text_add(&found, "\n  ");
		finding_print(d->disk, s, &found);
	}
	if (!found.len)
		return 0;
	return err_set(
		err, ERR_UNSAFE, 0,
		"partition %u of %s (serial %s), XenServer's own disk, is to become "
		"part of the array, and there is data in the way; nothing has been "
		"written; %s:%s",
		storage->number, d->disk->path, layout_disk_id(d->disk),
		repository ? "if the repository may go, with all guests' disks in "
			     "it, write `replace: true` into the profile's storage"
			   : "wipe it by hand if it may go",
		found.s);
}

static bool is_stranger(const struct xenserver_view *v, size_t i,
			enum xenserver_stage stage, const struct signature *s)
{
	const struct layout_disk *d = &v->layout->disks[i];

	if (is_empty_own_table(v->profile, d->disk))
		return false;
	if (stage == XENSERVER_INSTALL)
		return !v->attempt || i != v->layout->xenserver->primary ||
		       !is_of_its_installer(d->disk, s);
	return !v->disks[i].copied ||
	       !(layout_is_of_our_table(d, s) || is_of_our_array(v->layout, s));
}

int xenserver_check_wipe(const struct xenserver_view *v, enum xenserver_stage stage,
			 struct arena *arena, struct err *err)
{
	const struct profile *p = v->profile;
	struct layout *l = v->layout;
	struct foreign_disk *all = arena_alloc(arena, l->n_disks * sizeof(*all));
	enum wipe_policy policy = refusal_policy(p);
	bool refused = false;

	for (size_t i = 0; i < l->n_disks; i++) {
		struct layout_disk *d = &l->disks[i];
		struct foreign_disk *f = &all[i];

		*f = (struct foreign_disk){ .disk = d->disk, .all_own = true };
		if (d->kept) {
			if (check_kept(v, d, err) < 0)
				return -1;
			continue;
		}
		for (size_t j = 0; j < d->disk->n_signatures; j++) {
			const struct signature *s = &d->disk->signatures[j];

			if (!is_stranger(v, i, stage, s))
				continue;
			refusal_add(f, s, arena);
			f->all_own &= layout_is_own_signature(p, d->disk, s);
		}
		if (!f->n_strangers)
			continue;
		f->refused = !((policy == WIPE_OWN && f->all_own) ||
			       (policy == WIPE_LISTED && refusal_is_listed(p, d->disk)));
		refused |= f->refused;
		d->wiped = f->all_own ? "left by an earlier install of this host"
				      : "listed in the profile's wipe";
	}
	return refused ? refuse_foreign(p, all, l->n_disks, err) : 0;
}
