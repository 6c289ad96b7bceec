/*
 * Step `filesystem`: make the filesystems, mount them all below the target.
 *
 * Features that GRUB and kernels of a few years ago cannot read are turned off: the
 * host's own boot loader has to read /boot, and nobody would miss them.
 */
#include <inttypes.h>

#include "plan/plan.h"

/* FAT32 has 65,525 clusters or more, and a cluster is a sector at the least; with fewer,
 * firmware would take it for FAT16. The rest is room for the FAT itself. */
#define FAT32_MIN_SECTORS (UINT64_C(33) * 2048)

/* mke2fs makes blocks of 1 KiB on what is small, and no inode is larger than a block. */
#define SMALL_BLOCK_BYTES 1024

/* GRUB legacy and extlinux, of whatever age, know none of the newer features. */
static bool is_for_old_loader(const struct plan *plan, const struct layout_filesystem *fs)
{
	const struct layout_filesystem *boot = layout_find_mount(&plan->layout, "/boot");

	if (!boot)
		boot = layout_find_mount(&plan->layout, "/");
	return plan->profile->boot_loader != LOADER_GRUB2 && fs == boot;
}

static const char *const *ext_argv(struct plan *plan, const struct layout_filesystem *fs)
{
	const struct filesystem *f = fs->filesystem;
	bool old = f->inode_bytes == 128 || is_for_old_loader(plan, fs);
	const char *without = old ? "^metadata_csum_seed,^orphan_file,"
				    "^metadata_csum,^64bit"
				  : "^metadata_csum_seed,^orphan_file";

	const char *inode = arena_printf(&plan->arena, "%" PRIu64, f->inode_bytes);

	if (!f->inode_bytes)
		return PLAN_ARGV(plan, "mke2fs", "-t", f->type, "-q", "-F", "-O", without,
				 "-U", fs->uuid, fs->device);
	if (f->inode_bytes > SMALL_BLOCK_BYTES)
		return PLAN_ARGV(plan, "mke2fs", "-t", f->type, "-q", "-F", "-O", without,
				 "-b", "4096", "-I", inode, "-U", fs->uuid, fs->device);
	return PLAN_ARGV(plan, "mke2fs", "-t", f->type, "-q", "-F", "-O", without, "-I",
			 inode, "-U", fs->uuid, fs->device);
}

static const char *const *xfs_argv(struct plan *plan, const struct layout_filesystem *fs)
{
	return PLAN_ARGV(
		plan, "mkfs.xfs", "-q", "-f", "-m",
		arena_printf(&plan->arena, "uuid=%s,bigtime=0,inobtcount=0,rmapbt=0",
			     fs->uuid),
		"-i", "sparse=0,nrext64=0,exchange=0", "-n", "parent=0", fs->device);
}

static bool is_fat32(struct plan *plan, const struct layout_filesystem *fs)
{
	const struct layout *l = &plan->layout;
	uint64_t sector = 512;

	for (size_t i = 0; i < l->n_system; i++)
		if (l->disks[i].disk->sector_bytes > sector)
			sector = l->disks[i].disk->sector_bytes;
	return fs->size_bytes / sector >= FAT32_MIN_SECTORS;
}

/* Its number without the hyphen, behind --invariant, which has one too: nothing of the
 * day is in it. No MBR of its own, whatever it takes an array for. */
static const char *const *fat_argv(struct plan *plan, const struct layout_filesystem *fs)
{
	const char *id = arena_printf(&plan->arena, "%.4s%s", fs->uuid, fs->uuid + 5);

	if (is_fat32(plan, fs))
		return PLAN_ARGV(plan, "mkfs.vfat", "--invariant", "--mbr=n", "-F", "32",
				 "-i", id, fs->device);
	return PLAN_ARGV(plan, "mkfs.vfat", "--invariant", "--mbr=n", "-i", id,
			 fs->device);
}

static const char *const *swap_argv(struct plan *plan, const struct layout_filesystem *fs)
{
	return PLAN_ARGV(plan, "mkswap", "-f", "-U", fs->uuid, fs->device);
}

static const struct {
	const char *type;
	const char *const *(*argv)(struct plan *plan, const struct layout_filesystem *fs);
} makers[] = {
	{ "ext2", ext_argv }, { "ext3", ext_argv }, { "ext4", ext_argv },
	{ "xfs", xfs_argv },  { "vfat", fat_argv }, { "swap", swap_argv },
};

static void make(struct plan *plan, const struct layout_filesystem *fs)
{
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		if (!str_eq(makers[i].type, fs->filesystem->type))
			continue;
		plan_add(plan,
			 (struct action){ .kind = ACT_RUN,
					  .destroys = true,
					  .run = { .argv = makers[i].argv(plan, fs) } });
		return;
	}
	abort(); /* profile_validate() has seen to it */
}

static void mount(struct plan *plan, const struct layout_filesystem *fs)
{
	const char *below = fs->filesystem->mount;

	plan_add(plan, (struct action){ .kind = ACT_MOUNT,
					.mount = { .source = fs->device,
						   .target = arena_printf(
							   &plan->arena, TARGET_DIR "%s",
							   below[1] ? below : ""),
						   .type = fs->filesystem->type,
						   .uuid = fs->uuid } });
}

static void plan_filesystem(struct plan *plan)
{
	const struct layout *l = &plan->layout;

	plan_add_begun(plan);
	for (size_t i = 0; l->state != STATE_COMPLETE && i < l->n_filesystems; i++)
		make(plan, &l->filesystems[i]);
	for (size_t i = 0; i < l->n_filesystems; i++)
		if (plan_mounts(plan, &l->filesystems[i]))
			mount(plan, &l->filesystems[i]);
	plan_add_stash(plan);
}

const struct step step_filesystem = {
	.name = "filesystem",
	.summary = "make and mount the filesystems",
	.plan = plan_filesystem,
};
