#include <strings.h>

#include "bootcfg/block.h"
#include "bootcfg/new_entry.h"
#include "core/text.h"

static const struct line_setting default_setting = { .key = "DEFAULT", .any_case = true };
static const struct line_setting ontimeout_setting = { .key = "ONTIMEOUT",
						       .any_case = true };
static const struct line_setting onerror_setting = { .key = "ONERROR", .any_case = true };
static const struct line_setting timeout_setting = { .key = "TIMEOUT", .any_case = true };

/* DEFAULT names a menu program where there is one: then it is not an entry's label. */
static bool is_program(const char *value)
{
	return value && (str_ends(value, ".c32") || strchr(value, ' '));
}

static char *get(const char *text, const struct line_setting *s, struct arena *arena)
{
	size_t len;
	const char *value = setting_find(text, s, &len);

	return value ? arena_strndup(arena, value, len) : NULL;
}

/* A label outside our block: the one whose entry says MENU DEFAULT, or else the first. */
static const char *find_label(const char *text, bool marked, struct arena *arena)
{
	const char *label = NULL, *value;

	for (const char *line = text; line; line = line_next(line)) {
		if (line_has_key(line, "LABEL", true, &value)) {
			label = arena_strndup(arena, value, strcspn(value, " \t\r\n"));
			if (str_eq(label, EXTLINUX_LABEL))
				label = NULL;
		}
		if (label && (!marked || (line_has_key(line, "MENU", true, &value) &&
					  strncasecmp(value, "DEFAULT", 7) == 0)))
			return label;
	}
	return NULL;
}

/* What is started when nobody chooses, unless that is ours: then what was before. */
static const char *find_old(const char *text, struct arena *arena)
{
	const char *named = get(text, &default_setting, arena);
	const char *label = find_label(text, true, arena);
	const char *onerror = get(text, &onerror_setting, arena);

	if (!label && named && !is_program(named))
		label = named;
	if (str_eq(named, EXTLINUX_LABEL) && onerror)
		label = onerror;
	if (!label || str_eq(label, EXTLINUX_LABEL))
		label = onerror && !str_eq(onerror, EXTLINUX_LABEL)
				? onerror
				: find_label(text, false, arena);
	return label;
}

static char *render(const struct boot_new_entry *e)
{
	struct text t = { 0 };

	text_printf(&t, "LABEL " EXTLINUX_LABEL "\n\tMENU LABEL %s\n", e->title);
	if (e->make_default == XEN_DEFAULT_TRUE)
		text_add(&t, "\tMENU DEFAULT\n");
	text_printf(&t, "\tKERNEL mboot.c32\n\tAPPEND %s%s%s --- %s %s --- %s\n",
		    e->hypervisor, *e->xen_args ? " " : "", e->xen_args, e->kernel,
		    e->kernel_args, e->initrd);
	return text_take(&t);
}

char *extlinux_menu(const struct boot_new_entry *e)
{
	return xasprintf("# written by dom0strap\nDEFAULT linux\n"
			 "LABEL linux\n\tMENU LABEL %s\n\tKERNEL %s\n"
			 "\tAPPEND initrd=%s %s\n",
			 e->plain_title, e->kernel, e->initrd, e->kernel_args);
}

static char *put(char *text, const struct line_setting *s, const char *value)
{
	char *new = setting_put(text, s, value);

	free(text);
	return new;
}

static char *make_default(const char *text, const struct boot_new_entry *e,
			  const char *old, struct arena *arena)
{
	auto_free char *tenths = xasprintf("%u", e->timeout_s * 10);
	char *new = xstrdup(text);

	if (old)
		new = put(new, &onerror_setting, old);
	if (e->timeout_s) /* 0 would wait for ever */
		new = put(new, &timeout_setting, tenths);
	if (get(text, &ontimeout_setting, arena))
		new = put(new, &ontimeout_setting, EXTLINUX_LABEL);
	if (!is_program(get(text, &default_setting, arena)))
		new = put(new, &default_setting, EXTLINUX_LABEL);
	return new;
}

/* Not the default (any more): every setting that names ours names the old one again. */
static char *give_back(const char *text, const char *old, struct arena *arena)
{
	char *new = xstrdup(text);

	if (old && str_eq(get(text, &default_setting, arena), EXTLINUX_LABEL))
		new = put(new, &default_setting, old);
	if (old && str_eq(get(text, &ontimeout_setting, arena), EXTLINUX_LABEL))
		new = put(new, &ontimeout_setting, old);
	return new;
}

void extlinux_edit(const char *text, const struct boot_new_entry *entry,
		   struct arena *arena, struct boot_edit *ret)
{
	const char *old = find_old(text, arena);
	auto_free char *settings = entry->make_default == XEN_DEFAULT_TRUE
					   ? make_default(text, entry, old, arena)
					   : give_back(text, old, arena);
	auto_free char *block = render(entry);
	auto_free char *all = block_replace(settings, block);

	*ret = (struct boot_edit){ .text = arena_strdup(arena, all), .fallback = old };
}
