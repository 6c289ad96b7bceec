#include "plan/layout.h"

#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

#define MIB         UINT64_C(1048576)
#define ALIGN_BYTES MIB
/* Left free at the end: a replacement disk may be a little smaller. */
#define TAIL_BYTES      MIB
#define MBR_MAX_SECTORS (UINT64_C(1) << 32)
#define MBR_TYPE_LINUX  0x83
#define MBR_TYPE_RAID   0xfd

static int check_machine(const struct profile *p, const struct facts *facts,
			 struct err *err)
{
	const struct {
		const char *key, *want, *have;
	} checks[] = {
		{ "mac", p->match.mac, facts->boot_mac },
		{ "uuid", p->match.uuid, facts->uuid },
		{ "serial", p->match.serial, facts->serial },
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		const char *have = checks[i].have ? checks[i].have : "unknown";

		if (checks[i].want && strcasecmp(checks[i].want, have) != 0)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s:%u:%u: this profile is for the machine with %s %s; "
				"this one has %s",
				p->name, p->match.at.line, p->match.at.column,
				checks[i].key, checks[i].want, have);
	}
	return 0;
}

char *layout_partition_path(struct arena *arena, const char *disk, unsigned number)
{
	bool ends_in_digit = isdigit((unsigned char)disk[strlen(disk) - 1]);

	return arena_printf(arena, "%s%s%u", disk, ends_in_digit ? "p" : "", number);
}

const char *layout_disk_id(const struct disk *disk)
{
	return disk->serial ? disk->serial : disk->wwn ? disk->wwn : disk->path;
}

/* The partition that a BIOS boots: the one asked for, else the one that holds /boot or /.
 */
static const char *find_active(const struct profile *p)
{
	const struct filesystem *fs = profile_find_mount(p, "/boot");
	const struct array *array;

	for (size_t i = 0; i < p->n_partitions; i++)
		if (p->partitions[i].active)
			return p->partitions[i].name;
	if (!fs)
		fs = profile_find_mount(p, "/");
	array = profile_find_array(p, fs->on);
	return array ? array->of : fs->on;
}

static bool is_member(const struct profile *p, const char *partition)
{
	for (size_t i = 0; i < p->n_arrays; i++)
		if (str_eq(p->arrays[i].of, partition))
			return true;
	return false;
}

static const struct disk *find_smallest(const struct layout *layout)
{
	const struct disk *smallest = layout->disks[0].disk;

	for (size_t i = 1; i < layout->n_disks; i++)
		if (layout->disks[i].disk->size_bytes < smallest->size_bytes)
			smallest = layout->disks[i].disk;
	return smallest;
}

static int check_mbr_reach(const struct layout *layout, uint64_t end, struct err *err)
{
	for (size_t i = 0; i < layout->n_disks; i++) {
		const struct disk *d = layout->disks[i].disk;
		uint64_t reach = MBR_MAX_SECTORS * d->sector_bytes;

		if (end > reach)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s (serial %s): an MBR reaches %s of its %s, %s would "
				"be lost; give the last partition a size, or take "
				"smaller disks",
				d->path, d->serial ? d->serial : "unknown",
				SIZE_TEXT(reach), SIZE_TEXT(d->size_bytes),
				SIZE_TEXT(d->size_bytes - reach));
	}
	return 0;
}

static int lay_partitions(const struct profile *p, struct arena *arena,
			  struct layout *layout, struct err *err)
{
	const struct disk *smallest = find_smallest(layout);
	uint64_t whole = smallest->size_bytes / ALIGN_BYTES * ALIGN_BYTES;
	uint64_t limit = whole > TAIL_BYTES ? whole - TAIL_BYTES : 0;
	uint64_t next = ALIGN_BYTES;
	const char *active = find_active(p);

	for (size_t i = 0; i < p->n_partitions; i++) {
		const struct partition *from = &p->partitions[i];
		uint64_t size = from->bytes;
		struct layout_partition part;

		if (size == SIZE_REST)
			size = next < limit ? limit - next : 0;
		else if (size <= smallest->size_bytes)
			size = (size + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
		if (size < ALIGN_BYTES || size > limit || next > limit - size)
			return err_set(
				err, ERR_HARDWARE, 0,
				"%s:%u:%u: partition \"%s\" does not fit: %s (serial "
				"%s) has %s, and the partitions before it take %s",
				p->name, from->at.line, from->at.column, from->name,
				smallest->path,
				smallest->serial ? smallest->serial : "unknown",
				SIZE_TEXT(smallest->size_bytes), SIZE_TEXT(next));
		part = (struct layout_partition){
			.name = from->name,
			.number = (unsigned)i + 1,
			.start_bytes = next,
			.size_bytes = size,
			.type = { .mbr = is_member(p, from->name) ? MBR_TYPE_RAID
								  : MBR_TYPE_LINUX },
			.active = str_eq(from->name, active),
		};
		layout->partitions = arena_append(arena, layout->partitions,
						  &layout->n_partitions, &part,
						  sizeof(part));
		next += size;
	}
	return check_mbr_reach(layout, next, err);
}

static unsigned partition_number(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->n_partitions; i++)
		if (str_eq(layout->partitions[i].name, name))
			return layout->partitions[i].number;
	abort(); /* profile_validate() has seen to it */
}

