#include "plan/refusal.h"

#include <ctype.h>

#include "plan/finding.h"

#define FINDINGS_MAX 6000 /* bytes of a message; the rest is counted */

void refusal_add(struct foreign_disk *to, const struct signature *stranger,
		 struct arena *arena)
{
	to->strangers = arena_append(arena, to->strangers, &to->n_strangers, &stranger,
				     sizeof(const struct signature *));
}

bool refusal_is_listed(const struct profile *p, const struct disk *disk)
{
	for (size_t i = 0; i < p->wipe.n_listed; i++)
		if (str_eq(p->wipe.listed[i], disk->serial))
			return true;
	return false;
}

enum wipe_policy refusal_policy(const struct profile *p)
{
	return p->wipe.n_listed ? WIPE_LISTED : p->wipe.policy;
}

/* As YAML wants it between [ and ]. */
static void print_serial(const char *serial, struct text *out)
{
	bool plain = isalnum((unsigned char)*serial);

	for (const char *s = serial; *s; s++)
		plain &= isalnum((unsigned char)*s) || strchr("-_.", *s);
	if (plain) {
		text_add(out, serial);
		return;
	}
	text_add(out, "\"");
	for (; *serial; serial++)
		text_printf(out, "%s%c", strchr("\"\\", *serial) ? "\\" : "", *serial);
	text_add(out, "\"");
}

/* What to write into the profile so that all of this may go; empty where nothing helps.
 */
static void print_remedy(const struct foreign_disk *disks, size_t n, struct text *out)
{
	bool all_own = true;
	auto_text struct text serials = { 0 }, nameless = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct disk *disk = disks[i].disk;

		if (!disks[i].n_strangers)
			continue;
		all_own &= disks[i].all_own;
		if (!disk->serial) {
			text_printf(&nameless, "%s%s", nameless.len ? ", " : "",
				    disk->path);
			continue;
		}
		text_add(&serials, serials.len ? ", " : "");
		print_serial(disk->serial, &serials);
	}
	if (all_own)
		text_add(out, "; all of it comes from earlier installs of this host, and "
			      "`wipe: own` in the profile lets it go");
	else if (serials.len)
		text_printf(out,
			    "; if it may go, write `wipe: {listed: [%s]}` into the "
			    "profile",
			    serials.s);
	if (!all_own && nameless.len)
		text_printf(out, "; %s without a serial number must be wiped by hand",
			    nameless.s);
}

void refusal_print_findings(const struct foreign_disk *disks, size_t n, struct text *out)
{
	size_t n_more = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; disks[i].refused && j < disks[i].n_strangers; j++) {
			if (out->len > FINDINGS_MAX) {
				n_more++;
				continue;
			}
			text_add(out, "\n  ");
			finding_print(disks[i].disk, disks[i].strangers[j], out);
		}
	}
	if (n_more)
		text_printf(out, "\n  and %zu more; `dom0strap facts` shows all", n_more);
}

int refuse_foreign(const struct profile *p, const struct foreign_disk *disks, size_t n,
		   struct err *err)
{
	static const char *const policies[] = {
		[WIPE_BLANK_ONLY] = "wipe: blank-only, and there is data that this "
				    "profile did not put there",
		[WIPE_OWN] = "wipe: own, and there is data that no install of this host "
			     "put there",
		[WIPE_LISTED] = "wipe: listed, and there is data on disks that are not "
				"listed",
	};
	auto_text struct text findings = { 0 }, remedy = { 0 };

	refusal_print_findings(disks, n, &findings);
	print_remedy(disks, n, &remedy);
	return err_set(err, ERR_UNSAFE, 0, "%s; nothing has been written%s:%s",
		       policies[refusal_policy(p)], remedy.len ? remedy.s : "",
		       findings.s);
}
