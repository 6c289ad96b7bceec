/*
 * kexec of an entry.
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
