#include "exec/rescue.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "bootcfg/edit.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/host_device.h"
#include "exec/target.h"
#include "plan/plan.h"

int rescue_check_place(struct err *err)
{
	struct statfs fs;

	if (geteuid() != 0)
		return err_set(err, ERR_SYSTEM, EPERM, "rescue needs root");
	if (statfs("/", &fs) < 0)
		return err_set(err, ERR_SYSTEM, errno, "look at /");
	if (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC)
		return err_set(err, ERR_UNSAFE, 0,
			       "the root here is not in memory: this is no boot "
			       "environment but an installed system, whose disks are in "
			       "use");
	return 0;
}

static bool is_volume(const char *name)
{
	return str_starts(name, "dm-");
}

/* Everything that can be stopped, whoever started it. */
static void find_active(struct arena *arena, struct host *ret)
{
	size_t n;
	const char *const *names = host_list_devices(arena, &n);

	*ret = (struct host){ 0 };
	for (size_t i = 0; i < n; i++) {
		const char *path = arena_printf(arena, "/dev/%s", names[i]);

		if (host_device_is_array(names[i]))
			ret->arrays = arena_append(arena, ret->arrays, &ret->n_arrays,
						   &path, sizeof(path));
		if (host_device_is_volume_member(names[i], arena))
			ret->physical = arena_append(arena, ret->physical,
						     &ret->n_physical, &path,
						     sizeof(path));
	}
}

/* What is new is read-only; the arrays are so already. */
static void take(struct arena *arena)
{
	size_t n_before, n;
	const char *const *before = host_list_devices(arena, &n_before);
	const char *const *names;
	struct host host;

	host_take(arena, &host);
	names = host_list_devices(arena, &n);
	for (size_t i = 0, j = 0; i < n; i++) {
		auto_free char *path = xasprintf("/dev/%s", names[i]);

		while (j < n_before && strverscmp(before[j], names[i]) < 0)
			j++;
		if (is_volume(names[i]) &&
		    (j == n_before || !str_eq(before[j], names[i])))
			host_device_set_read_only(path, 1);
	}
}

/* The device and all below it. What the hardware protects stays so. */
static int let_write(const struct host *active, const char *device, struct err *err)
{
	if (host_let_write(active, device, err) < 0)
		return -1;
	if (host_device_is_read_only(device))
		host_device_set_read_only(device, 0);
	return 0;
}

int rescue_assemble(bool write, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	const char *const *names;
	struct host active;
	size_t n;

	take(&arena);
	if (!write)
		return 0;
	find_active(&arena, &active);
	names = host_list_devices(&arena, &n);
	for (size_t i = 0; i < n; i++) {
		auto_free char *path = xasprintf("/dev/%s", names[i]);

		if ((host_device_is_array(names[i]) || is_volume(names[i])) &&
		    let_write(&active, path, err) < 0)
			return -1;
	}
	return 0;
}

struct part { /* of the system that is to be mounted */
	const char *device, *type, *where;
};

struct parts {
	struct part *items;
	size_t n;
};

static void add_part(struct parts *parts, const struct host_fs *fs, const char *where,
		     struct arena *arena)
{
	const struct part part = { fs->device, fs->type, where };

	parts->items = arena_append(arena, parts->items, &parts->n, &part, sizeof(part));
}

static bool has(const struct host_fs *fs, const char *path)
{
	auto_fd int fd = host_open(fs, path, O_PATH);

	return fd >= 0;
}

static bool is_root(const struct host_fs *fs)
{
	return has(fs, "/etc/fstab");
}

static bool is_called(const struct host_fs *fs, const char *name)
{
	return str_eq(fs->device, name) || str_eq(fs->mapper, name) ||
	       str_eq(fs->label, name) || (fs->uuid && str_same_id(fs->uuid, name));
}

static int choose_root(const struct host *host, const char *which, size_t *ret,
		       struct err *err)
{
	auto_text struct text t = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < host->n; i++) {
		const struct host_fs *fs = &host->fs[i];

		if (!is_root(fs))
			continue;
		text_printf(&t, "\n  %s (%s, UUID %s%s%s)",
			    fs->mapper ? fs->mapper : fs->device, fs->type,
			    fs->uuid ? fs->uuid : "-", fs->label ? ", label " : "",
			    fs->label ? fs->label : "");
		if (which && !is_called(fs, which))
			continue;
		*ret = i;
		n++;
	}
	if (n == 1)
		return 0;
	if (!t.s)
		return err_set(err, ERR_SOURCE, 0,
			       "no installed system was found on the disks");
	return err_set(err, ERR_CONFIG, 0, "%s of these is meant? rescue mount ROOT%s",
		       n ? "which" : "none is called so; which", t.s);
}

/* On this machine's disks, by fstab's word: neither swap nor a network's, nor memory. */
static bool is_local(const struct fstab_entry *e)
{
	return e->mount[0] == '/' && e->mount[1] && !strchr(e->mount, '\\') &&
	       (e->source[0] == '/' || strchr(e->source, '=')) &&
	       !strstr(e->options, "bind");
}

