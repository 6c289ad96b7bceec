/*
 * Actions on disks, tables and arrays as text.
 */
#include <inttypes.h>

#include "plan/plan_print.h"

void plan_print_save(const struct action *a, struct text *out)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < a->ranges.n; i++)
		bytes += a->ranges.ranges[i].size_bytes;
	text_printf(out, " what is about to be overwritten: %zu places, %s", a->ranges.n,
		    SIZE_TEXT(bytes));
}

void plan_print_clear(const struct action *a, struct text *out)
{
	const struct layout_range *first = &a->ranges.ranges[0];

	text_printf(out, " the places of tables and superblocks on %s (serial %s)",
		    first->disk, first->serial ? first->serial : "unknown");
	for (size_t i = 0; i < a->ranges.n; i++)
		text_printf(out, "\n      | from byte %" PRIu64 ", %" PRIu64 " bytes",
			    a->ranges.ranges[i].offset_bytes,
			    a->ranges.ranges[i].size_bytes);
}

static void print_sync(const struct action *a, struct text *out)
{
	const struct layout_array *array = a->array.array;
	const char *name = array->array->name;

	switch (array->sync) {
	case SYNC_NOTHING:
		text_printf(out, "\n      | %s: nothing to bring in sync (%s)", name,
			    array->sync_reason);
		break;
	case SYNC_ZERO:
		text_printf(out,
			    "\n      | %s: members zeroed first (%s), in sync from the "
			    "start\n      | resync by the host instead if that fails or "
			    "would take more than %" PRIu64 " s",
			    name, array->sync_reason, a->array.zero_limit_s);
		break;
	case SYNC_RESYNC:
		text_printf(out,
			    "\n      | %s: resync by the host (%s), held back during the "
			    "install",
			    name, array->sync_reason);
		break;
	}
}

void plan_print_array(const struct action *a, struct text *out)
{
	const struct layout_array *array = a->array.array;
	struct arena scratch = { 0 };

	plan_print_argv(plan_array_argv(&a->array, array->sync == SYNC_ZERO, &scratch),
			out);
	arena_free(&scratch);
	if (!array->exists)
		print_sync(a, out);
	text_printf(out, "\n      | afterwards: stop %s", array->device);
}

static void print_type(const struct table_change *t, const struct layout_partition *p,
		       struct text *out)
{
	if (t->kind == TABLE_MBR)
		text_printf(out, "type %02x", p->type.mbr);
	else if (p->type.name)
		text_printf(out, "type %s", p->type.name);
	else
		text_printf(out, "type %s", p->type.guid);
}

void plan_print_partition(const struct action *a, struct text *out)
{
	const struct table_change *t = &a->partition;
	bool gpt = t->kind == TABLE_GPT;

	text_printf(out, " %s (serial %s): %s, id %s", t->disk,
		    t->serial ? t->serial : "unknown", gpt ? "GPT" : "MBR", t->id);
	for (size_t i = 0; i < t->n_partitions; i++) {
		const struct layout_partition *p = &t->partitions[i];

		text_printf(out, "\n      | %u: %s, ", p->number, p->name);
		print_type(t, p, out);
		text_printf(out, ", from byte %" PRIu64 ", %" PRIu64 " bytes (%s)%s",
			    p->start_bytes, p->size_bytes, SIZE_TEXT(p->size_bytes),
			    !p->active ? ""
			    : gpt      ? ", to be marked bootable"
				       : ", to be active");
		if (gpt)
			text_printf(out, ", UUID %s", t->uuids[i]);
	}
}

void plan_print_boot_record(const struct action *a, struct text *out)
{
	text_printf(out, " partition %u of %s (serial %s) %s", a->record.partition,
		    a->record.disk, a->record.serial ? a->record.serial : "unknown",
		    a->record.table == TABLE_GPT ? "bootable" : "active");
}

void plan_print_table_entry(const struct action *a, struct text *out)
{
	const struct table_entry_change *e = &a->entry;
	const struct table_change as_table = { .kind = e->kind };

	text_printf(out,
		    " partition %u of %s (serial %s), all else of its table stays\n"
		    "      | %s, ",
		    e->partition->number, e->disk, e->serial ? e->serial : "unknown",
		    e->partition->name);
	print_type(&as_table, e->partition, out);
	text_printf(out, ", from byte %" PRIu64 ", %" PRIu64 " bytes (%s)",
		    e->partition->start_bytes, e->partition->size_bytes,
		    SIZE_TEXT(e->partition->size_bytes));
	if (e->uuid)
		text_printf(out, ", UUID %s", e->uuid);
}
