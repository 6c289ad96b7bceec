/*
 * Partitions: sizes, places and types, the same on each of the system's disks, so the
 * smallest of them decides.
 */
#include "plan/layout_parts.h"

#define MIB UINT64_C(1048576)
/* Left free at the end: a replacement disk may be a little smaller, and a GPT's backup
 * (33 sectors of 512 bytes, or 5 of 4096) stands there. */
#define TAIL_BYTES      MIB
#define MBR_MAX_SECTORS (UINT64_C(1) << 32)

/* What disks of 2010 were thought to look like, and what XenServer 6 still counts in. */
#define SECTOR_BYTES   UINT64_C(512)
#define TRACK_BYTES    (63 * SECTOR_BYTES)
#define CYLINDER_BYTES (255 * TRACK_BYTES)

struct room {
	const struct disk *smallest;
	uint64_t first, limit; /* where the first partition begins, the last must end */
	uint64_t unit;         /* partitions end on multiples of it */
};

static uint64_t round_down(uint64_t bytes, uint64_t unit)
{
	return bytes / unit * unit;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return round_down(bytes + unit - 1, unit);
}

static const char *serial_of(const struct disk *d)
{
	return d->serial ? d->serial : "unknown";
}

static struct room find_room(const struct profile *p, const struct layout *layout)
{
	bool cylinder = p->align == ALIGN_CYLINDER;
	struct room room = {
		.smallest = layout->disks[0].disk,
		.first = cylinder ? TRACK_BYTES : MIB,
		.unit = cylinder ? CYLINDER_BYTES : MIB,
	};
	uint64_t size;

	for (size_t i = 1; i < layout->n_system; i++)
		if (layout->disks[i].disk->size_bytes < room.smallest->size_bytes)
			room.smallest = layout->disks[i].disk;
	size = room.smallest->size_bytes;
	room.limit = size > TAIL_BYTES ? round_down(size - TAIL_BYTES, room.unit) : 0;
	return room;
}

/* Where it ends when it begins at `start`; beyond the limit when it does not fit. */
static uint64_t find_end(const struct room *room, uint64_t bytes, uint64_t start)
{
	if (bytes == SIZE_REST)
		return room->limit;
	if (SIZE_IS_PERCENT(bytes)) {
		uint64_t all = room->limit > room->first ? room->limit - room->first : 0;
		uint64_t n = SIZE_PERCENT_OF(bytes);
		uint64_t end = round_down(start + all / 100 * n + all % 100 * n / 100,
					  room->unit);

		return end > start ? end : round_down(start, room->unit) + room->unit;
	}
	if (bytes > room->limit)
		return UINT64_MAX;
	return round_up(start + bytes, room->unit);
}

/* An MBR counts sectors in 32 bits. */
static int check_reach(const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < layout->n_system; i++) {
		const struct disk *d = layout->disks[i].disk;
		uint64_t reach = MBR_MAX_SECTORS * d->sector_bytes;

		if (d->size_bytes > reach)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s (serial %s): an MBR reaches %s of its %s, %s would "
				"be lost; say `table: gpt`, or take smaller disks",
				d->path, serial_of(d), SIZE_TEXT(reach),
				SIZE_TEXT(d->size_bytes),
				SIZE_TEXT(d->size_bytes - reach));
	}
	return 0;
}

static int check_cylinders(const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < layout->n_system; i++) {
		const struct disk *d = layout->disks[i].disk;

		if (d->sector_bytes != SECTOR_BYTES)
			return err_set(err, ERR_HARDWARE, 0,
				       "%s (serial %s) has sectors of %u bytes; `align: "
				       "cylinder` counts in sectors of 512, say `align: "
				       "mib`",
				       d->path, serial_of(d), (unsigned)d->sector_bytes);
	}
	return 0;
}

static bool is_member(const struct profile *p, const char *partition)
{
	for (size_t i = 0; i < p->n_arrays; i++)
		if (str_eq(p->arrays[i].of, partition))
			return true;
	return false;
}

static bool is_volume(const struct profile *p, const char *partition)
{
	for (size_t i = 0; i < p->n_volume_groups; i++)
		if (str_eq(p->volume_groups[i].of, partition))
			return true;
	return false;
}

/* From what it carries. Firmware looks for the EFI type, whatever md makes of it. */
static const char *default_type(const struct profile *p, const char *partition)
{
	const struct filesystem *efi = profile_find_mount(p, "/boot/efi");

	if (efi && str_eq(layout_find_base(p, efi->on), partition))
		return "efi";
	if (is_member(p, partition))
		return "raid";
	if (is_volume(p, partition))
		return "lvm";
	for (size_t i = 0; i < p->n_filesystems; i++)
		if (str_eq(p->filesystems[i].on, partition) &&
		    str_eq(p->filesystems[i].type, "swap"))
			return "swap";
	return "linux";
}

static struct partition_type find_type(const struct profile *p,
				       const struct partition *part)
{
	struct partition_type type;

	if (!layout_parse_type(part->type ? part->type : default_type(p, part->name),
			       p->table, &type))
		abort(); /* profile_validate() has seen to it */
	return type;
}

/* The one that gets the mark: asked for, else what holds /boot, else what holds /. */
static const char *find_active(const struct profile *p)
{
	const struct filesystem *fs = profile_find_mount(p, "/boot");

	for (size_t i = 0; i < p->n_partitions; i++)
		if (p->partitions[i].active)
			return p->partitions[i].name;
	if (!fs)
		fs = profile_find_mount(p, "/");
	return layout_find_base(p, fs->on);
}

static int fail_fit(const struct profile *p, const struct partition *part,
		    const struct room *room, uint64_t start, struct err *err)
{
	return err_set(err, ERR_HARDWARE, 0,
		       "%s:%u:%u: partition \"%s\" does not fit: %s (serial %s) has %s, "
		       "and the partitions before it take %s",
		       p->name, part->at.line, part->at.column, part->name,
		       room->smallest->path, serial_of(room->smallest),
		       SIZE_TEXT(room->smallest->size_bytes), SIZE_TEXT(start));
}

int layout_lay_partitions(const struct profile *p, struct arena *arena,
			  struct layout *layout, struct err *err)
{
	struct room room = find_room(p, layout);
	const char *active = find_active(p);
	uint64_t next = room.first;

	if (p->align == ALIGN_CYLINDER && check_cylinders(layout, err) < 0)
		return -1;
	if (p->table == TABLE_MBR && check_reach(layout, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n_partitions; i++) {
		const struct partition *from = &p->partitions[i];
		uint64_t end = find_end(&room, from->bytes, next);
		struct layout_partition part = {
			.name = from->name,
			.number = (unsigned)i + 1,
			.start_bytes = next,
			.size_bytes = end - next,
			.type = find_type(p, from),
			.active = str_eq(from->name, active),
		};

		if (end <= next || end > room.limit)
			return fail_fit(p, from, &room, next, err);
		layout->partitions = arena_append(arena, layout->partitions,
						  &layout->n_partitions, &part,
						  sizeof(part));
		next = end;
	}
	return 0;
}

const struct layout_partition *layout_find_partition(const struct layout *layout,
						     const char *name)
{
	for (size_t i = 0; i < layout->n_partitions; i++)
		if (str_eq(layout->partitions[i].name, name))
			return &layout->partitions[i];
	return NULL;
}
