#include "bootcfg/block.h"
#include "bootcfg/grub2.h"
#include "bootcfg/new_entry.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/boot.h"
#include "exec/boot_efi.h"
#include "exec/host.h"

struct grub_names { /* Fedora and its relatives say grub2, everybody else grub */
	const char *mkconfig, *install, *directory;
};

static const struct grub_names grubs[] = {
	{ "grub2-mkconfig", "grub2-install", "/boot/grub2" },
	{ "grub-mkconfig", "grub-install", "/boot/grub" },
};

static const struct grub_names *find_grub(struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(grubs); i++) {
		const char *const names[] = { grubs[i].mkconfig, NULL };

		if (target_find_program(names))
			return &grubs[i];
	}
	err_set(err, ERR_SOURCE, 0,
		"boot-loader: grub2, but the host has neither grub2-mkconfig nor "
		"grub-mkconfig; the image needs the GRUB 2 package");
	return NULL;
}

/* Where the next step reads what the generator leaves to hand-written entries. */
static int write_custom(const struct grub_names *grub, const char *block, struct err *err)
{
	auto_free char *path = xasprintf("%s/custom.cfg", grub->directory);
	auto_free char *old = target_read(path);
	auto_free char *new = block_replace(old ? old : "", block);

	return str_eq(old, new) ? 0 : target_write(path, 0644, new, err);
}

static int read_menu(const struct grub_names *grub, const struct boot_spec *spec,
		     struct arena *arena, const char **ret_cfg, struct boot_menu *ret,
		     struct err *err)
{
	bool separate = !*spec->boot_prefix; /* /boot is a filesystem of its own */
	struct host_fs fs = { .dir = separate ? TARGET_DIR "/boot" : TARGET_DIR };
	const struct host host = { .fs = &fs, .n = 1 };
	struct host_view view = { .host = &host };
	const struct boot_files files = host_files(&view);
	struct boot_source source = { .files = &files };

	source.file = arena_printf(arena, "%s%s/grub.cfg", spec->boot_prefix,
				   grub->directory + strlen("/boot"));
	source.text = files.read(files.context, NULL, source.file, arena);
	if (!source.text)
		return err_set(err, ERR_TOOL, errno, "%s made no %s/grub.cfg",
			       grub->mkconfig, grub->directory);
	grub2_read(&source, arena, ret);
	*ret_cfg = source.text;
	return 0;
}

/* The next boot only: GRUB takes the variable away before it starts the entry. */
static int arm_once(const struct grub_names *grub, const char *id, struct err *err)
{
	auto_free char *path = xasprintf("%s/grubenv", grub->directory);
	auto_free char *old = target_read(path);
	auto_free char *new = NULL;

	if (grubenv_set(old, "next_entry", id, &new, err) < 0)
		return err_wrap(err, "%s", path);
	return str_eq(old, new) ? 0 : target_write(path, 0644, new, err);
}

/* The title of what the menu starts so far: the generator makes Xen its default. */
static const char *find_fallback(const struct grub_names *grub,
				 const struct boot_spec *spec, struct arena *arena)
{
	const struct boot_entry *plain = NULL;
	struct err none = { 0 };
	struct boot_menu menu;
	const char *cfg;

	if (read_menu(grub, spec, arena, &cfg, &menu, &none) == 0)
		plain = grub2_find_plain(&menu, NULL);
	return plain ? plain->title : NULL;
}

/* What the generator's menu lacks: a Xen entry perhaps, and where to go if it fails. */
static int complete_menu(const struct grub_names *grub, const struct boot_spec *spec,
			 const struct boot_choice *choice, const char *fallback,
			 struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text custom = { 0 };
	const char *id = arena_printf(&arena, "xen-gnulinux-simple-%s", spec->root_uuid);
	const char *cfg = NULL;
	const struct boot_entry *xen, *plain;
	struct boot_menu menu;

	if (read_menu(grub, spec, &arena, &cfg, &menu, err) < 0)
		return -1;
	xen = grub2_find_xen(&menu, id);
	plain = grub2_find_plain(&menu, fallback);
	if (!xen) {
		auto_free char *entry = grub2_render_xen_entry(&(struct grub2_xen_entry){
			.id = id,
			.choice = choice,
			.boot_uuid = spec->boot_uuid,
			.boot_prefix = spec->boot_prefix,
			.xen_options = spec->xen_options,
			.kernel_args = boot_describe(spec, choice, &arena).kernel_args,
		});

		text_add(&custom, entry);
	}
	if (spec->make_default == XEN_DEFAULT_TRUE && plain)
		text_printf(&custom, "set fallback=%s\n", plain->position);
	if (spec->make_default == XEN_DEFAULT_ONCE)
		text_add(&custom, grub2_once_commands(cfg));
	log_info("  menu: %s%s", xen ? xen->title : "an entry of our own",
		 spec->make_default == XEN_DEFAULT_TRUE   ? ", the default"
		 : spec->make_default == XEN_DEFAULT_ONCE ? ", at the next boot only"
							  : "");
	if (plain)
		log_info("  fallback: %s", plain->title);
	if (write_custom(grub, custom.s ? custom.s : "", err) < 0)
		return -1;
	return spec->make_default == XEN_DEFAULT_ONCE ? arm_once(grub, id, err) : 0;
}

static int write_entry(const struct boot_spec *spec, const struct boot_choice *choice,
		       struct err *err)
{
	const struct grub_names *grub = find_grub(err);
	auto_arena struct arena arena = { 0 };
	auto_free char *output = NULL;
	const char *fallback;

	if (!grub)
		return -1;
	fallback = find_fallback(grub, spec, &arena);
	output = xasprintf("%s/grub.cfg", grub->directory);
	/* First, so that the directory is there for the generator. */
	if (write_custom(grub, "", err) < 0 ||
	    RUN_IN_TARGET(err, grub->mkconfig, "-o", output) < 0)
		return -1;
	return complete_menu(grub, spec, choice, fallback, err);
}

/* What puts the core image on a disk. Debian has it beside the modules. */
static const char *find_setup(void)
{
	static const char *const names[] = { "grub2-bios-setup", "grub-bios-setup",
					     NULL };
	static const char debian[] = "/usr/lib/grub/i386-pc/grub-bios-setup";
	const char *name = target_find_program(names);

	return !name && target_has(debian) ? debian : name;
}

static int write_files(const struct exec *x, const struct action *a, struct err *err)
{
	const struct grub_names *grub = find_grub(err);

	(void)x;
	if (!grub)
		return -1;
	if (a->record.efi)
		return boot_efi_files(grub->install, err);
	if (!find_setup())
		return err_set(err, ERR_SOURCE, 0,
			       "boot-loader: grub2, but the host has no %s; the image "
			       "needs all of the GRUB 2 package",
			       grub == grubs ? "grub2-bios-setup" : "grub-bios-setup");
	/* The one way to leave the disk alone that every release knows. */
	return RUN_IN_TARGET(err, grub->install, "--target=i386-pc",
			     "--grub-setup=/bin/true", a->record.disk);
}

static int install(const struct exec *x, const struct action *a, struct err *err)
{
	const struct grub_names *grub = find_grub(err);
	auto_free char *directory = NULL;

	if (!grub)
		return -1;
	if (a->record.efi)
		return boot_efi_install(&x->plan->layout, grub->install, grub->directory,
					err);
	directory = xasprintf("--directory=%s/i386-pc", grub->directory);
	return RUN_IN_TARGET(err, find_setup(), directory, a->record.disk);
}

const struct boot_ops boot_grub2 = { .entry = write_entry,
				     .files = write_files,
				     .code = install };
