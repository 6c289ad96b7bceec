#include "exec/undo.h"

#include <inttypes.h>

#include "exec/sample.h"

#define TRIES 16 /* draws of a sample until it is outside all ranges */

static const struct key range_keys[] = {
	{ "offset", KEY_UINT, KEY_FIELD(undo_range, offset_bytes), .required = true },
	{ "size", KEY_UINT, KEY_FIELD(undo_range, size_bytes), .required = true },
	{ "sha256", KEY_STRING, KEY_FIELD(undo_range, sha256), .required = true },
	{ "file", KEY_STRING, KEY_FIELD(undo_range, file) },
};
static const struct schema range_schema = SCHEMA("ranges", undo_range, range_keys);

static const struct key sample_keys[] = {
	{ "offset", KEY_UINT, KEY_FIELD(undo_sample, offset_bytes), .required = true },
	{ "sha256", KEY_STRING, KEY_FIELD(undo_sample, sha256), .required = true },
};
static const struct schema sample_schema = SCHEMA("samples", undo_sample, sample_keys);

static const struct key signature_keys[] = {
	{ "type", KEY_STRING, KEY_FIELD(undo_signature, type), .required = true },
	{ "offset", KEY_UINT, KEY_FIELD(undo_signature, offset_bytes) },
	{ "uuid", KEY_STRING, KEY_FIELD(undo_signature, uuid) },
};
static const struct schema signature_schema = SCHEMA("signatures", undo_signature,
						     signature_keys);

static const struct key disk_keys[] = {
	{ "id", KEY_STRING, KEY_FIELD(undo_disk, id), .required = true },
	{ "path", KEY_STRING, KEY_FIELD(undo_disk, path), .required = true },
	{ "size", KEY_UINT, KEY_FIELD(undo_disk, size_bytes), .required = true },
	{ "table-was", KEY_STRING, KEY_FIELD(undo_disk, table_was) },
	{ "table-planned", KEY_STRING, KEY_FIELD(undo_disk, table_planned) },
	{ "signatures", KEY_LIST, KEY_COUNTED(undo_disk, signatures),
	  .of = &signature_schema },
	{ "ranges", KEY_LIST, KEY_COUNTED(undo_disk, ranges), .of = &range_schema },
	{ "samples", KEY_LIST, KEY_COUNTED(undo_disk, samples), .of = &sample_schema },
};
static const struct schema disk_schema = SCHEMA("disks", undo_disk, disk_keys);

static const char *const made_kinds[] = { "array", "volume group", "filesystem", NULL };
static const struct key made_keys[] = {
	{ "kind", KEY_CHOICE, KEY_FIELD(undo_made, kind), .choices = made_kinds,
	  .required = true },
	{ "device", KEY_STRING, KEY_FIELD(undo_made, device), .required = true },
	{ "uuid", KEY_STRING, KEY_FIELD(undo_made, uuid), .required = true },
};
static const struct schema made_schema = SCHEMA("made", undo_made, made_keys);

static const struct key undo_keys[] = {
	{ "version", KEY_UINT, KEY_FIELD(undo, version), .required = true },
	{ "host", KEY_STRING, KEY_FIELD(undo, host), .required = true },
	{ "time", KEY_STRING, KEY_FIELD(undo, time), .required = true },
	{ "digest", KEY_STRING, KEY_FIELD(undo, digest), .required = true },
	{ "disks", KEY_LIST, KEY_COUNTED(undo, disks), .of = &disk_schema },
	{ "made", KEY_LIST, KEY_COUNTED(undo, made), .of = &made_schema },
};
const struct schema undo_schema = SCHEMA("undo", undo, undo_keys);

static bool overlaps(uint64_t offset, uint64_t size, const struct undo_range *r)
{
	return offset < r->offset_bytes + r->size_bytes &&
	       r->offset_bytes < offset + size;
}

static bool in_ranges(const struct undo_disk *d, uint64_t offset)
{
	for (size_t i = 0; i < d->n_ranges; i++)
		if (overlaps(offset, UNDO_SAMPLE_BYTES, &d->ranges[i]))
			return true;
	return false;
}

/* One in each of 64 equal parts of the disk, where the part is not wholly overwritten. */
static void choose_samples(struct undo_disk *d, struct arena *arena)
{
	uint64_t part = d->size_bytes / UNDO_SAMPLES / UNDO_SAMPLE_BYTES *
			UNDO_SAMPLE_BYTES;

	for (uint64_t i = 0; part && i < UNDO_SAMPLES; i++)
		for (uint64_t try = 0; try < TRIES; try++) {
			uint64_t at = i * part + sample_draw(d->id, i * TRIES + try,
							     part / UNDO_SAMPLE_BYTES) *
							 UNDO_SAMPLE_BYTES;
			struct undo_sample s = { .offset_bytes = at };

			if (in_ranges(d, at))
				continue;
			d->samples = arena_append(arena, d->samples, &d->n_samples, &s,
						  sizeof(s));
			break;
		}
}

