/*
 * A tree instead of a machine: what its filesystems are is what its own fstab(5) says.
 */
#include "core/text.h"
#include "exec/survey.h"
#include "exec/survey_files.h"
#include "plan/plan.h"

static void add_mount(const char *fstab, const char *at, struct arena *arena,
		      struct installed *h)
{
	struct host_mount m = { .mount = at,
				.type = "",
				.device = edit_fstab_source(fstab, at, arena),
				.uuid = edit_fstab_uuid(fstab, at, arena) };

	if (m.device)
		h->mounts = arena_append(arena, h->mounts, &h->n_mounts, &m, sizeof(m));
}

static int read_tree(struct arena *arena, struct installed *h, struct err *err)
{
	auto_free char *fstab = target_read("/etc/fstab");

	if (!fstab || !target_has("/boot"))
		return err_set(err, ERR_SOURCE, 0,
			       "it has no /etc/fstab or no /boot, and is no whole host");
	add_mount(fstab, "/", arena, h);
	add_mount(fstab, "/boot", arena, h);
	for (size_t i = 0; i < h->n_mounts || i == 0; i++)
		if (i >= h->n_mounts || !h->mounts[i].uuid)
			return err_set(err, ERR_SOURCE, 0,
				       "its /etc/fstab names no UUID of %s, which a boot "
				       "entry needs",
				       i ? h->mounts[i].mount : "/");
	survey_collect(arena, h);
	return 0;
}

int survey_tree(const char *tree, struct arena *arena, struct installed *ret,
		struct err *err)
{
	struct installed h = { 0 };
	int rc;

	target_look_in(tree);
	rc = read_tree(arena, &h, err);
	target_look_in(TARGET_DIR);
	if (rc < 0)
		return err_wrap(err, "%s", tree);
	*ret = h;
	return 0;
}
