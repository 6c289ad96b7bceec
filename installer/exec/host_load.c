/*
 * kexec of an entry, and the marker that keeps a machine from trying it twice.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/host_menu.h"
#include "exec/target.h"
#include "plan/plan.h"

#define COPY_BYTES  65536
#define ALL_INITRDS "/run/dom0strap/initrds"
#define MAX_IMAGES  16

struct opened { /* a file of the host, by a name that other programs can open */
	int fd;
	char *path;
};

static void close_opened(struct opened *o)
{
	if (o->fd > 0)
		close(o->fd);
	free(o->path);
}
#define auto_opened __attribute__((cleanup(close_opened)))

/* Links are resolved inside the host's filesystem, then the file is handed on open. */
static int open_image(const struct host_view *view, const struct boot_image *image,
		      struct opened *ret, struct err *err)
{
	const struct host_fs *fs = host_resolve(view, image->root);

	if (!fs)
		return err_set(err, ERR_SOURCE, 0, "%s: no filesystem here is %s",
			       image->path, image->root);
	ret->fd = host_open(fs, image->path, O_RDONLY);
	if (ret->fd < 0)
		return err_set(err, ERR_SOURCE, errno, "open %s on %s", image->path,
			       fs->device);
	ret->path = xasprintf("/proc/%d/fd/%d", getpid(), ret->fd);
	return 0;
}

static int append_file(const struct host_view *view, const struct boot_image *image,
		       int out, struct err *err)
{
	auto_opened struct opened in = { .fd = -1 };
	auto_free char *buf = xmalloc(COPY_BYTES);
	ssize_t n;

	if (open_image(view, image, &in, err) < 0)
		return -1;
	while ((n = read(in.fd, buf, COPY_BYTES)) > 0)
		if (io_write_all(out, buf, (size_t)n, ALL_INITRDS, err) < 0)
			return -1;
	return n < 0 ? err_set(err, ERR_SYSTEM, errno, "read %s", image->path) : 0;
}

/* The kernel unpacks archives that stand one behind the other; kexec takes one file. */
static int join_initrds(const struct host_view *view, const struct boot_entry *e,
			struct err *err)
{
	auto_fd int out = open(ALL_INITRDS, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			       0600);
	static const char zeros[4];

	if (out < 0)
		return err_set(err, ERR_SYSTEM, errno, "create " ALL_INITRDS);
	for (size_t i = 0; i < e->n_initrds; i++) {
		off_t end;

		if (append_file(view, &e->initrds[i], out, err) < 0)
			return -1;
		end = lseek(out, 0, SEEK_END);
		if (end % 4 &&
		    io_write_all(out, zeros, 4 - (size_t)end % 4, ALL_INITRDS, err) < 0)
			return -1;
	}
	return 0;
}

static int load_linux(const struct host_view *view, const struct boot_entry *e,
		      struct arena *arena, struct err *err)
{
	auto_opened struct opened kernel = { .fd = -1 };
	const char *argv[8] = { "kexec", "--kexec-syscall-auto", "--load" };
	size_t n = 3;
	int rc;

	if (open_image(view, &e->kernel, &kernel, err) < 0)
		return -1;
	if (e->n_initrds && join_initrds(view, e, err) < 0)
		return -1;
	argv[n++] = kernel.path;
	argv[n++] = arena_printf(arena, "--command-line=%s", e->kernel.args);
	if (e->n_initrds)
		argv[n++] = "--initrd=" ALL_INITRDS;
	rc = proc_run(&(struct proc){ .argv = argv }, err);
	unlink(ALL_INITRDS);
	return rc;
}

static void close_all(struct opened (*all)[MAX_IMAGES + 2])
{
	for (size_t i = 0; i < ARRAY_LEN(*all); i++)
		close_opened(&(*all)[i]);
}

/* Options and their reasons: see act_kexec(). */
static int load_xen(const struct host_view *view, const struct boot_entry *e,
		    struct arena *arena, struct err *err)
{
	__attribute__((cleanup(close_all))) struct opened files[MAX_IMAGES + 2] = { 0 };
	const char *argv[MAX_IMAGES + 8] = { "kexec", "--kexec-syscall", "--load" };
	size_t n = 3, n_files = 2;
	bool has_it = strstr(e->hypervisor.args, "no-real-mode");

	if (open_image(view, &e->hypervisor, &files[0], err) < 0 ||
	    open_image(view, &e->kernel, &files[1], err) < 0)
		return -1;
	argv[n++] = files[0].path;
	argv[n++] = arena_printf(arena, "--command-line=%s%s", e->hypervisor.args,
				 has_it ? "" : " no-real-mode");
	argv[n++] = arena_printf(arena, "--module=%s %s", files[1].path, e->kernel.args);
	for (size_t i = 0; i < e->n_initrds && i < MAX_IMAGES; i++) {
		if (open_image(view, &e->initrds[i], &files[n_files], err) < 0)
			return -1;
		argv[n++] = arena_printf(arena, "--module=%s", files[n_files++].path);
	}
	return proc_run(&(struct proc){ .argv = argv }, err);
}

int host_load(const struct host_choice *choice, struct arena *arena, struct err *err)
{
	const struct boot_entry *e = &choice->menu->menu.entries[choice->entry];

	return (e->hypervisor.path ? load_xen : load_linux)(&choice->menu->view, e, arena,
							    err);
}

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

int host_write_mark(const struct host *host, const struct host_mark *mark,
		    struct err *err)
{
	const char *device = mark->device;
	const char *type = str_starts(mark->type, "ext") ? "ext4" : mark->type;
	auto_free char *text = xasprintf("%s\n", mark->state);
	int rc;

	if (host_let_write(host, device, err) < 0)
		return -1;
	if (mkdir(TARGET_DIR, 0755) < 0 && errno != EEXIST)
		return err_set(err, ERR_SYSTEM, errno, "make the directory " TARGET_DIR);
	if (mount(device, TARGET_DIR, type, MS_NOATIME | MS_NODEV, NULL) < 0)
		return err_set(err, ERR_SYSTEM, errno, "mount %s for the marker", device);
	rc = target_write(HOST_MARKER, 0644, text, err);
	if (umount2(TARGET_DIR, UMOUNT_NOFOLLOW) < 0 && rc == 0)
		return err_set(err, ERR_SYSTEM, errno, "unmount %s", device);
	return rc;
}
