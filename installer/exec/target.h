/*
 * Files of the host that is being installed, below TARGET_DIR.
 *
 * The host's tree is foreign data: a link in it may point anywhere. Every path here is
 * resolved as if TARGET_DIR were the root (openat2(2), RESOLVE_IN_ROOT), so nothing
 * outside is read or written.
 */
#ifndef EXEC_TARGET_H
#define EXEC_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

#include "bootcfg/select.h"
#include "core/mem.h"

/* Read the host in this directory instead, which has no link in its name; TARGET_DIR: as
 * ever. */
void target_look_in(const char *directory);

/* Paths are absolute inside the host: "/etc/fstab". Returns a descriptor or -1 (errno).
 * What O_CREAT makes has mode 0755. */
int target_open(const char *path, int flags);

bool target_has(const char *path);

/* Has it `only_if` and not `unless`? NULL: no condition. */
bool target_meets(const char *only_if, const char *unless);

/* A descriptor of the directory, which is made (0755) with its parents where it is
 * missing; -1 with errno. */
int target_make_directory(const char *path);

/* mount(2) on a directory of the host, which must be there; -1 with errno. */
must_check int target_mount(const char *source, const char *directory, const char *type,
			    unsigned long flags, const char *options);

/* Where a file really is, seen from outside ("/target/boot/xen-4.1.gz"): links are
 * followed inside. NULL with errno; the caller frees it. */
char *target_locate(const char *path);

/* The same as a path of the host, and always one: `path` itself where it leads nowhere.
 */
char *target_real(const char *path);

/* The whole file, a text of at most 1 MiB, or NULL with errno (EILSEQ: no text, it holds
 * NUL bytes). The caller frees it. */
char *target_read(const char *path);

/* Is there a link of that name, wherever it leads? */
bool target_has_link(const char *path);

/* Does the configuration of that kernel say that it can be dom0? */
bool target_can_be_dom0(const char *version);

/* The same for up to max_bytes of any kind. */
char *target_read_bytes(const char *path, size_t max_bytes, size_t *ret_len);

/*
 * Replace or create a file, atomically: a new file is written beside it, synced and
 * renamed, and the directory synced. A file that exists keeps its owner, mode and
 * extended attributes (its SELinux label), and a link to it stays a link; a new one is
 * root's, has `mode`, and the label of exec/label.h. Missing directories are made (0755;
 * 0700 for a file that only root may read).
 */
must_check int target_write(const char *path, unsigned mode, const char *text,
			    struct err *err);
must_check int target_write_bytes(const char *path, unsigned mode, const void *bytes,
				  size_t len, struct err *err);

/* The same, but the file has this owner and mode, whatever was there, and directories are
 * made 0755. */
struct target_owner {
	uid_t uid;
	gid_t gid;
};
must_check int target_put(const char *path, unsigned mode,
			  const struct target_owner *owner, const void *bytes, size_t len,
			  struct err *err);

/* Run one of the host's own programs in the host's tree, with `input` as its stdin (NULL:
 * empty). */
must_check int target_run(const char *const *argv, const char *input, struct err *err);
#define RUN_IN_TARGET(err, ...)                                                          \
	target_run((const char *const[]){ __VA_ARGS__, NULL }, NULL, err)

/* The first of the names that the host has in /usr/sbin, /usr/bin, /sbin or /bin. */
const char *target_find_program(const char *const *names);

struct target_boot { /* what the host's /boot holds; all in the arena */
	struct boot_choice choice;
	const char **initrds; /* every initramfs, names in /boot */
	size_t n_initrds;
};

/* Look through the host's /boot and choose; see boot_select(). `hypervisor`: the one to
 * take, NULL for the newest. */
must_check int target_select_boot(const char *hypervisor, struct arena *arena,
				  struct target_boot *ret, struct err *err);

/* Copy one of the host's files to another place in it. */
must_check int target_copy(const char *from, const char *to, struct err *err);

#endif
