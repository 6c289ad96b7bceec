#include "exec/target.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/label.h"
#include "plan/plan.h"
#include "selinux/contexts.h"

#define READ_MAX_BYTES (1024 * 1024)
#define COPY_BYTES     65536

static const char *where = TARGET_DIR;

void target_look_in(const char *directory)
{
	where = directory;
}

static int open_in_target(const char *path, int flags, mode_t mode)
{
	auto_fd int root = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -1 : io_open_in_root(root, path, flags, mode);
}

int target_open(const char *path, int flags)
{
	return open_in_target(path, flags, flags & O_CREAT ? 0755 : 0);
}

bool target_has(const char *path)
{
	auto_fd int fd = target_open(path, O_PATH);

	return fd >= 0;
}

bool target_meets(const char *only_if, const char *unless)
{
	return (!only_if || target_has(only_if)) && (!unless || !target_has(unless));
}

bool target_has_link(const char *path)
{
	auto_fd int fd = target_open(path, O_PATH | O_NOFOLLOW);

	return fd >= 0;
}

char *target_read_bytes(const char *path, size_t max_bytes, size_t *ret_len)
{
	auto_fd int fd = target_open(path, O_RDONLY);
	struct err err = { 0 };
	char *text;

	if (fd < 0)
		return NULL;
	if (io_read_fd(fd, path, max_bytes, &text, ret_len, &err) < 0) {
		errno = err.sys_errno;
		return NULL;
	}
	return text;
}

char *target_read(const char *path)
{
	size_t len;
	char *text = target_read_bytes(path, READ_MAX_BYTES, &len);

	/* Written again it would end there. */
	if (text && strlen(text) != len) {
		free(text);
		errno = EILSEQ;
		return NULL;
	}
	return text;
}

/* A descriptor of the directory, made with its parents where it is missing. */
static int open_directory(const char *dir, mode_t mode)
{
	int fd = target_open(dir, O_RDONLY | O_DIRECTORY);
	auto_free char *parent = NULL;
	struct err err = { 0 };
	auto_fd int up = -1;
	char *slash;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	parent = xstrdup(dir);
	slash = strrchr(parent, '/');
	if (!slash || slash == parent)
		slash = parent + 1;
	*slash = '\0';
	up = open_directory(parent, 0755);
	if (up < 0 || mkdirat(up, strrchr(dir, '/') + 1, mode) < 0)
		return -1;
	fd = target_open(dir, O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && label_new_file(fd, dir, &err) < 0)
		log_warning("%s", err.msg);
	return fd;
}

int target_mount(const char *source, const char *directory, const char *type,
		 unsigned long flags, const char *options)
{
	auto_fd int fd = target_open(directory, O_PATH | O_DIRECTORY);
	auto_free char *at = xasprintf("/proc/self/fd/%d", fd);

	return fd < 0 ? -1 : mount(source, at, type, flags, options);
}

int target_make_directory(const char *path)
{
	return open_directory(path, 0755);
}

char *target_locate(const char *path)
{
	auto_fd int fd = target_open(path, O_PATH);
	auto_free char *self = NULL;
	char real[4096];
	ssize_t len;

	if (fd < 0)
		return NULL;
	self = xasprintf("/proc/self/fd/%d", fd);
	len = readlink(self, real, sizeof(real) - 1);
	if (len < 0)
		return NULL;
	real[len] = '\0';
	return xstrdup(real);
}

/*
 * As a path from the host's root: a link is followed, so that the new file takes the old
 * one's place and the link stays.
 */
char *target_real(const char *path)
{
	auto_free char *real = target_locate(path);

	size_t len = where[1] ? strlen(where) : 0;

	if (!real || !str_starts(real, where) || real[len] != '/')
		return xstrdup(path);
	return xstrdup(real + len);
}

/* Labels and the like. A filesystem without them has none to lose. */
static int copy_attributes(int from, int to, const char *name, struct err *err)
{
	char names[4096], value[65536];
	ssize_t len = flistxattr(from, names, sizeof(names));

	for (const char *n = names; len > 0 && n < names + len; n += strlen(n) + 1) {
		ssize_t size = fgetxattr(from, n, value, sizeof(value));

		if (size < 0 || fsetxattr(to, n, value, (size_t)size, 0) < 0)
			return err_set(err, ERR_SYSTEM, errno, "keep %s of %s", n, name);
	}
	if (len < 0 && errno != ENOTSUP)
		return err_set(err, ERR_SYSTEM, errno, "read the attributes of %s", name);
	return 0;
}

