/*
 * Replayed lists: an old one is as well signed as a new one, only its number tells.
 */
#include <fcntl.h>
#include <inttypes.h>

#include "commands.h"
#include "core/io.h"
#include "core/log.h"
#include "exec/seen_on_disk.h"

static char *seen_path(const struct options *o, const char *host, const char *url)
{
	auto_free char *id = xasprintf("%s %s", host, url);
	auto_free char *name = profile_file_name(id);

	return xasprintf("%s/%s", o->seen, name);
}

static void read_kept(const struct options *o, const char *host, const char *url,
		      struct arena *arena, struct seen *seen)
{
	auto_free char *path = seen_path(o, host, url);
	auto_free char *line = io_read_line(AT_FDCWD, path);
	auto_free char *text = line ? xasprintf("%s %s\n", line, url) : NULL;

	if (text)
		seen_read(text, arena, seen);
}

static int check_list(const struct options *o, const struct source *source,
		      const struct seen *seen, struct err *err)
{
	const struct seen_list *known = seen_find(seen, source->url);
	auto_free char *number = xasprintf("%" PRIu64, source->list.serial);

	if (!source->list.has_serial && (o->seen || known))
		return err_set(err, ERR_SOURCE, 0,
			       "%s: its signature has no serial number, so it may be any "
			       "old one",
			       source->url);
	if (!known || known->serial <= source->list.serial)
		return 0;
	if (!str_eq(o->allow_older, number))
		return err_set(err, ERR_SOURCE, 0,
			       "%s has the serial number %s, and this host has seen "
			       "%" PRIu64
			       ": somebody may be replaying an old one; if it is meant, "
			       "say so with --allow-older %s (dom0strap.allow-older=%s)",
			       source->url, number, known->serial, number, number);
	log_warning("%s: serial number %s, older than %" PRIu64 "; allowed", source->url,
		    number, known->serial);
	return 0;
}

int check_lists(const struct options *o, const struct facts *facts,
		const struct sources *sources, struct arena *arena,
		struct profile *profile, struct err *err)
{
	bool here = !o->facts && !o->root && geteuid() == 0;
	auto_text struct text t = { 0 };
	struct seen seen = { 0 };

	for (size_t i = 0; o->seen && i < sources->n; i++)
		read_kept(o, profile->host, sources->items[i].url, arena, &seen);
	if (sources->n && here && seen_on_disk(profile, facts, arena, &seen, err) < 0)
		return -1;
	for (size_t i = 0; i < sources->n; i++)
		if (check_list(o, &sources->items[i], &seen, err) < 0)
			return -1;
	for (size_t i = 0; i < sources->n; i++)
		if (sources->items[i].list.has_serial)
			seen_set(&seen, sources->items[i].url,
				 sources->items[i].list.serial, arena);
	seen_print(&seen, &t);
	if (seen.n)
		profile->image.lists_seen = arena_strdup(arena, t.s);
	return 0;
}

int remember_lists(const struct options *o, const struct sources *sources,
		   const char *host, struct err *err)
{
	for (size_t i = 0; o->seen && i < sources->n; i++) {
		const struct source *source = &sources->items[i];
		auto_free char *path = seen_path(o, host, source->url);
		auto_free char *new = xasprintf("%s.new", path);
		auto_free char *line = xasprintf("%" PRIu64 "\n", source->list.serial);
		auto_fd int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				      0644);

		if (fd < 0)
			return err_set(err, ERR_SYSTEM, errno, "create %s", new);
		if (io_write_all(fd, line, strlen(line), new, err) < 0)
			return -1;
		if (fsync(fd) < 0 || rename(new, path) < 0)
			return err_set(err, ERR_SYSTEM, errno, "write %s", path);
	}
	return 0;
}
