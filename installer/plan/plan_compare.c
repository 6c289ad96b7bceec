#include "plan/plan_compare.h"

#include <inttypes.h>
#include <strings.h>

#include "plan/finding.h"

#define LISTED_MAX 6000 /* bytes of a message; the rest is counted */

struct differences {
	struct text list;
	size_t n, n_left_out;
};

static void add(struct differences *d, const char *fmt, ...) printf_like(2, 3);

static void add(struct differences *d, const char *fmt, ...)
{
	auto_free char *line = NULL;
	va_list ap;

	d->n++;
	if (d->list.len > LISTED_MAX) {
		d->n_left_out++;
		return;
	}
	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	text_printf(&d->list, "\n  %s", line);
}

static int fail(struct differences *d, const struct kept_plan *kept, struct err *err)
{
	if (d->n_left_out)
		text_printf(&d->list, "\n  and %zu more", d->n_left_out);
	err_set(err, ERR_UNSAFE, 0,
		"this is not the plan of %s any more; nothing has been written; look at "
		"what has changed, and make a new one with `plan --json`:%s",
		kept->name, d->list.s ? d->list.s : "");
	text_free(&d->list);
	return -1;
}

static const struct disk *find_disk(const struct disk *disks, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(layout_disk_id(&disks[i]), id))
			return &disks[i];
	return NULL;
}

static bool same_signature(const struct signature *a, const struct signature *b)
{
	return str_eq(a->type, b->type) && a->offset_bytes == b->offset_bytes &&
	       a->partition == b->partition && str_eq(a->uuid, b->uuid) &&
	       str_eq(a->label, b->label);
}

static bool has_signature(const struct disk *disk, const struct signature *s)
{
	for (size_t i = 0; i < disk->n_signatures; i++)
		if (same_signature(&disk->signatures[i], s))
			return true;
	return false;
}

/* Signatures of `a` that `b` has not. */
static void compare_signatures(const struct disk *a, const struct disk *b,
			       const char *how, struct differences *d)
{
	for (size_t i = 0; i < a->n_signatures; i++) {
		auto_text struct text t = { 0 };

		if (has_signature(b, &a->signatures[i]))
			continue;
		finding_print(a, &a->signatures[i], &t);
		if (a->signatures[i].uuid)
			text_printf(&t, ", UUID %s", a->signatures[i].uuid);
		add(d, "%s %s", t.s, how);
	}
}

static void compare_table(const struct disk *was, const struct disk *is,
			  struct differences *d)
{
	bool same = str_eq(was->table, is->table) &&
		    str_eq(was->table_id, is->table_id) &&
		    was->n_partitions == is->n_partitions;

	for (size_t i = 0; same && i < was->n_partitions; i++) {
		const struct partition_fact *a = &was->partitions[i],
					    *b = &is->partitions[i];

		same = a->number == b->number && a->start_bytes == b->start_bytes &&
		       a->size_bytes == b->size_bytes && a->active == b->active;
	}
	if (!same)
		add(d, "%s (serial %s): another partition table than it had", is->path,
		    is->serial ? is->serial : "unknown");
}

static void compare_disk(const struct disk *was, const struct disk *is,
			 struct differences *d)
{
	const char *id = layout_disk_id(is);

	if (was->size_bytes != is->size_bytes)
		add(d, "%s (serial %s) has %" PRIu64 " bytes (%s), had %" PRIu64 " (%s)",
		    is->path, id, is->size_bytes, SIZE_TEXT(is->size_bytes),
		    was->size_bytes, SIZE_TEXT(was->size_bytes));
	if (was->sector_bytes != is->sector_bytes)
		add(d, "%s (serial %s) has sectors of %" PRIu64 " bytes, had %" PRIu64,
		    is->path, id, is->sector_bytes, was->sector_bytes);
	if (!str_eq(was->path, is->path))
		add(d, "the disk with serial %s is %s, was %s", id, is->path, was->path);
	compare_table(was, is, d);
	compare_signatures(is, was, "is new", d);
	compare_signatures(was, is, "is gone", d);
}

static void compare_kept_disks(const struct kept_plan *kept, const struct disk *disks,
			       size_t n, struct differences *d)
{
	for (size_t i = 0; i < kept->n_disks; i++) {
		const struct disk *was = &kept->disks[i];
		const struct disk *is = find_disk(disks, n, layout_disk_id(was));

		if (is)
			compare_disk(was, is, d);
		else
			add(d, "%s (serial %s, %s) is gone", was->path,
			    layout_disk_id(was), SIZE_TEXT(was->size_bytes));
	}
}

