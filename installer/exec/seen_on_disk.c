#include "exec/seen_on_disk.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/log.h"
#include "exec/host.h"
#include "plan/plan.h"

#define SEEN_MAX_BYTES 65536

static bool is_ours(const struct profile *profile, const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_disks; i++)
		for (size_t j = 0; j < facts->disks[i].n_signatures; j++)
			if (layout_is_own_id(profile, facts->disks[i].signatures[j].uuid))
				return true;
	return false;
}

static void read_file(const struct host_fs *fs, const char *path, struct arena *arena,
		      struct seen *seen)
{
	auto_fd int fd = host_open(fs, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	auto_free char *text = NULL;
	struct err err = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (io_read_fd(fd, path, SEEN_MAX_BYTES, &text, NULL, &err) < 0)
		log_warning("%s of %s: %s", path, fs->device, err.msg);
	else
		seen_read(text, arena, seen);
}

int seen_on_disk(const struct profile *profile, const struct facts *facts,
		 struct arena *arena, struct seen *seen, struct err *err)
{
	/* A /var of its own has it without that name. */
	static const char *const paths[] = { PLAN_SEEN_FILE, "/lib/dom0strap/lists" };
	struct host host;

	if (!is_ours(profile, facts))
		return 0;
	host_find(arena, &host);
	for (size_t i = 0; i < host.n; i++)
		for (size_t j = 0; j < ARRAY_LEN(paths); j++)
			if (layout_is_own_id(profile, host.fs[i].uuid))
				read_file(&host.fs[i], paths[j], arena, seen);
	if (host_release(&host, err) < 0)
		return err_wrap(err, "looking for the lists that this host has seen");
	return 0;
}
