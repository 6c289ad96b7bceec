#include "exec/host.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/host_device.h"

#define OUR_LABEL "DOM0STRAP" /* of the boot medium itself */

/* What a menu, a kernel or a root can stand on, and how its journal is left alone. */
static const struct {
	const char *type, *options;
} filesystems[] = {
	{ "ext2", "noload" },    { "ext3", "noload" }, { "ext4", "noload" },
	{ "xfs", "norecovery" }, { "vfat", "" },       { "btrfs", "rescue=nologreplay" },
};

static void pass_over(struct host *host, struct arena *arena, const char *device,
		      const char *why)
{
	const char *text = arena_printf(arena, "%s: %s", device, why);

	host->passed_over = arena_append(arena, host->passed_over, &host->n_passed_over,
					 &text, sizeof(text));
}

static bool contains(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* Read-only from the start: no superblock is touched and no resync begins. */
static void assemble(struct arena *arena, struct host *host)
{
	size_t n_before, n_after;
	const char *const *before = host_list_devices(arena, &n_before);
	const char *const *after;
	struct err err = { 0 };

	/* It fails, too, when there is none. */
	if (RUN(&err, "mdadm", "--assemble", "--scan", "--readonly", "--run", "--quiet") <
	    0)
		err = (struct err){ 0 };
	after = host_list_devices(arena, &n_after);
	for (size_t i = 0; i < n_after; i++)
		if (host_device_is_array(after[i]) &&
		    !contains(before, n_before, after[i])) {
			const char *path = arena_printf(arena, "/dev/%s", after[i]);

			host->arrays = arena_append(arena, host->arrays, &host->n_arrays,
						    &path, sizeof(path));
		}
}

static void add_number(const char *name, struct arena *arena, unsigned **numbers,
		       size_t *n)
{
	auto_free char *path = xasprintf("/sys/class/block/%s/partition", name);
	auto_free char *text = io_read_line(AT_FDCWD, path);
	unsigned number = text ? (unsigned)strtoull(text, NULL, 10) : 0;

	if (number)
		*numbers = arena_append(arena, *numbers, n, &number, sizeof(number));
}

/* Of itself, or of each member of an array. */
static void find_partitions(const char *name, struct arena *arena, struct host_fs *fs)
{
	auto_free char *dir = xasprintf("/sys/class/block/%s/slaves", name);
	unsigned *numbers = NULL;
	size_t n;
	const char *const *members = host_list_names(dir, arena, &n);

	add_number(name, arena, &numbers, &fs->n_partitions);
	for (size_t i = 0; i < n; i++)
		add_number(members[i], arena, &numbers, &fs->n_partitions);
	fs->partition = numbers;
}

const char *host_mount_options(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(filesystems); i++)
		if (str_eq(filesystems[i].type, type))
			return filesystems[i].options;
	return NULL;
}

const char *host_mount_type(const char *type)
{
	return str_starts(type, "ext") ? "ext4" : type;
}

static int mount_one(const struct host_fs *fs, const char *options)
{
	const unsigned long flags = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC |
				    MS_NOATIME;

	return mount(fs->device, fs->dir, host_mount_type(fs->type), flags, options);
}

static void look_at(const char *name, struct arena *arena, struct host *host)
{
	struct host_fs fs = { .device = arena_printf(arena, "/dev/%s", name) };
	const char *options;

	if (host_device_is_held(name) || !host_device_probe(&fs, arena) ||
	    str_eq(fs.label, OUR_LABEL))
		return;
	options = host_mount_options(fs.type);
	if (!options)
		return;
	if (host_device_is_in_use(fs.device)) {
		pass_over(host, arena, fs.device, "in use");
		return;
	}
	fs.dir = arena_printf(arena, HOST_DIR "/%s", name);
	if (mkdir(fs.dir, 0755) < 0 && errno != EEXIST) {
		pass_over(host, arena, fs.device, strerror(errno));
		return;
	}
	find_partitions(name, arena, &fs);
	fs.mapper = host_device_mapper(name, arena);
	fs.was_read_only = host_device_is_read_only(fs.device);
	if (!fs.was_read_only)
		host_device_set_read_only(fs.device, 1);
	if (mount_one(&fs, options) < 0) {
		pass_over(host, arena, fs.device, strerror(errno));
		if (!fs.was_read_only)
			host_device_set_read_only(fs.device, 0);
		return;
	}
	host->fs = arena_append(arena, host->fs, &host->n, &fs, sizeof(fs));
}

/* By itself the boot environment's LVM refuses every device. */
static int change_groups(const struct host *host, const char *how, struct err *err)
{
	auto_text struct text devices = { 0 };

	for (size_t i = 0; i < host->n_physical; i++)
		text_printf(&devices, "%s%s", i ? "," : "", host->physical[i]);
	return devices.s ? RUN(err, "lvm", "vgchange", "--devices", devices.s, "--quiet",
			       how)
			 : 0;
}

