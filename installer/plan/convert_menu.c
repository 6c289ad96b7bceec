#include "bootcfg/block.h"
#include "bootcfg/edit.h"
#include "bootcfg/entry.h"
#include "bootcfg/grub2.h"
#include "bootcfg/new_entry.h"
#include "core/text.h"
#include "plan/convert.h"

/* The first of the host's files of these names, or NULL. */
static const char *first_file(const struct installed *h, const char *const *paths)
{
	for (; *paths; paths++)
		if (host_text(h, *paths))
			return *paths;
	return NULL;
}

static const char *find_os_name(const struct installed *h, struct arena *arena)
{
	static const char *const files[] = { "/etc/os-release", "/etc/system-release",
					     "/etc/fedora-release",
					     "/etc/redhat-release" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *text = host_text(h, files[i]);
		const char *name = text ? boot_os_name(text, arena) : NULL;

		if (name)
			return name;
	}
	return "Linux";
}

/* extlinux's own word among them; dom0's initramfs is a module. */
static const char *without_initrd(const char *args, struct arena *arena)
{
	const char *initrd = strstr(args, "initrd="), *rest;

	if (!initrd || (initrd != args && initrd[-1] != ' '))
		return args;
	rest = initrd + strcspn(initrd, " ");
	rest += strspn(rest, " ");
	return arena_printf(arena, "%.*s%s", (int)(initrd - args), args, rest);
}

/*
 * The arguments that the host's own default entry gives its kernel (once Xen is the
 * default: its fallback): they name the root, and what the initramfs has to find it with.
 */
static const char *old_args(const struct boot_menu *menu, const struct boot_spec *spec,
			    struct arena *arena)
{
	const struct boot_entry *e = boot_plain_entry(menu, menu->default_entry);

	if (!e)
		e = boot_plain_entry(menu, menu->fallback_entry);
	for (size_t i = 0; !e && i < menu->n; i++)
		e = boot_plain_entry(menu, (int)i);
	if (!e || !strstr(e->kernel.args, "root="))
		return arena_printf(arena, "root=UUID=%s ro", spec->root_uuid);
	return without_initrd(e->kernel.args, arena);
}

static struct boot_new_entry describe(const struct convert *c,
				      const struct boot_menu *menu, struct arena *arena)
{
	struct boot_new_entry e = { .xen_args = c->boot.xen_options,
				    .make_default = c->boot.make_default,
				    .timeout_s = c->boot.timeout_s };

	e.kernel_args = boot_add_args(old_args(menu, &c->boot, arena),
				      c->boot.kernel_options, arena);
	boot_name_files(&c->choice, find_os_name(c->host, arena), c->boot.boot_prefix,
			arena, &e);
	return e;
}

static int fail_missing(const char *loader, const char *files, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0,
		       "this host is started by %s, but has no menu for it (%s)", loader,
		       files);
}

/* What the host's own entry reads from: a tree is on no disk that could be numbered. */
static const char *root_in_menu(const struct boot_menu *menu, struct arena *arena)
{
	for (size_t i = 0; i < menu->n; i++) {
		const char *root = menu->entries[i].kernel.root;

		if (root && str_starts(root, "hd"))
			return arena_printf(arena, "(%s)", root);
	}
	return NULL;
}

static int change_legacy(struct arena *arena, struct convert *c, struct err *err)
{
	static const char *const paths[] = { "/boot/grub/grub.conf",
					     "/boot/grub/menu.lst", NULL };
	static const char saved_path[] = "/boot/grub/default";
	const char *path = first_file(c->host, paths);
	auto_free char *number = NULL;
	struct boot_source source = { .file = path };
	struct boot_new_entry entry;
	struct boot_menu menu;
	struct boot_edit edit;
	int saved;

	if (!path)
		return fail_missing("GRUB legacy", "/boot/grub/grub.conf, menu.lst", err);
	source.text = host_text(c->host, path);
	grub_legacy_read(&source, arena, &menu);
	if (c->tree)
		c->boot.grub_root = root_in_menu(&menu, arena);
	if (!c->boot.grub_root)
		return err_set(err, ERR_HARDWARE, 0,
			       "GRUB legacy cannot read where this host's /boot is (%s)",
			       c->host->mounts[0].device);
	entry = describe(c, &menu, arena);
	c->boot.kernel_args = entry.kernel_args;
	saved = grub_legacy_saved_number(host_text(c->host, saved_path));
	grub_legacy_edit(source.text, &entry, c->boot.grub_root, &saved, arena, &edit);
	c->fallback = edit.fallback;
	convert_add(c, arena, path, 0600, edit.text);
	if (saved < 0 ||
	    saved == grub_legacy_saved_number(host_text(c->host, saved_path)))
		return 0;
	number = grub_legacy_saved_text(saved);
	convert_add(c, arena, saved_path, 0644, arena_strdup(arena, number));
	return 0;
}

