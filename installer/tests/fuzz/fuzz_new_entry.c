/*
 * Boot menus of an installed host: an entry is put into any text, once and the same
 * again, and our own lines taken away leave lines that were there.
 */
#include <assert.h>
#include <stdint.h>

#include "bootcfg/block.h"
#include "bootcfg/new_entry.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct boot_new_entry entry = {
	.title = "t",
	.hypervisor = "/xen.gz",
	.kernel = "/vmlinuz",
	.initrd = "/initrd",
	.xen_args = "",
	.kernel_args = "root=x",
};

static void check_block(const char *text)
{
	size_t start, end;

	assert(block_find(text, &start, &end));
	assert(end > start && end <= strlen(text));
}

static void check_legacy(const char *text, enum xen_default make_default,
			 struct arena *arena)
{
	struct boot_new_entry e = entry;
	struct boot_edit once, twice, thrice;
	int saved = -1;

	e.make_default = make_default;
	grub_legacy_edit(text, &e, "(hd0,0)", &saved, arena, &once);
	check_block(once.text);
	grub_legacy_edit(once.text, &e, "(hd0,0)", &saved, arena, &twice);
	grub_legacy_edit(twice.text, &e, "(hd0,0)", &saved, arena, &thrice);
	assert(str_eq(twice.text, thrice.text));
}

static void check_extlinux(const char *text, enum xen_default make_default,
			   struct arena *arena)
{
	struct boot_new_entry e = entry;
	struct boot_edit once, twice, thrice;

	e.make_default = make_default;
	extlinux_edit(text, &e, arena, &once);
	check_block(once.text);
	extlinux_edit(once.text, &e, arena, &twice);
	extlinux_edit(twice.text, &e, arena, &thrice);
	assert(str_eq(twice.text, thrice.text));
}

static void check_grubenv(const char *text, struct arena *arena)
{
	auto_free char *once = NULL, *twice = NULL;
	struct err err = { 0 };

	if (grubenv_set(text, "next_entry", "xen", &once, &err) < 0)
		return;
	assert(strlen(once) == strlen(text));
	assert(str_eq(grubenv_get(once, "next_entry", arena), "xen"));
	assert(grubenv_set(once, "next_entry", "xen", &twice, &err) == 0);
	assert(str_eq(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);

	for (int i = XEN_DEFAULT_FALSE; i <= XEN_DEFAULT_ONCE; i++) {
		check_legacy(text, (enum xen_default)i, &arena);
		check_extlinux(text, (enum xen_default)i, &arena);
	}
	check_grubenv(text, &arena);
	return 0;
}
