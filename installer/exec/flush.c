#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>

#include "exec/device.h"
#include "exec/exec.h"

/*
 * Boot loaders read no journal; to be frozen, a filesystem empties its own. One that
 * cannot be has none. (The numbers are none of the ints that musl's ioctl() takes.)
 */
static void settle(int fd)
{
	if (syscall(SYS_ioctl, fd, FIFREEZE, 0) == 0)
		syscall(SYS_ioctl, fd, FITHAW, 0);
}

int exec_flush(const struct exec *x, struct err *err)
{
	const struct layout *l = &x->plan->layout;

	for (size_t i = 0; i < l->n_filesystems; i++) {
		const char *mount = l->filesystems[i].filesystem->mount;
		auto_free char *path = xasprintf(TARGET_DIR "%s", mount ? mount : "");
		auto_fd int fd = mount ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				       : -1;

		/* sync() tells nobody about errors. */
		if (fd >= 0 && syncfs(fd) < 0)
			return err_set(err, ERR_SYSTEM, errno, "write %s to the disks",
				       mount);
		if (fd >= 0)
			settle(fd);
	}
	sync();
	for (size_t i = 0; i < l->n_disks; i++) {
		const char *path = l->disks[i].disk->path;
		auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return err_set(err, ERR_SYSTEM, errno, "open %s", path);
		if (device_flush(fd, path, err) < 0)
			return -1;
	}
	return 0;
}