/* A table is known by its id; one without any by its kind. */
static const char *table_of(const struct disk *d)
{
	return d->table_id ? d->table_id : d->table;
}

static void make_disk(const struct layout_disk *from, const struct range_list *list,
		      struct arena *arena, struct undo_disk *ret)
{
	const struct disk *d = from->disk;

	*ret = (struct undo_disk){ .id = layout_disk_id(d),
				   .path = d->path,
				   .size_bytes = d->size_bytes,
				   .table_was = table_of(d),
				   .table_planned = from->table_id };
	for (size_t i = 0; i < d->n_signatures; i++) {
		struct undo_signature s = {
			.type = d->signatures[i].type,
			.uuid = d->signatures[i].uuid,
			.offset_bytes = d->signatures[i].offset_bytes
		};

		ret->signatures = arena_append(arena, ret->signatures, &ret->n_signatures,
					       &s, sizeof(s));
	}
	for (size_t i = 0; i < list->n; i++) {
		struct undo_range r = { .offset_bytes = list->ranges[i].offset_bytes,
					.size_bytes = list->ranges[i].size_bytes };

		if (str_eq(list->ranges[i].disk, d->path))
			ret->ranges = arena_append(arena, ret->ranges, &ret->n_ranges, &r,
						   sizeof(r));
	}
	choose_samples(ret, arena);
}

static void add_made(struct undo *u, enum undo_kind kind, const char *device,
		     const char *uuid, struct arena *arena)
{
	struct undo_made m = { .kind = (int)kind, .device = device, .uuid = uuid };

	if (uuid)
		u->made = arena_append(arena, u->made, &u->n_made, &m, sizeof(m));
}

void undo_make(const struct plan *plan, const struct range_list *list, const char *time,
	       struct arena *arena, struct undo *ret)
{
	const struct layout *l = &plan->layout;
	struct digest digest = plan_digest(plan);
	struct undo u = { .version = UNDO_VERSION,
			  .host = plan->profile->host,
			  .time = time };

	u.digest = arena_strdup(arena, DIGEST_TEXT(&digest));
	for (size_t i = 0; i < l->n_disks; i++) {
		struct undo_disk d;

		make_disk(&l->disks[i], list, arena, &d);
		if (d.n_ranges)
			u.disks = arena_append(arena, u.disks, &u.n_disks, &d, sizeof(d));
	}
	for (size_t i = 0; i < l->n_arrays; i++)
		add_made(&u, UNDO_ARRAY, l->arrays[i].device, l->arrays[i].uuid, arena);
	for (size_t i = 0; i < l->n_groups; i++)
		add_made(&u, UNDO_GROUP, l->groups[i].device, l->groups[i].pv_uuid,
			 arena);
	for (size_t i = 0; i < l->n_filesystems; i++)
		add_made(&u, UNDO_FILESYSTEM, l->filesystems[i].device,
			 l->filesystems[i].uuid, arena);
	*ret = u;
}

static int bad(struct err *err, const struct undo_disk *d, const char *what, uint64_t at)
{
	return err_set(err, ERR_SOURCE, 0,
		       UNDO_JSON ": disk %s, byte %" PRIu64
				 ": %s; the archive is damaged",
		       d->id, at, what);
}

static bool is_sha256(const char *s)
{
	struct digest d;

	return digest_parse(s, &d);
}

static int validate_disk(const struct undo_disk *d, struct err *err)
{
	for (size_t i = 0; i < d->n_ranges; i++) {
		const struct undo_range *r = &d->ranges[i];

		if (!is_sha256(r->sha256))
			return bad(err, d, "no digest", r->offset_bytes);
		if (r->size_bytes == 0 || r->offset_bytes > d->size_bytes ||
		    r->size_bytes > d->size_bytes - r->offset_bytes)
			return bad(err, d, "not on the disk", r->offset_bytes);
		if (i && r->offset_bytes < r[-1].offset_bytes + r[-1].size_bytes)
			return bad(err, d, "places overlap, or are not in order",
				   r->offset_bytes);
	}
	for (size_t i = 0; i < d->n_samples; i++) {
		const struct undo_sample *s = &d->samples[i];

		if (!is_sha256(s->sha256))
			return bad(err, d, "no digest", s->offset_bytes);
		if (d->size_bytes < UNDO_SAMPLE_BYTES ||
		    s->offset_bytes > d->size_bytes - UNDO_SAMPLE_BYTES)
			return bad(err, d, "not on the disk", s->offset_bytes);
	}
	return 0;
}

