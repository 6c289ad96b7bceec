#include "bootcfg/grub2.h"

#include "core/text.h"

const struct boot_entry *grub2_find_xen(const struct boot_menu *menu, const char *id)
{
	for (size_t i = 0; i < menu->n; i++)
		if (str_eq(menu->entries[i].id, id) && menu->entries[i].hypervisor.path)
			return &menu->entries[i];
	return NULL;
}

/* Not in a submenu. */
static const struct boot_entry *top_plain_at(const struct boot_menu *menu, int i)
{
	const struct boot_entry *e = boot_plain_entry(menu, i);

	return e && !strchr(e->position, '>') ? e : NULL;
}

const struct boot_entry *grub2_find_plain(const struct boot_menu *menu, const char *title)
{
	const struct boot_entry *first = NULL, *e;

	for (size_t i = 0; i < menu->n; i++) {
		e = top_plain_at(menu, (int)i);
		if (e && str_eq(e->title, title))
			return e;
		if (!first)
			first = e;
	}
	e = menu->default_once ? NULL : top_plain_at(menu, menu->default_entry);
	if (!e)
		e = top_plain_at(menu, menu->fallback_entry);
	return e ? e : first;
}

/* Xen has a header of the second kind since 4.9. */
static bool is_old_xen(const char *hypervisor)
{
	unsigned major, minor;

	return sscanf(hypervisor, "xen-%u.%u", &major, &minor) == 2 &&
	       (major < 4 || (major == 4 && minor < 9));
}

char *grub2_render_xen_entry(const struct grub2_xen_entry *e)
{
	const char *two = is_old_xen(e->choice->hypervisor) ? "" : "2";
	struct text t = { 0 };

	/* As grub-mkconfig has it: GRUB 1.99 knows no ids. */
	text_add(&t, "if [ x\"${feature_menuentry_id}\" = xy ]; then\n"
		     "  menuentry_id_option=\"--id\"\nelse\n"
		     "  menuentry_id_option=\"\"\nfi\n");
	text_printf(&t,
		    "menuentry 'Xen (%s) with Linux %s' $menuentry_id_option '%s' {\n",
		    e->choice->hypervisor, e->choice->version, e->id);
	text_add(&t, "\tinsmod part_msdos\n\tinsmod diskfilter\n\tinsmod mdraid1x\n"
		     "\tinsmod ext2\n\tinsmod gzio\n");
	text_printf(&t, "\tsearch --no-floppy --fs-uuid --set=root %s\n", e->boot_uuid);
	text_printf(&t, "\tmultiboot%s %s/%s placeholder %s\n", two, e->boot_prefix,
		    e->choice->hypervisor, e->xen_options);
	text_printf(&t, "\tmodule%s %s/%s placeholder %s\n", two, e->boot_prefix,
		    e->choice->kernel, e->kernel_args);
	text_printf(&t, "\tmodule%s --nounzip %s/%s\n}\n", two, e->boot_prefix,
		    e->choice->initrd);
	return text_take(&t);
}

const char *grub2_once_commands(const char *cfg)
{
	if (strstr(cfg, "next_entry"))
		return "";
	return "if [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"
	       "if [ \"${next_entry}\" ]; then\n"
	       "  set default=\"${next_entry}\"\n  set next_entry=\n"
	       "  save_env next_entry\n  set boot_once=true\nfi\n";
}
