#include <inttypes.h>

#include "bootcfg/block.h"
#include "bootcfg/new_entry.h"
#include "core/text.h"

/* GRUB reads ten bytes of it and writes into its sector; grub-set-default makes more. */
#define SAVED_FILLER                                                                     \
	"#\n#\n#\n#\n#\n#\n#\n# GRUB writes the number above in place: this file must "  \
	"keep its size.\n"

static const struct line_setting default_setting = { .key = "default", .stop = "title" };
static const struct line_setting fallback_setting = { .key = "fallback",
						      .stop = "title" };
static const struct line_setting timeout_setting = { .key = "timeout", .stop = "title" };

int grub_legacy_saved_number(const char *text)
{
	int number;

	return text && sscanf(text, "%9d", &number) == 1 && number >= 0 ? number : -1;
}

char *grub_legacy_saved_text(int number)
{
	return xasprintf("%d\n" SAVED_FILLER, number);
}

/* How many entries begin before `end`. */
static int count_titles(const char *text, const char *end)
{
	int n = 0;

	for (const char *line = text; line && line < end; line = line_next(line))
		n += line_has_key(line, "title", false, NULL);
	return n;
}

/* The title of entry `number`, or NULL. */
static const char *find_title(const char *text, int number, struct arena *arena)
{
	for (const char *line = text; line; line = line_next(line)) {
		const char *title;
		size_t len;

		if (!line_has_key(line, "title", false, &title) || number-- > 0)
			continue;
		len = strcspn(title, "\r\n");
		return arena_strndup(arena, title, len);
	}
	return NULL;
}

static int find_number(const char *text, const struct line_setting *s, int saved)
{
	size_t len;
	const char *value = setting_find(text, s, &len);
	int number;

	if (value && str_starts(value, "saved"))
		return saved >= 0 ? saved : 0;
	return value && sscanf(value, "%9d", &number) == 1 ? number : -1;
}

struct numbers {
	int ours;
	int old;  /* the default before ours was it, or the first other; -1: there is none
		   */
	int then; /* what is the default now */
};

/* What `savedefault` in our entry leads back to, or else the fallback; -1: neither. */
static int find_predecessor(const char *text, size_t start, size_t end)
{
	const char *value;
	int number;

	for (const char *line = text + start; line && line < text + end;
	     line = line_next(line))
		if (line_has_key(line, "savedefault", false, &value) &&
		    sscanf(value, "%9d", &number) == 1)
			return number;
	return find_number(text, &fallback_setting, -1);
}

static struct numbers number_entries(const char *text, int saved)
{
	size_t start = strlen(text), end;
	struct numbers n = { 0 };
	int total = count_titles(text, text + strlen(text));
	bool there = block_find(text, &start, &end);

	n.ours = count_titles(text, text + start);
	n.then = find_number(text, &default_setting, saved);
	if (n.then < 0)
		n.then = 0;
	n.old = n.then;
	if (there && n.then == n.ours)
		n.old = find_predecessor(text, start, end);
	if (n.old < 0 || n.old >= total || (there && n.old == n.ours))
		n.old = there && n.ours == 0 ? 1 : 0;
	if (n.old >= total)
		n.old = -1;
	return n;
}

static char *render(const struct boot_new_entry *e, const char *root, int then)
{
	struct text t = { 0 };

	text_printf(&t, "title %s\n", e->title);
	if (e->make_default == XEN_DEFAULT_ONCE && then >= 0)
		text_printf(&t, "\tsavedefault %d\n", then);
	text_printf(&t, "\troot %s\n\tkernel %s%s%s\n", root, e->hypervisor,
		    *e->xen_args ? " " : "", e->xen_args);
	text_printf(&t, "\tmodule %s %s\n\tmodule %s\n", e->kernel, e->kernel_args,
		    e->initrd);
	return text_take(&t);
}

char *grub_legacy_menu(const struct boot_new_entry *e, const char *root)
{
	return xasprintf("# written by dom0strap\ndefault 0\ntimeout %u\n"
			 "title %s\n\troot %s\n\tkernel %s %s\n\tinitrd %s\n",
			 e->timeout_s, e->plain_title, root, e->kernel, e->kernel_args,
			 e->initrd);
}

static char *put_number(const char *text, const struct line_setting *s, unsigned number)
{
	auto_free char *value = xasprintf("%u", number);

	return setting_put(text, s, value);
}

static char *make_default(const char *text, const struct boot_new_entry *e,
			  const struct numbers *n)
{
	auto_free char *a = put_number(text, &default_setting, (unsigned)n->ours);
	auto_free char *b = n->old >= 0
				    ? put_number(a, &fallback_setting, (unsigned)n->old)
				    : xstrdup(a);

	return put_number(b, &timeout_setting, e->timeout_s);
}

/* Without a timeout it would wait for somebody to choose. */
static char *arm(const char *text, const struct boot_new_entry *e, bool by_file)
{
	auto_free char *armed = by_file ? xstrdup(text)
					: setting_put(text, &default_setting, "saved");
	size_t len;

	if (setting_find(armed, &timeout_setting, &len))
		return take_ptr(armed);
	return put_number(armed, &timeout_setting, e->timeout_s);
}

/* The menu's new settings; *saved as in the header. */
static char *settle(const char *text, const struct boot_new_entry *e,
		    const struct numbers *n, int *saved)
{
	size_t len;
	const char *value = setting_find(text, &default_setting, &len);
	bool by_file = value && str_starts(value, "saved");
	int was = *saved;

	*saved = -1;
	switch (e->make_default) {
	case XEN_DEFAULT_TRUE:
		return make_default(text, e, n);
	case XEN_DEFAULT_ONCE:
		*saved = n->ours;
		return arm(text, e, by_file);
	case XEN_DEFAULT_FALSE:
		break;
	}
	if (n->then != n->ours || n->old < 0 || n->old == n->ours)
		return xstrdup(text);
	if (by_file && was >= 0) {
		*saved = n->old;
		return xstrdup(text);
	}
	return put_number(text, &default_setting, (unsigned)n->old);
}

void grub_legacy_edit(const char *text, const struct boot_new_entry *entry,
		      const char *root, int *saved, struct arena *arena,
		      struct boot_edit *ret)
{
	struct numbers n = number_entries(text, *saved);
	auto_free char *settings = settle(text, entry, &n, saved);
	auto_free char *block = render(entry, root, n.old);
	auto_free char *all = block_replace(settings, block);

	*ret = (struct boot_edit){ .text = arena_strdup(arena, all) };
	if (n.old >= 0)
		ret->fallback = find_title(text, n.old, arena);
}