static void activate(struct arena *arena, struct host *host)
{
	struct err err = { 0 };
	size_t n;
	const char *const *names = host_list_devices(arena, &n);

	for (size_t i = 0; i < n; i++) {
		const char *device = arena_printf(arena, "/dev/%s", names[i]);

		if (!host_device_is_held(names[i]) &&
		    host_device_is_volume_member(names[i], arena))
			host->physical = arena_append(arena, host->physical,
						      &host->n_physical, &device,
						      sizeof(device));
	}
	if (change_groups(host, "-ay", &err) < 0)
		log_warning("%s", err.msg);
}

void host_take(struct arena *arena, struct host *ret)
{
	*ret = (struct host){ 0 };
	assemble(arena, ret);
	activate(arena, ret);
}

void host_find(struct arena *arena, struct host *ret)
{
	const char **names;
	size_t n;

	mkdir("/run/dom0strap", 0755);
	mkdir(HOST_DIR, 0755);
	host_take(arena, ret);
	names = host_list_devices(arena, &n);
	for (size_t i = 0; i < n; i++)
		look_at(names[i], arena, ret);
}

int host_find_in(const char *dir, struct arena *arena, struct host *ret, struct err *err)
{
	const char *const dirs[] = { dir, arena_printf(arena, "%s/boot", dir) };
	struct stat st;

	*ret = (struct host){ 0 };
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_CONFIG, errno, "--root %s: no such folder", dir);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		struct host_fs fs = { .dir = dirs[i], .type = "folder" };

		if (stat(dirs[i], &st) == 0 && S_ISDIR(st.st_mode))
			ret->fs = arena_append(arena, ret->fs, &ret->n, &fs, sizeof(fs));
	}
	return 0;
}

static int keep_first(int rc, struct err *from, struct err *err)
{
	if (rc == 0)
		*err = *from;
	log_warning("%s", from->msg);
	*from = (struct err){ 0 };
	return -1;
}

int host_unmount(struct host *host, struct err *err)
{
	struct err e = { 0 };
	int rc = 0;

	for (size_t i = host->n; i-- > 0;) {
		const struct host_fs *fs = &host->fs[i];

		if (!fs->device)
			continue;
		if (umount2(fs->dir, UMOUNT_NOFOLLOW) < 0) {
			err_set(&e, ERR_SYSTEM, errno, "unmount %s", fs->dir);
			rc = keep_first(rc, &e, err);
		}
		rmdir(fs->dir);
		if (!fs->was_read_only)
			host_device_set_read_only(fs->device, 0);
	}
	host->n = 0;
	return rc;
}

int host_stop(struct host *host, struct err *err)
{
	struct err e = { 0 };
	int rc = 0;

	if (change_groups(host, "-an", &e) < 0)
		rc = keep_first(rc, &e, err);
	for (size_t i = host->n_arrays; i-- > 0;)
		if (RUN(&e, "mdadm", "--quiet", "--stop", host->arrays[i]) < 0)
			rc = keep_first(rc, &e, err);
	host->n_physical = 0;
	host->n_arrays = 0;
	return rc;
}

int host_release(struct host *host, struct err *err)
{
	struct err e = { 0 };
	int rc = host_unmount(host, err);

	if (host_stop(host, &e) < 0) {
		if (rc == 0)
			*err = e;
		rc = -1;
	}
	return rc;
}

static bool is_ours(const struct host *host, const char *device)
{
	for (size_t i = 0; i < host->n_arrays; i++)
		if (str_eq(host->arrays[i], device))
			return true;
	return false;
}

const char **host_list_slaves(const char *device, struct arena *arena, size_t *ret_n)
{
	auto_free char *dir = xasprintf("/sys/class/block/%s/slaves",
					strrchr(device, '/') + 1);
	const char **slaves = host_list_names(dir, arena, ret_n);

	for (size_t i = 0; i < *ret_n; i++)
		slaves[i] = arena_printf(arena, "/dev/%s", slaves[i]);
	return slaves;
}

bool host_stands_on(const char *device, const char *below)
{
	auto_arena struct arena arena = { 0 };
	const char *const *slaves;
	size_t n;

	if (str_eq(device, below))
		return true;
	slaves = host_list_slaves(device, &arena, &n);
	for (size_t i = 0; i < n; i++)
		if (host_stands_on(slaves[i], below))
			return true;
	return false;
}

int host_let_write(const struct host *host, const char *device, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	size_t n;
	const char *const *slaves = host_list_slaves(device, &arena, &n);

	for (size_t i = 0; i < n; i++)
		if (host_let_write(host, slaves[i], err) < 0)
			return -1;
	if (is_ours(host, device) && host_device_is_read_only(device))
		return RUN(err, "mdadm", "--quiet", "--readwrite", device);
	return 0;
}
