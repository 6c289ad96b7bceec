/*
 * Actions `boot entry`, `boot code` and `kexec`: all three start from what the host's
 * /boot holds, chosen by the same rule.
 */
#include "bootcfg/block.h"
#include "bootcfg/grub2.h"
#include "core/log.h"
#include "core/proc.h"
#include "core/text.h"
#include "exec/boot_efi.h"
#include "bootcfg/edit.h"
#include "exec/exec.h"
#include "exec/target.h"

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

static int read_menu(const struct grub_names *grub, struct arena *arena,
		     struct grub2_menu *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/grub.cfg", grub->directory);
	auto_free char *cfg = target_read(path);

	if (!cfg)
		return err_set(err, ERR_TOOL, errno, "%s made no %s", grub->mkconfig,
			       path);
	grub2_read_menu(cfg, arena, ret);
	return 0;
}

/* What the generator's menu lacks: a Xen entry perhaps, and where to go if it fails. */
static int complete_menu(const struct grub_names *grub, const struct boot_spec *spec,
			 const struct boot_choice *choice, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text custom = { 0 };
	const char *id = arena_printf(&arena, "xen-gnulinux-simple-%s", spec->root_uuid);
	struct grub2_menu menu;
	int xen, plain;

	if (read_menu(grub, &arena, &menu, err) < 0)
		return -1;
	xen = grub2_find_id(&menu, id);
	plain = grub2_find_plain(&menu);
	if (xen < 0 || !menu.entries[xen].xen) {
		auto_free char *entry = grub2_render_xen_entry(&(struct grub2_xen_entry){
			.id = id,
			.choice = choice,
			.boot_uuid = spec->boot_uuid,
			.boot_prefix = spec->boot_prefix,
			.root_uuid = spec->root_uuid,
			.xen_options = spec->xen_options,
			.kernel_options = spec->kernel_options,
		});

		text_add(&custom, entry);
	}
	if (spec->make_default && plain >= 0)
		text_printf(&custom, "set fallback=%d\n", plain);
	log_info("  menu: %s%s",
		 xen >= 0 ? menu.entries[xen].title : "an entry of our own",
		 spec->make_default ? ", the default" : "");
	if (plain >= 0)
		log_info("  fallback: %s", menu.entries[plain].title);
	return write_custom(grub, custom.s ? custom.s : "", err);
}

int act_boot_entry(const struct exec *x, const struct action *a, struct err *err)
{
	const struct grub_names *grub = find_grub(err);
	auto_arena struct arena arena = { 0 };
	auto_free char *output = NULL;
	struct target_boot boot;

	(void)x;
	if (!grub || target_select_boot(&arena, &boot, err) < 0)
		return -1;
	log_info("  %s with %s", boot.choice.hypervisor, boot.choice.kernel);
	output = xasprintf("%s/grub.cfg", grub->directory);
	/* First, so that the directory is there for the generator. */
	if (write_custom(grub, "", err) < 0 ||
	    RUN_IN_TARGET(err, grub->mkconfig, "-o", output) < 0)
		return -1;
	return complete_menu(grub, &a->boot, &boot.choice, err);
}

int act_boot_code(const struct exec *x, const struct action *a, struct err *err)
{
	const struct grub_names *grub = find_grub(err);

	/* The loader's own parts are the last thing it may find missing. */
	if (!grub || exec_flush(x, err) < 0)
		return -1;
	if (a->record.efi)
		return boot_efi_install(&x->plan->layout, grub->install, grub->directory,
					err);
	return RUN_IN_TARGET(err, grub->install, "--target=i386-pc", a->record.disk);
}

/*
 * no-real-mode: Xen would otherwise ask the BIOS about disks that Linux has taken over,
 * and a BIOS may wait for ever for an answer; on UEFI machines there is no BIOS to ask at
 * all. The entry in the boot menu does not need it.
 */
#define XEN_KEXEC_OPTIONS "no-real-mode"

/* A host that lacks a disk cannot have its identifiers derived, but it knows them. */
static const char *find_root_uuid(struct arena *arena, struct err *err)
{
	auto_free char *fstab = target_read("/etc/fstab");
	const char *uuid = fstab ? edit_fstab_uuid(fstab, "/", arena) : NULL;

	if (!uuid)
		err_set(err, ERR_SOURCE, 0,
			"the host's /etc/fstab names no UUID of / to boot from");
	return uuid;
}

int act_kexec(const struct exec *x, const struct action *a, struct err *err)
{
	const struct boot_spec *spec = &a->boot;
	auto_arena struct arena arena = { 0 };
	const char *root_uuid = spec->root_uuid;
	struct target_boot boot;

	(void)x;
	if (target_select_boot(&arena, &boot, err) < 0)
		return -1;
	if (!root_uuid)
		root_uuid = find_root_uuid(&arena, err);
	if (!root_uuid)
		return -1;
	/* Multiboot kernels are beyond the newer, file-based system call. */
	return RUN(err, "kexec", "--kexec-syscall", "--load",
		   arena_printf(&arena, TARGET_DIR "/boot/%s", boot.choice.hypervisor),
		   arena_printf(&arena, "--command-line=%s " XEN_KEXEC_OPTIONS,
				spec->xen_options),
		   arena_printf(&arena,
				"--module=" TARGET_DIR "/boot/%s root=UUID=%s ro %s",
				boot.choice.kernel, root_uuid, spec->kernel_options),
		   arena_printf(&arena, "--module=" TARGET_DIR "/boot/%s",
				boot.choice.initrd));
}
