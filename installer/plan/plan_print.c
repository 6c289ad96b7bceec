/*
 * The plan as text. What stands here is what the operator confirms and what the digest
 * binds, so every field that changes what happens is printed, and no secret is.
 */
#include <inttypes.h>

#include "core/digest.h"
#include "fetch/share.h"
#include "plan/convert.h"

/* Somebody else's words, which must not look like ours. */
static void print_foreign(const char *before, const char *foreign, const char *behind,
			  struct text *out)
{
	auto_free char *clean = foreign ? xstrdup(foreign) : NULL;

	if (!clean)
		return;
	str_clean(clean);
	text_printf(out, "%s%s%s", before, clean, behind);
}

static void print_signature(const struct signature *s, struct text *out)
{
	print_foreign("\n      | has ", s->type, "", out);
	text_printf(out, " at byte %" PRIu64, s->offset_bytes);
	if (s->partition)
		text_printf(out, " in partition %" PRIu64, s->partition);
	print_foreign(", UUID ", s->uuid, "", out);
	print_foreign(", label \"", s->label, "\"", out);
}

static void print_disk(const struct layout_disk *disk, struct text *out)
{
	const struct disk *d = disk->disk;

	text_printf(out,
		    "  %s: serial %s, %" PRIu64 " bytes (%s), %" PRIu64 "-byte sectors",
		    d->path, d->serial ? d->serial : "unknown", d->size_bytes,
		    SIZE_TEXT(d->size_bytes), d->sector_bytes);
	if (disk->whole)
		text_printf(out, ", used whole in %s", disk->set->name);
	for (size_t i = 0; i < d->n_signatures; i++)
		print_signature(&d->signatures[i], out);
	if (disk->added)
		text_add(out, "\n      | added since this profile installed the host");
	if (disk->kept)
		text_add(out, "\n      | XenServer is on it");
	if (disk->wiped)
		text_printf(out, "\n      | may be wiped: %s", disk->wiped);
	text_add(out, "\n");
}

static void print_finish(const struct plan *plan, struct text *out)
{
	static const char *const finishes[] = {
		[FINISH_KEXEC] = "kexec into Xen",
		[FINISH_REBOOT] = "reboot",
		[FINISH_POWEROFF] = "power off",
		[FINISH_SHELL] = "stay in the boot environment",
	};
	const char *reason = plan_finish_reason(plan);
	const struct layout_xenserver *x = plan->layout.xenserver;

	if (plan_serves(plan))
		text_printf(out,
			    "- serve-chunks: the image's chunks, to whoever asks at port "
			    "%u, for %s\n"
			    "      | from memory: kept while the image is unpacked, if "
			    "twice as much is free\n",
			    SHARE_PORT, plan_serves(plan));
	text_printf(out, "- finish: %s%s%s%s",
		    x && x->stage == XENSERVER_INSTALL
			    ? "kexec into XenServer's installer"
			    : finishes[plan_finish(plan)],
		    reason ? " (" : "", reason ? reason : "", reason ? ")" : "");
	if (plan_finish(plan) == FINISH_KEXEC && plan->facts->n_restless) {
		text_add(out, "\n      | brought to rest first: ");
		facts_print_restless(plan->facts->restless, plan->facts->n_restless, out);
	}
	text_add(out, "\n");
}

static const char *describe_state(const struct layout *l)
{
	static const char *const states[] = {
		[STATE_BLANK] = "blank: install",
		[STATE_STARTED] = "begun by this profile, not finished: install again",
		[STATE_CONVERT] = "of an installed system: convert it, no disk layout is "
				  "touched",
		[STATE_CONVERTED] = "of a system that is converted already: boot it, "
				    "nothing is changed",
		[STATE_COMPLETE] =
			"installed by this profile: boot it, nothing is destroyed",
	};

	if (!l->xenserver || l->state == STATE_BLANK)
		return states[l->state];
	switch (l->xenserver->stage) {
	case XENSERVER_STORAGE:
		return "with XenServer: make the array for its repository";
	case XENSERVER_BOOT:
		return "with XenServer, complete: boot it, nothing is destroyed";
	default:
		return "given to XenServer's installer, which has not finished: start it "
		       "again";
	}
}

void plan_print(const struct plan *plan, struct text *out)
{
	text_printf(out, "host %s, ", plan->profile->host);
	if (plan->tree)
		print_foreign("tree ", plan->tree, "\n", out);
	else
		text_printf(out, "disks %s\n", describe_state(&plan->layout));
	for (size_t i = 0; i < plan->layout.n_disks; i++)
		print_disk(&plan->layout.disks[i], out);
	print_foreign("  ", plan->layout.degraded, "\n", out);
	if (plan->convert)
		plan_print_convert(plan->convert, out);
	for (size_t i = 0; i < plan->n; i++) {
		const struct action *a = &plan->actions[i];

		text_printf(out, "%c %s: ", a->destroys ? '!' : '-', a->step);
		plan_print_action(a, out);
		text_add(out, "\n");
	}
	if (!plan->tree)
		print_finish(plan, out);
}