static int change_extlinux(struct arena *arena, struct convert *c, struct err *err)
{
	static const char *const paths[] = { "/boot/extlinux/extlinux.conf",
					     "/boot/syslinux/syslinux.cfg",
					     "/boot/extlinux.conf", NULL };
	static const char *const programs[] = { "/usr/bin/extlinux", "/usr/sbin/extlinux",
						"/sbin/extlinux" };
	const char *path = first_file(c->host, paths);
	const char *directory, *module;
	struct boot_source source = { .file = path };
	struct boot_new_entry entry;
	struct boot_menu menu;
	struct boot_edit edit;

	if (!path)
		return fail_missing("extlinux", "/boot/extlinux/extlinux.conf", err);
	directory = arena_strndup(arena, path, (size_t)(strrchr(path, '/') - path));
	module = arena_printf(arena, "%s/mboot.c32", directory);
	if (!host_find_file(c->host, module))
		return err_set(
			err, ERR_SOURCE, 0,
			"this host lacks %s, which starts Xen; copy it, and "
			"libcom32.c32 with it, from its package of Syslinux's modules",
			module);
	source.text = host_text(c->host, path);
	extlinux_read(&source, arena, &menu);
	entry = describe(c, &menu, arena);
	c->boot.kernel_args = entry.kernel_args;
	extlinux_edit(source.text, &entry, arena, &edit);
	c->fallback = edit.fallback;
	convert_add(c, arena, path, 0644, edit.text);
	if (c->boot.make_default != XEN_DEFAULT_ONCE)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (host_find_file(c->host, programs[i])) {
			c->arm_extlinux = directory;
			return 0;
		}
	return err_set(
		err, ERR_SOURCE, 0,
		"xen: default: once needs the host's own program `extlinux`, which "
		"it lacks");
}

static void put(char **text, const char *key, const char *value)
{
	char *new;

	if (!value || !*value || edit_shell_is(*text, key, value))
		return;
	new = edit_shell_variable(*text, key, value);
	free(*text);
	*text = new;
}

/* The generator's settings; each is left as it is where it says the same already. */
static void change_settings(struct arena *arena, struct convert *c, const char *id)
{
	static const char path[] = "/etc/default/grub";
	const char *old = host_text(c->host, path);
	bool is_default = c->boot.make_default == XEN_DEFAULT_TRUE;
	auto_free char *text = xstrdup(old ? old : "");

	if (is_default) {
		put(&text, "GRUB_DEFAULT", id);
		put(&text, "GRUB_TIMEOUT", arena_printf(arena, "%u", c->boot.timeout_s));
	}
	put(&text, "GRUB_CMDLINE_XEN", c->boot.xen_options);
	put(&text, "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT", c->boot.kernel_options);
	if (*text)
		convert_add(c, arena, path, 0644, arena_strdup(arena, text));
}

