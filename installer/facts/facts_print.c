#include <inttypes.h>

#include "facts/facts.h"

static const char *or_dash(const char *s)
{
	return s ? s : "-";
}

/* What selectors can go by and what an array's creation depends on, as far as known. */
static void print_more(const struct disk *d, struct text *out)
{
	const char *between = "  ";

	if (d->wwn)
		text_printf(out, "%swwn %s", between, d->wwn), between = ", ";
	if (d->by_path)
		text_printf(out, "%sby-path %s", between, d->by_path), between = ", ";
	if (d->write_zeroes_bytes)
		text_printf(out, "%swrite-zeroes", between), between = ", ";
	if (d->discard_bytes)
		text_printf(out, "%sdiscard", between), between = ", ";
	if (*between == ',')
		text_add(out, "\n");
	if (d->boot_medium)
		text_add(out, "  carries the boot environment, never installed on\n");
}

static void print_disk(const struct disk *d, struct text *out)
{
	text_printf(out,
		    "disk %s: %s, %s, %s, serial %s, %" PRIu64 "-byte sectors%s%s%s\n",
		    d->path, SIZE_TEXT(d->size_bytes), or_dash(d->transport),
		    or_dash(d->model), or_dash(d->serial), d->sector_bytes,
		    d->rotational ? ", rotational" : "",
		    d->removable ? ", removable" : "", d->read_only ? ", read-only" : "");
	print_more(d, out);
	if (d->in_use)
		text_printf(out, "  in use: %s\n", d->in_use);
	if (d->unreadable)
		text_printf(out, "  cannot be read: %s\n", d->unreadable);
	if (d->n_signatures == 0 && !d->unreadable)
		text_add(out, "  blank\n");
	for (size_t i = 0; i < d->n_signatures; i++) {
		const struct signature *s = &d->signatures[i];

		text_printf(out, "  %s at byte %" PRIu64, s->type, s->offset_bytes);
		if (s->partition)
			text_printf(out, " (partition %" PRIu64 ")", s->partition);
		if (s->label)
			text_printf(out, ", label %s", s->label);
		if (s->uuid)
			text_printf(out, ", UUID %s", s->uuid);
		text_add(out, "\n");
	}
}

/* Facts may be somebody else's words. */
void facts_print_restless(const struct restless *devices, size_t n, struct text *out)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *one = xasprintf("%s (%s)", devices[i].device,
						devices[i].driver);

		str_clean(one);
		text_printf(out, "%s%s", i ? ", " : "", one);
	}
}

void facts_print(const struct facts *facts, struct text *out)
{
	text_printf(out, "machine: %s %s, serial %s, UUID %s\n", or_dash(facts->vendor),
		    or_dash(facts->product), or_dash(facts->serial),
		    or_dash(facts->uuid));
	text_printf(out, "firmware: %s%s, memory: %s\n", or_dash(facts->firmware),
		    facts->mem_locked ? ", the kernel is locked down" : "",
		    SIZE_TEXT(facts->memory_bytes));
	for (size_t i = 0; i < facts->n_nics; i++)
		text_printf(out, "nic %s: %s, %s\n", facts->nics[i].name,
			    or_dash(facts->nics[i].mac),
			    facts->nics[i].link ? "link" : "no link");
	if (facts->n_restless) {
		text_add(out, "to be brought to rest before a kexec: ");
		facts_print_restless(facts->restless, facts->n_restless, out);
		text_add(out, "\n");
	}
	for (size_t i = 0; i < facts->n_disks; i++)
		print_disk(&facts->disks[i], out);
}
