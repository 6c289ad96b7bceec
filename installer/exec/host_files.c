#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bootcfg/system.h"
#include "core/io.h"
#include "core/text.h"
#include "exec/host.h"

#define FSTAB "/etc/fstab" /* a root has it */

int host_open(const struct host_fs *fs, const char *path, int flags)
{
	auto_fd int root = open(fs->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};

	if (root < 0)
		return -1;
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static bool has(const struct host_fs *fs, const char *path)
{
	auto_fd int fd = host_open(fs, path, O_PATH);

	return fd >= 0;
}

static bool has_partition(const struct host_fs *fs, unsigned number)
{
	for (size_t i = 0; i < fs->n_partitions; i++)
		if (fs->partition[i] == number)
			return true;
	return false;
}

/* "/dev/vg/root" is "/dev/mapper/vg-root", where a hyphen of a name is doubled. */
static char *to_mapper(const char *path)
{
	const char *group = path + strlen("/dev/"), *volume = strchr(group, '/');
	auto_text struct text t = { 0 };

	if (!str_starts(path, "/dev/") || !volume || str_starts(group, "mapper/"))
		return NULL;
	text_add(&t, "/dev/mapper/");
	for (const char *c = group; *c; c++)
		text_add(&t, c == volume ? "-" : *c == '-' ? "--" : (char[]){ *c, '\0' });
	return text_take(&t);
}

static bool is_device(const struct host_fs *fs, const char *path)
{
	auto_free char *mapper = to_mapper(path);

	return str_eq(fs->device, path) ||
	       (fs->mapper && str_eq(fs->mapper, mapper ? mapper : path));
}

static bool is_meant(const struct host_fs *fs, const char *root, unsigned number)
{
	if (str_starts(root, "UUID="))
		return fs->uuid && str_same_id(fs->uuid, root + strlen("UUID="));
	if (str_starts(root, "LABEL="))
		return str_eq(fs->label, root + strlen("LABEL="));
	if (str_starts(root, "FILE="))
		return has(fs, root + strlen("FILE="));
	if (root[0] == '/')
		return is_device(fs, root);
	return number && has_partition(fs, number);
}

/* Its own filesystem first: of two disks that look alike it is on the right one. */
const struct host_fs *host_resolve(const struct host_view *view, const char *root)
{
	const struct host *h = view->host;
	const struct host_fs *self = &h->fs[view->self];
	unsigned number;

	if (!root || !self->device)
		return self;
	number = system_partition(root, view->from_zero);
	if (is_meant(self, root, number))
		return self;
	for (size_t i = 0; i < h->n; i++)
		if (is_meant(&h->fs[i], root, number))
			return &h->fs[i];
	return NULL;
}

const struct host_fs *host_find_root(const struct host_view *view,
				     const struct boot_entry *e)
{
	const struct host *h = view->host;
	auto_arena struct arena arena = { 0 };
	const char *args = e->kernel.path ? e->kernel.args : "";
	const char *root = system_find_root(args, &arena);
	const struct host_fs *fs = NULL, *found = NULL;

	if (root && h->fs[view->self].device)
		fs = host_resolve(view, root);
	if (fs)
		return fs;
	if (has(&h->fs[view->self], FSTAB))
		return &h->fs[view->self];
	/* The device has another name here: the only root there is, if there is one. */
	for (size_t i = 0; i < h->n; i++) {
		if (!has(&h->fs[i], FSTAB))
			continue;
		if (found)
			return NULL;
		found = &h->fs[i];
	}
	return found;
}

static const char *do_read(void *context, const char *root, const char *path,
			   struct arena *arena)
{
	const struct host_fs *fs = host_resolve(context, root);
	auto_fd int fd = fs ? host_open(fs, path, O_RDONLY | O_NONBLOCK) : -1;
	auto_free char *self = NULL, *text = NULL;
	struct err ignored = { 0 };
	struct stat st;

	/* A fifo or a device in a host's tree would not end. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	self = xasprintf("/proc/self/fd/%d", fd);
	if (io_read_file(AT_FDCWD, self, BOOT_MAX_FILE_BYTES, &text, NULL, &ignored) < 0)
		return NULL;
	return arena_strdup(arena, text);
}

static const unsigned char *do_peek(void *context, const char *root, const char *path,
				    size_t offset, size_t len, struct arena *arena)
{
	const struct host_fs *fs = host_resolve(context, root);
	auto_fd int fd = fs ? host_open(fs, path, O_RDONLY | O_NONBLOCK) : -1;
	unsigned char *bytes = arena_alloc(arena, len);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, bytes, len, (off_t)offset) != (ssize_t)len)
		return NULL;
	return bytes;
}

static size_t do_size(void *context, const char *root, const char *path)
{
	const struct host_fs *fs = host_resolve(context, root);
	auto_fd int fd = fs ? host_open(fs, path, O_PATH) : -1;
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (size_t)st.st_size
								     : 0;
}

static bool do_has(void *context, const char *root, const char *path)
{
	const struct host_fs *fs = host_resolve(context, root);

	return fs && has(fs, path);
}

static size_t do_list(void *context, const char *root, const char *path,
		      struct arena *arena, const char *const **ret_names)
{
	const struct host_fs *fs = host_resolve(context, root);
	auto_dir DIR *dir = io_take_dir(fs ? host_open(fs, path, O_RDONLY | O_DIRECTORY)
					   : -1);
	const char **names = NULL;
	size_t n = 0;

	if (!dir)
		return 0;
	for (struct dirent *e; (e = readdir(dir));) {
		const char *name = arena_strdup(arena, e->d_name);

		if (name[0] != '.')
			names = arena_append(arena, names, &n, &name, sizeof(name));
	}
	*ret_names = names;
	return n;
}

struct boot_files host_files(struct host_view *view)
{
	return (struct boot_files){
		.read = do_read,
		.has = do_has,
		.list = do_list,
		.peek = do_peek,
		.size = do_size,
		.context = view,
	};
}