/* Parents before what is below them. */
static int compare_parts(const void *a, const void *b)
{
	size_t x = strlen(((const struct part *)a)->where);
	size_t y = strlen(((const struct part *)b)->where);

	return x < y ? -1 : x > y;
}

static void find_parts(const struct host *host, size_t root, struct arena *arena,
		       struct parts *ret)
{
	struct host_view view = { .host = host, .self = root };
	struct boot_files files = host_files(&view);
	const char *fstab = files.read(files.context, NULL, "/etc/fstab", arena);
	struct fstab_entry *entries;
	size_t n = fstab ? edit_fstab_list(fstab, arena, &entries) : 0;

	add_part(ret, &host->fs[root], "/", arena);
	for (size_t i = 0; i < n; i++) {
		const struct host_fs *fs;

		if (!is_local(&entries[i]))
			continue;
		fs = host_resolve(&view, entries[i].source);
		if (!fs)
			log_warning("%s is left out: %s was not found", entries[i].mount,
				    entries[i].source);
		else if (fs != &host->fs[root])
			add_part(ret, fs, entries[i].mount, arena);
	}
	qsort(ret->items, ret->n, sizeof(*ret->items), compare_parts);
}

static int choose(const char *which, struct arena *arena, struct parts *ret,
		  struct err *err)
{
	struct err second = { 0 };
	struct host host;
	size_t root = 0;
	int rc;

	host_find(arena, &host);
	for (size_t i = 0; i < host.n_passed_over; i++)
		log_warning("passed over: %s", host.passed_over[i]);
	rc = choose_root(&host, which, &root, err);
	if (rc == 0)
		find_parts(&host, root, arena, ret);
	if (host_unmount(&host, rc < 0 ? &second : err) < 0)
		rc = -1;
	return rc;
}

static int mount_part(const struct part *part, bool write, const struct host *active,
		      struct err *err)
{
	const char *options = write ? NULL : host_mount_options(part->type);
	const char *name = strrchr(part->device, '/') + 1;

	if (write && let_write(active, part->device, err) < 0)
		return -1;
	if (!write && !host_device_is_read_only(part->device) &&
	    !host_device_is_array(name))
		host_device_set_read_only(part->device, 1);
	if (target_mount(part->device, part->where, host_mount_type(part->type),
			 MS_NOATIME | (write ? 0 : MS_RDONLY), options) < 0)
		return err_set(err, ERR_SYSTEM, errno, "mount %s on " TARGET_DIR "%s",
			       part->device, part->where);
	log_info("%s on " TARGET_DIR "%s%s", part->device,
		 part->where[1] ? part->where : "", write ? "" : ", read-only");
	return 0;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (!path[len] || path[len] == '/');
}

/* From the last to the first. */
static int unmount_all(struct err *err)
{
	auto_arena struct arena arena = { 0 };
	FILE *table = setmntent("/proc/mounts", "r");
	struct part *mounts = NULL;
	size_t n = 0;

	if (!table)
		return err_set(err, ERR_SYSTEM, errno, "open /proc/mounts");
	for (struct mntent *e; (e = getmntent(table));) {
		const struct part m = { .device = arena_strdup(&arena, e->mnt_fsname),
					.where = arena_strdup(&arena, e->mnt_dir) };

		if (is_below(m.where, TARGET_DIR) || is_below(m.where, HOST_DIR))
			mounts = arena_append(&arena, mounts, &n, &m, sizeof(m));
	}
	endmntent(table);
	while (n-- > 0) {
		const char *device = mounts[n].device;

		if (umount2(mounts[n].where, UMOUNT_NOFOLLOW) < 0)
			return err_set(
				err, ERR_SYSTEM, errno,
				"unmount %s (is a shell or a program still in it?)",
				mounts[n].where);
		if (str_starts(device, "/dev/") &&
		    !host_device_is_array(strrchr(device, '/') + 1) &&
		    host_device_is_read_only(device))
			host_device_set_read_only(device, 0);
	}
	return 0;
}

int rescue_mount(const char *which, bool write, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct err second = { 0 };
	struct parts parts = { 0 };
	struct host active;
	int rc = 0;

	if (mkdir(TARGET_DIR, 0755) < 0 && errno != EEXIST)
		return err_set(err, ERR_SYSTEM, errno, "make the directory " TARGET_DIR);
	if (unmount_all(err) < 0)
		return -1;
	take(&arena);
	if (choose(which, &arena, &parts, err) < 0)
		return -1;
	find_active(&arena, &active);
	for (size_t i = 0; rc == 0 && i < parts.n; i++)
		rc = mount_part(&parts.items[i], write, &active, err);
	if (rc < 0 && unmount_all(&second) < 0)
		log_warning("%s", second.msg);
	return rc;
}

int rescue_release(struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct host active;

	if (unmount_all(err) < 0)
		return -1;
	find_active(&arena, &active);
	return host_stop(&active, err);
}
