#include "bootcfg/menu.h"

#include <strings.h>

#include "core/text.h"

#define MAX_IMAGES    16 /* of one entry */
#define MAX_ALL_BYTES (4 * BOOT_MAX_FILE_BYTES)
#define NO_MORE_NOTES "more was passed over"

void menu_begin(struct menu *menu, const struct boot_source *source, struct arena *arena,
		struct boot_menu *ret)
{
	*ret = (struct boot_menu){ .default_entry = -1,
				   .fallback_entry = -1,
				   .timeout_s = -1 };
	*menu = (struct menu){ .source = source, .arena = arena, .out = ret };
}

void menu_note(struct menu *menu, const char *file, size_t line, const char *fmt, ...)
{
	struct boot_menu *out = menu->out;
	auto_free char *what = NULL;
	const char *note;
	va_list ap;

	if (out->n_notes == BOOT_MAX_NOTES)
		return;
	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	str_clean(what);
	if (out->n_notes == BOOT_MAX_NOTES - 1)
		note = NO_MORE_NOTES;
	else if (line)
		note = arena_printf(menu->arena, "%s:%zu: %.200s", file, line, what);
	else
		note = arena_printf(menu->arena, "%s: %.200s", file, what);
	out->notes = arena_append(menu->arena, out->notes, &out->n_notes, &note,
				  sizeof(note));
}

void menu_end(struct menu *menu)
{
	struct boot_menu *out = menu->out;
	bool any = false;

	for (size_t i = 0; i < out->n; i++)
		any |= !out->entries[i].why_not;
	if (any)
		return;
	out->why_none = out->n == 0   ? "it has no entry"
			: out->n == 1 ? arena_printf(menu->arena, "its only entry: %s",
						     menu->failed)
				      : arena_printf(menu->arena,
						     "none of its %zu entries can be "
						     "booted; the last one: %s",
						     out->n, menu->failed);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *find_why_not(const struct boot_entry *e, bool multiboot)
{
	if (!e->kernel.path && !multiboot)
		return "it names no kernel";
	if (!e->hypervisor.path && multiboot)
		return "it names nothing to load";
	if (!e->kernel.path)
		return "it loads a hypervisor without a kernel for dom0";
	if (strstr(base_name(e->kernel.path), "memtest"))
		return "it is a memory test";
	return NULL;
}

bool menu_add(struct menu *menu, const struct boot_entry *entry,
	      const struct boot_image *images, size_t n, bool multiboot)
{
	struct boot_menu *out = menu->out;
	struct boot_entry e = *entry;
	size_t i = 0;

	if (out->n == BOOT_MAX_ENTRIES) {
		menu_note(menu, e.file, e.line, "more than %d entries", BOOT_MAX_ENTRIES);
		return false;
	}
	/* tboot measures what it starts; a kexec has nothing left to measure. */
	if (multiboot && n > 1 && str_starts(base_name(images[0].path), "tboot"))
		i++;
	if (multiboot && i < n)
		e.hypervisor = images[i++];
	if (i < n)
		e.kernel = images[i++];
	for (; i < n && e.n_initrds < MAX_IMAGES; i++)
		e.initrds = arena_append(menu->arena, e.initrds, &e.n_initrds, &images[i],
					 sizeof(*images));
	if (!e.why_not)
		e.why_not = find_why_not(&e, multiboot);
	if (e.why_not)
		menu->failed = e.why_not;
	out->entries = arena_append(menu->arena, out->entries, &out->n, &e, sizeof(e));
	return true;
}

const char *menu_read(struct menu *menu, const char *file, size_t line, const char *root,
		      const char *path)
{
	const struct boot_files *files = menu->source->files;
	const char *text;

	if (menu->n_files == BOOT_MAX_FILES || menu->file_bytes > MAX_ALL_BYTES) {
		menu_note(menu, file, line, "%s is one file too many", path);
		return NULL;
	}
	menu->n_files++;
	text = files && files->read ? files->read(files->context, root, path, menu->arena)
				    : NULL;
	if (!text) {
		menu_note(menu, file, line, "%s cannot be read", path);
		return NULL;
	}
	menu->file_bytes += strlen(text);
	return text;
}

void menu_add_once(struct menu *menu, const struct boot_write *write)
{
	struct boot_menu *out = menu->out;

	for (size_t i = 0; i < out->n_once; i++)
		if (str_eq(out->once[i].root, write->root) &&
		    str_eq(out->once[i].path, write->path)) {
			out->once[i] = *write;
			return;
		}
	out->once = arena_append(menu->arena, out->once, &out->n_once, write,
				 sizeof(*write));
}

const struct boot_entry *boot_plain_entry(const struct boot_menu *menu, int index)
{
	const struct boot_entry *e = index < 0 ? NULL : &menu->entries[index];

	return e && !e->why_not && !e->hypervisor.path ? e : NULL;
}

int menu_find(const struct boot_menu *menu, const char *name)
{
	for (size_t i = 0; i < menu->n; i++)
		if (str_eq(menu->entries[i].position, name))
			return (int)i;
	for (size_t i = 0; i < menu->n; i++)
		if (str_eq(menu->entries[i].title, name))
			return (int)i;
	for (size_t i = 0; i < menu->n; i++)
		if (str_eq(menu->entries[i].id, name))
			return (int)i;
	return -1;
}

struct boot_image menu_image(struct arena *arena, const char *root, const char *dir,
			     const char *word, const char *args)
{
	struct boot_image image = { .root = root, .args = args };
	const char *end = word[0] == '(' ? strchr(word, ')') : NULL;

	if (end) {
		image.root = arena_strndup(arena, word + 1, (size_t)(end - word) - 1);
		word = end + 1;
	}
	image.path = word[0] == '/' ? word : arena_printf(arena, "%s/%s", dir, word);
	return image;
}

const char *menu_directory(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');

	return arena_strndup(arena, file, slash ? (size_t)(slash - file) : 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool slice_line(const char **pos, struct slice *ret)
{
	const char *s = *pos;
	size_t len = strcspn(s, "\n");

	if (!*s)
		return false;
	*pos = s + len + (s[len] == '\n');
	while (len && is_blank(*s)) {
		s++;
		len--;
	}
	while (len && is_blank(s[len - 1]))
		len--;
	*ret = (struct slice){ s, len };
	return true;
}

struct slice slice_word(struct slice *rest, const char *also)
{
	struct slice word = { rest->s, 0 };
	size_t next;

	while (word.len < rest->len && !is_blank(rest->s[word.len]) &&
	       !strchr(also, rest->s[word.len]))
		word.len++;
	next = word.len;
	while (next < rest->len &&
	       (is_blank(rest->s[next]) || strchr(also, rest->s[next])))
		next++;
	*rest = (struct slice){ rest->s + next, rest->len - next };
	return word;
}

bool slice_is(struct slice s, const char *word)
{
	return strlen(word) == s.len && strncasecmp(s.s, word, s.len) == 0;
}

char *slice_dup(struct arena *arena, struct slice s)
{
	return arena_strndup(arena, s.s, s.len);
}

int slice_number(struct slice s)
{
	int value = 0;

	if (s.len == 0 || s.len > 9)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return -1;
		value = value * 10 + (s.s[i] - '0');
	}
	return value;
}
