#include "exec/label.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "core/io.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"
#include "exec/target.h"
#include "plan/plan.h"
#include "selinux/contexts.h"

static struct {
	enum image_labels labels;
	const char *policy;
	bool looked;
	struct contexts *contexts;
	struct err trouble;
} host;

void label_begin(enum image_labels labels, const char *policy)
{
	label_end();
	host.labels = labels;
	host.policy = policy;
}

void label_end(void)
{
	contexts_free(host.contexts);
	memset(&host, 0, sizeof(host));
}

static struct contexts *contexts(void)
{
	auto_fd int root = -1;
	struct selinux_settings s;

	if (host.looked || host.labels == IMAGE_LABELS_NONE)
		return host.contexts;
	host.looked = true;
	root = open(TARGET_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return NULL;
	s = selinux_read_settings(root);
	if (host.labels == IMAGE_LABELS_IF_ENABLED && s.mode == SELINUX_DISABLED)
		return NULL;
	if (contexts_open(root, host.policy ? host.policy : s.type, &host.contexts,
			  &host.trouble) < 0)
		log_warning("labels: %s", host.trouble.msg);
	return host.contexts;
}

const struct err *label_trouble(void)
{
	contexts();
	return &host.trouble;
}

char *label_of(const char *path, mode_t mode)
{
	return contexts() ? contexts_label(host.contexts, path, mode) : NULL;
}

int label_new_file(int fd, const char *path, struct err *err)
{
	auto_free char *label = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, ERR_SYSTEM, errno, "look at %s", path);
	label = label_of(path, st.st_mode);
	if (label && fsetxattr(fd, SELINUX_ATTRIBUTE, label, strlen(label) + 1, 0) < 0 &&
	    errno != EOPNOTSUPP)
		return err_set(err, ERR_SYSTEM, errno, "set the label of %s", path);
	return 0;
}

struct walk {
	uint64_t labelled;
	struct err *err;
};

/* `name` in the directory, which is `path` in the host. */
static int label_one(struct walk *w, int dir, const char *name, const char *path,
		     mode_t mode)
{
	auto_free char *self = xasprintf("/proc/self/fd/%d/%s", dir, name);
	auto_free char *label = NULL;

	if (lgetxattr(self, SELINUX_ATTRIBUTE, NULL, 0) >= 0 || errno != ENODATA)
		return 0;
	label = label_of(path, mode);
	if (!label)
		return 0;
	if (lsetxattr(self, SELINUX_ATTRIBUTE, label, strlen(label) + 1, 0) < 0) {
		if (errno == EOPNOTSUPP)
			return 0;
		return err_set(w->err, ERR_SYSTEM, errno, "set the label of %s", path);
	}
	w->labelled++;
	return 0;
}

/* Mounted there only while we are at work, or without a disk under it. */
static bool is_passing(int fd)
{
	static const long kinds[] = { PROC_SUPER_MAGIC,   SYSFS_MAGIC,
				      DEVPTS_SUPER_MAGIC, TMPFS_MAGIC,
				      CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
				      SELINUX_MAGIC,      MSDOS_SUPER_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if ((long)fs.f_type == kinds[i])
			return true;
	return false;
}

static int label_below(struct walk *w, int fd, const char *path, dev_t dev);

/* The open directory itself, then what is in it. Takes fd. */
static int enter(struct walk *w, int fd, const char *path, dev_t dev)
{
	struct stat st;

	if (fd < 0)
		return errno == ENOENT
			       ? 0
			       : err_set(w->err, ERR_SYSTEM, errno, "open %s", path);
	if (fstat(fd, &st) < 0 || (st.st_dev != dev && is_passing(fd))) {
		close(fd);
		return 0;
	}
	if (label_one(w, fd, ".", path, st.st_mode) < 0) {
		close(fd);
		return -1;
	}
	return label_below(w, fd, path, st.st_dev);
}

/* Takes fd. The order of a directory's entries does not matter. */
static int label_below(struct walk *w, int fd, const char *path, dev_t dev)
{
	auto_dir DIR *dir = io_take_dir(fd);
	int rc = 0;

	if (!dir)
		return err_set(w->err, ERR_SYSTEM, errno, "read %s", path);
	for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
		auto_free char *below = NULL;
		struct stat st;

		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		below = xasprintf("%s/%s", path[1] ? path : "", e->d_name);
		if (S_ISDIR(st.st_mode))
			rc = enter(
				w,
				openat(fd, e->d_name,
				       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
				below, dev);
		if (rc == 0 && (st.st_dev == dev || !S_ISDIR(st.st_mode)))
			rc = label_one(w, fd, e->d_name, below, st.st_mode);
	}
	return rc;
}

int label_missing(const char *path, bool below, uint64_t *ret_labelled, struct err *err)
{
	auto_fd int fd = target_open(path, O_PATH | O_NOFOLLOW);
	struct walk w = { .err = err };
	struct stat st;

	if (!contexts() || fd < 0 || fstat(fd, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (below ? enter(&w, openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path,
			  st.st_dev) < 0
		  : label_one(&w, fd, ".", path, st.st_mode) < 0)
		return -1;
	*ret_labelled += w.labelled;
	return 0;
}
