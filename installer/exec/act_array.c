/*
 * Action `array`: an md array, made new or assembled.
 *
 * A new array whose members are zero everywhere is in sync from the start. Where that
 * cannot be had, the resync is held back, so that it does not compete with the install
 * for the disks; the superblock remembers that it is due, and the host does it.
 */
#include <fcntl.h>

#include "core/io.h"
#include "core/log.h"
#include "core/monotonic.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/exec.h"
#include "exec/health.h"
#include "exec/zero.h"

/* Only a resync that is due can be held back: arrays that need none have no such file, or
 * refuse. */
static void freeze(const struct exec *x, const char *name)
{
	const char *root = x->options->root ? x->options->root : "";
	auto_free char *path = xasprintf("%s/sys/block/%s/md/sync_action", root, name);
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct err ignored = { 0 };

	if (fd >= 0 &&
	    io_write_all(fd, "frozen\n", strlen("frozen\n"), path, &ignored) < 0) {
		/* It is in sync. */
	}
}

/* What has failed is not undone by exec_plan(). */
static void stop_after_failure(const struct layout_array *a)
{
	struct err err = { 0 };

	if (RUN(&err, "mdadm", "--quiet", "--stop", a->device) < 0)
		log_warning("%s", err.msg);
}

/*
 * A new array is made read-only, its resync is frozen, and only then is it writable: a
 * resync that runs for the blink between copies the first member's old contents over the
 * second's, where nobody has saved them.
 */
static int release(const struct exec *x, const struct layout_array *a, struct err *err)
{
	freeze(x, a->array->name);
	if (RUN(err, "mdadm", "--quiet", "--readwrite", a->device) < 0) {
		stop_after_failure(a);
		return -1;
	}
	return 0;
}

static int zero_all(const struct exec *x, const struct array_change *change,
		    struct arena *arena, const char **ret_why, struct err *err)
{
	const struct layout_array *a = change->array;
	struct zero_member *members = arena_alloc(arena, a->n_members * sizeof(*members));

	for (size_t i = 0; i < a->n_members; i++) {
		const struct layout_disk *disk = health_find_disk(&x->plan->layout,
								  a->members[i]);

		members[i] = (struct zero_member){
			.path = a->members[i],
			.disk = disk ? disk->disk->path : a->members[i],
			.serial = disk ? disk->disk->serial : NULL,
		};
	}
	return zero_members(arena_printf(arena, "zeroing %s", a->array->name), members,
			    a->n_members, a->uuid, change->zero_limit_s, exec_interrupted,
			    arena, ret_why, err);
}

static int create(const struct exec *x, const struct array_change *change,
		  struct arena *arena, struct err *err)
{
	const struct layout_array *a = change->array;
	const char *name = a->array->name, *why = a->sync_reason;
	bool clean = a->sync == SYNC_ZERO;
	uint64_t begun_ms = monotonic_ms(), ms;

	if (clean) {
		if (zero_all(x, change, arena, &why, err) < 0)
			return -1;
		clean = !why;
		if (!clean)
			log_warning("%s: %s", name, why);
	}
	ms = monotonic_ms() - begun_ms;
	if (proc_run(&(struct proc){ .argv = plan_array_argv(change, clean, arena) },
		     err) < 0)
		return -1;
	if (!clean && profile_is_redundant(a->array->level) && release(x, a, err) < 0)
		return -1;
	if (clean) {
		log_info("  %s: in sync (%s members zeroed and read back in %llu.%llu s)",
			 name,
			 a->n_members == 2 ? "both"
					   : arena_printf(arena, "all %zu", a->n_members),
			 (unsigned long long)ms / 1000,
			 (unsigned long long)ms % 1000 / 100);
	} else if (a->sync == SYNC_NOTHING) {
		log_info("  %s: nothing to sync%s%s", name, why ? ": " : "",
			 why ? why : "");
	} else {
		log_info("  %s: the host will resync it%s%s%s", name, why ? " (" : "",
			 why ? why : "", why ? ")" : "");
	}
	return 0;
}

/*
 * After a power cut a member may be a few events behind, and is left out. What it carries
 * is ours, so it is taken in again; the host syncs it.
 */
static int complete(const struct exec *x, const struct layout_array *a, struct err *err)
{
	const char *root = x->options->root ? x->options->root : "";

	for (size_t i = 0; i < a->n_members; i++) {
		const char *base = strrchr(a->members[i], '/') + 1;
		auto_free char *dir = xasprintf("%s/sys/block/%s/md/dev-%s", root,
						a->array->name, base);

		if (access(dir, F_OK) == 0)
			continue;
		log_warning("%s: %s was left out; it is taken in again", a->array->name,
			    a->members[i]);
		if (RUN(err, "mdadm", "--manage", "--quiet", a->device, "--add",
			a->members[i]) < 0)
			return -1;
	}
	return 0;
}

/* mdadm knows which members are there: too few, or both of a pair. */
static int fail_degraded(const struct exec *x, const struct layout_array *a,
			 struct err *err)
{
	const char *missing = x->plan->layout.missing;

	if (!missing)
		return -1;
	err->code = ERR_HARDWARE;
	return err_wrap(err, "%s, and %s cannot run with the members that are here",
			missing, a->array->name);
}

static int assemble(const struct exec *x, const struct array_change *change,
		    struct arena *arena, struct err *err)
{
	const struct layout_array *a = change->array;

	if (proc_run(&(struct proc){ .argv = plan_array_argv(change, false, arena) },
		     err) < 0)
		return fail_degraded(x, a, err);
	freeze(x, a->array->name);
	/* A host that runs without a member has its reasons; an unfinished one has none.
	 */
	if (x->plan->layout.state != STATE_COMPLETE && complete(x, a, err) < 0) {
		stop_after_failure(a);
		return -1;
	}
	log_info("  %s: assembled", a->array->name);
	return 0;
}

int act_array(const struct exec *x, const struct action *a, struct err *err)
{
	auto_arena struct arena arena = { 0 };

	return (a->array.array->exists ? assemble : create)(x, &a->array, &arena, err);
}

int act_array_undo(const struct exec *x, const struct action *a, struct err *err)
{
	(void)x;
	return RUN(err, "mdadm", "--quiet", "--stop", a->array.array->device);
}
