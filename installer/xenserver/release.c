#include "xenserver/release.h"

#include <inttypes.h>

#define MIB_BYTES (UINT64_C(1) << 20)
#define GIB_BYTES (UINT64_C(1) << 30)
/* Beyond its system partitions, what an installer wants a disk to have: 12 GB for two
 * roots of 4, 46 for all that 7.0 makes. */
#define SPARE_GIB 4

/* What a layout is made of. NULL: this release has no such constant. */
struct sizes {
	const char *root;     /* tells the size that is used */
	const char *alike[3]; /* gets the same value where it is a plain number */
	const char *backup;
	const char *minimum; /* smallest disk, GB */
	bool small_parts;    /* logs, boot and swap partitions stand beside them */
};

static const struct sizes layout_6 = { .root = "root_size",
				       .minimum = "min_primary_disk_size" };
static const struct sizes layout_7_mbr = {
	.root = "root_mbr_size_old",
	.backup = "backup_size_old",
	.minimum = "min_primary_disk_size_old",
};
static const struct sizes layout_7_gpt = {
	.root = "root_gpt_size",
	.alike = { "root_mbr_size", "root_size" },
	.backup = "backup_size",
	.minimum = "min_primary_disk_size",
	.small_parts = true,
};
/* Since XenServer 9 the size is a literal again. */
static const struct sizes layout_9 = {
	.root = "root_size",
	.backup = "backup_size",
	.minimum = "min_primary_disk_size",
	.small_parts = true,
};

const char *release_era_name(enum release_era era)
{
	static const char *const names[] = {
		[ERA_5] = "5.6 and earlier",
		[ERA_6] = "6.0 to 6.5",
		[ERA_7] = "7.0 to 8.2",
		[ERA_8] = "8.3 and later",
	};

	return names[era];
}

/* Up to 6.x the kernel finds members by their partition type, which 0.90 alone allows. */
const char *release_metadata(enum release_era era)
{
	return era <= ERA_6 ? "0.90" : "1.2";
}

int release_detect(const struct constants *c, const char *install_py,
		   const char *answerfile_py, struct release *ret, struct err *err)
{
	struct release release = { .era = ERA_5 };

	if (!constants_find(c, "rootfs_type") && !constants_find(c, "root_size"))
		return err_set(err, ERR_SOURCE, 0,
			       "%s is not the constants of XenServer's installer: it "
			       "assigns neither root_size nor rootfs_type",
			       c->file);
	if (constants_find(c, "GPT_SUPPORT")) {
		bool with_logs = constants_find(c, "logs_size");

		if (with_logs && !install_py)
			return err_set(
				err, ERR_SOURCE, 0,
				"install.py is not beside %s: it alone tells 7.0 to "
				"8.2 from 8.3",
				c->file);
		release.era = !with_logs                            ? ERA_6
			      : strstr(install_py, "--disable-gpt") ? ERA_7
								    : ERA_8;
	}
	if (answerfile_py && strstr(answerfile_py, "swraid"))
		release.mirror = MIRROR_SWRAID;
	else if (answerfile_py && strstr(answerfile_py, "['raid']"))
		release.mirror = MIRROR_RAID;
	*ret = release;
	return 0;
}

const char *release_kernel_options(const struct release *release,
				   const struct profile *profile)
{
	return release->era == ERA_7 && profile->table == TABLE_MBR ? "disable-gpt" : "";
}

static bool is_number(const struct constants *c, const char *name)
{
	const struct constant *item = name ? constants_find(c, name) : NULL;

	return item && item->kind == CONSTANT_UINT;
}

static uint64_t number_of(const struct constants *c, const char *name)
{
	return is_number(c, name) ? constants_find(c, name)->number : 0;
}

static int check_table(const struct release *release, const struct profile *profile,
		       struct err *err)
{
	if (profile->table == TABLE_MBR && release->era == ERA_8)
		return err_set(err, ERR_HARDWARE, 0,
			       "table: mbr cannot be had: the installer of 8.3 and later "
			       "makes GPT alone, whatever GPT_SUPPORT says; table: gpt");
	if (profile->table == TABLE_GPT && release->era == ERA_5)
		return err_set(err, ERR_HARDWARE, 0,
			       "table: gpt cannot be had: the installer of 5.6 and "
			       "earlier makes MBR alone");
	return 0;
}