int undo_validate(const struct undo *u, struct err *err)
{
	if (u->version != UNDO_VERSION)
		return err_set(err, ERR_SOURCE, 0,
			       UNDO_JSON ": version %" PRIu64 " is not known here",
			       u->version);
	if (u->n_disks == 0)
		return err_set(err, ERR_SOURCE, 0, UNDO_JSON ": no disk in it");
	for (size_t i = 0; i < u->n_disks; i++) {
		if (validate_disk(&u->disks[i], err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (str_eq(u->disks[i].id, u->disks[j].id))
				return bad(err, &u->disks[i], "the disk is listed twice",
					   0);
	}
	return 0;
}

static const struct undo_made *find_made(const struct undo *u, const char *uuid)
{
	for (size_t i = 0; uuid && i < u->n_made; i++)
		if (str_same_id(u->made[i].uuid, uuid))
			return &u->made[i];
	return NULL;
}

struct findings {
	const struct undo *undo;
	struct text text;
};

static void find(struct findings *f, const struct disk *d, const char *fmt, ...)
	printf_like(3, 4);

static void find(struct findings *f, const struct disk *d, const char *fmt, ...)
{
	auto_free char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	text_printf(&f->text, "\n  %s (serial %s): %s", d->path,
		    d->serial ? d->serial : "unknown", s);
}

static bool was_there(const struct undo_disk *d, const struct signature *s)
{
	for (size_t i = 0; i < d->n_signatures; i++)
		if (d->signatures[i].offset_bytes == s->offset_bytes &&
		    str_eq(d->signatures[i].type, s->type) &&
		    str_same_id(d->signatures[i].uuid, s->uuid))
			return true;
	return false;
}

static void check_signature(struct findings *f, const struct undo_disk *d,
			    const struct disk *now, const struct signature *s)
{
	static const char *const tables[] = { "dos", "gpt", "PMBR" };
	const struct undo_made *made = find_made(f->undo, s->uuid);

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (str_eq(s->type, tables[i]))
			return; /* see check_table() */
	if (was_there(d, s) || (made && made->kind == UNDO_ARRAY))
		return;
	if (made)
		find(f, now, "the install has made its %s %s (%s at byte %" PRIu64 ")",
		     made_kinds[made->kind], made->device, s->type, s->offset_bytes);
	else
		find(f, now,
		     "%s at byte %" PRIu64 " was neither there nor is it the install's",
		     s->type, s->offset_bytes);
}

static void check_table(struct findings *f, const struct undo_disk *d,
			const struct disk *now)
{
	const char *table = table_of(now);

	/* None: an install that was cut off between clearing and writing. */
	if (table && !str_same_id(table, d->table_was) &&
	    !str_same_id(table, d->table_planned))
		find(f, now,
		     "its partition table (%s) is neither the saved one nor the "
		     "install's",
		     table);
}

static void check_disk(struct findings *f, const struct undo_disk *d,
		       const struct undo_seen *seen)
{
	const struct disk *now = seen->disk;

	if (now->size_bytes != d->size_bytes)
		find(f, now, "it has %" PRIu64 " bytes, the saved one had %" PRIu64,
		     now->size_bytes, d->size_bytes);
	if (now->in_use)
		find(f, now, "it is in use: %s", now->in_use);
	if (now->unreadable)
		find(f, now, "it cannot be read: %s", now->unreadable);
	check_table(f, d, now);
	for (size_t i = 0; i < now->n_signatures; i++)
		check_signature(f, d, now, &now->signatures[i]);
	for (size_t i = 0; i < seen->n_inner; i++) {
		const struct undo_made *made = find_made(f->undo, seen->inner[i]);

		if (made && made->kind != UNDO_ARRAY)
			find(f, now, "the install has made its %s %s, inside an array",
			     made_kinds[made->kind], made->device);
	}
}

static void find_losses(const struct undo_disk *d, const struct undo_seen *seen,
			struct arena *arena, struct undo_loss *ret)
{
	for (size_t i = 0; i < d->n_samples; i++)
		if (!str_eq(d->samples[i].sha256, seen->samples[i]))
			ret->offsets = arena_append(arena, ret->offsets, &ret->n,
						    &d->samples[i].offset_bytes,
						    sizeof(*ret->offsets));
}

int undo_decide(const struct undo *u, const struct undo_seen *seen, struct arena *arena,
		struct undo_decision *ret, struct err *err)
{
	struct findings f = { .undo = u };
	struct undo_loss *losses = arena_alloc(arena, u->n_disks * sizeof(*losses));

	for (size_t i = 0; i < u->n_disks; i++) {
		if (!seen[i].disk) {
			text_free(&f.text);
			return err_set(err, ERR_HARDWARE, 0,
				       "disk %s (it was %s) is not in this machine",
				       u->disks[i].id, u->disks[i].path);
		}
		check_disk(&f, &u->disks[i], &seen[i]);
		find_losses(&u->disks[i], &seen[i], arena, &losses[i]);
	}
	if (f.text.s) {
		err_set(err, ERR_UNSAFE, 0, "nothing is put back:%s", f.text.s);
		text_free(&f.text);
		return -1;
	}
	ret->losses = losses;
	return 0;
}
