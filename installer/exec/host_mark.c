/*
 * What is written before the jump: the marker that keeps a machine from trying it twice,
 * and that an entry for one boot has had its boot.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/digest.h"
#include "core/io.h"
#include "core/text.h"
#include "exec/host_menu.h"
#include "exec/target.h"
#include "plan/plan.h"

/* Files that a start changes, in / or in a /var of its own. */
static const char *const traces[] = {
	"/var/log/wtmp",
	"/var/lib/systemd/random-seed",
	"/var/lib/random-seed",
	"/var/log/dmesg",
	"/var/log/boot.log",
	"/var/log/messages",
	"/etc/mtab",
	"/log/wtmp",
	"/lib/systemd/random-seed",
};

static void add_traces(const struct host_fs *fs, struct text *out)
{
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		auto_fd int fd = host_open(fs, traces[i], O_PATH);
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			text_printf(out, "%s %s %" PRIu64 " %" PRIu64 ".%" PRIu64 "\n",
				    fs->uuid ? fs->uuid : "", traces[i],
				    (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
				    (uint64_t)st.st_mtim.tv_nsec);
	}
}

void host_look_at_mark(const struct host_choice *choice, struct arena *arena,
		       struct host_mark *ret)
{
	const struct host_view *view = &choice->menu->view;
	const struct boot_entry *e = &choice->menu->menu.entries[choice->entry];
	auto_text struct text t = { 0 };
	auto_fd int fd = -1;
	char old[sizeof(ret->state)] = "";
	const struct host_fs *root;
	struct digest digest;

	*ret = (struct host_mark){ 0 };
	root = host_find_root(view, e);
	if (!root)
		return;
	for (size_t i = 0; i < view->host->n; i++)
		add_traces(&view->host->fs[i], &t);
	digest = digest_of(t.s ? t.s : "", t.len);
	digest_print(&digest, ret->state);
	ret->device = arena_strdup(arena, root->device);
	ret->type = root->type;
	fd = host_open(root, HOST_MARKER, O_RDONLY | O_NOFOLLOW);
	ret->failed = fd >= 0 &&
		      read(fd, old, sizeof(old) - 1) == (ssize_t)sizeof(old) - 1 &&
		      str_eq(old, ret->state);
}

static int mount_to_write(const struct host *host, const char *device, const char *type,
			  struct err *err)
{
	if (host_let_write(host, device, err) < 0)
		return -1;
	if (mkdir(TARGET_DIR, 0755) < 0 && errno != EEXIST)
		return err_set(err, ERR_SYSTEM, errno, "make the directory " TARGET_DIR);
	if (mount(device, TARGET_DIR, str_starts(type, "ext") ? "ext4" : type,
		  MS_NOATIME | MS_NODEV, NULL) < 0)
		return err_set(err, ERR_SYSTEM, errno, "mount %s to write", device);
	return 0;
}

static int unmount(const char *device, int rc, struct err *err)
{
	if (umount2(TARGET_DIR, UMOUNT_NOFOLLOW) < 0 && rc == 0)
		return err_set(err, ERR_SYSTEM, errno, "unmount %s", device);
	return rc;
}

int host_write_mark(const struct host *host, const struct host_mark *mark,
		    struct err *err)
{
	auto_free char *text = xasprintf("%s\n", mark->state);

	if (mount_to_write(host, mark->device, mark->type, err) < 0)
		return -1;
	return unmount(mark->device, target_write(HOST_MARKER, 0644, text, err), err);
}

int host_find_once(const struct host_choice *choice, struct host_once *ret,
		   struct err *err)
{
	const struct host_menu *m = choice->menu;
	const struct host_fs *fs = NULL;

	*ret = (struct host_once){ 0 };
	if (!m->menu.default_once || m->menu.default_entry != (int)choice->entry)
		return 0;
	for (size_t i = 0; i < m->menu.n_once; i++) {
		const struct host_fs *other = host_resolve(&m->view,
							   m->menu.once[i].root);

		if (!other || (fs && fs != other))
			return err_set(err, ERR_SOURCE, 0,
				       "%s: its filesystem is not found",
				       m->menu.once[i].path);
		fs = other;
	}
	if (!fs)
		return err_set(err, ERR_SOURCE, 0,
			       "%s does not say how its entry for the next boot is "
			       "taken back",
			       m->path);
	*ret = (struct host_once){
		.device = fs->device,
		.type = fs->type,
		.writes = m->menu.once,
		.n = m->menu.n_once,
	};
	return 0;
}

static int write_bytes(const struct boot_write *w, struct err *err)
{
	auto_fd int fd = target_open(w->path, O_WRONLY | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", w->path);
	if (pwrite(fd, w->bytes, w->len, (off_t)w->offset) != (ssize_t)w->len ||
	    fsync(fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "write %s", w->path);
	return 0;
}

/* In place, as a loader has to: owner, mode, label and the file's blocks stay. So that
 * ldlinux.sys never moves on the disk, extlinux makes it immutable. */
static int write_at(const struct boot_write *w, struct err *err)
{
	auto_fd int fd = target_open(w->path, O_RDONLY | O_NONBLOCK);
	int flags = 0, without, rc;
	bool immutable;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", w->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_SOURCE, 0, "%s is no file", w->path);
	/* Its number is none of the ints that musl's ioctl() takes. */
	immutable = syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags) == 0 &&
		    flags & FS_IMMUTABLE_FL;
	without = flags & ~FS_IMMUTABLE_FL;
	if (immutable && ioctl(fd, FS_IOC_SETFLAGS, &without) < 0)
		return err_set(err, ERR_SYSTEM, errno, "make %s mutable", w->path);
	rc = write_bytes(w, err);
	if (immutable && ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 && rc == 0)
		return err_set(err, ERR_SYSTEM, errno, "make %s immutable", w->path);
	return rc;
}

int host_write_once(const struct host *host, const struct host_once *once,
		    struct err *err)
{
	int rc = 0;

	if (!once->n)
		return 0;
	if (mount_to_write(host, once->device, once->type, err) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < once->n; i++)
		rc = write_at(&once->writes[i], err);
	return unmount(once->device, rc, err);
}
