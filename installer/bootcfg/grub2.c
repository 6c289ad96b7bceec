#include "bootcfg/grub2.h"

#include "core/text.h"

/*
 * One word of GRUB's shell-like syntax, quotes removed. *pos moves behind it. NULL at the
 * end of the line.
 */
static char *next_word(const char **pos, struct arena *arena)
{
	struct text word = { 0 };
	const char *p = *pos;
	char quote = '\0', *copy;

	while (*p == ' ' || *p == '\t')
		p++;
	if (!*p || *p == '\n' || *p == '#') {
		*pos = p;
		return NULL;
	}
	for (; *p && (quote || !strchr(" \t\n;", *p)); p++) {
		if (quote ? *p == quote : (*p == '\'' || *p == '"'))
			quote = quote ? '\0' : *p;
		else if (*p == '\\' && quote != '\'' && p[1])
			text_add_bytes(&word, ++p, 1);
		else
			text_add_bytes(&word, p, 1);
	}
	if (*p == ';')
		p++;
	*pos = p;
	copy = arena_strndup(arena, word.s ? word.s : "", word.len);
	text_free(&word);
	return copy;
}

static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line ? line + 1 : NULL;
}

/* Words behind `menuentry` or `submenu`: a title, options, `{`. */
static struct grub2_entry read_head(const char *pos, struct arena *arena)
{
	struct grub2_entry entry = { .title = next_word(&pos, arena) };
	char *word;

	while ((word = next_word(&pos, arena)) && !str_eq(word, "{"))
		if (str_eq(word, "--id") || str_eq(word, "$menuentry_id_option"))
			entry.id = next_word(&pos, arena);
		else if (str_starts(word, "--id="))
			entry.id = word + strlen("--id=");
	return entry;
}

static void read_body(const char *command, struct grub2_entry *entry)
{
	static const char *const hypervisors[] = { "multiboot", "multiboot2",
						   "xen_hypervisor" };
	static const char *const kernels[] = { "linux", "linux16", "linuxefi" };

	for (size_t i = 0; i < ARRAY_LEN(hypervisors); i++)
		entry->xen |= str_eq(command, hypervisors[i]);
	for (size_t i = 0; i < ARRAY_LEN(kernels); i++)
		entry->plain_linux |= str_eq(command, kernels[i]);
}

void grub2_read_menu(const char *cfg, struct arena *arena, struct grub2_menu *ret)
{
	struct grub2_menu menu = { 0 };
	unsigned depth = 0; /* in braces; an entry's own are the first */

	for (const char *line = cfg; line && *line; line = next_line(line)) {
		const char *pos = line;
		struct arena scratch = { 0 };
		char *command = next_word(&pos, &scratch);
		size_t len = strcspn(line, "\n");
		bool submenu = str_eq(command, "submenu");

		while (len && strchr(" \t\r", line[len - 1]))
			len--;
		if (depth == 0 && (submenu || str_eq(command, "menuentry"))) {
			struct grub2_entry entry = read_head(pos, arena);

			entry.submenu = submenu;
			menu.entries = arena_append(arena, menu.entries, &menu.n, &entry,
						    sizeof(entry));
		} else if (depth && menu.n) {
			read_body(command, &menu.entries[menu.n - 1]);
		}
		if (str_eq(command, "}") && depth)
			depth--;
		else if (len && line[len - 1] == '{')
			depth++;
		arena_free(&scratch);
	}
	*ret = menu;
}

int grub2_find_id(const struct grub2_menu *menu, const char *id)
{
	for (size_t i = 0; i < menu->n; i++)
		if (str_eq(menu->entries[i].id, id))
			return (int)i;
	return -1;
}

int grub2_find_plain(const struct grub2_menu *menu)
{
	for (size_t i = 0; i < menu->n; i++)
		if (menu->entries[i].plain_linux && !menu->entries[i].xen &&
		    !menu->entries[i].submenu)
			return (int)i;
	return -1;
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
