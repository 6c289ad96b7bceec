/*
 * A machine that is a folder: the test program moves into namespaces of its own, where
 * the root is a tmpfs with this machine's programs, so that /target can be made, mounted
 * on and written to. Root is not needed where user namespaces are allowed.
 */
#ifndef TESTS_SANDBOX_H
#define TESTS_SANDBOX_H

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/support.h"

static inline void sandbox_must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static inline void sandbox_write_map(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	sandbox_must(fd >= 0 && write(fd, text, strlen(text)) > 0, path);
}

/* Namespaces of those kinds (CLONE_NEW…), as root in them. Before any thread. */
static inline void sandbox_unshare(int kinds)
{
	unsigned uid = getuid(), gid = getgid();

	sandbox_must(unshare(kinds | (uid ? CLONE_NEWUSER : 0)) == 0,
		     "namespaces (need root, or user namespaces)");
	if (uid) {
		auto_free char *users = xasprintf("0 %u 1", uid);
		auto_free char *groups = xasprintf("0 %u 1", gid);

		sandbox_write_map("/proc/self/setgroups", "deny");
		sandbox_write_map("/proc/self/uid_map", users);
		sandbox_write_map("/proc/self/gid_map", groups);
	}
}

/* A bind mount of a folder of the machine, or the same link, below the new root. */
static inline void sandbox_take_along(const char *name)
{
	auto_free char *from = xasprintf("/%s", name), *to = xasprintf("/tmp/%s", name);
	char link[256] = "";

	if (readlink(from, link, sizeof(link) - 1) > 0) {
		sandbox_must(symlink(link, to) == 0, to);
	} else if (access(from, F_OK) == 0) {
		sandbox_must(mkdir(to, 0755) == 0, to);
		sandbox_must(mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0, from);
	}
}

static inline void sandbox_enter(void)
{
	static const char *const names[] = { "usr",   "bin",  "sbin", "lib",
					     "lib64", "proc", "dev" };

	sandbox_unshare(CLONE_NEWNS);
	sandbox_must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
		     "private mounts");
	sandbox_must(mount("none", "/tmp", "tmpfs", 0, NULL) == 0, "mount /tmp");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		sandbox_take_along(names[i]);
	sandbox_must(chroot("/tmp") == 0 && chdir("/") == 0, "chroot");
	sandbox_must(mkdir("/tmp", 01777) == 0, "/tmp");
	umask(022);
}

#endif
