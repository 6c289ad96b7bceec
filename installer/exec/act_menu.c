/*
 * Actions `menu edit` and `menu kexec`: the entry that the host's own boot loader would
 * start by default.
 */
#include "bootcfg/edit_entry.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/exec.h"
#include "exec/kexec.h"
#include "exec/target.h"

/* The host has one filesystem, so it does not matter which one is asked for. */
static const char *read_file(void *context, const char *root, const char *path,
			     struct arena *arena)
{
	auto_free char *text = target_read(path);

	(void)context;
	(void)root;
	return text ? arena_strdup(arena, text) : NULL;
}

static bool has_file(void *context, const char *root, const char *path)
{
	(void)context;
	(void)root;
	return target_has(path);
}

static size_t list_nothing(void *context, const char *root, const char *path,
			   struct arena *arena, const char *const **ret_names)
{
	(void)context;
	(void)root;
	(void)path;
	(void)arena;
	*ret_names = NULL;
	return 0;
}

struct menu {
	const char *path;
	char *text;
	struct boot_menu menu;
};

static void free_menu(struct menu *m)
{
	free(m->text);
}
#define auto_menu __attribute__((cleanup(free_menu)))

/* XenServer 6 has extlinux, 7 and later GRUB 2; an upgrade leaves one of them. */
static int read_menu(struct arena *arena, struct menu *ret, struct err *err)
{
	static const struct {
		const char *path;
		void (*read)(const struct boot_source *source, struct arena *arena,
			     struct boot_menu *ret);
	} readers[] = {
		{ "/boot/extlinux.conf", extlinux_read },
		{ "/boot/grub/grub.cfg", grub2_read },
	};
	static const struct boot_files files = { .read = read_file,
						 .has = has_file,
						 .list = list_nothing };

	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		ret->text = target_read(readers[i].path);
		if (!ret->text)
			continue;
		ret->path = readers[i].path;
		readers[i].read(&(struct boot_source){ .file = readers[i].path,
						       .text = ret->text,
						       .files = &files },
				arena, &ret->menu);
		for (size_t j = 0; j < ret->menu.n_notes; j++)
			log_info("  %s", ret->menu.notes[j]);
		return 0;
	}
	return err_set(err, ERR_SOURCE, 0,
		       "the host has neither /boot/extlinux.conf nor "
		       "/boot/grub/grub.cfg; was its install finished?");
}

static const struct boot_entry *find_default(const struct menu *m, struct err *err)
{
	const struct boot_entry *e;

	if (m->menu.default_entry < 0) {
		err_set(err, ERR_SOURCE, 0, "%s: no entry is the default%s%s", m->path,
			m->menu.why_none ? ": " : "",
			m->menu.why_none ? m->menu.why_none : "");
		return NULL;
	}
	e = &m->menu.entries[m->menu.default_entry];
	if (!e->why_not && e->hypervisor.path && e->kernel.path)
		return e;
	err_set(err, ERR_SOURCE, 0, "%s, line %zu: the default entry \"%s\" %s", m->path,
		e->line, e->title, e->why_not ? e->why_not : "does not start Xen");
	return NULL;
}

int act_menu_edit(const struct exec *x, const struct action *a, struct err *err)
{
	const struct entry_edit edit = { .drop = a->menu.drop,
					 .xen_options = a->menu.xen_options,
					 .kernel_options = a->menu.kernel_options };
	auto_arena struct arena arena = { 0 };
	auto_menu struct menu m = { 0 };
	auto_free char *text = NULL;
	const struct boot_entry *e;

	(void)x;
	if (read_menu(&arena, &m, err) < 0)
		return -1;
	e = find_default(&m, err);
	if (!e)
		return -1;
	text = edit_entry(m.text, e, &edit);
	return str_eq(text, m.text) ? 0 : target_write(m.path, 0644, text, err);
}

static int locate(const char *path, struct arena *arena, const char **ret,
		  struct err *err)
{
	auto_free char *real = target_locate(path);

	if (!real)
		return err_set(err, ERR_SOURCE, errno, "%s of the host's boot menu",
			       path);
	*ret = arena_strdup(arena, real);
	return 0;
}

int act_menu_kexec(const struct exec *x, const struct action *a, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_menu struct menu m = { 0 };
	struct kexec_xen jump = { 0 };
	const struct boot_entry *e;
	const char **initrds;

	(void)x;
	(void)a;
	if (read_menu(&arena, &m, err) < 0)
		return -1;
	e = find_default(&m, err);
	if (!e)
		return -1;
	initrds = arena_alloc(&arena, (e->n_initrds + 1) * sizeof(*initrds));
	jump = (struct kexec_xen){ .xen_options = e->hypervisor.args,
				   .kernel_options = e->kernel.args,
				   .initrds = initrds };
	if (locate(e->hypervisor.path, &arena, &jump.xen, err) < 0 ||
	    locate(e->kernel.path, &arena, &jump.kernel, err) < 0)
		return -1;
	for (size_t i = 0; i < e->n_initrds; i++)
		if (locate(e->initrds[i].path, &arena, &initrds[i], err) < 0)
			return -1;
	initrds[e->n_initrds] = NULL;
	log_info("  %s, line %zu: %s", m.path, e->line, e->title);
	return kexec_load_xen(&jump, err);
}
