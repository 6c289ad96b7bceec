#include "bootcfg/service.h"

#include <ctype.h>

#include "core/text.h"

#define RUNLEVELS     "0123456"
#define LSB_RUNLEVELS RUNLEVELS "S" /* S: before all others, once */

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

/* The runlevels in which a script is started and stopped, and its place among the others.
 */
struct order {
	char start[16], stop[16];
	unsigned first, last;
};

/* "# chkconfig: 345 97 03": what is not started is stopped. */
static bool read_chkconfig(const char *script, struct order *ret)
{
	static const char key[] = "# chkconfig:";
	const char *line = strstr(script, key);
	size_t n = 0;

	if (!line || sscanf(line + strlen(key), "%15s %2u %2u", ret->start, &ret->first,
			    &ret->last) != 3)
		return false;
	if (str_eq(ret->start, "-")) /* off unless somebody asks for it: we do */
		strcpy(ret->start, "345");
	for (const char *level = RUNLEVELS; *level; level++)
		if (!strchr(ret->start, *level))
			ret->stop[n++] = *level;
	ret->stop[n] = '\0';
	return true;
}

/* "# Default-Start: 2 3 4 5" between the header's two lines; none is "". */
static void read_levels(const char *header, const char *end, const char *key,
			char ret[16])
{
	const char *line = strstr(header, key);
	size_t n = 0;

	if (line)
		for (line += strlen(key); line < end && n < 15 && *line != '\n'; line++)
			if (strchr(LSB_RUNLEVELS, *line))
				ret[n++] = *line;
	ret[n] = '\0';
}

/* The header has names where a link has a number (Required-Start:). Behind all that such
 * tools number, and stopped before them, everything a script needs is there. */
static bool read_lsb(const char *script, struct order *ret)
{
	const char *header = strstr(script, "### BEGIN INIT INFO");
	const char *end = header ? strstr(header, "### END INIT INFO") : NULL;

	if (!end)
		return false;
	read_levels(header, end, "\n# Default-Start:", ret->start);
	read_levels(header, end, "\n# Default-Stop:", ret->stop);
	ret->first = 98;
	ret->last = 2;
	return ret->start[0] != '\0';
}

static void add_runlevels(struct links *links, const char *name,
			  const struct service_files *f, struct arena *arena)
{
	bool red_hat = str_starts(f->script_path, "/etc/rc.d/");
	struct order order;

	if (!read_chkconfig(f->script, &order) && !read_lsb(f->script, &order))
		return;
	for (const char *level = LSB_RUNLEVELS; *level; level++) {
		bool on = strchr(order.start, *level) != NULL;

		if (on || strchr(order.stop, *level))
			add(links, arena,
			    arena_printf(arena, "/etc/%src%c.d/%c%02u%s",
					 red_hat ? "rc.d/" : "", *level, on ? 'S' : 'K',
					 on ? order.first : order.last, name),
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
