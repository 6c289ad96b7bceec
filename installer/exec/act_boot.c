/*
 * Actions `boot entry`, `boot code` and `kexec`: all three start from what the host's
 * /boot holds, chosen by the same rule.
 */
#include "bootcfg/edit.h"
#include "bootcfg/new_entry.h"
#include "core/log.h"
#include "core/text.h"
#include "exec/boot.h"
#include "exec/kexec.h"

static const struct boot_ops *find_ops(enum boot_loader loader)
{
	static const struct boot_ops *const all[] = {
		[LOADER_GRUB_LEGACY] = &boot_legacy,
		[LOADER_GRUB2] = &boot_grub2,
		[LOADER_EXTLINUX] = &boot_extlinux,
	};

	return all[loader]; /* `keep` is settled by the plan */
}

/* "Fedora": the first of the files that tell. */
static const char *find_os_name(struct arena *arena)
{
	static const char *const files[] = { "/etc/os-release", "/etc/system-release",
					     "/etc/fedora-release",
					     "/etc/redhat-release" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		auto_free char *text = target_read(files[i]);
		const char *name = text ? boot_os_name(text, arena) : NULL;

		if (name)
			return name;
	}
	return "Linux";
}

static const char *find_args(const struct boot_spec *spec, const char *root_uuid,
			     struct arena *arena)
{
	if (spec->kernel_args)
		return spec->kernel_args;
	return arena_printf(arena, "root=UUID=%s ro%s%s", root_uuid,
			    *spec->kernel_options ? " " : "", spec->kernel_options);
}

struct boot_new_entry boot_describe(const struct boot_spec *spec,
				    const struct boot_choice *choice, struct arena *arena)
{
	struct boot_new_entry entry = {
		.xen_args = spec->xen_options,
		.kernel_args = find_args(spec, spec->root_uuid, arena),
		.make_default = spec->make_default,
		.timeout_s = spec->timeout_s,
	};

	boot_name_files(choice, find_os_name(arena), spec->boot_prefix, arena, &entry);
	return entry;
}

int boot_provide(const char *const *dirs, const char *name, const char *to,
		 const char *package, struct err *err)
{
	if (target_has(to))
		return 0;
	for (; *dirs; dirs++) {
		auto_free char *from = xasprintf("%s/%s", *dirs, name);

		if (target_has(from))
			return target_copy(from, to, err);
	}
	return err_set(err, ERR_SOURCE, 0,
		       "the host has no file %s; its image needs %s package", name,
		       package);
}

int act_boot_entry(const struct exec *x, const struct action *a, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct target_boot boot;

	(void)x;
	if (target_select_boot(a->boot.hypervisor, &arena, &boot, err) < 0)
		return -1;
	log_info("  %s with %s", boot.choice.hypervisor, boot.choice.kernel);
	return find_ops(a->boot.loader)->entry(&a->boot, &boot.choice, err);
}

int act_boot_code(const struct exec *x, const struct action *a, struct err *err)
{
	const struct boot_ops *ops = find_ops(a->record.loader);

	if (a->record.first && ops->files(x, a, err) < 0)
		return -1;
	return exec_flush(x, err) < 0 ? -1 : ops->code(x, a, err);
}

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
	const char *root_uuid = spec->root_uuid, *initrds[] = { NULL, NULL };
	struct target_boot boot;

	(void)x;
	if (target_select_boot(spec->hypervisor, &arena, &boot, err) < 0)
		return -1;
	if (!root_uuid)
		root_uuid = find_root_uuid(&arena, err);
	if (!root_uuid)
		return -1;
	initrds[0] = arena_printf(&arena, TARGET_DIR "/boot/%s", boot.choice.initrd);
	return kexec_load_xen(
		&(struct kexec_xen){
			.xen = arena_printf(&arena, TARGET_DIR "/boot/%s",
					    boot.choice.hypervisor),
			.kernel = arena_printf(&arena, TARGET_DIR "/boot/%s",
					       boot.choice.kernel),
			.initrds = initrds,
			.xen_options = spec->xen_options,
			.kernel_options = find_args(spec, root_uuid, &arena),
		},
		err);
}
