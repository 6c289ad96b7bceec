#include "bootcfg/service.h"

#include <ctype.h>

#include "core/text.h"

#define RUNLEVELS "0123456"

const char *const service_unit_paths[] = { "/etc/systemd/system/",
					   "/usr/lib/systemd/system/",
					   "/lib/systemd/system/", NULL };
const char *const service_script_paths[] = { "/etc/rc.d/init.d/", "/etc/init.d/", NULL };

const char *service_unit_name(const char *name, struct arena *arena)
{
	static const char *const kinds[] = { ".service", ".socket", ".timer",
					     ".path",    ".target", ".mount" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_ends(name, kinds[i]))
			return name;
	return arena_printf(arena, "%s.service", name);
}

struct links {
	struct service_link *items;
	size_t n;
};

static void add(struct links *links, struct arena *arena, const char *path,
		const char *to)
{
	struct service_link link = { path, to };

	links->items = arena_append(arena, links->items, &links->n, &link, sizeof(link));
}

/* Each target in each WantedBy= line. */
static void add_wanted(struct links *links, const struct service_files *f,
		       struct arena *arena)
{
	static const char key[] = "WantedBy=";
	const char *unit = strrchr(f->unit_path, '/') + 1;

	for (const char *line = f->unit; *line; line += *line == '\n') {
		const char *word = line + strlen(key);

		if (str_starts(line, key))
			while (*word && *word != '\n') {
				size_t len = strcspn(word, " \t\n");

				if (len && len < 128 && !memchr(word, '/', len))
					add(links, arena,
					    arena_printf(arena,
							 "/etc/systemd/system/%.*s.wants/"
							 "%s",
							 (int)len, word, unit),
					    f->unit_path);
				word += len + strspn(word + len, " \t");
			}
		line += strcspn(line, "\n");
	}
}

/* "# chkconfig: 345 97 03": runlevels, and its place among the others. */
static void add_runlevels(struct links *links, const char *name,
			  const struct service_files *f, struct arena *arena)
{
	static const char key[] = "# chkconfig:";
	const char *line = strstr(f->script, key);
	bool red_hat = str_starts(f->script_path, "/etc/rc.d/");
	unsigned start, stop;
	char levels[16];

	if (!line ||
	    sscanf(line + strlen(key), "%15s %2u %2u", levels, &start, &stop) != 3)
		return;
	if (str_eq(levels, "-")) /* off unless somebody asks for it: we do */
		strcpy(levels, "345");
	for (const char *level = RUNLEVELS; *level; level++) {
		bool on = strchr(levels, *level) != NULL;

		add(links, arena,
		    arena_printf(arena, "/etc/%src%c.d/%c%02u%s", red_hat ? "rc.d/" : "",
				 *level, on ? 'S' : 'K', on ? start : stop, name),
		    arena_printf(arena, "../init.d/%s", name));
	}
}

size_t service_links(const char *name, const struct service_files *files,
		     struct arena *arena, struct service_link **ret)
{
	struct links links = { 0 };

	if (files->unit)
		add_wanted(&links, files, arena);
	else if (files->script)
		add_runlevels(&links, name, files, arena);
	*ret = links.items;
	return links.n;
}
