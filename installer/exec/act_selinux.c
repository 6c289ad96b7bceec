/*
 * Actions `set booleans` and `label`.
 *
 * A boolean's state stands in the policy that the kernel loads and, so that the next
 * `semodule -B` or `setsebool -P` keeps it, in a record. Where the record is has changed
 * over the years, and is told by the folders that the host has.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>

#include "core/event.h"
#include "core/io.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/exec.h"
#include "exec/label.h"
#include "exec/target.h"
#include "selinux/contexts.h"
#include "selinux/policy.h"

#define POLICY_MAX_BYTES ((size_t)64 * 1024 * 1024)

struct policy_file {
	const char *path;
	struct policy *policy;
};

struct booleans_run {
	const char *type;
	const struct selinux_boolean *items;
	size_t n;
	const char **names; /* the one of an item's names that the policies have */
	struct policy_file *files;
	size_t n_files;
	struct arena arena;
};

static void run_free(struct booleans_run *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		policy_free(r->files[i].policy);
	arena_free(&r->arena);
}
#define auto_run __attribute__((cleanup(run_free)))

/* The policy's folder: what the profile says, or the host's config. */
static int find_type(struct booleans_run *r, const char *wanted, struct err *err)
{
	auto_fd int root = target_open("/", O_PATH | O_DIRECTORY);
	struct selinux_settings s = selinux_read_settings(root);

	r->type = arena_strdup(&r->arena, wanted ? wanted : s.type);
	if (*r->type)
		return 0;
	return err_set(err, ERR_SOURCE, 0,
		       "the host's /" SELINUX_CONFIG " names no policy whose booleans "
		       "could be set; is one installed?");
}

/* policy.33 and its elders; not policy.33.backup. */
static bool is_policy(const char *name)
{
	return str_starts(name, "policy.") && name[strlen("policy.")] &&
	       name[strspn(name + strlen("policy."), "0123456789") + strlen("policy.")] ==
		       '\0';
}

static int find_files(struct booleans_run *r, struct err *err)
{
	const char *folder = arena_printf(&r->arena, "/etc/selinux/%s/policy", r->type);
	auto_dir DIR *dir = io_take_dir(target_open(folder, O_RDONLY | O_DIRECTORY));

	for (struct dirent *e; dir && (e = readdir(dir));) {
		struct policy_file f = { 0 };

		if (!is_policy(e->d_name))
			continue;
		f.path = arena_printf(&r->arena, "%s/%s", folder, e->d_name);
		r->files = arena_append(&r->arena, r->files, &r->n_files, &f, sizeof(f));
	}
	if (r->n_files)
		return 0;
	return err_set(err, ERR_SOURCE, 0, "the host has no %s/policy.NN", folder);
}

static int read_file(struct policy_file *f, struct err *err)
{
	size_t len;
	char *bytes = target_read_bytes(f->path, POLICY_MAX_BYTES, &len);

	if (!bytes)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", f->path);
	if (policy_read(bytes, len, &f->policy, err) < 0)
		return err_wrap(err, "%s", f->path);
	return 0;
}

static int fail_unknown(const struct policy_file *f, const struct selinux_boolean *b,
			struct err *err)
{
	const char *near = policy_near_boolean(f->policy, b->name);
	auto_text struct text all = { 0 };

	text_add(&all, b->name);
	for (size_t i = 0; i < b->n_others; i++)
		text_printf(&all, " or %s", b->others[i]);
	return err_set(err, ERR_CONFIG, 0,
		       "booleans: the host's policy (%s) has no boolean %s%s%s%s",
		       f->path, all.s, near ? "; did you mean " : "", near ? near : "",
		       near ? "?" : "");
}

/* Every name, in every policy, before anything is written. */
static int resolve(struct booleans_run *r, struct err *err)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct selinux_boolean *b = &r->items[i];
		const char **names = NULL, *end = NULL, *found = NULL;
		size_t n = 0;

		names = arena_append(&r->arena, names, &n, &b->name, sizeof(end));
		for (size_t j = 0; j < b->n_others; j++)
			names = arena_append(&r->arena, names, &n, &b->others[j],
					     sizeof(end));
		names = arena_append(&r->arena, names, &n, &end, sizeof(end));
		for (size_t j = 0; j < r->n_files; j++) {
			found = policy_find_boolean(r->files[j].policy, names);
			if (!found)
				return fail_unknown(&r->files[j], b, err);
		}
		n = i;
		found = arena_strdup(&r->arena, found);
		r->names = arena_append(&r->arena, r->names, &n, &found, sizeof(found));
	}
	return 0;
}

