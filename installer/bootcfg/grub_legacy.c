/*
 * GRUB legacy (0.97): GRUB manual 0.97, chapters "Configuration" and "Commands". One
 * command per line; what stands before the first `title` is for the whole menu.
 */
#include "bootcfg/menu.h"
#include "bootcfg/new_entry.h"
#include "core/text.h"

#define SAVE_FALLBACK (-2)

/*
 * What `savedefault --once`, an extension of Red Hat's and SuSE's, keeps in stage2 (its
 * second sector, at the place of saved_entryno in stage2/shared.h): the number to save
 * afterwards, that of the next boot, and a flag; little-endian.
 */
#define STAGE2_SAVED_AT 0x20c
#define STAGE2_ONCE     0x01 /* in the third byte */

struct legacy {
	struct menu menu;
	struct boot_entry entry;
	struct boot_image *images;
	size_t n;
	const char *root;
	bool open, multiboot, saved;
	int chosen, fallback;        /* entries by number; -1: not said */
	int after[BOOT_MAX_ENTRIES]; /* what an entry's savedefault writes: -1: its own
					number or none, SAVE_FALLBACK */
	const char *file;
	size_t line;
};

static void end_entry(struct legacy *l)
{
	if (!l->open)
		return;
	l->open = false;
	menu_add(&l->menu, &l->entry, l->images, l->n, l->multiboot);
}

static void read_title(struct legacy *l, struct slice rest)
{
	end_entry(l);
	l->entry = (struct boot_entry){
		.title = slice_dup(l->menu.arena, rest),
		.position = arena_printf(l->menu.arena, "%zu", l->menu.out->n),
		.file = l->file,
		.line = l->line,
	};
	l->images = NULL;
	l->n = 0;
	l->root = NULL;
	l->multiboot = false;
	l->open = true;
}

/* Up to the end of the number: `default=0` and `default 0` are the same. */
static void read_default(struct legacy *l, struct slice rest)
{
	struct slice word = slice_word(&rest, "");

	l->saved = slice_is(word, "saved");
	l->chosen = slice_number(word);
}

static void read_fallback(struct legacy *l, struct slice rest)
{
	l->fallback = slice_number(slice_word(&rest, ""));
}

static void read_timeout(struct legacy *l, struct slice rest)
{
	l->menu.out->timeout_s = slice_number(slice_word(&rest, ""));
}

/* root (hd0,0) */
static void read_root(struct legacy *l, struct slice rest)
{
	struct slice word = slice_word(&rest, "");

	if (word.len > 2 && word.s[0] == '(' && word.s[word.len - 1] == ')')
		l->root = slice_dup(l->menu.arena,
				    (struct slice){ word.s + 1, word.len - 2 });
}

/* An extension of Debian's. */
static void read_uuid(struct legacy *l, struct slice rest)
{
	l->root = arena_printf(l->menu.arena, "UUID=%s",
			       slice_dup(l->menu.arena, slice_word(&rest, "")));
}

/* find --set-root /file: an extension of several. */
static void read_find(struct legacy *l, struct slice rest)
{
	if (slice_is(slice_word(&rest, ""), "--set-root"))
		l->root = arena_printf(l->menu.arena, "FILE=%s",
				       slice_dup(l->menu.arena, slice_word(&rest, "")));
}

/* savedefault [NUMBER|fallback]; --once and its like are for GRUB's shell */
static void read_savedefault(struct legacy *l, struct slice rest)
{
	struct slice word = slice_word(&rest, "");

	if (l->menu.out->n < BOOT_MAX_ENTRIES)
		l->after[l->menu.out->n] = slice_is(word, "fallback")
						   ? SAVE_FALLBACK
						   : slice_number(word);
}

static void add_image(struct legacy *l, struct slice word, const char *args)
{
	struct boot_image image = menu_image(l->menu.arena, l->root, "",
					     slice_dup(l->menu.arena, word), args);

	l->images = arena_append(l->menu.arena, l->images, &l->n, &image, sizeof(image));
}

static struct slice skip_options(struct slice rest)
{
	while (rest.len > 2 && rest.s[0] == '-' && rest.s[1] == '-')
		slice_word(&rest, "");
	return rest;
}

static void read_kernel(struct legacy *l, struct slice rest)
{
	struct slice path;

	rest = skip_options(rest);
	path = slice_word(&rest, "");
	l->n = 0;
	l->images = NULL;
	if (path.len)
		add_image(l, path, slice_dup(l->menu.arena, rest));
}

/* Modules make the kernel before them a hypervisor. */
static void read_module(struct legacy *l, struct slice rest)
{
	struct slice path = slice_word(&rest, "");

	l->multiboot = true;
	if (path.len && l->n)
		add_image(l, path, slice_dup(l->menu.arena, rest));
}

static void read_initrd(struct legacy *l, struct slice rest)
{
	while (rest.len && l->n) {
		struct slice path = slice_word(&rest, "");

		if (path.len)
			add_image(l, path, "");
	}
}

