#include "bootcfg/new_entry.h"

#include "core/text.h"

/* "xen-4.1.2.gz" → "4.1.2"; "xen.gz" says nothing. */
static const char *hypervisor_version(const char *name, struct arena *arena)
{
	if (!str_starts(name, "xen-") || !str_ends(name, ".gz"))
		return NULL;
	name += strlen("xen-");
	return arena_strndup(arena, name, strlen(name) - strlen(".gz"));
}

void boot_name_files(const struct boot_choice *choice, const char *os, const char *prefix,
		     struct arena *arena, struct boot_new_entry *entry)
{
	const char *version = hypervisor_version(choice->hypervisor, arena);

	entry->title = version ? arena_printf(arena, "%s + Xen (%s)", os, version)
			       : arena_printf(arena, "%s + Xen", os);
	entry->plain_title = arena_printf(arena, "%s (%s)", os, choice->version);
	entry->hypervisor = arena_printf(arena, "%s/%s", prefix, choice->hypervisor);
	entry->kernel = arena_printf(arena, "%s/%s", prefix, choice->kernel);
	entry->initrd = arena_printf(arena, "%s/%s", prefix, choice->initrd);
}

const char *boot_os_name(const char *text, struct arena *arena)
{
	const char *name = NULL;
	char *clean;
	size_t len;

	for (const char *line = text; *line && !name; line += *line == '\n') {
		if (str_starts(line, "NAME="))
			name = line + strlen("NAME=");
		line += strcspn(line, "\n");
	}
	if (name) {
		name += strspn(name, "\"'");
		len = strcspn(name, "\"'\n");
	} else {
		const char *release = strstr(text, " release ");

		name = text;
		len = release ? (size_t)(release - text) : 0;
	}
	if (len == 0 || len > 64 || memchr(name, '\n', len))
		return NULL;
	clean = arena_strndup(arena, name, len);
	str_clean(clean);
	return clean;
}

static bool has_word(const char *args, const char *word, size_t len)
{
	for (const char *a = args; *a;) {
		size_t n = strcspn(a, " ");

		if (n == len && memcmp(a, word, len) == 0)
			return true;
		a += n + strspn(a + n, " ");
	}
	return false;
}

const char *boot_add_args(const char *args, const char *more, struct arena *arena)
{
	const char *all = args;

	while (*more) {
		size_t len = strcspn(more, " ");

		if (len && !has_word(all, more, len))
			all = arena_printf(arena, "%s%s%.*s", all, *all ? " " : "",
					   (int)len, more);
		more += len + strspn(more + len, " ");
	}
	return all;
}
