/*
 * Action `service`: a service that the host starts by itself from now on. By hand, since
 * systemctl and chkconfig would do more than the plan says.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bootcfg/service.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/exec.h"
#include "exec/target.h"

/* The first of the places that the host has; its text, NULL for none. */
static const char *find_file(const char *const *places, const char *name,
			     struct arena *arena, const char **ret_path)
{
	for (; *places; places++) {
		auto_text struct text path = { 0 };
		auto_free char *text = NULL;
		const char *gap = strstr(*places, "%s");

		text_add_bytes(&path, *places, (size_t)(gap - *places));
		text_printf(&path, "%s%s", name, gap + strlen("%s"));
		text = target_read(path.s);
		if (!text)
			continue;
		*ret_path = arena_strdup(arena, path.s);
		return arena_strdup(arena, text);
	}
	return NULL;
}

/* "S97libvirtd" or "K03libvirtd": whatever chkconfig made for it before. */
static bool is_other_link(const char *file, const char *name, const char *wanted)
{
	return (file[0] == 'S' || file[0] == 'K') &&
	       strspn(file + 1, "0123456789") == 2 && str_eq(file + 3, name) &&
	       !str_eq(file, wanted);
}

static int remove_others(int dir, const char *name, const char *wanted, struct err *err)
{
	int copy = dup(dir);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	int rc = 0;

	if (!d) {
		if (copy >= 0)
			close(copy);
		return err_set(err, ERR_SYSTEM, errno, "read the links of %s", name);
	}
	rewinddir(d);
	for (struct dirent *e; rc == 0 && (e = readdir(d));)
		if (is_other_link(e->d_name, name, wanted) &&
		    unlinkat(dir, e->d_name, 0) < 0)
			rc = err_set(err, ERR_SYSTEM, errno, "remove the link %s",
				     e->d_name);
	closedir(d);
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
	if (remove_others(dir, name, file, err) < 0)
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
	auto_arena struct arena arena = { 0 };
	struct service_files files = { 0 };
	struct service_link *links;
	size_t n;

	(void)x;
	files.unit = find_file(service_unit_paths, a->service.name, &arena,
			       &files.unit_path);
	files.script = find_file(service_script_paths, a->service.name, &arena,
				 &files.script_path);
	n = service_links(a->service.name, &files, &arena, &links);
	for (size_t i = 0; i < n; i++)
		if (make_link(a->service.name, &links[i], err) < 0)
			return -1;
	log_info("  %s: %s", a->service.name, n ? "enabled" : "the host has none");
	return 0;
}