static void read_chain(struct legacy *l, struct slice rest)
{
	if (!l->entry.why_not)
		l->entry.why_not = arena_printf(l->menu.arena, "it starts %s",
						slice_dup(l->menu.arena, rest));
}

static void read_stop(struct legacy *l, struct slice rest)
{
	(void)rest;
	if (!l->entry.why_not)
		l->entry.why_not = "it ends without a system";
}

static const struct {
	const char *word;
	void (*read)(struct legacy *l, struct slice rest);
	bool in_entry;
} commands[] = {
	{ "title", read_title, false },
	{ "default", read_default, false },
	{ "fallback", read_fallback, false },
	{ "timeout", read_timeout, false },
	{ "root", read_root, true },
	{ "rootnoverify", read_root, true },
	{ "uuid", read_uuid, true },
	{ "find", read_find, true },
	{ "kernel", read_kernel, true },
	{ "module", read_module, true },
	{ "modulenounzip", read_module, true },
	{ "initrd", read_initrd, true },
	{ "savedefault", read_savedefault, true },
	{ "chainloader", read_chain, true },
	{ "configfile", read_chain, true },
	{ "halt", read_stop, true },
	{ "reboot", read_stop, true },
	{ "quit", read_stop, true },
};

static const char *const ignored[] = {
	"background", "boot",        "color",    "debug",      "device",   "foreground",
	"geometry",   "gfxmenu",     "hide",     "hiddenmenu", "lock",     "makeactive",
	"map",        "parttype",    "password", "pause",      "quiet",    "serial",
	"setkey",     "splashimage", "terminal", "unhide",     "viewport", "shade",
};

static void read_line(struct legacy *l, struct slice line)
{
	struct slice rest = line, word = slice_word(&rest, "=");

	if (word.len == 0 || word.s[0] == '#')
		return;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (!slice_is(word, commands[i].word))
			continue;
		if (l->open || !commands[i].in_entry)
			commands[i].read(l, rest);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (slice_is(word, ignored[i]))
			return;
	menu_note(&l->menu, l->file, l->line, "%.*s is not understood",
		  (int)(word.len < 40 ? word.len : 40), word.s);
}

static const char *beside(struct legacy *l, const char *name)
{
	return arena_printf(l->menu.arena, "%s/%s",
			    menu_directory(l->menu.arena, l->file), name);
}

static bool read_stage2(struct legacy *l)
{
	const struct boot_files *files = l->menu.source->files;
	const char *path = beside(l, "stage2");
	const unsigned char *now = files && files->peek
					   ? files->peek(files->context, NULL, path,
							 STAGE2_SAVED_AT, 4,
							 l->menu.arena)
					   : NULL;
	unsigned char *then;

	if (!now || now[2] != STAGE2_ONCE || now[3])
		return false;
	then = arena_alloc(l->menu.arena, 4);
	then[0] = now[0];
	l->chosen = now[1];
	menu_add_once(&l->menu, &(struct boot_write){ .path = path,
						      .offset = STAGE2_SAVED_AT,
						      .bytes = then,
						      .len = 4 });
	return true;
}

/* An entry that saves another one than itself is started once. */
static void read_after(struct legacy *l)
{
	struct boot_menu *out = l->menu.out;
	int now = out->default_entry;
	int then = now < 0 ? -1 : l->after[now];
	auto_free char *text = NULL;

	if (then == SAVE_FALLBACK)
		then = l->fallback;
	if (then < 0 || then == now)
		return;
	text = grub_legacy_saved_text(then);
	out->default_once = true;
	menu_add_once(&l->menu,
		      &(struct boot_write){ .path = beside(l, "default"),
					    .bytes = arena_strdup(l->menu.arena, text),
					    .len = strlen(text) });
}

/* `savedefault` keeps the number in the first line of the file "default". */
static int read_saved(struct legacy *l)
{
	const char *path = beside(l, "default");
	const char *text = menu_read(&l->menu, l->file, 0, NULL, path);
	struct slice line;

	return text && slice_line(&text, &line) ? slice_number(slice_word(&line, ""))
						: -1;
}

void grub_legacy_read(const struct boot_source *source, struct arena *arena,
		      struct boot_menu *ret)
{
	struct legacy l = { .chosen = -1, .fallback = -1, .file = source->file };
	const char *text = source->text;
	struct slice line;

	for (size_t i = 0; i < ARRAY_LEN(l.after); i++)
		l.after[i] = -1;
	menu_begin(&l.menu, source, arena, ret);
	while (slice_line(&text, &line)) {
		l.line++;
		read_line(&l, line);
	}
	end_entry(&l);
	if (l.saved)
		ret->default_once = read_stage2(&l);
	if (l.saved && !ret->default_once)
		l.chosen = read_saved(&l);
	/* A number that is not there is the first. */
	if (ret->n)
		ret->default_entry = l.chosen >= 0 && (size_t)l.chosen < ret->n ? l.chosen
										: 0;
	if (l.saved)
		read_after(&l);
	if (l.fallback >= 0 && (size_t)l.fallback < ret->n)
		ret->fallback_entry = l.fallback;
	menu_end(&l.menu);
}
