#include "exec/survey.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "bootcfg/service.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/survey_files.h"
#include "plan/plan.h"

struct place { /* a device that may hold a filesystem */
	const char *device, *type, *uuid, *label;
	const struct host_array *array; /* it is this one; or NULL */
};

struct survey {
	struct arena *arena;
	struct host_array *arrays; /* assembled */
	size_t n_arrays;
	const char **volume_devices; /* activated */
	size_t n_volume_devices;
	struct place *places;
	size_t n_places;
};

static const char *look_up(blkid_probe probe, const char *name, struct arena *arena)
{
	const char *value;

	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0
		       ? arena_strdup(arena, value)
		       : NULL;
}

static void add_place(struct survey *s, const char *device,
		      const struct host_array *array)
{
	blkid_probe probe = blkid_new_probe_from_filename(device);
	struct place place = { .device = device, .array = array };

	if (!probe)
		return;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
							 BLKID_SUBLKS_LABEL);
	if (blkid_do_safeprobe(probe) == 0) {
		place.type = look_up(probe, "TYPE", s->arena);
		place.uuid = look_up(probe, "UUID", s->arena);
		place.label = look_up(probe, "LABEL", s->arena);
	}
	blkid_free_probe(probe);
	if (place.type)
		s->places = arena_append(s->arena, s->places, &s->n_places, &place,
					 sizeof(place));
}

static bool is_member(const struct disk *disk, uint64_t partition, const char **ret_uuid)
{
	for (size_t i = 0; i < disk->n_signatures; i++)
		if (disk->signatures[i].partition == partition &&
		    str_eq(disk->signatures[i].type, "linux_raid_member")) {
			*ret_uuid = disk->signatures[i].uuid;
			return true;
		}
	return false;
}

/* Every member of that array, in the order of the disks. */
static void gather_members(const struct facts *facts, const char *uuid,
			   struct arena *arena, struct host_array *array)
{
	for (size_t i = 0; i < facts->n_disks; i++)
		for (size_t j = 0; j < facts->disks[i].n_signatures; j++) {
			const struct disk *d = &facts->disks[i];
			const struct signature *sig = &d->signatures[j];
			const char *path = d->path;

			if (!str_eq(sig->type, "linux_raid_member") ||
			    !str_same_id(sig->uuid, uuid))
				continue;
			if (sig->partition)
				path = layout_partition_path(arena, d->path,
							     (unsigned)sig->partition);
			array->members = arena_append(arena, array->members,
						      &array->n_members, &path,
						      sizeof(path));
		}
}

static bool assemble(struct host_array *array)
{
	const char *argv[64] = { "mdadm",   "--assemble", "--run",
				 "--quiet", "--readonly", array->device };
	struct err err = { 0 };

	for (size_t i = 0; i < array->n_members && i + 7 < ARRAY_LEN(argv); i++)
		argv[i + 6] = array->members[i];
	if (proc_run(&(struct proc){ .argv = argv }, &err) == 0)
		return true;
	log_warning("passed over: %s", err.msg);
	return false;
}

static void assemble_all(struct survey *s, const struct facts *facts)
{
	const char *seen[64];
	size_t n_seen = 0;

	for (size_t i = 0; i < facts->n_disks; i++)
		for (size_t j = 0; j < facts->disks[i].n_signatures; j++) {
			const struct signature *sig = &facts->disks[i].signatures[j];
			struct host_array array = { 0 };
			bool again = false;

			for (size_t k = 0; k < n_seen; k++)
				again |= str_same_id(seen[k], sig->uuid);
			if (again || !sig->uuid || n_seen == ARRAY_LEN(seen) ||
			    !str_eq(sig->type, "linux_raid_member"))
				continue;
			seen[n_seen++] = sig->uuid;
			array.device = arena_printf(s->arena, "/dev/md%zu", s->n_arrays);
			gather_members(facts, sig->uuid, s->arena, &array);
			if (assemble(&array))
				s->arrays = arena_append(s->arena, s->arrays,
							 &s->n_arrays, &array,
							 sizeof(array));
		}
}

static void find_places(struct survey *s, const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_disks; i++) {
		const struct disk *d = &facts->disks[i];
		const char *uuid;

		for (size_t j = 0; j < d->n_partitions; j++)
			if (!is_member(d, d->partitions[j].number, &uuid))
				add_place(s,
					  layout_partition_path(
						  s->arena, d->path,
						  (unsigned)d->partitions[j].number),
					  NULL);
	}
	for (size_t i = 0; i < s->n_arrays; i++)
		add_place(s, s->arrays[i].device, &s->arrays[i]);
}

static void activate(struct survey *s)
{
	for (size_t i = 0; i < s->n_places; i++) {
		const char *device = s->places[i].device;
		struct err err = { 0 };

		if (!str_eq(s->places[i].type, "LVM2_member"))
			continue;
		if (RUN(&err, "lvm", "vgchange", "--devices", device, "--quiet", "-ay") <
		    0)
			log_warning("passed over: %s", err.msg);
		else
			s->volume_devices = arena_append(s->arena, s->volume_devices,
							 &s->n_volume_devices, &device,
							 sizeof(device));
	}
}

