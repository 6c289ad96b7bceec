#include "exec/private.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/mem.h"
#include "core/text.h"
#include "exec/target.h"

#define READ_MAX_BYTES (1024 * 1024)

static int open_folder(const char *path)
{
	return target_open(*path ? path : "/", O_RDONLY | O_DIRECTORY);
}

/* From the root on, one after another: what is new is synced into what holds it. */
static int make_folder(const char *path)
{
	int fd = open_folder(path);
	auto_free char *parent = NULL;
	auto_fd int up = -1;
	char *name;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	parent = xstrdup(path);
	name = strrchr(parent, '/');
	*name++ = '\0';
	up = make_folder(parent);
	if (up < 0 || mkdirat(up, name, 0700) < 0 || fsync(up) < 0)
		return -1;
	return open_folder(path);
}

static int write_new(int dir, const char *name, unsigned mode, const void *bytes,
		     size_t len, struct err *err)
{
	auto_fd int fd = openat(
		dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s", name);
	if (io_write_all(fd, bytes, len, name, err) < 0)
		return -1;
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "write %s", name);
	return 0;
}

int private_write(const char *path, unsigned mode, const void *bytes, size_t len,
		  struct err *err)
{
	auto_free char *folder = xstrdup(path);
	char *name = strrchr(folder, '/');
	auto_free char *temporary = NULL;
	auto_fd int dir = -1;

	*name++ = '\0';
	dir = make_folder(folder);
	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno,
			       "open the directory of %s in the host", path);
	temporary = xasprintf(".%s.dom0strap", name);
	unlinkat(dir, temporary, 0); /* what an earlier run that was cut off has left */
	if (write_new(dir, temporary, mode, bytes, len, err) < 0) {
		unlinkat(dir, temporary, 0);
		return err_wrap(err, "%s", path);
	}
	if (renameat(dir, temporary, dir, name) < 0 || fsync(dir) < 0)
		return err_set(err, ERR_SYSTEM, errno, "replace %s of the host", path);
	return 0;
}

char *private_read(const char *path, size_t *ret_len)
{
	auto_fd int fd = target_open(path, O_RDONLY | O_NONBLOCK);
	auto_free char *self = NULL;
	struct err err = { 0 };
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	self = xasprintf("/proc/self/fd/%d", fd);
	if (io_read_file(AT_FDCWD, self, READ_MAX_BYTES, &bytes, ret_len, &err) < 0) {
		errno = err.sys_errno;
		return NULL;
	}
	return bytes;
}

static int remove_all(int parent, const char *name)
{
	auto_dir DIR *dir = io_take_dir(
		openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	int rc = 0;

	if (!dir)
		return errno == ENOTDIR || errno == ELOOP ? unlinkat(parent, name, 0)
							  : -1;
	for (struct dirent *e; rc == 0 && (e = readdir(dir));)
		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
			rc = remove_all(dirfd(dir), e->d_name);
	return rc < 0 ? rc : unlinkat(parent, name, AT_REMOVEDIR);
}

int private_remove(const char *dir, struct err *err)
{
	auto_fd int root = open_folder("/");

	if (root < 0 || (remove_all(root, dir + 1) < 0 && errno != ENOENT) ||
	    fsync(root) < 0)
		return err_set(err, ERR_SYSTEM, errno, "remove %s of the host", dir);
	return 0;
}