static const struct sizes *find_sizes(const struct release *release,
				      const struct constants *c,
				      const struct profile *profile)
{
	switch (release->era) {
	case ERA_5:
	case ERA_6:
		break;
	case ERA_7:
		return profile->table == TABLE_MBR ? &layout_7_mbr : &layout_7_gpt;
	case ERA_8:
		return is_number(c, "root_size") ? &layout_9 : &layout_7_gpt;
	}
	return &layout_6;
}

struct choosing {
	struct arena *arena;
	struct patch_setting *settings;
	size_t n;
};

static void choose(struct choosing *ch, const char *name, const char *value)
{
	const struct patch_setting setting = { name, value };

	ch->settings = arena_append(ch->arena, ch->settings, &ch->n, &setting,
				    sizeof(setting));
}

static void choose_number(struct choosing *ch, const char *name, uint64_t number)
{
	choose(ch, name, arena_printf(ch->arena, "%" PRIu64, number));
}

static void choose_root(struct choosing *ch, const struct sizes *sizes,
			const struct constants *c, uint64_t root_mib)
{
	choose_number(ch, sizes->root, root_mib);
	for (size_t i = 0; i < ARRAY_LEN(sizes->alike); i++)
		if (is_number(c, sizes->alike[i]))
			choose_number(ch, sizes->alike[i], root_mib);
	if (sizes->backup)
		choose_number(ch, sizes->backup, root_mib);
}

/* GiB that its partitions and a small repository take. */
static uint64_t needed_gib(const struct sizes *sizes, const struct constants *c,
			   uint64_t root_mib)
{
	uint64_t mib = 2 * root_mib;

	if (sizes->small_parts)
		mib += number_of(c, "logs_size") + number_of(c, "boot_size") +
		       number_of(c, "swap_size");
	return (mib + 1023) / 1024 + SPARE_GIB;
}

static int check_disk(uint64_t disk_bytes, uint64_t root_mib, uint64_t needed,
		      struct err *err)
{
	if (disk_bytes && disk_bytes < needed * GIB_BYTES)
		return err_set(err, ERR_HARDWARE, 0,
			       "a disk of %s is too small: root and its backup of %s "
			       "each and a repository need %s",
			       SIZE_TEXT(disk_bytes), SIZE_TEXT(root_mib * MIB_BYTES),
			       SIZE_TEXT(needed * GIB_BYTES));
	return 0;
}

/* Too low a minimum promises what does not fit, too high a one refuses this disk. */
static bool fits_minimum(uint64_t minimum, uint64_t needed, uint64_t disk_bytes)
{
	return minimum >= needed && (!disk_bytes || disk_bytes / GIB_BYTES >= minimum);
}

int release_choose(const struct release *release, const struct constants *c,
		   const struct profile *profile, uint64_t disk_bytes,
		   struct arena *arena, struct patch_setting **settings, size_t *n,
		   uint64_t *ret_root_bytes, struct err *err)
{
	const struct sizes *sizes = find_sizes(release, c, profile);
	uint64_t root_mib = profile->xenserver.root_bytes / MIB_BYTES, needed;
	struct choosing ch = { arena, *settings, *n };

	if (check_table(release, profile, err) < 0)
		return -1;
	if (release->era == ERA_6)
		choose(&ch, "GPT_SUPPORT",
		       profile->table == TABLE_GPT ? "True" : "False");
	if (root_mib)
		choose_root(&ch, sizes, c, root_mib);
	else
		root_mib = number_of(c, sizes->root);
	needed = needed_gib(sizes, c, root_mib);
	if (check_disk(disk_bytes, root_mib, needed, err) < 0)
		return -1;
	if (is_number(c, sizes->minimum) &&
	    !fits_minimum(number_of(c, sizes->minimum), needed, disk_bytes))
		choose_number(&ch, sizes->minimum, needed);
	*settings = ch.settings;
	*n = ch.n;
	*ret_root_bytes = root_mib * MIB_BYTES;
	return 0;
}
