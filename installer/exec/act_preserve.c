/*
 * Action `preserve`: what the host's earlier install hands on. The old root filesystem is
 * mounted where the new one will be, read-only, and taken away again at once.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "core/io.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/exec.h"
#include "exec/kept.h"
#include "exec/private.h"
#include "exec/target.h"

/* Every host that we have installed has one. */
#define MARK_OF_A_ROOT "/etc/fstab"

/*
 * An earlier install may have been somebody's until a minute ago: not a byte of it
 * changes, its journal included. Of one that we have begun ourselves the journal is
 * needed: what was synced last may stand there alone.
 */
static bool mount_old(const char *device, bool begun)
{
	static const char *const types[][2] = { { "ext4", "noload" },
						{ "xfs", "norecovery,nouuid" } };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (mount(device, TARGET_DIR, types[i][0],
			  MS_RDONLY | MS_NODEV | MS_NOEXEC | MS_NOSUID,
			  begun ? NULL : types[i][1]) == 0)
			return true;
	return false;
}

static void read_one(struct kept *kept, const char *prefix, const char *path,
		     enum kept_source source)
{
	auto_free char *from = xasprintf("%s%s", prefix, path);
	size_t len;
	char *bytes = private_read(from, &len);

	if (bytes)
		kept_add(kept, path, bytes, len, source);
	else if (errno != ENOENT)
		log_warning("%s of the earlier install: %s", from, strerror(errno));
}

static void read_ssh_keys(struct kept *kept, const char *prefix, enum kept_source source)
{
	auto_free char *path = xasprintf("%s" KEPT_SSH_DIR, prefix);
	auto_dir DIR *dir = io_take_dir(target_open(path, O_RDONLY | O_DIRECTORY));

	for (struct dirent *e; dir && (e = readdir(dir));) {
		auto_free char *name = xasprintf(KEPT_SSH_DIR "/%s", e->d_name);

		if (kept_is_ssh_key(e->d_name))
			read_one(kept, prefix, name, source);
	}
}

static void read_from(struct kept *kept, const struct preserve_change *p,
		      const char *prefix, enum kept_source source)
{
	if (p->keytab)
		read_one(kept, prefix, KEPT_KEYTAB, source);
	if (p->ssh_host_keys)
		read_ssh_keys(kept, prefix, source);
}

/* Is there a root, and what is in it? */
static bool read_root(struct kept *kept, const struct preserve_change *p)
{
	bool is_root = target_has(MARK_OF_A_ROOT);

	if (is_root)
		read_from(kept, p, "", p->begun ? KEPT_FROM_BEGUN : KEPT_FROM_OLD);
	if (!target_has(KEPT_DIR))
		return is_root;
	read_from(kept, p, KEPT_DIR, KEPT_FROM_STASH);
	if (p->enrolment) {
		size_t len;
		char *secret = private_read(KEPT_DIR KEPT_ENROLMENT, &len);

		if (secret)
			kept_add(kept, KEPT_ENROLMENT, secret, len, KEPT_FROM_STASH);
	}
	return true;
}

static int assemble(const struct old_place *place, struct err *err)
{
	auto_free char *uuid = xasprintf("--uuid=%s", place->md_uuid);
	const char *const head[] = { "mdadm", "--assemble", place->device, "--readonly",
				     "--run", "--quiet",    uuid };
	auto_free const char **argv = NULL;
	size_t n = 0;

	while (place->members[n])
		n++;
	argv = xcalloc(ARRAY_LEN(head) + n + 1, sizeof(*argv));
	memcpy(argv, head, sizeof(head));
	memcpy(argv + ARRAY_LEN(head), place->members, n * sizeof(*argv));
	return proc_run(&(struct proc){ .argv = argv }, err);
}

/* One place after another; what cannot be read is no root. */
static int read_place(struct kept *kept, const struct preserve_change *p,
		      const struct old_place *place, bool *ret_found, struct err *err)
{
	struct err why = { 0 };
	int rc = 0;

	if (place->md_uuid && assemble(place, &why) < 0) {
		log_warning("%s", why.msg);
		return 0;
	}
	if (mount_old(place->device, p->begun)) {
		*ret_found |= read_root(kept, p);
		if (umount2(TARGET_DIR, UMOUNT_NOFOLLOW) < 0)
			return err_set(err, ERR_SYSTEM, errno, "unmount %s",
				       place->device);
	}
	if (place->md_uuid)
		rc = RUN(err, "mdadm", "--quiet", "--stop", place->device);
	return rc;
}

static int read_all(const struct exec *x, const struct preserve_change *p,
		    struct err *err)
{
	bool found = p->mounted;

	if (p->mounted)
		read_root(x->kept, p);
	for (size_t i = 0; i < p->n_places; i++)
		if (read_place(x->kept, p, &p->places[i], &found, err) < 0)
			return -1;
	for (size_t i = 0; i < x->kept->n; i++)
		if (!str_eq(x->kept->files[i].path, KEPT_ENROLMENT))
			log_info("  %s", x->kept->files[i].path);
	if (found || p->may_lack)
		return 0;
	return err_set(err, ERR_UNSAFE, 0,
		       "the disks carry an earlier install of this host, but no root "
		       "filesystem that can be read is on them, and `preserve` would be "
		       "lost; nothing has been written. Without `preserve` in the "
		       "profile they are wiped all the same");
}

static int stash(const struct kept *kept, struct err *err)
{
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept_file *f = &kept->files[i];
		auto_free char *path = xasprintf(KEPT_DIR "%s", f->path);

		if (private_write(path, 0600, f->bytes, f->len, err) < 0)
			return -1;
	}
	return 0;
}

static int put_back(const struct kept *kept, const struct preserve_change *p,
		    struct err *err)
{
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept_file *f = &kept->files[i];
		bool is_keytab = str_eq(f->path, KEPT_KEYTAB);
		bool wanted = is_keytab ? p->keytab
					: p->ssh_host_keys &&
						  str_starts(f->path, KEPT_SSH_DIR);

		if (wanted &&
		    private_write(f->path, kept_is_public(f->path) ? 0644 : 0600,
				  f->bytes, f->len, err) < 0)
			return -1;
	}
	return 0;
}

int act_preserve(const struct exec *x, const struct action *a, struct err *err)
{
	switch (a->preserve.phase) {
	case PRESERVE_READ:
		return read_all(x, &a->preserve, err);
	case PRESERVE_STASH:
		return stash(x->kept, err);
	case PRESERVE_PUT_BACK:
		return put_back(x->kept, &a->preserve, err);
	case PRESERVE_FORGET:
		return private_remove(KEPT_DIR, err);
	}
	abort();
}
