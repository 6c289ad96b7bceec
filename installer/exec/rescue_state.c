#include "exec/rescue_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>

#include "core/io.h"
#include "exec/host_device.h"
#include "plan/layout.h"

static const char *read_line(struct arena *arena, const char *fmt, ...) printf_like(2, 3);
static const char *read_line(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	const char *path;
	auto_free char *line = NULL;

	va_start(ap, fmt);
	path = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	line = io_read_line(AT_FDCWD, path);
	if (line)
		str_clean(line);
	return line ? arena_strdup(arena, line) : NULL;
}

static uint64_t read_number(struct arena *arena, const char *dir, const char *name)
{
	const char *line = read_line(arena, "%s/%s", dir, name);

	return line ? strtoull(line, NULL, 10) : 0;
}

static void look_at_array(const char *root, const char *name, struct arena *arena,
			  struct rescue_state *s)
{
	const char *dir = arena_printf(arena, "%s/sys/block/%s/md", root, name);
	const char *slaves = arena_printf(arena, "%s/sys/block/%s/slaves", root, name);
	struct rescue_array a = {
		.name = name,
		.level = read_line(arena, "%s/level", dir),
		.state = read_line(arena, "%s/array_state", dir),
		.sync = read_line(arena, "%s/sync_action", dir),
		.disks = read_number(arena, dir, "raid_disks"),
		.degraded = read_number(arena, dir, "degraded"),
	};

	if (!a.state || str_eq(a.state, "clear"))
		return;
	if (str_eq(a.sync, "idle"))
		a.sync = NULL;
	a.members = host_list_names(slaves, arena, &a.n_members);
	for (size_t i = 0; i < a.n_members; i++)
		a.members[i] = arena_printf(arena, "/dev/%s", a.members[i]);
	s->arrays = arena_append(arena, s->arrays, &s->n_arrays, &a, sizeof(a));
}

static void look_at_mounts(const char *root, struct arena *arena, struct rescue_state *s)
{
	auto_free char *path = xasprintf("%s/proc/mounts", root);
	FILE *table = setmntent(path, "r");

	if (!table)
		return;
	for (struct mntent *e; (e = getmntent(table));) {
		struct rescue_mounted m = { .read_only = hasmntopt(e, "ro") };

		str_clean(e->mnt_fsname);
		str_clean(e->mnt_dir);
		m.device = arena_strdup(arena, e->mnt_fsname);
		m.where = arena_strdup(arena, e->mnt_dir);
		if (str_starts(m.device, "/dev/"))
			s->mounted = arena_append(arena, s->mounted, &s->n_mounted, &m,
						  sizeof(m));
	}
	endmntent(table);
}

/* Of the lease that init has written. */
static const char *find_address(const char *root, struct arena *arena)
{
	static const char key[] = "address=";
	auto_free char *path = xasprintf("%s/run/dom0strap/net/lease", root);
	auto_free char *lease = io_read_line(AT_FDCWD, path);
	char *at = lease ? strstr(lease, key) : NULL;

	if (!at)
		return NULL;
	at += strlen(key);
	at = arena_strndup(arena, at, strcspn(at, "\n"));
	str_clean(at);
	return at;
}

void rescue_look(const char *root, struct arena *arena, struct rescue_state *ret)
{
	const char *dir = arena_printf(arena, "%s/sys/block", root);
	const char *const *names;
	size_t n;

	*ret = (struct rescue_state){
		.host = read_line(arena, "%s/proc/sys/kernel/hostname", root),
		.address = find_address(root, arena),
	};
	if (!ret->host || str_eq(ret->host, "(none)"))
		ret->host = "dom0strap";
	names = host_list_names(dir, arena, &n);
	for (size_t i = 0; i < n; i++) {
		const char *mapper = read_line(arena, "%s/%s/dm/name", dir, names[i]);

		look_at_array(root, names[i], arena, ret);
		if (!mapper)
			continue;
		mapper = arena_printf(arena, "/dev/mapper/%s", mapper);
		ret->volumes = arena_append(arena, ret->volumes, &ret->n_volumes, &mapper,
					    sizeof(mapper));
	}
	look_at_mounts(root, arena, ret);
}

static bool is_read_only(const struct rescue_array *a)
{
	return str_eq(a->state, "readonly") || str_eq(a->state, "read-auto");
}

static uint64_t members_there(const struct rescue_array *a)
{
	return a->disks > a->degraded ? a->disks - a->degraded : 0;
}

