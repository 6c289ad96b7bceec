/*
 * The commands of an entry's block that load something.
 */
#include "bootcfg/grub2_script.h"

static void add_image(const struct call *c, size_t first)
{
	struct loading *l = c->g->loading;
	const char *path = grub2_word(c, first);
	/* Who starts Xen by multiboot2 puts a word before its arguments. */
	bool filler = str_eq(grub2_word(c, first + 1), "placeholder");
	struct boot_image image = grub2_image(c->g, path,
					      grub2_join(c, first + 1 + filler));

	l->images = arena_append(c->g->arena, l->images, &l->n, &image, sizeof(image));
}

static size_t skip_options(const struct call *c)
{
	size_t i = 1;

	while (i < c->words->n && str_starts(c->words->word[i], "--"))
		i++;
	return i;
}

static int load(const struct call *c, bool first, bool multiboot)
{
	struct loading *l = c->g->loading;
	size_t path = skip_options(c);

	if (!l || path >= c->words->n)
		return grub2_fail(c, l ? "what?" : "not in an entry");
	if (first) {
		l->n = 0;
		l->images = NULL;
		l->multiboot = multiboot;
	}
	add_image(c, path);
	return 0;
}

static int do_linux(const struct call *c)
{
	return load(c, true, false);
}

static int do_hypervisor(const struct call *c)
{
	return load(c, true, true);
}

static int do_module(const struct call *c)
{
	return load(c, false, false);
}

/* Each word is a file. */
static int do_initrd(const struct call *c)
{
	if (!c->g->loading)
		return grub2_fail(c, "not in an entry");
	for (size_t i = skip_options(c); i < c->words->n; i++) {
		struct boot_image image = grub2_image(c->g, grub2_word(c, i), "");
		struct loading *l = c->g->loading;

		l->images = arena_append(c->g->arena, l->images, &l->n, &image,
					 sizeof(image));
	}
	return 0;
}

static int do_devicetree(const struct call *c)
{
	if (c->g->loading && grub2_word(c, 1))
		c->g->loading->devicetree = grub2_image(c->g, grub2_word(c, 1), "").path;
	return 0;
}

/* What ends in something else than a kernel of ours. */
static int do_other(const struct call *c)
{
	if (c->g->loading)
		c->g->loading->why_not = arena_printf(c->g->arena, "it does `%s`",
						      grub2_join(c, 0));
	return 0;
}

const struct grub2_command grub2_loading[] = {
	{ "chainloader", do_other },
	{ "devicetree", do_devicetree },
	{ "exit", do_other },
	{ "fwsetup", do_other },
	{ "halt", do_other },
	{ "initrd", do_initrd },
	{ "initrd16", do_initrd },
	{ "initrdefi", do_initrd },
	{ "kfreebsd", do_other },
	{ "knetbsd", do_other },
	{ "kopenbsd", do_other },
	{ "linux", do_linux },
	{ "linux16", do_linux },
	{ "linuxefi", do_linux },
	{ "module", do_module },
	{ "module2", do_module },
	{ "multiboot", do_hypervisor },
	{ "multiboot2", do_hypervisor },
	{ "ntldr", do_other },
	{ "reboot", do_other },
	{ "xen_hypervisor", do_hypervisor },
	{ "xen_initrd", do_module },
	{ "xen_linux", do_module },
	{ "xen_module", do_module },
};
const size_t grub2_n_loading = ARRAY_LEN(grub2_loading);
