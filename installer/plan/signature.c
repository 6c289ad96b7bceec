/*
 * Ours or somebody else's? The question that decides whether a disk may be written to.
 *
 * Ours is what carries an identifier that this very profile derives for this very disk.
 * Everything else that calls itself something is refused, with place and name.
 */
#include <inttypes.h>

#include "plan/layout.h"

enum ownership { BLANK, OURS, BOOTABLE, FOREIGN };

static bool is_our_uuid(const struct layout *layout, const char *uuid)
{
	if (!uuid)
		return false;
	for (size_t i = 0; i < layout->n_filesystems; i++)
		if (str_eq(layout->filesystems[i].uuid, uuid))
			return true;
	/* libblkid writes an array's UUID with hyphens, mdadm with colons. */
	for (size_t i = 0; i < layout->n_arrays; i++) {
		const char *a = layout->arrays[i].uuid, *b = uuid;

		while (*a && *b) {
			if (*a == ':')
				a++;
			else if (*b == '-')
				b++;
			else if (*a++ != *b++)
				break;
			else if (!*a && !*b)
				return true;
		}
	}
	return false;
}

static bool has_our_table(const struct layout_disk *disk)
{
	return str_eq(disk->disk->table, "dos") &&
	       str_eq(disk->disk->table_id, disk->table_id);
}

static bool is_our_signature(const struct layout *layout, const struct signature *s)
{
	return (!s->partition && str_eq(s->type, "dos")) || is_our_uuid(layout, s->uuid);
}

static enum ownership classify(const struct layout *layout,
			       const struct layout_disk *disk, struct text *findings)
{
	const struct disk *d = disk->disk;
	bool table = has_our_table(disk), foreign = false, active = false;

	for (size_t i = 0; i < d->n_signatures; i++) {
		const struct signature *s = &d->signatures[i];

		if (table && is_our_signature(layout, s))
			continue;
		foreign = true;
		text_printf(findings, "\n  %s (serial %s): %s at byte %" PRIu64, d->path,
			    d->serial ? d->serial : "unknown", s->type, s->offset_bytes);
		if (s->partition)
			text_printf(findings, " in partition %" PRIu64, s->partition);
		if (s->label)
			text_printf(findings, ", label \"%s\"", s->label);
	}
	for (size_t i = 0; i < d->n_partitions; i++)
		active |= d->partitions[i].active;
	if (foreign)
		return FOREIGN;
	if (!table)
		return BLANK;
	return active ? BOOTABLE : OURS;
}

int layout_check_signatures(const struct profile *profile, struct layout *layout,
			    struct err *err)
{
	auto_text struct text findings = { 0 };
	size_t count[FOREIGN + 1] = { 0 };

	const struct disk *blank = NULL, *bootable = NULL;

	(void)profile;
	for (size_t i = 0; i < layout->n_disks; i++) {
		struct layout_disk *d = &layout->disks[i];
		enum ownership owner = classify(layout, d, &findings);

		count[owner]++;
		d->bootable = owner == BOOTABLE;
		if (owner == BLANK)
			blank = d->disk;
		if (owner == BOOTABLE)
			bootable = d->disk;
	}
	if (count[FOREIGN])
		return err_set(
			err, ERR_UNSAFE, 0,
			"wipe: blank-only, and there is data that this profile did not "
			"put there; nothing has been written:%s",
			findings.s);
	/* A replaced disk beside one with a finished host: installing again would wipe
	 * it. */
	if (blank && bootable)
		return err_set(
			err, ERR_UNSAFE, 0,
			"%s (serial %s) carries a finished install of this profile, "
			"%s (serial %s) is blank; was it replaced? Boot the host and "
			"add the new disk to its arrays, or wipe the old one by hand",
			bootable->path, bootable->serial ? bootable->serial : "unknown",
			blank->path, blank->serial ? blank->serial : "unknown");
	layout->state = count[BOOTABLE] ? STATE_COMPLETE
			: count[OURS]   ? STATE_STARTED
					: STATE_BLANK;
	return 0;
}
