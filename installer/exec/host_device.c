#include "exec/host_device.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "core/io.h"
#include "core/log.h"
#include "core/text.h"

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

const char **host_list_names(const char *dir, struct arena *arena, size_t *ret_n)
{
	struct dirent **found = NULL;
	const char **names = NULL;
	int n = scandir(dir, &found, is_shown, compare_names);

	*ret_n = 0;
	for (int i = 0; i < n; i++) {
		const char *name = arena_strdup(arena, found[i]->d_name);

		names = arena_append(arena, names, ret_n, &name, sizeof(name));
		free(found[i]);
	}
	free(found);
	return names;
}

static bool can_carry(const char *name)
{
	static const char *const others[] = { "loop", "ram", "sr", "fd", "zram", "nbd" };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_starts(name, others[i]))
			return false;
	return true;
}

const char **host_list_devices(struct arena *arena, size_t *ret_n)
{
	size_t n;
	const char **names = host_list_names("/sys/class/block", arena, &n);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (can_carry(names[i]))
			names[(*ret_n)++] = names[i];
	return names;
}

bool host_device_is_array(const char *name)
{
	return str_starts(name, "md") && !strchr(name, 'p');
}

static const char *probe_value(blkid_probe probe, const char *name, struct arena *arena)
{
	const char *value = NULL;
	char *copy;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) < 0)
		return NULL;
	copy = arena_strdup(arena, value);
	str_clean(copy);
	return copy;
}

bool host_device_probe(struct host_fs *fs, struct arena *arena)
{
	blkid_probe p = blkid_new_probe_from_filename(fs->device);

	if (!p)
		return false;
	blkid_probe_enable_superblocks(p, 1);
	blkid_probe_set_superblocks_flags(p, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
						     BLKID_SUBLKS_LABEL);
	if (blkid_do_safeprobe(p) == 0) {
		fs->type = probe_value(p, "TYPE", arena);
		fs->uuid = probe_value(p, "UUID", arena);
		fs->label = probe_value(p, "LABEL", arena);
	}
	blkid_free_probe(p);
	return fs->type;
}

bool host_device_is_held(const char *name)
{
	auto_free char *dir = xasprintf("/sys/class/block/%s/holders", name);
	auto_arena struct arena arena = { 0 };
	size_t n;

	host_list_names(dir, &arena, &n);
	return n > 0;
}

const char *host_device_mapper(const char *name, struct arena *arena)
{
	auto_free char *path = xasprintf("/sys/class/block/%s/dm/name", name);
	auto_free char *value = io_read_line(AT_FDCWD, path);

	return value ? arena_printf(arena, "/dev/mapper/%s", value) : NULL;
}

void host_device_set_read_only(const char *device, int on)
{
	auto_fd int fd = open(device, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BLKROSET, &on) < 0)
		log_warning("%s cannot be set %s: %s", device,
			    on ? "read-only" : "writable", strerror(errno));
}

bool host_device_is_read_only(const char *device)
{
	auto_fd int fd = open(device, O_RDONLY | O_CLOEXEC);
	int on = 0;

	return fd >= 0 && ioctl(fd, BLKROGET, &on) == 0 && on;
}

/* Mounted, or claimed by anybody else: on a running system that is its own disk. */
bool host_device_is_in_use(const char *device)
{
	auto_fd int fd = open(device, O_RDONLY | O_EXCL | O_CLOEXEC);

	return fd < 0 && errno == EBUSY;
}

bool host_device_is_volume_member(const char *name, struct arena *arena)
{
	struct host_fs fs = { .device = arena_printf(arena, "/dev/%s", name) };

	return host_device_probe(&fs, arena) && str_eq(fs.type, "LVM2_member");
}