/* What stands now where a disk of the plan stood. */
static void name_intruders(const struct kept_plan *kept, const struct disk *disks,
			   size_t n, struct differences *d)
{
	for (size_t i = 0; i < n; i++) {
		const struct disk *is = &disks[i];

		if (find_disk(kept->disks, kept->n_disks, layout_disk_id(is)))
			continue;
		for (size_t j = 0; j < kept->n_disks; j++)
			if (str_eq(kept->disks[j].path, is->path))
				add(d, "%s is another disk: serial %s, %s", is->path,
				    layout_disk_id(is), SIZE_TEXT(is->size_bytes));
	}
}

int plan_compare_disks(const struct kept_plan *kept, const struct facts *facts,
		       struct err *err)
{
	struct differences d = { 0 };

	compare_kept_disks(kept, facts->disks, facts->n_disks, &d);
	name_intruders(kept, facts->disks, facts->n_disks, &d);
	return d.n ? fail(&d, kept, err) : 0;
}

/* Disks that are there, and that the selectors take for something else than before. */
static void compare_chosen(const struct kept_plan *kept, const struct plan *plan,
			   struct differences *d)
{
	const struct layout *layout = &plan->layout;

	for (size_t i = 0; i < kept->n_disks; i++) {
		const char *id = layout_disk_id(&kept->disks[i]);
		bool chosen = false;

		for (size_t j = 0; j < layout->n_disks; j++)
			chosen |= str_eq(layout_disk_id(layout->disks[j].disk), id);
		if (!chosen && find_disk(plan->facts->disks, plan->facts->n_disks, id))
			add(d, "%s (serial %s) is not chosen any more",
			    kept->disks[i].path, id);
	}
	for (size_t j = 0; j < layout->n_disks; j++) {
		const struct disk *is = layout->disks[j].disk;

		if (!find_disk(kept->disks, kept->n_disks, layout_disk_id(is)))
			add(d, "%s (serial %s, %s) was not chosen before", is->path,
			    layout_disk_id(is), SIZE_TEXT(is->size_bytes));
	}
}

static bool same_action(const struct kept_action *was, const struct action *is)
{
	auto_text struct text t = { 0 };

	plan_print_action(is, &t);
	return was->destroys == is->destroys && str_eq(was->step, is->step) &&
	       str_eq(was->text, t.s);
}

/* Without what is the same at the beginning and at the end. */
static void compare_actions(const struct kept_plan *kept, const struct plan *plan,
			    struct differences *d)
{
	size_t first = 0, n_was = kept->n_actions, n_is = plan->n;

	while (first < n_was && first < n_is &&
	       same_action(&kept->actions[first], &plan->actions[first]))
		first++;
	while (n_was > first && n_is > first &&
	       same_action(&kept->actions[n_was - 1], &plan->actions[n_is - 1])) {
		n_was--;
		n_is--;
	}
	for (size_t i = first; i < n_was || i < n_is; i++) {
		auto_text struct text t = { 0 };

		if (i < n_was)
			add(d, "was: %c %s: %s", kept->actions[i].destroys ? '!' : '-',
			    kept->actions[i].step, kept->actions[i].text);
		if (i >= n_is)
			continue;
		plan_print_action(&plan->actions[i], &t);
		add(d, "now: %c %s: %s", plan->actions[i].destroys ? '!' : '-',
		    plan->actions[i].step, t.s);
	}
}

int plan_compare(const struct kept_plan *kept, const struct plan *plan, struct err *err)
{
	struct digest digest = plan_digest(plan);
	struct differences d = { 0 };
	const char *state = plan_state_name(plan->layout.state);

	compare_kept_disks(kept, plan->facts->disks, plan->facts->n_disks, &d);
	compare_chosen(kept, plan, &d);
	if (!str_eq(kept->host, plan->profile->host))
		add(&d, "the profile is of %s, was of %s", plan->profile->host,
		    kept->host);
	if (!str_eq(kept->state, state))
		add(&d, "the disks are %s, were %s", state, kept->state);
	compare_actions(kept, plan, &d);
	if (d.n == 0 && strcasecmp(kept->digest, DIGEST_TEXT(&digest)) != 0)
		add(&d, "the digest is %s, was %s", DIGEST_TEXT(&digest), kept->digest);
	return d.n ? fail(&d, kept, err) : 0;
}
