#include "exec/survey_files.h"

#include <dirent.h>
#include <fcntl.h>

#include "bootcfg/select.h"
#include "bootcfg/service.h"
#include "core/io.h"
#include "core/text.h"

#define BLS_MAX 64 /* a reader takes no more */

static const char *const texts[] = {
	"/etc/os-release",
	"/etc/system-release",
	"/etc/fedora-release",
	"/etc/redhat-release",
	"/etc/sysconfig/kernel",
	"/etc/default/grub",
	"/boot/grub/grub.conf",
	"/boot/grub/menu.lst",
	"/boot/grub/default",
	"/boot/grub/grub.cfg",
	"/boot/grub/custom.cfg",
	"/boot/grub/grubenv",
	"/boot/grub2/grub.cfg",
	"/boot/grub2/custom.cfg",
	"/boot/grub2/grubenv",
	"/boot/extlinux/extlinux.conf",
	"/boot/syslinux/syslinux.cfg",
	"/boot/extlinux.conf",
	"/usr/lib/systemd/system/libvirtd.service",
	"/lib/systemd/system/libvirtd.service",
	"/etc/rc.d/init.d/libvirtd",
	"/etc/init.d/libvirtd",
};

/* There or not is all that counts. */
static const char *const names[] = {
	"/usr/sbin/grub2-mkconfig", "/usr/sbin/grub-mkconfig", "/boot/extlinux/mboot.c32",
	"/boot/syslinux/mboot.c32", "/boot/mboot.c32",         "/usr/bin/extlinux",
	"/usr/sbin/extlinux",       "/sbin/extlinux",
};

bool survey_is_root(void)
{
	return target_has("/etc/fstab") && target_has("/etc/passwd") &&
	       target_has("/boot");
}

static void add(struct arena *arena, struct installed *h, const char *path,
		const char *text)
{
	auto_free char *real = target_real(path);
	struct host_file file = { .path = path };

	if (text)
		file.text = arena_strdup(arena, text);
	if (!str_eq(real, path))
		file.real = arena_strdup(arena, real);
	h->files = arena_append(arena, h->files, &h->n_files, &file, sizeof(file));
}

/* Links that start libvirtd already. */
static void add_links(struct arena *arena, struct installed *h)
{
	for (size_t i = 0; i < h->n_files; i++) {
		bool unit = str_ends(h->files[i].path, "/libvirtd.service");
		struct service_files files = { .unit_path = h->files[i].path };
		struct service_link *links;
		size_t n;

		if (unit)
			files.unit = h->files[i].text;
		else if (str_ends(h->files[i].path, "/init.d/libvirtd"))
			files = (struct service_files){ .script_path = h->files[i].path,
							.script = h->files[i].text };
		n = service_links("libvirtd", &files, arena, &links);
		for (size_t j = 0; j < n; j++)
			if (target_has_link(links[j].path))
				add(arena, h, links[j].path, NULL);
		if (n)
			return;
	}
}

/* The menu's entries where grub.cfg has none itself (blscfg). */
static void add_bls(struct arena *arena, struct installed *h)
{
	static const char directory[] = "/boot/loader/entries";
	auto_dir DIR *dir = io_take_dir(target_open(directory, O_RDONLY | O_DIRECTORY));
	size_t n = 0;

	for (struct dirent *e; dir && n < BLS_MAX && (e = readdir(dir));) {
		const char *path = arena_printf(arena, "%s/%s", directory, e->d_name);
		auto_free char *text = str_ends(path, ".conf") ? target_read(path) : NULL;

		if (!text)
			continue;
		add(arena, h, path, text);
		n++;
	}
}

static void add_boot(struct arena *arena, struct installed *h)
{
	auto_dir DIR *dir = io_take_dir(target_open("/boot", O_RDONLY | O_DIRECTORY));

	for (struct dirent *e; dir && (e = readdir(dir));) {
		const char *name = arena_strdup(arena, e->d_name);
		const char *version = boot_kernel_version(name);

		if (name[0] == '.')
			continue;
		h->boot = arena_append(arena, h->boot, &h->n_boot, &name, sizeof(name));
		if (version && target_can_be_dom0(version))
			h->dom0_kernels = arena_append(arena, h->dom0_kernels,
						       &h->n_dom0_kernels, &version,
						       sizeof(version));
	}
}

void survey_collect(struct arena *arena, struct installed *h)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_free char *text = target_read(texts[i]);

		if (text)
			add(arena, h, texts[i], text);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (target_has(names[i]))
			add(arena, h, names[i], NULL);
	add_links(arena, h);
	add_bls(arena, h);
	add_boot(arena, h);
}