/* What the new file has of the old one. */
static int inherit(int dir, const char *name, int fd, unsigned *mode, struct err *err)
{
	auto_fd int old = openat(dir, name,
				 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (old < 0 || fstat(old, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	*mode = st.st_mode & 07777;
	if (fchown(fd, st.st_uid, st.st_gid) < 0)
		return err_set(err, ERR_SYSTEM, errno, "set the owner of %s", name);
	return copy_attributes(old, fd, name, err);
}

struct content {
	const char *path; /* real, from the host's root */
	unsigned mode;
	const void *bytes;
	size_t len;
	const struct target_owner *owner; /* NULL: what is replaced says owner and mode */
};

/* Where files get no label from us, a new one has that of the file that it replaces. */
static int keep_label(int dir, const char *name, int fd, struct err *err)
{
	auto_free char *old = xasprintf("/proc/self/fd/%d/%s", dir, name);
	char label[4096];
	ssize_t len = fgetxattr(fd, SELINUX_ATTRIBUTE, NULL, 0);

	if (len >= 0 || errno != ENODATA)
		return 0;
	len = lgetxattr(old, SELINUX_ATTRIBUTE, label, sizeof(label));
	if (len >= 0 && fsetxattr(fd, SELINUX_ATTRIBUTE, label, (size_t)len, 0) < 0)
		return err_set(err, ERR_SYSTEM, errno, "keep the label of %s", name);
	return 0;
}

static int take_owner(int dir, const char *name, int fd, const struct content *c,
		      unsigned *mode, struct err *err)
{
	if (!c->owner)
		return inherit(dir, name, fd, mode, err);
	if (fchown(fd, c->owner->uid, c->owner->gid) < 0)
		return err_set(err, ERR_SYSTEM, errno, "set the owner of %s", name);
	return keep_label(dir, name, fd, err);
}

static int write_beside(int dir, const char *name, const char *temporary,
			const struct content *c, struct err *err)
{
	auto_fd int fd = openat(dir, temporary,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0600);
	unsigned mode = c->mode;

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s", temporary);
	/* The label of the file that is replaced, if it has one, comes last. */
	if (label_new_file(fd, c->path, err) < 0 ||
	    take_owner(dir, name, fd, c, &mode, err) < 0 ||
	    io_write_all(fd, c->bytes, c->len, name, err) < 0)
		return -1;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0 ||
	    renameat(dir, temporary, dir, name) < 0 || fsync(dir) < 0)
		return err_set(err, ERR_SYSTEM, errno, "replace %s", name);
	return 0;
}

static int write_content(const char *path, struct content *c, struct err *err)
{
	auto_free char *real = target_real(path);
	auto_free char *whole = xstrdup(real);
	auto_free char *temporary = NULL;
	auto_fd int dir = -1;
	char *name = strrchr(real, '/');
	int rc;

	c->path = whole;
	*name++ = '\0';
	dir = open_directory(*real ? real : "/", c->owner || c->mode & 077 ? 0755 : 0700);
	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno,
			       "open the directory of %s in the host", path);
	temporary = xasprintf(".%s.dom0strap", name);
	unlinkat(dir, temporary, 0); /* what an earlier run that was cut off has left */
	rc = write_beside(dir, name, temporary, c, err);
	if (rc < 0) {
		unlinkat(dir, temporary, 0);
		return err_wrap(err, "%s", path);
	}
	return 0;
}

int target_write_bytes(const char *path, unsigned mode, const void *bytes, size_t len,
		       struct err *err)
{
	struct content c = { .mode = mode, .bytes = bytes, .len = len };

	return write_content(path, &c, err);
}

int target_put(const char *path, unsigned mode, const struct target_owner *owner,
	       const void *bytes, size_t len, struct err *err)
{
	struct content c = { .mode = mode, .bytes = bytes, .len = len, .owner = owner };

	return write_content(path, &c, err);
}

int target_write(const char *path, unsigned mode, const char *text, struct err *err)
{
	return target_write_bytes(path, mode, text, strlen(text), err);
}

int target_run(const char *const *argv, const char *input, struct err *err)
{
	const char *all[16] = { "chroot", TARGET_DIR };

	for (size_t i = 0; argv[i] && i + 3 < ARRAY_LEN(all); i++)
		all[i + 2] = argv[i];
	return proc_run(&(struct proc){ .argv = all, .name = argv[0], .input = input },
			err);
}

const char *target_find_program(const char *const *names)
{
	static const char *const dirs[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };

	for (; *names; names++)
		for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
			auto_free char *path = xasprintf("%s/%s", dirs[i], *names);

			if (target_has(path))
				return *names;
		}
	return NULL;
}

bool target_can_be_dom0(const char *version)
{
	auto_free char *in_boot = xasprintf("/boot/config-%s", version);
	auto_free char *in_modules = xasprintf("/lib/modules/%s/config", version);
	auto_free char *config = target_read(in_boot);

	if (!config)
		config = target_read(in_modules);
	return config && boot_config_has_dom0(config);
}

static bool can_be_dom0(const char *version, void *context)
{
	(void)context;
	return target_can_be_dom0(version);
}

int target_select_boot(const char *hypervisor, struct arena *arena,
		       struct target_boot *ret, struct err *err)
{
	struct boot_listing listing = { .hypervisor = hypervisor,
					.can_be_dom0 = can_be_dom0 };
	struct target_boot boot = { 0 };
	auto_dir DIR *dir = io_take_dir(target_open("/boot", O_RDONLY | O_DIRECTORY));
	const char **names = NULL;

	if (!dir)
		return err_set(err, ERR_SOURCE, errno, "the host has no readable /boot");
	for (struct dirent *e; (e = readdir(dir));) {
		const char *name = arena_strdup(arena, e->d_name);

		names = arena_append(arena, names, &listing.n, &name, sizeof(name));
		if (boot_is_initrd(name))
			boot.initrds = arena_append(arena, boot.initrds, &boot.n_initrds,
						    &name, sizeof(name));
	}
	listing.names = names;
	if (boot_select(&listing, &boot.choice, err) < 0)
		return -1;
	*ret = boot;
	return 0;
}

int target_copy(const char *from, const char *to, struct err *err)
{
	auto_free char *buf = xmalloc(COPY_BYTES);
	auto_fd int in = target_open(from, O_RDONLY);
	auto_fd int out = -1;
	ssize_t n;

	if (in < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s of the host", from);
	out = target_open(to, O_WRONLY | O_CREAT | O_TRUNC);
	if (out < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s of the host", to);
	while ((n = read(in, buf, COPY_BYTES)) > 0)
		if (io_write_all(out, buf, (size_t)n, to, err) < 0)
			return -1;
	if (n < 0)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", from);
	if (fsync(out) < 0)
		return err_set(err, ERR_SYSTEM, errno, "write %s of the host", to);
	return 0;
}
