#include "exec/survey.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/log.h"
#include "core/text.h"
#include "exec/host.h"
#include "exec/survey_files.h"
#include "plan/plan.h"

/*
 * Arrays have another name at each look; a plan needs the same one every time, so they
 * are counted in the order of their members.
 */
struct found_array {
	const char *device; /* in the search */
	struct host_array fact;
};

struct survey {
	struct arena *arena;
	struct host host;
	struct found_array *arrays;
	size_t n_arrays;
};

struct system { /* one that is being looked at */
	struct installed fact;
	const struct host_fs *fs[3]; /* of its mounts */
};

static int compare_arrays(const void *a, const void *b)
{
	const struct host_array *x = &((const struct found_array *)a)->fact;
	const struct host_array *y = &((const struct found_array *)b)->fact;

	if (!x->n_members || !y->n_members)
		return (int)y->n_members - (int)x->n_members;
	return strverscmp(x->members[0], y->members[0]);
}

/* Its name in the facts. */
static const char *name_device(const struct survey *s, const char *device)
{
	for (size_t i = 0; i < s->n_arrays; i++)
		if (str_eq(s->arrays[i].device, device))
			return s->arrays[i].fact.device;
	return device;
}

static void name_arrays(struct survey *s)
{
	for (size_t i = 0; i < s->host.n_arrays; i++) {
		struct found_array array = { .device = s->host.arrays[i] };

		array.fact.members = host_list_slaves(array.device, s->arena,
						      &array.fact.n_members);
		s->arrays = arena_append(s->arena, s->arrays, &s->n_arrays, &array,
					 sizeof(array));
	}
	if (s->n_arrays)
		qsort(s->arrays, s->n_arrays, sizeof(*s->arrays), compare_arrays);
	for (size_t i = 0; i < s->n_arrays; i++)
		s->arrays[i].fact.device = arena_printf(s->arena, "/dev/md%zu", i);
}

/* Where the functions of exec/target.h look for it. */
static int show(struct survey *s, struct system *system, const struct host_fs *fs,
		const char *at)
{
	auto_free char *target = xasprintf(TARGET_DIR "%s", at[1] ? at : "");
	struct installed *h = &system->fact;
	struct host_mount m = {
		.mount = at,
		.device = fs->mapper ? fs->mapper : name_device(s, fs->device),
		.type = fs->type,
		.uuid = fs->uuid,
	};

	if (mount(fs->dir, target, NULL, MS_BIND, NULL) < 0) {
		log_warning("passed over: %s on %s: %s", fs->device, target,
			    strerror(errno));
		return -1;
	}
	system->fs[h->n_mounts] = fs;
	h->mounts = arena_append(s->arena, h->mounts, &h->n_mounts, &m, sizeof(m));
	return 0;
}

/* What the host's programs and its boot files need beside the root. */
static void show_more(struct survey *s, struct system *system, size_t root)
{
	static const char *const wanted[] = { "/usr", "/boot" };
	const struct host_view view = { .host = &s->host, .self = root };
	auto_free char *fstab = survey_read("/etc/fstab");

	for (size_t i = 0; fstab && i < ARRAY_LEN(wanted); i++) {
		const char *source = edit_fstab_source(fstab, wanted[i], s->arena);
		const struct host_fs *fs = source ? host_resolve(&view, source) : NULL;

		if (source && !fs)
			log_warning("%s of %s (%s) was not found", wanted[i],
				    system->fact.mounts[0].device, source);
		else if (fs && fs != &s->host.fs[root])
			show(s, system, fs, wanted[i]);
	}
}

static bool needs(const struct system *system, const char *device)
{
	for (size_t i = 0; i < system->fact.n_mounts; i++)
		if (host_stands_on(system->fs[i]->device, device))
			return true;
	return false;
}

static void add_below(struct survey *s, struct system *system)
{
	struct installed *h = &system->fact;

	for (size_t i = 0; i < s->n_arrays; i++)
		if (needs(system, s->arrays[i].device))
			h->arrays = arena_append(s->arena, h->arrays, &h->n_arrays,
						 &s->arrays[i].fact,
						 sizeof(s->arrays[i].fact));
	for (size_t i = 0; i < s->host.n_physical; i++) {
		const char *device = name_device(s, s->host.physical[i]);

		if (needs(system, s->host.physical[i]))
			h->volume_devices = arena_append(s->arena, h->volume_devices,
							 &h->n_volume_devices, &device,
							 sizeof(device));
	}
}

static int hide_all(const struct installed *h, struct err *err)
{
	for (size_t i = h->n_mounts; i-- > 0;) {
		const char *mount = h->mounts[i].mount;
		auto_free char *target = xasprintf(TARGET_DIR "%s",
						   mount[1] ? mount : "");

		if (umount2(target, UMOUNT_NOFOLLOW) < 0)
			return err_set(err, ERR_SYSTEM, errno, "unmount %s", target);
	}
	return 0;
}

static int look_at(struct survey *s, size_t i, struct facts *facts, struct err *err)
{
	const struct host_fs *fs = &s->host.fs[i];
	struct system system = { 0 };

	if (!(str_starts(fs->type, "ext") || str_eq(fs->type, "xfs")) || !fs->uuid ||
	    show(s, &system, fs, "/") < 0)
		return 0;
	if (survey_is_root()) {
		show_more(s, &system, i);
		add_below(s, &system);
		survey_collect(s->arena, &system.fact);
		facts->hosts = arena_append(s->arena, facts->hosts, &facts->n_hosts,
					    &system.fact, sizeof(system.fact));
	}
	return hide_all(&system.fact, err);
}

int survey_hosts(struct facts *facts, struct arena *arena, struct err *err)
{
	struct survey s = { .arena = arena };
	struct err second = { 0 };
	int rc = 0;

	if (mkdir(TARGET_DIR, 0755) < 0 && errno != EEXIST)
		return err_set(err, ERR_SYSTEM, errno, "make the directory " TARGET_DIR);
	host_find(arena, &s.host);
	for (size_t i = 0; i < s.host.n_passed_over; i++)
		log_warning("passed over: %s", s.host.passed_over[i]);
	name_arrays(&s);
	for (size_t i = 0; rc == 0 && i < s.host.n; i++)
		rc = look_at(&s, i, facts, err);
	if (host_release(&s.host, rc < 0 ? &second : err) < 0)
		rc = -1;
	return rc < 0 ? err_wrap(err, "looking for installed systems") : 0;
}