static int write_file(const struct booleans_run *r, const struct policy_file *f,
		      struct err *err)
{
	bool changed = false;
	const void *image;
	size_t len;

	for (size_t i = 0; i < r->n; i++) {
		bool state = r->items[i].state;

		if (policy_boolean(f->policy, r->names[i]) == state)
			continue;
		changed = true;
		policy_set_boolean(f->policy, r->names[i], state);
	}
	if (!changed)
		return 0;
	image = policy_image(f->policy, &len);
	return target_write_bytes(f->path, 0644, image, len, err);
}

/*
 * libsemanage 2.4 moved its store from /etc to /var. Older loaders (libselinux
 * before 2.4) also read TYPE/booleans with its .local and let them win over the policy.
 */
static int write_records(struct booleans_run *r, struct err *err)
{
	static const struct {
		const char *before, *sign, *file;
	} places[] = {
		{ "/var/lib/selinux", "active", "active/booleans.local" },
		{ "/etc/selinux", "modules/active", "modules/active/booleans.local" },
		{ "/etc/selinux", "booleans", "booleans.local" },
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *before = places[i].before;
		auto_free char *sign = xasprintf("%s/%s/%s", before, r->type,
						 places[i].sign);
		auto_free char *path = xasprintf("%s/%s/%s", before, r->type,
						 places[i].file);
		auto_free char *text = NULL;

		if (!target_has(sign))
			continue;
		text = target_read(path);
		if (!text)
			text = xstrdup("");
		for (size_t j = 0; j < r->n; j++) {
			char *new = selinux_set_record(text, r->names[j],
						       r->items[j].state);

			free(text);
			text = new;
		}
		if (target_write(path, 0600, text, err) < 0)
			return -1;
	}
	return 0;
}

/* Its own tools know its own format, and are slow. */
static int run_setsebool(const struct booleans_run *r, struct err *err)
{
	for (size_t i = 0; i < r->n; i++) {
		auto_free char *setting = xasprintf("%s=%d", r->items[i].name,
						    r->items[i].state);

		if (RUN_IN_TARGET(err, "setsebool", "-P", "-N", setting) < 0)
			return -1;
	}
	return 0;
}

int act_booleans(const struct exec *x, const struct action *a, struct err *err)
{
	auto_run struct booleans_run r = { .items = a->booleans.items,
					   .n = a->booleans.n };

	(void)x;
	if (!target_meets(a->booleans.only_if, NULL))
		return 0;
	if (find_type(&r, a->booleans.policy, err) < 0 || find_files(&r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n_files; i++) {
		struct err why = { 0 };

		if (read_file(&r.files[i], &why) == 0)
			continue;
		if (why.code != ERR_SOURCE) {
			*err = why;
			return -1;
		}
		log_warning("%s; the host's own setsebool sets the booleans", why.msg);
		EVENT("info", { "step", a->step },
		      { "message", "booleans are set by the host's own setsebool" });
		return run_setsebool(&r, err);
	}
	if (resolve(&r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n_files; i++)
		if (write_file(&r, &r.files[i], err) < 0)
			return -1;
	if (write_records(&r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		log_info("  %s: %s", r.names[i], r.items[i].state ? "on" : "off");
	return 0;
}

int act_label(const struct exec *x, const struct action *a, struct err *err)
{
	uint64_t n = 0;

	(void)x;
	for (const char *const *m = a->label.mounts; *m; m++) {
		auto_free char *lost = xasprintf("%s/lost+found", (*m)[1] ? *m : "");

		if (label_missing(*m, false, &n, err) < 0 ||
		    label_missing(lost, false, &n, err) < 0)
			return -1;
	}
	for (const char *const *below = a->label.below; *below; below++)
		if (label_missing(*below, true, &n, err) < 0)
			return -1;
	if (n)
		log_info("  %" PRIu64 " labels", n);
	return 0;
}