static void lay_arrays(const struct profile *p, struct arena *arena,
		       struct layout *layout)
{
	for (size_t i = 0; i < p->n_arrays; i++) {
		const struct array *from = &p->arrays[i];
		auto_free char *purpose = xasprintf("array %s", from->name);
		unsigned number = partition_number(layout, from->of);
		struct layout_array array = {
			.array = from,
			.device = arena_printf(arena, "/dev/%s", from->name),
			.uuid = layout_derive_md_uuid(p, purpose, layout->disks,
						      layout->n_disks, arena),
		};

		for (size_t j = 0; j < layout->n_disks; j++) {
			const char *member = layout_partition_path(
				arena, layout->disks[j].disk->path, number);

			array.members = arena_append(arena, array.members,
						     &array.n_members, &member,
						     sizeof(member));
		}
		layout->arrays = arena_append(arena, layout->arrays, &layout->n_arrays,
					      &array, sizeof(array));
	}
}

static const char *find_device(const struct layout *layout, const char *on,
			       struct arena *arena)
{
	for (size_t i = 0; i < layout->n_arrays; i++)
		if (str_eq(layout->arrays[i].array->name, on))
			return layout->arrays[i].device;
	return layout_partition_path(arena, layout->disks[0].disk->path,
				     partition_number(layout, on));
}

/* "/" < "/boot" < "/boot/efi": a parent is a prefix of what is mounted in it. */
static int compare_mounts(const void *a, const void *b)
{
	return strcmp(((const struct layout_filesystem *)a)->filesystem->mount,
		      ((const struct layout_filesystem *)b)->filesystem->mount);
}

static void lay_filesystems(const struct profile *p, struct arena *arena,
			    struct layout *layout)
{
	for (size_t i = 0; i < p->n_filesystems; i++) {
		const struct filesystem *from = &p->filesystems[i];
		auto_free char *purpose = xasprintf("filesystem %s", from->mount);
		struct layout_filesystem fs = {
			.filesystem = from,
			.device = find_device(layout, from->on, arena),
			.uuid = layout_derive_uuid(p, purpose, layout->disks,
						   layout->n_disks, arena),
		};

		layout->filesystems = arena_append(arena, layout->filesystems,
						   &layout->n_filesystems, &fs,
						   sizeof(fs));
	}
	qsort(layout->filesystems, layout->n_filesystems, sizeof(*layout->filesystems),
	      compare_mounts);
}

/* A 1.x superblock has 32 bytes for "homehost:name"; mdadm drops what does not fit. */
static const char *find_homehost(const struct profile *p, struct arena *arena)
{
	size_t len = strcspn(p->host, ".");

	return arena_strndup(arena, p->host, len > 24 ? 24 : len);
}

int layout_compute(const struct profile *p, const struct facts *facts,
		   struct arena *arena, struct layout *ret, struct err *err)
{
	struct layout layout = { .homehost = find_homehost(p, arena) };

	if (check_machine(p, facts, err) < 0 ||
	    layout_select_disks(p, facts, arena, &layout, err) < 0 ||
	    lay_partitions(p, arena, &layout, err) < 0)
		return -1;
	for (size_t i = 0; i < layout.n_disks; i++)
		layout.disks[i].table_id = layout_derive_short_id(
			p, "mbr", &layout.disks[i], 1, arena);
	lay_arrays(p, arena, &layout);
	lay_filesystems(p, arena, &layout);
	if (layout_check_signatures(p, &layout, err) < 0)
		return -1;
	*ret = layout;
	return 0;
}

const struct layout_filesystem *layout_find_mount(const struct layout *layout,
						  const char *mount)
{
	for (size_t i = 0; i < layout->n_filesystems; i++)
		if (str_eq(layout->filesystems[i].filesystem->mount, mount))
			return &layout->filesystems[i];
	return NULL;
}