/* Logical volumes by the kernel's list: their names are device-mapper's. */
static void find_volumes(struct survey *s)
{
	DIR *d = s->n_volume_devices ? opendir("/sys/block") : NULL;

	for (struct dirent *e; d && (e = readdir(d));) {
		auto_free char *path = xasprintf("/sys/block/%s/dm/name", e->d_name);
		auto_free char *name = str_starts(e->d_name, "dm-")
					       ? io_read_line(AT_FDCWD, path)
					       : NULL;

		if (name)
			add_place(s, arena_printf(s->arena, "/dev/mapper/%s", name),
				  NULL);
	}
	if (d)
		closedir(d);
}

/* Read-only, and a journal that is not empty stays as it is. */
static int mount_quietly(const struct place *p, const char *target)
{
	const char *options = str_eq(p->type, "xfs") ? "norecovery"
			      : str_starts(p->type, "ext") && !str_eq(p->type, "ext2")
				      ? "noload"
				      : NULL;

	return mount(p->device, target, p->type, MS_RDONLY | MS_NOATIME | MS_NODEV,
		     options);
}

static const struct place *find_source(const struct survey *s, const char *source)
{
	for (size_t i = 0; i < s->n_places; i++) {
		const struct place *p = &s->places[i];

		if ((str_starts(source, "UUID=") && str_same_id(source + 5, p->uuid)) ||
		    (str_starts(source, "LABEL=") && str_eq(source + 6, p->label)) ||
		    str_eq(source, p->device))
			return p;
	}
	return NULL;
}

static void add_mount(struct survey *s, struct installed *h, const struct place *p,
		      const char *mount)
{
	struct host_mount m = {
		.mount = mount, .device = p->device, .type = p->type, .uuid = p->uuid
	};

	h->mounts = arena_append(s->arena, h->mounts, &h->n_mounts, &m, sizeof(m));
}

/* What the host's programs and its boot files need beside the root. */
static void mount_more(struct survey *s, struct installed *h)
{
	static const char *const wanted[] = { "/usr", "/boot" };
	auto_free char *fstab = survey_read("/etc/fstab");

	for (size_t i = 0; fstab && i < ARRAY_LEN(wanted); i++) {
		const char *source = edit_fstab_source(fstab, wanted[i], s->arena);
		const struct place *p = source ? find_source(s, source) : NULL;
		auto_free char *target = xasprintf(TARGET_DIR "%s", wanted[i]);

		if (source && !p)
			log_warning("%s of %s (%s) was not found", wanted[i],
				    h->mounts[0].device, source);
		else if (p && mount_quietly(p, target) < 0)
			log_warning("mount %s: %s", p->device, strerror(errno));
		else if (p)
			add_mount(s, h, p, wanted[i]);
	}
}

static int unmount_all(const struct installed *h, struct err *err)
{
	for (size_t i = h->n_mounts; i-- > 0;) {
		const char *mount = h->mounts[i].mount;
		auto_free char *target = xasprintf(TARGET_DIR "%s",
						   mount[1] ? mount : "");

		if (umount2(target, UMOUNT_NOFOLLOW) < 0)
			return err_set(err, ERR_SYSTEM, errno, "unmount %s", target);
	}
	return 0;
}

static int look_at(struct survey *s, const struct place *p, struct facts *facts,
		   struct err *err)
{
	struct installed h = { .arrays = s->arrays,
			       .n_arrays = s->n_arrays,
			       .volume_devices = s->volume_devices,
			       .n_volume_devices = s->n_volume_devices };

	if (!(str_starts(p->type, "ext") || str_eq(p->type, "xfs")) || !p->uuid ||
	    mount_quietly(p, TARGET_DIR) < 0)
		return 0;
	add_mount(s, &h, p, "/");
	if (survey_is_root()) {
		mount_more(s, &h);
		survey_collect(s->arena, &h);
		facts->hosts = arena_append(s->arena, facts->hosts, &facts->n_hosts, &h,
					    sizeof(h));
	}
	return unmount_all(&h, err);
}

static int give_back(const struct survey *s, struct err *err)
{
	for (size_t i = 0; i < s->n_volume_devices; i++)
		if (RUN(err, "lvm", "vgchange", "--devices", s->volume_devices[i],
			"--quiet", "-an") < 0)
			return -1;
	for (size_t i = s->n_arrays; i-- > 0;)
		if (RUN(err, "mdadm", "--stop", s->arrays[i].device) < 0)
			return -1;
	return 0;
}

int survey_hosts(struct facts *facts, struct arena *arena, struct err *err)
{
	struct survey s = { .arena = arena };
	struct err second = { 0 };
	int rc = 0;

	if (mkdir(TARGET_DIR, 0755) < 0 && errno != EEXIST)
		return err_set(err, ERR_SYSTEM, errno, "make the directory " TARGET_DIR);
	assemble_all(&s, facts);
	find_places(&s, facts);
	activate(&s);
	find_volumes(&s);
	for (size_t i = 0; rc == 0 && i < s.n_places; i++)
		rc = look_at(&s, &s.places[i], facts, err);
	if (give_back(&s, rc < 0 ? &second : err) < 0)
		rc = -1;
	return rc < 0 ? err_wrap(err, "looking for installed systems") : 0;
}
