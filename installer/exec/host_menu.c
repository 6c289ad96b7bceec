#include "exec/host_menu.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/text.h"

static bool same_file(const struct host_menu *a, const struct host_fs *fs,
		      const char *path)
{
	auto_fd int x = host_open(&a->view.host->fs[a->view.self], a->path, O_PATH);
	auto_fd int y = host_open(fs, path, O_PATH);
	struct stat s, t;

	return x >= 0 && y >= 0 && fstat(x, &s) == 0 && fstat(y, &t) == 0 &&
	       s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

static bool is_known(const struct host_menus *menus, const struct host_fs *fs,
		     const char *path)
{
	for (size_t i = 0; i < menus->n; i++)
		if (same_file(&menus->menus[i], fs, path))
			return true;
	return false;
}

static struct system_name name_system(const struct host_view *view,
				      const struct boot_entry *e, struct arena *arena)
{
	const struct host_fs *root = host_find_root(view, e);
	struct host_view at = { .host = view->host, .self = view->self };
	const struct boot_files files = host_files(&at);

	if (root)
		at.self = (size_t)(root - view->host->fs);
	return system_find_name(&files, NULL, arena);
}

static void add_menu(struct host_menus *menus, struct host_menu *m, struct arena *arena)
{
	m->systems = arena_alloc(arena, (m->menu.n + 1) * sizeof(*m->systems));
	for (size_t i = 0; i < m->menu.n; i++)
		m->systems[i] = name_system(&m->view, &m->menu.entries[i], arena);
	menus->menus = arena_append(arena, menus->menus, &menus->n, m, sizeof(*m));
}

/* A menu that only leads to another one, which is found where it stands itself. */
static bool is_stub(const struct host_menu *m)
{
	for (size_t i = 0; i < m->menu.n; i++)
		if (str_eq(m->menu.entries[i].file, m->path))
			return false;
	return m->menu.n > 0 && m->menu.runs_another;
}

static bool read_menu(const struct host *host, size_t fs,
		      const struct boot_reader *reader, const char *path, bool efi,
		      bool text_needed, struct arena *arena, struct host_menus *menus)
{
	struct host_menu m = {
		.reader = reader,
		.path = path,
		.view = { .host = host,
			  .self = fs,
			  .from_zero = str_eq(reader->name, "grub-legacy") },
	};
	const struct boot_files files = host_files(&m.view);
	struct boot_source source = { .file = path, .efi = efi, .files = &files };

	source.text = files.read(files.context, NULL, path, arena);
	if ((!source.text && text_needed) || is_known(menus, &host->fs[fs], path))
		return false;
	if (!source.text)
		source.text = "";
	reader->read(&source, arena, &m.menu);
	if (is_stub(&m) || (!m.menu.n && !text_needed))
		return false;
	add_menu(menus, &m, arena);
	return true;
}

/* On an EFI system partition each vendor has a folder. */
static bool read_vendors(const struct host *host, size_t fs,
			 const struct boot_reader *reader, struct arena *arena,
			 struct host_menus *menus)
{
	struct host_view view = { .host = host, .self = fs };
	const struct boot_files files = host_files(&view);
	const char *const *names = NULL;
	size_t n = files.list(files.context, NULL, "/EFI", arena, &names);
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= read_menu(host, fs, reader,
				 arena_printf(arena, "/EFI/%s/grub.cfg", names[i]), true,
				 true, arena, menus);
	return any;
}

void host_read_menus(const struct host *host, bool efi, struct arena *arena,
		     struct host_menus *ret)
{
	*ret = (struct host_menus){ 0 };
	for (size_t fs = 0; fs < host->n; fs++) {
		bool grub2 = false;

		for (size_t r = 0; r < boot_n_readers; r++) {
			const struct boot_reader *reader = &boot_readers[r];
			bool bls = str_eq(reader->name, "bls");

			if (str_eq(reader->name, "grub2"))
				grub2 |= read_vendors(host, fs, reader, arena, ret);
			/* GRUB has read them, where its configuration says so. */
			if (bls && grub2)
				continue;
			for (size_t i = 0; reader->paths[i]; i++) {
				bool found = read_menu(host, fs, reader, reader->paths[i],
						       efi, !bls, arena, ret);

				grub2 |= found && r == 0;
			}
		}
	}
}

static const struct boot_entry *entry_of(const struct host_choice *c)
{
	return &c->menu->menu.entries[c->entry];
}

static int check_choice(const struct host_choice *c, struct err *err)
{
	const struct boot_entry *e = entry_of(c);

	if (!e->why_not)
		return 0;
	return err_set(err, ERR_SOURCE, 0, "\"%s\" (%s:%zu) cannot be booted: %s",
		       e->title, e->file, e->line, e->why_not);
}

static int choose_default(const struct host_menus *menus, struct host_choice *ret,
			  struct err *err)
{
	auto_text struct text why = { 0 };

	for (size_t i = 0; i < menus->n; i++) {
		struct host_menu *m = &menus->menus[i];

		if (m->menu.default_entry >= 0 && !m->menu.why_none) {
			*ret = (struct host_choice){ m, (size_t)m->menu.default_entry };
			return check_choice(ret, err);
		}
		text_printf(&why, "\n  %s on %s: %s", m->path,
			    m->view.host->fs[m->view.self].dir,
			    m->menu.why_none ? m->menu.why_none : "it has no default");
	}
	return err_set(err, ERR_SOURCE, 0, "there is no system to boot%s%s",
		       why.len ? ":" : ": no boot menu on any filesystem",
		       why.s ? why.s : "");
}

static bool is_named(const struct boot_entry *e, const char *name, size_t number)
{
	auto_free char *text = xasprintf("%zu", number);

	return str_eq(text, name) || str_eq(e->title, name) || str_eq(e->id, name);
}

int host_choose(const struct host_menus *menus, const char *name, struct host_choice *ret,
		struct err *err)
{
	size_t number = 0;

	if (!name)
		return choose_default(menus, ret, err);
	for (size_t i = 0; i < menus->n; i++)
		for (size_t j = 0; j < menus->menus[i].menu.n; j++) {
			struct host_choice c = { &menus->menus[i], j };

			if (!is_named(entry_of(&c), name, ++number))
				continue;
			*ret = c;
			return check_choice(ret, err);
		}
	return err_set(err, ERR_SOURCE, 0,
		       "--entry %s: no entry has this number, title or id; see "
		       "`dom0strap boot --list`",
		       name);
}

static const char *place(const struct host_fs *fs)
{
	return fs->device ? fs->device : fs->dir;
}

static void print_entry(const struct host_menu *m, size_t i, size_t number,
			struct text *out)
{
	const struct boot_entry *e = &m->menu.entries[i];
	bool preset = m->menu.default_entry == (int)i;
	auto_free char *title = xstrdup(e->title);

	str_clean(title);
	text_printf(out, " %c %2zu  %s%s", preset ? '*' : ' ', number, title,
		    preset && m->menu.default_once ? " (once)" : "");
	if (e->why_not)
		text_printf(out, ": not by kexec, %s", e->why_not);
	else if (e->hypervisor.path)
		text_add(out, " (Xen)");
	text_add(out, "\n");
}

void host_print_menus(const struct host *host, const struct host_menus *menus,
		      struct text *out)
{
	size_t number = 0;

	for (size_t i = 0; i < menus->n; i++) {
		const struct host_menu *m = &menus->menus[i];
		const struct host_fs *fs = &m->view.host->fs[m->view.self];
		size_t first = m->menu.default_entry < 0 ? 0
							 : (size_t)m->menu.default_entry;

		text_printf(out, "%s: %s, %s on %s\n",
			    m->menu.n ? m->systems[first].name : "nothing",
			    m->reader->name, m->path, place(fs));
		for (size_t j = 0; j < m->menu.n; j++)
			print_entry(m, j, ++number, out);
		for (size_t j = 0; j < m->menu.n_notes; j++)
			text_printf(out, "   note: %s\n", m->menu.notes[j]);
		if (m->menu.why_none)
			text_printf(out, "   nothing to boot: %s\n", m->menu.why_none);
	}
	for (size_t i = 0; i < host->n_passed_over; i++)
		text_printf(out, "note: %s\n", host->passed_over[i]);
	if (!menus->n)
		text_add(out, "no boot menu on any filesystem\n");
}

static void json_image(struct json *j, const char *key, const struct boot_image *image)
{
	if (!image->path) {
		json_string(j, key, NULL);
		return;
	}
	json_open(j, key, '{');
	json_string(j, "path", image->path);
	json_string(j, "args", image->args);
	json_string(j, "root", image->root);
	json_close(j, '}');
}

static void json_entry(struct json *j, const struct host_menu *m, size_t i, size_t number)
{
	const struct boot_entry *e = &m->menu.entries[i];

	json_open(j, NULL, '{');
	json_uint(j, "number", number);
	json_string(j, "title", e->title);
	json_string(j, "id", e->id);
	json_string(j, "position", e->position);
	json_bool(j, "default", m->menu.default_entry == (int)i);
	json_bool(j, "once", m->menu.default_entry == (int)i && m->menu.default_once);
	json_string(j, "system", m->systems[i].name);
	json_string(j, "version", m->systems[i].version);
	json_image(j, "hypervisor", &e->hypervisor);
	json_image(j, "kernel", &e->kernel);
	json_open(j, "initrds", '[');
	for (size_t k = 0; k < e->n_initrds; k++)
		json_image(j, NULL, &e->initrds[k]);
	json_close(j, ']');
	json_string(j, "cannot_boot", e->why_not);
	json_string(j, "file", e->file);
	json_uint(j, "line", e->line);
	json_close(j, '}');
}

static void json_strings(struct json *j, const char *key, const char *const *s, size_t n)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < n; i++)
		json_string(j, NULL, s[i]);
	json_close(j, ']');
}

void host_json_menus(const struct host *host, const struct host_menus *menus,
		     struct text *out)
{
	struct json j = { .out = out };
	size_t number = 0;

	json_open(&j, NULL, '{');
	json_open(&j, "menus", '[');
	for (size_t i = 0; i < menus->n; i++) {
		const struct host_menu *m = &menus->menus[i];
		const struct host_fs *fs = &m->view.host->fs[m->view.self];

		json_open(&j, NULL, '{');
		json_string(&j, "loader", m->reader->name);
		json_string(&j, "file", m->path);
		json_string(&j, "device", place(fs));
		json_string(&j, "uuid", fs->uuid);
		if (m->menu.timeout_s >= 0)
			json_uint(&j, "timeout", (uint64_t)m->menu.timeout_s);
		json_open(&j, "entries", '[');
		for (size_t k = 0; k < m->menu.n; k++)
			json_entry(&j, m, k, ++number);
		json_close(&j, ']');
		json_string(&j, "nothing_to_boot", m->menu.why_none);
		json_strings(&j, "notes", m->menu.notes, m->menu.n_notes);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_strings(&j, "passed_over", host->passed_over, host->n_passed_over);
	json_close(&j, '}');
	text_add(out, "\n");
}
