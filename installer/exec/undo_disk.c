#include <blkid/blkid.h>
#include <fcntl.h>

#include "core/le.h"
#include "exec/device.h"
#include "exec/undo.h"

#define PROBE_AT_MOST 64
#define SECTOR        512

static const char *digest_at(int fd, const char *path, uint64_t offset, size_t len,
			     struct arena *arena)
{
	auto_free void *buf = xmalloc(len);
	struct err ignored = { 0 };
	struct digest d;

	if (device_read(fd, path, buf, offset, len, &ignored) < 0)
		return NULL;
	d = digest_of(buf, len);
	return arena_strdup(arena, DIGEST_TEXT(&d));
}

/*
 * Where the data of a member with a version 1 superblock begin, from the member's own
 * beginning (struct mdp_superblock_1 in the kernel's uapi/linux/raid/md_p.h).
 */
static bool find_data(int fd, const struct disk *d, const struct signature *s,
		      uint64_t *ret_bytes)
{
	unsigned char sb[256];
	struct err ignored = { 0 };

	if (!str_eq(s->type, "linux_raid_member") ||
	    device_read(fd, d->path, sb, s->offset_bytes, sizeof(sb), &ignored) < 0 ||
	    read_le(sb, 4) != 0xa92b4efc || read_le(sb + 4, 4) != 1)
		return false;
	*ret_bytes = read_le(sb + 128, 8);
	/* 0: what stands there is seen from outside as well */
	if (*ret_bytes == 0 || *ret_bytes > d->size_bytes / SECTOR)
		return false;
	*ret_bytes *= SECTOR;
	return true;
}

static uint64_t start_of(const struct disk *d, uint64_t partition)
{
	for (size_t i = 0; partition && i < d->n_partitions; i++)
		if (d->partitions[i].number == partition)
			return d->partitions[i].start_bytes;
	return 0;
}

static void probe_inner(int fd, uint64_t offset, const struct disk *d,
			struct arena *arena, struct undo_seen *ret)
{
	blkid_probe probe = blkid_new_probe();

	if (!probe)
		abort();
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE);
	if (offset < d->size_bytes &&
	    blkid_probe_set_device(probe, fd, (blkid_loff_t)offset,
				   (blkid_loff_t)(d->size_bytes - offset)) == 0)
		for (int i = 0; i < PROBE_AT_MOST && blkid_do_probe(probe) == 0; i++) {
			const char *uuid;

			if (blkid_probe_lookup_value(probe, "UUID", &uuid, NULL) != 0)
				continue;
			uuid = arena_strdup(arena, uuid);
			ret->inner = arena_append(arena, ret->inner, &ret->n_inner, &uuid,
						  sizeof(uuid));
		}
	blkid_free_probe(probe);
}

void undo_look(const struct undo_disk *u, const struct disk *d, struct arena *arena,
	       struct undo_seen *ret)
{
	struct undo_seen seen = { .disk = d };
	auto_fd int fd = d ? open(d->path, O_RDONLY | O_CLOEXEC) : -1;

	seen.samples = arena_alloc(arena, u->n_samples * sizeof(*seen.samples));
	for (size_t i = 0; fd >= 0 && i < u->n_samples; i++)
		seen.samples[i] = digest_at(fd, d->path, u->samples[i].offset_bytes,
					    UNDO_SAMPLE_BYTES, arena);
	for (size_t i = 0; fd >= 0 && i < d->n_signatures; i++) {
		const struct signature *s = &d->signatures[i];
		uint64_t data;

		if (find_data(fd, d, s, &data))
			probe_inner(fd, start_of(d, s->partition) + data, d, arena,
				    &seen);
	}
	*ret = seen;
}

static int put_back(int fd, const char *path, const struct undo_range *r, struct err *err)
{
	if (!r->bytes)
		return device_zero(fd, path, r->offset_bytes, r->size_bytes, err);
	return device_write(fd, path, r->bytes, r->offset_bytes, r->size_bytes, err);
}

static int check(int fd, const char *path, const struct undo_range *r, struct err *err)
{
	auto_free void *buf = xmalloc(r->size_bytes);
	struct digest expected, found;

	if (device_read(fd, path, buf, r->offset_bytes, r->size_bytes, err) < 0)
		return -1;
	found = digest_of(buf, r->size_bytes);
	if (digest_parse(r->sha256, &expected) &&
	    memcmp(&expected, &found, sizeof(found)) == 0)
		return 0;
	return err_set(err, ERR_HARDWARE, 0,
		       "%s does not keep what is written to it, at byte %llu", path,
		       (unsigned long long)r->offset_bytes);
}

int undo_restore(const struct undo_disk *u, const char *path, struct err *err)
{
	auto_fd int fd = device_open(path, O_RDWR, err);

	if (fd < 0)
		return -1;
	/* From the end: what is cut off in the middle still has the install's table. */
	for (size_t i = u->n_ranges; i-- > 0;)
		if (put_back(fd, path, &u->ranges[i], err) < 0)
			return -1;
	if (device_flush(fd, path, err) < 0)
		return -1;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (size_t i = 0; i < u->n_ranges; i++)
		if (check(fd, path, &u->ranges[i], err) < 0)
			return -1;
	return device_reread(fd, path, err);
}
