#include "bootcfg/select.h"

#include "core/text.h"

bool boot_config_has_dom0(const char *config)
{
	static const char option[] = "CONFIG_XEN_DOM0=y";
	const char *found = strstr(config, option);

	while (found && found != config && found[-1] != '\n')
		found = strstr(found + 1, option);
	return found && (found[strlen(option)] == '\n' || !found[strlen(option)]);
}

const char *boot_kernel_version(const char *name)
{
	static const char prefix[] = "vmlinuz-";

	if (!str_starts(name, prefix) || strstr(name, "rescue"))
		return NULL;
	return name[strlen(prefix)] ? name + strlen(prefix) : NULL;
}

bool boot_is_initrd(const char *name)
{
	if (strstr(name, "kdump"))
		return false;
	return str_starts(name, "initrd.img-") ||
	       (str_starts(name, "initramfs-") && str_ends(name, ".img"));
}

static bool is_hypervisor(const char *name)
{
	return str_eq(name, "xen.gz") ||
	       (str_starts(name, "xen-") && str_ends(name, ".gz"));
}

static bool is_initrd_of(const char *name, const char *version)
{
	const char *rest;

	if (!boot_is_initrd(name))
		return false;
	rest = strchr(name, '-') + 1;
	if (!str_starts(rest, version))
		return false;
	rest += strlen(version);
	return str_eq(rest, "") || str_eq(rest, ".img");
}

static const char *find_initrd(const struct boot_listing *boot, const char *version)
{
	for (size_t i = 0; i < boot->n; i++)
		if (is_initrd_of(boot->names[i], version))
			return boot->names[i];
	return NULL;
}

static bool newer(const char *a, const char *b)
{
	return !b || strverscmp(a, b) > 0;
}

/*
 * xen.gz and xen-4.gz are usually links to a name with the whole version: the suffix must
 * not count, or they would be the newest.
 */
static bool newer_hypervisor(const char *a, const char *b)
{
	auto_free char *x = strndup(a, strlen(a) - strlen(".gz"));
	auto_free char *y = b ? strndup(b, strlen(b) - strlen(".gz")) : NULL;

	return newer(x, y);
}

int boot_select(const struct boot_listing *boot, struct boot_choice *ret, struct err *err)
{
	struct boot_choice choice = { 0 };
	auto_text struct text passed_over = { 0 };

	for (size_t i = 0; i < boot->n; i++) {
		const char *name = boot->names[i], *version = boot_kernel_version(name);
		const char *why = NULL;

		if (boot->hypervisor ? str_eq(name, boot->hypervisor)
				     : is_hypervisor(name) &&
					       newer_hypervisor(name, choice.hypervisor))
			choice.hypervisor = name;
		if (!version)
			continue;
		if (!boot->can_be_dom0(version, boot->context))
			why = "no CONFIG_XEN_DOM0=y in its config";
		else if (!find_initrd(boot, version))
			why = "no initramfs";
		if (why) {
			text_printf(&passed_over, "\n  %s: %s", name, why);
		} else if (newer(version, choice.version)) {
			choice.kernel = name;
			choice.version = version;
			choice.initrd = find_initrd(boot, version);
		}
	}
	if (!choice.hypervisor && boot->hypervisor)
		return err_set(err, ERR_SOURCE, 0, "the host's /boot has no %s",
			       boot->hypervisor);
	if (!choice.hypervisor)
		return err_set(err, ERR_SOURCE, 0,
			       "the host's /boot has no hypervisor (xen-*.gz); it needs "
			       "the Xen package (Fedora: xen, Debian: xen-system-amd64)");
	if (!choice.kernel)
		return err_set(err, ERR_SOURCE, 0,
			       "the host's /boot has no kernel that can be dom0%s%s",
			       passed_over.len ? ":" : " (vmlinuz-*)",
			       passed_over.len ? passed_over.s : "");
	*ret = choice;
	return 0;
}
