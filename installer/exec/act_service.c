/*
 * Actions `enable` and `disable`: a service that the host starts by itself from now on,
 * or no more. By hand, since systemctl, chkconfig and update-rc.d would do more than the
 * plan says.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bootcfg/service.h"
#include "core/io.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/exec.h"
#include "exec/target.h"
#include "plan/plan_print.h"

/* The first of the places that the host has; its text, NULL for none. */
static const char *find_file(const char *const *places, const char *name,
			     struct arena *arena, const char **ret_path)
{
	for (; *places; places++) {
		const char *path = arena_printf(arena, "%s%s", *places, name);
		auto_free char *text = target_read(path);

		if (!text)
			continue;
		*ret_path = path;
		return arena_strdup(arena, text);
	}
	return NULL;
}

/* The first of its names that the host has, or NULL. */
static const char *find_service(const struct service_change *s, struct arena *arena,
				struct service_files *ret)
{
	const char *name = s->name;

	for (const char *const *other = s->others; name;
	     name = other && *other ? *other++ : NULL) {
		ret->unit = find_file(service_unit_paths, service_unit_name(name, arena),
				      arena, &ret->unit_path);
		ret->script = find_file(service_script_paths, name, arena,
					&ret->script_path);
		if (ret->unit || ret->script)
			return name;
	}
	return NULL;
}

/* What it is that the host lacks. */
static int fail_service(const struct service_change *s, const char *found,
			struct err *err)
{
	auto_text struct text all = { 0 };

	if (found)
		return err_set(
			err, ERR_CONFIG, 0,
			"%s of the host cannot be enabled: it does not say when to "
			"start (WantedBy=, chkconfig:, Default-Start:)",
			found);
	text_add(&all, s->name);
	plan_print_others(s->others, &all);
	return err_set(err, ERR_CONFIG, 0, "the host has no service %s", all.s);
}

/* "S97libvirtd" or "K03libvirtd": whatever chkconfig made for it before. */
static bool is_runlevel_link(const char *file, const char *name)
{
	return (file[0] == 'S' || file[0] == 'K') &&
	       strspn(file + 1, "0123456789") == 2 && str_eq(file + 3, name);
}

/* Every link of the service in that directory, but for the one called `wanted`. `alias`:
 * also those that lead to its unit under another name. */
struct removal {
	const char *name, *unit, *wanted;
	bool alias;
};

static bool is_to_go(const struct removal *r, int dir, const char *file)
{
	char to[256];
	ssize_t len = readlinkat(dir, file, to, sizeof(to) - 1);
	const char *slash;

	if (len < 0 || str_eq(file, r->wanted))
		return false;
	to[len] = '\0';
	slash = strrchr(to, '/');
	return is_runlevel_link(file, r->name) || str_eq(file, r->unit) ||
	       (r->alias && str_eq(slash ? slash + 1 : to, r->unit));
}

static int remove_links(int dir, const struct removal *r, struct err *err)
{
	auto_dir DIR *d = io_take_dir(
		openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int rc = 0;

	if (!d)
		return err_set(err, ERR_SYSTEM, errno, "read the links of %s", r->name);
	for (struct dirent *e; rc == 0 && (e = readdir(d));)
		if (is_to_go(r, dir, e->d_name) && unlinkat(dir, e->d_name, 0) < 0)
			rc = err_set(err, ERR_SYSTEM, errno, "remove the link %s",
				     e->d_name);
	return rc;
}

static bool is_there(int dir, const char *file, const char *to)
{
	char now[256];
	ssize_t len = readlinkat(dir, file, now, sizeof(now) - 1);

	if (len < 0)
		return false;
	now[len] = '\0';
	return str_eq(now, to);
}

static int make_link(const char *name, const struct service_link *link, struct err *err)
{
	auto_free char *path = xstrdup(link->path);
	char *file = strrchr(path, '/');
	auto_fd int dir = -1;

	*file++ = '\0';
	dir = target_make_directory(path);
	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s of the host", path);
	if (remove_links(dir, &(struct removal){ .name = name, .wanted = file }, err) < 0)
		return -1;
	if (is_there(dir, file, link->to))
		return 0;
	if (unlinkat(dir, file, 0) < 0 && errno != ENOENT)
		return err_set(err, ERR_SYSTEM, errno, "replace %s", link->path);
	if (symlinkat(link->to, dir, file) < 0 || fsync(dir) < 0)
		return err_set(err, ERR_SYSTEM, errno, "make the link %s", link->path);
	return 0;
}

int act_service(const struct exec *x, const struct action *a, struct err *err)
{
	const struct service_change *s = &a->service;
	auto_arena struct arena arena = { 0 };
	struct service_files files = { 0 };
	struct service_link *links;
	const char *name;
	size_t n;

	(void)x;
	if (!target_meets(s->only_if, s->unless))
		return 0;
	name = find_service(s, &arena, &files);
	n = name ? service_links(name, &files, &arena, &links) : 0;
	if (!n && s->needed)
		return fail_service(s, name, err);
	for (size_t i = 0; i < n; i++)
		if (make_link(name, &links[i], err) < 0)
			return -1;
	log_info("  %s: %s", n ? name : s->name, n ? "enabled" : "the host has none");
	return 0;
}

/* In the directory, if it is there. */
static int remove_in(const char *path, const struct removal *r, struct err *err)
{
	auto_fd int dir = target_open(path, O_RDONLY | O_DIRECTORY);

	return dir < 0 ? 0 : remove_links(dir, r, err);
}

/* Below /etc/systemd/system: what wants or requires it, and its other names. */
static int disable_unit(const char *name, const char *unit, struct err *err)
{
	static const char folder[] = "/etc/systemd/system";
	const struct removal wanted = { .name = name, .unit = unit };
	const struct removal alias = {
		.name = name, .wanted = unit, .alias = true, .unit = unit
	};
	auto_dir DIR *d = io_take_dir(target_open(folder, O_RDONLY | O_DIRECTORY));
	int rc = 0;

	for (struct dirent *e; d && rc == 0 && (e = readdir(d));) {
		auto_free char *path = xasprintf("%s/%s", folder, e->d_name);

		if (str_ends(path, ".wants") || str_ends(path, ".requires"))
			rc = remove_in(path, &wanted, err);
	}
	return rc < 0 ? -1 : remove_in(folder, &alias, err);
}

static int disable_script(const char *name, struct err *err)
{
	static const char *const folders[] = { "/etc/rc", "/etc/rc.d/rc" };
	const struct removal r = { .name = name };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		for (const char *level = "S0123456"; *level; level++) {
			auto_free char *path = xasprintf("%s%c.d", folders[i], *level);

			if (remove_in(path, &r, err) < 0)
				return -1;
		}
	return 0;
}

int act_disable(const struct exec *x, const struct action *a, struct err *err)
{
	const struct service_change *s = &a->service;
	auto_arena struct arena arena = { 0 };
	struct service_files files = { 0 };
	const char *name;

	(void)x;
	if (!target_meets(s->only_if, s->unless))
		return 0;
	name = find_service(s, &arena, &files);
	if (name && files.unit &&
	    disable_unit(name, service_unit_name(name, &arena), err) < 0)
		return -1;
	if (name && files.script && disable_script(name, err) < 0)
		return -1;
	log_info("  %s: %s", name ? name : s->name,
		 name ? "disabled" : "the host has none");
	return 0;
}