/* No generator: an entry of our own, where the menu reads it. */
static void write_by_hand(struct arena *arena, struct convert *c, const char *id,
			  const char *cfg_path, const char *custom_path,
			  const struct boot_entry *plain)
{
	const char *cfg = host_text(c->host, cfg_path);
	const char *path = strstr(cfg, "custom.cfg") ? custom_path : cfg_path;
	const char *text = host_text(c->host, path);
	auto_free char *entry = grub2_render_xen_entry(&(struct grub2_xen_entry){
		.id = id,
		.choice = &c->choice,
		.boot_uuid = c->boot.boot_uuid,
		.boot_prefix = c->boot.boot_prefix,
		.xen_options = c->boot.xen_options,
		.kernel_args = c->boot.kernel_args,
	});
	auto_text struct text block = { 0 };
	auto_free char *new = NULL;

	text_add(&block, entry);
	if (c->boot.make_default == XEN_DEFAULT_TRUE) {
		text_printf(&block, "set default='%s'\nset timeout=%u\n", id,
			    c->boot.timeout_s);
		if (plain)
			text_printf(&block, "set fallback=%s\n", plain->position);
	}
	if (c->boot.make_default == XEN_DEFAULT_ONCE)
		text_add(&block, grub2_once_commands(cfg));
	new = block_replace(text ? text : "", block.s);
	convert_add(c, arena, path, 0644, arena_strdup(arena, new));
}

static int arm_once(struct arena *arena, struct convert *c, const char *path,
		    const char *id, struct err *err)
{
	const char *device = host_find_mount(c->host, "/boot")
				     ? host_find_mount(c->host, "/boot")->device
				     : c->host->mounts[0].device;
	auto_free char *new = NULL;

	if (!c->boot.grub_root || str_starts(device, "/dev/md"))
		return err_set(err, ERR_CONFIG, 0,
			       "xen: default: once needs a loader that can write where "
			       "/boot is, to forget it again; GRUB 2 cannot write to %s",
			       device);
	if (grubenv_set(host_text(c->host, path), "next_entry", id, &new, err) < 0)
		return err_wrap(err, "%s", path);
	convert_add(c, arena, path, 0644, arena_strdup(arena, new));
	return 0;
}

/* It would look at the devices below it, so on a tree that is somebody else's machine. */
static bool has_generator(const struct convert *c, bool two)
{
	return host_find_file(c->host, two ? "/usr/sbin/grub2-mkconfig"
					   : "/usr/sbin/grub-mkconfig");
}

static int change_grub2(struct arena *arena, struct convert *c, struct err *err)
{
	static const char *const paths[] = { "/boot/grub2/grub.cfg",
					     "/boot/grub/grub.cfg", NULL };
	const char *path = first_file(c->host, paths);
	bool two = path == paths[0];
	const char *custom = two ? "/boot/grub2/custom.cfg" : "/boot/grub/custom.cfg";
	const char *id = arena_printf(arena, "xen-gnulinux-simple-%s", c->boot.root_uuid);
	const struct boot_files files = convert_files(c);
	struct boot_source source = { .files = &files };
	const struct boot_entry *plain;
	struct boot_menu menu;

	if (!path)
		return fail_missing("GRUB 2", "/boot/grub2/grub.cfg, /boot/grub/grub.cfg",
				    err);
	source.file = *c->boot.boot_prefix ? path : path + strlen("/boot");
	source.text = host_text(c->host, path);
	grub2_read(&source, arena, &menu);
	plain = grub2_find_plain(&menu, NULL);
	if (plain)
		c->fallback = plain->title;
	c->boot.kernel_args = describe(c, &menu, arena).kernel_args;
	if (!has_generator(c, two) || c->tree)
		write_by_hand(arena, c, id, path, custom, plain);
	if (has_generator(c, two))
		change_settings(arena, c, id);
	if (has_generator(c, two) && !c->tree) {
		c->generate = c->n_changes || !grub2_find_xen(&menu, id);
		c->boot.files = arena_printf(
			arena, "%s (by the host's own generator), %s", path, custom);
	}
	if (c->boot.make_default != XEN_DEFAULT_ONCE)
		return 0;
	return arm_once(arena, c, two ? "/boot/grub2/grubenv" : "/boot/grub/grubenv", id,
			err);
}

int convert_menu(const struct profile *p, struct arena *arena, struct convert *c,
		 struct err *err)
{
	(void)p;
	switch (c->boot.loader) {
	case LOADER_GRUB_LEGACY:
		return change_legacy(arena, c, err);
	case LOADER_EXTLINUX:
		return change_extlinux(arena, c, err);
	case LOADER_GRUB2:
	case LOADER_KEEP:
		break;
	}
	return change_grub2(arena, c, err);
}