static void print_array(const struct rescue_array *a, struct text *out)
{
	text_printf(out, "array /dev/%s: %s, %s, %s%" PRIu64 " of %" PRIu64 " members",
		    a->name, a->level ? a->level : "?",
		    is_read_only(a) ? "read-only" : a->state,
		    a->degraded ? "DEGRADED " : "", members_there(a), a->disks);
	for (size_t i = 0; i < a->n_members; i++)
		text_printf(out, "%s%s", i ? " " : " (", a->members[i]);
	text_printf(out, "%s%s%s\n", a->n_members ? ")" : "", a->sync ? ", " : "",
		    a->sync ? a->sync : "");
}

static bool has_member(const struct rescue_state *s, const char *path)
{
	for (size_t i = 0; i < s->n_arrays; i++)
		for (size_t j = 0; j < s->arrays[i].n_members; j++)
			if (str_eq(s->arrays[i].members[j], path))
				return true;
	return false;
}

/* Device mapper doubles a group's hyphens, and one stands before the volume. */
static bool has_volume(const struct rescue_state *s, const char *group)
{
	auto_text struct text prefix = { 0 };

	text_add(&prefix, "/dev/mapper/");
	for (const char *c = group; *c; c++)
		text_add(&prefix, *c == '-' ? "--" : (char[]){ *c, '\0' });
	text_add(&prefix, "-");
	for (size_t i = 0; i < s->n_volumes; i++)
		if (str_starts(s->volumes[i], prefix.s) &&
		    s->volumes[i][prefix.len] != '-')
			return true;
	return false;
}

struct idle { /* an array or group that does not run, and its members */
	const char *what, *id, *name;
	struct text members;
};

struct idles {
	struct arena arena;
	struct idle *items;
	size_t n;
};

static void add_idle(struct idles *all, const char *what, const struct signature *sig,
		     const char *id, const char *path)
{
	struct idle *found = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->items[i].what, what) && str_eq(all->items[i].id, id))
			found = &all->items[i];
	if (!found) {
		const struct idle new = { .what = what,
					  .id = id,
					  .name = sig->label ? sig->label : id };

		all->items = arena_append(&all->arena, all->items, &all->n, &new,
					  sizeof(new));
		found = &all->items[all->n - 1];
	}
	text_printf(&found->members, " %s", path);
}

static void look_for_idle(const struct rescue_state *s, const struct disk *d,
			  const struct signature *sig, struct idles *all)
{
	unsigned number = (unsigned)sig->partition;
	const char *path = number ? layout_partition_path(&all->arena, d->path, number)
				  : d->path;

	if (has_member(s, path))
		return;
	if (str_eq(sig->type, "linux_raid_member"))
		add_idle(all, "array", sig, sig->uuid, path);
	else if (str_eq(sig->type, "LVM2_member") && sig->label &&
		 !has_volume(s, sig->label))
		add_idle(all, "volume group", sig, sig->label, path);
}

static void print_idle(const struct rescue_state *s, const struct facts *facts,
		       struct text *out)
{
	struct idles all = { 0 };

	for (size_t i = 0; i < facts->n_disks; i++)
		for (size_t j = 0; j < facts->disks[i].n_signatures; j++)
			look_for_idle(s, &facts->disks[i], &facts->disks[i].signatures[j],
				      &all);
	for (size_t i = 0; i < all.n; i++) {
		text_printf(out, "%s %s is not in use:%s\n", all.items[i].what,
			    all.items[i].name, all.items[i].members.s);
		text_free(&all.items[i].members);
	}
	arena_free(&all.arena);
}

void rescue_print(const struct rescue_state *s, const struct facts *facts,
		  struct text *out)
{
	text_printf(out, "%s, %s\n", s->host, s->address ? s->address : "no network");
	for (size_t i = 0; i < s->n_arrays; i++)
		print_array(&s->arrays[i], out);
	for (size_t i = 0; i < s->n_volumes; i++)
		text_printf(out, "volume %s\n", s->volumes[i]);
	print_idle(s, facts, out);
	for (size_t i = 0; i < s->n_mounted; i++)
		text_printf(out, "mounted %s on %s%s\n", s->mounted[i].device,
			    s->mounted[i].where,
			    s->mounted[i].read_only ? ", read-only" : "");
}

void rescue_prompt(const struct rescue_state *s, struct text *out)
{
	text_printf(out, "%s [", s->host);
	for (size_t i = 0; i < s->n_arrays; i++) {
		const struct rescue_array *a = &s->arrays[i];

		text_printf(out, "%s%s %" PRIu64 "/%" PRIu64 "%s%s%s", i ? ", " : "",
			    a->name, members_there(a), a->disks,
			    is_read_only(a) ? " ro" : "", a->sync ? " " : "",
			    a->sync ? a->sync : "");
	}
	text_add(out, s->n_arrays ? "]" : "no array]");
}
