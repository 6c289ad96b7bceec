#include "plan/layout.h"

#include <ctype.h>
#include <strings.h>

#include "plan/layout_parts.h"

int layout_check_machine(const struct profile *p, const struct facts *facts,
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

static bool has_type(const struct layout *layout, const char *name)
{
	struct partition_type type;

	if (!layout_parse_type(name, TABLE_GPT, &type))
		abort();
	for (size_t i = 0; i < layout->n_partitions; i++) {
		const char *guid = layout->partitions[i].type.guid;

		if (guid && strcasecmp(guid, type.guid) == 0)
			return true;
	}
	return false;
}

/* Would this machine's firmware find a boot loader? */
static int check_firmware(const struct profile *p, const struct facts *facts,
			  const struct layout *layout, struct err *err)
{
	if (str_eq(facts->firmware, "uefi") && p->boot_loader != LOADER_GRUB2)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s: this machine has booted by UEFI, which knows neither "
			       "GRUB legacy nor extlinux: boot it by BIOS, or say "
			       "`boot-loader: grub2`",
			       p->name);
	if (str_eq(facts->firmware, "uefi"))
		return profile_find_mount(p, "/boot/efi")
			       ? 0
			       : err_set(err, ERR_HARDWARE, 0,
					 "%s: this machine has booted by UEFI, which "
					 "looks for its boot loader on an EFI system "
					 "partition: add a filesystem of type vfat, "
					 "mounted on /boot/efi, or boot the machine by "
					 "BIOS",
					 p->name);
	if (p->table == TABLE_GPT && !has_type(layout, "bios-boot"))
		return err_set(err, ERR_HARDWARE, 0,
			       "%s: this machine has booted by BIOS, and a GPT leaves no "
			       "room for GRUB: add a partition {name: bios, size: 1M, "
			       "type: bios-boot}, or say `table: mbr`",
			       p->name);
	return 0;
}

const char *layout_table_id(const struct profile *p, const struct layout_disk *d,
			    struct arena *arena)
{
	return p->table == TABLE_GPT ? layout_derive_uuid(p, "gpt", d, 1, arena)
				     : layout_derive_short_id(p, "mbr", d, 1, arena);
}

/* A table's own identifiers stand for one disk, so that each is known by itself. */
static void name_tables(const struct profile *p, struct arena *arena,
			struct layout *layout)
{
	for (size_t i = 0; i < layout->n_system; i++) {
		struct layout_disk *d = &layout->disks[i];

		d->table_id = layout_table_id(p, d, arena);
		if (p->table == TABLE_MBR)
			continue;
		d->partition_uuids = arena_alloc(arena,
						 layout->n_partitions * sizeof(char *));
		for (size_t j = 0; j < layout->n_partitions; j++) {
			auto_free char *purpose = xasprintf("partition %s",
							    layout->partitions[j].name);

			d->partition_uuids[j] = layout_derive_uuid(p, purpose, d, 1,
								   arena);
		}
	}
}

/* A 1.x superblock has 32 bytes for "homehost:name"; mdadm drops what does not fit. */
static const char *find_homehost(const struct profile *p, struct arena *arena)
{
	size_t len = strcspn(p->host, ".");

	return arena_strndup(arena, p->host, len > 24 ? 24 : len);
}

/* What goes where on the disks chosen. */
static int lay_out(const struct profile *p, const struct facts *facts,
		   struct arena *arena, struct layout *layout, struct err *err)
{
	if (layout_lay_partitions(p, arena, layout, err) < 0 ||
	    check_firmware(p, facts, layout, err) < 0)
		return -1;
	name_tables(p, arena, layout);
	if (layout_lay_arrays(p, arena, layout, err) < 0 ||
	    layout_lay_groups(p, arena, layout, err) < 0 ||
	    layout_lay_filesystems(p, arena, layout, err) < 0)
		return -1;
	return 0;
}

int layout_compute(const struct profile *p, const struct facts *facts,
		   struct arena *arena, struct layout *ret, struct err *err)
{
	struct layout all = { .table = p->table, .homehost = find_homehost(p, arena) };
	struct layout some = all;

	if (layout_check_machine(p, facts, err) < 0)
		return -1;
	if (p->target == TARGET_XENSERVER) {
		*ret = all;
		return layout_compute_xenserver(p, facts, arena, ret, err);
	}
	if (layout_select_disks(p, facts, arena, &all, err) == 0 &&
	    lay_out(p, facts, arena, &all, err) == 0 &&
	    layout_check_signatures(p, &all, err) == 0) {
		*ret = all;
		return 0;
	}
	/* Nothing can be installed; but is there a host that only lacks a disk? */
	if (!layout_find_host(p, facts, arena, &some))
		return -1;
	*err = (struct err){ 0 };
	if (lay_out(p, facts, arena, &some, err) < 0 ||
	    layout_adopt_host(p, arena, &some, err) < 0)
		return -1;
	*ret = some;
	return 0;
}
