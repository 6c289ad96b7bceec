/*
 * SYSLINUX, EXTLINUX, PXELINUX, ISOLINUX: doc/syslinux.txt, doc/menu.txt and
 * com32/menu/readconfig.c of SYSLINUX 6.03. One keyword per line, without regard to case.
 */
#include <strings.h>

#include "bootcfg/adv.h"
#include "bootcfg/menu.h"
#include "core/text.h"

#define MAX_DEPTH 16 /* of included files, as the loader has it */

struct label { /* what stands under one LABEL */
	struct boot_entry entry;
	const char *kernel, *append, *initrd, *other;
	bool is_linux, is_default, open;
};

struct extlinux {
	struct menu menu;
	const char *dir;
	struct label label;
	const char *append; /* for labels that have none */
	const char *chosen, *on_timeout, *on_error;
	int marked;     /* MENU DEFAULT; -1: none */
	bool waits;     /* for a key */
	bool in_text;   /* TEXT HELP … ENDTEXT */
	unsigned depth; /* of included files */
};

struct place { /* where a keyword stands */
	const char *file;
	size_t line;
};

static bool is_module(const char *path)
{
	return strlen(path) >= 4 && strcasecmp(path + strlen(path) - 4, ".c32") == 0;
}

static bool names_mboot(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcasecmp(slash ? slash + 1 : path, "mboot.c32") == 0;
}

static void add_image(struct extlinux *x, struct boot_image **images, size_t *n,
		      struct slice word, const char *args)
{
	struct boot_image image = menu_image(x->menu.arena, NULL, x->dir,
					     slice_dup(x->menu.arena, word), args);

	*images = arena_append(x->menu.arena, *images, n, &image, sizeof(image));
}

/* "xen.gz ARGS --- vmlinuz ARGS --- initrd.img" */
static void split_modules(struct extlinux *x, const char *append,
			  struct boot_image **images, size_t *n)
{
	struct slice rest = { append, strlen(append) };

	while (rest.len) {
		struct slice path = slice_word(&rest, ""), word = path;
		const char *begin = rest.s, *end = rest.s;

		while (rest.len && !slice_is(word, "---")) {
			word = slice_word(&rest, "");
			if (!slice_is(word, "---"))
				end = word.s + word.len;
		}
		if (path.len && !slice_is(path, "---"))
			add_image(x, images, n, path,
				  arena_strndup(x->menu.arena, begin,
						(size_t)(end - begin)));
	}
}

/* INITRD a,b, or initrd=a,b among the arguments, where the kernel passes over it. */
static void split_initrds(struct extlinux *x, const struct label *l,
			  struct boot_image **images, size_t *n)
{
	struct slice args = { l->append, strlen(l->append) };
	struct slice names = { l->initrd, l->initrd ? strlen(l->initrd) : 0 };

	while (!l->initrd && args.len) {
		struct slice word = slice_word(&args, "");
		static const char key[] = "initrd=";

		if (word.len > strlen(key) && memcmp(word.s, key, strlen(key)) == 0)
			names = (struct slice){ word.s + strlen(key),
						word.len - strlen(key) };
	}
	while (names.len)
		add_image(x, images, n, slice_word(&names, ","), "");
}

static void end_label(struct extlinux *x)
{
	struct label *l = &x->label;
	struct boot_image *images = NULL;
	size_t n = 0;
	bool mboot;

	if (!l->open)
		return;
	l->open = false;
	if (!l->append)
		l->append = x->append ? x->append : "";
	if (str_eq(l->append, "-"))
		l->append = "";
	if (!l->kernel && !l->other)
		l->kernel = l->entry.id; /* a label is a file's name, too */
	mboot = l->kernel && !l->is_linux && names_mboot(l->kernel);
	if (l->other) {
		l->entry.why_not = l->other;
	} else if (mboot) {
		split_modules(x, l->append, &images, &n);
	} else if (!l->is_linux && is_module(l->kernel)) {
		l->entry.why_not = arena_printf(x->menu.arena, "it starts %s", l->kernel);
	} else {
		add_image(x, &images, &n, (struct slice){ l->kernel, strlen(l->kernel) },
			  l->append);
		split_initrds(x, l, &images, &n);
	}
	if (menu_add(&x->menu, &l->entry, images, n, mboot) && l->is_default)
		x->marked = (int)x->menu.out->n - 1;
}

static void begin_label(struct extlinux *x, struct slice rest, struct place at)
{
	const char *name = slice_dup(x->menu.arena, slice_word(&rest, ""));

	end_label(x);
	x->label = (struct label){
		.open = true,
		.entry = { .title = name,
			   .id = name,
			   .position = name,
			   .file = at.file,
			   .line = at.line },
	};
}

/* `^` marks the hot key. */
static const char *read_title(struct extlinux *x, struct slice s)
{
	char *title = slice_dup(x->menu.arena, s), *to = title;

	for (const char *c = title; *c; c++)
		if (*c != '^')
			*to++ = *c;
	*to = '\0';
	return title;
}

static void read_file(struct extlinux *x, const char *file, const char *text);

static void include(struct extlinux *x, struct slice rest, struct place at)
{
	const char *name = slice_dup(x->menu.arena, slice_word(&rest, ""));
	struct boot_image file = menu_image(x->menu.arena, NULL, x->dir, name, "");
	const char *text;

	if (x->depth == MAX_DEPTH) {
		menu_note(&x->menu, at.file, at.line, "%s: included too deep", name);
		return;
	}
	text = menu_read(&x->menu, at.file, at.line, file.root, file.path);
	if (text)
		read_file(x, file.path, text);
}

static void read_menu_line(struct extlinux *x, struct slice rest, struct place at)
{
	struct slice word = slice_word(&rest, "");

	if (slice_is(word, "label") && x->label.open)
		x->label.entry.title = read_title(x, rest);
	else if (slice_is(word, "default") && x->label.open)
		x->label.is_default = true;
	else if (slice_is(word, "include"))
		include(x, rest, at);
	else if (slice_is(word, "begin") || slice_is(word, "end"))
		end_label(x); /* of a submenu: its labels are like all others */
}

static void read_append(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	*(x->label.open ? &x->label.append : &x->append) = slice_dup(x->menu.arena, rest);
}

static void read_kernel(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->label.kernel = slice_dup(x->menu.arena, slice_word(&rest, ""));
}

static void read_linux(struct extlinux *x, struct slice rest, struct place at)
{
	read_kernel(x, rest, at);
	x->label.is_linux = true;
}

static void read_initrd(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->label.initrd = slice_dup(x->menu.arena, rest);
}

static void read_devicetree(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->label.entry.devicetree = slice_dup(x->menu.arena, rest);
}

static void read_localboot(struct extlinux *x, struct slice rest, struct place at)
{
	(void)rest;
	(void)at;
	x->label.other = "it leaves booting to the firmware";
}

static void read_foreign(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->label.other = arena_printf(x->menu.arena, "it starts %.*s", (int)rest.len,
				      rest.s);
}

static void read_default(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->chosen = slice_dup(x->menu.arena, slice_word(&rest, ""));
}

static void read_ontimeout(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->on_timeout = slice_dup(x->menu.arena, slice_word(&rest, ""));
}

static void read_onerror(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->on_error = slice_dup(x->menu.arena, slice_word(&rest, ""));
}

static void read_timeout(struct extlinux *x, struct slice rest, struct place at)
{
	int tenths = slice_number(slice_word(&rest, ""));

	(void)at;
	x->menu.out->timeout_s = tenths > 0 ? (tenths + 9) / 10 : -1;
}

static void read_prompt(struct extlinux *x, struct slice rest, struct place at)
{
	(void)at;
	x->waits |= slice_number(slice_word(&rest, "")) > 0;
}

static void read_ui(struct extlinux *x, struct slice rest, struct place at)
{
	(void)rest;
	(void)at;
	x->waits = true;
}

static void read_text(struct extlinux *x, struct slice rest, struct place at)
{
	(void)rest;
	(void)at;
	x->in_text = true;
}

static const struct {
	const char *word;
	void (*read)(struct extlinux *x, struct slice rest, struct place at);
	bool in_label; /* says nothing outside of one */
} keywords[] = {
	{ "label", begin_label, false },    { "append", read_append, false },
	{ "kernel", read_kernel, true },    { "com32", read_kernel, true },
	{ "linux", read_linux, true },      { "initrd", read_initrd, true },
	{ "fdt", read_devicetree, true },   { "devicetree", read_devicetree, true },
	{ "boot", read_foreign, true },     { "bss", read_foreign, true },
	{ "config", read_foreign, true },   { "fdimage", read_foreign, true },
	{ "pxe", read_foreign, true },      { "localboot", read_localboot, true },
	{ "menu", read_menu_line, false },  { "include", include, false },
	{ "default", read_default, false }, { "ontimeout", read_ontimeout, false },
	{ "onerror", read_onerror, false }, { "timeout", read_timeout, false },
	{ "prompt", read_prompt, false },   { "ui", read_ui, false },
	{ "text", read_text, false },
};

/* What is shown, typed, printed or sent changes nothing in what is booted. */
static const char *const ignored[] = {
	"allowoptions",  "autoboot", "console",   "display",     "fdtdir",
	"devicetreedir", "font",     "implicit",  "ipappend",    "kbdmap",
	"nocomplete",    "noescape", "nohalt",    "path",        "say",
	"sendcookies",   "serial",   "sysappend", "totaltimeout"
};

/* F1 to F12 name help texts. */
static bool is_function_key(struct slice word)
{
	return (word.len == 2 || word.len == 3) && (word.s[0] | 0x20) == 'f' &&
	       slice_number((struct slice){ word.s + 1, word.len - 1 }) > 0;
}

static void read_line(struct extlinux *x, struct slice line, struct place at)
{
	struct slice rest = line, word = slice_word(&rest, "");

	if (x->in_text) {
		x->in_text = !slice_is(word, "endtext");
		return;
	}
	if (word.len == 0 || word.s[0] == '#' || is_function_key(word))
		return;
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (!slice_is(word, keywords[i].word))
			continue;
		if (x->label.open || !keywords[i].in_label)
			keywords[i].read(x, rest, at);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (slice_is(word, ignored[i]))
			return;
	menu_note(&x->menu, at.file, at.line, "%.*s is not understood",
		  (int)(word.len < 40 ? word.len : 40), word.s);
}

static void read_file(struct extlinux *x, const char *file, const char *text)
{
	struct place at = { .file = file };
	struct slice line;

	x->depth++;
	while (slice_line(&text, &line)) {
		at.line++;
		read_line(x, line, at);
	}
	x->depth--;
}

/*
 * DEFAULT names a label, or the menu program, which then starts the label marked MENU
 * DEFAULT or the first one. ONTIMEOUT counts only where something waits for a key.
 */
static int find_default(struct extlinux *x)
{
	const struct boot_menu *out = x->menu.out;
	bool menu = x->chosen && is_module(x->chosen);
	int named = x->chosen ? menu_find(out, x->chosen) : -1;

	if (x->on_timeout && (x->waits || menu) && out->timeout_s > 0)
		return menu_find(out, x->on_timeout);
	if ((menu || x->waits) && x->marked >= 0)
		return x->marked;
	if (named >= 0 || (x->chosen && !menu))
		return named;
	return out->n ? 0 : -1;
}

/* What `extlinux --once` has left beside the configuration; before version 4 the loader's
 * file had another name. UEFI's loader keeps nothing there. */
static const char *find_once(struct extlinux *x)
{
	static const char *const names[] = { "ldlinux.sys", "extlinux.sys" };
	const struct boot_source *source = x->menu.source;
	const struct boot_files *files = source->files;
	struct boot_write write = { .len = ADV_BYTES };
	const unsigned char *adv, *then;
	const char *command;

	for (size_t i = 0; files && files->size && !source->efi && i < ARRAY_LEN(names);
	     i++) {
		write.path = arena_printf(x->menu.arena, "%s/%s", x->dir, names[i]);
		write.offset = files->size(files->context, NULL, write.path);
		if (write.offset < ADV_BYTES)
			continue;
		write.offset -= ADV_BYTES;
		adv = files->peek(files->context, NULL, write.path, write.offset,
				  ADV_BYTES, x->menu.arena);
		if (!adv || !adv_find_once(adv, x->menu.arena, &command, &then))
			continue;
		write.bytes = then;
		menu_add_once(&x->menu, &write);
		return command;
	}
	return NULL;
}

/* The command begins with a label, for the most part it is one. */
static void start_once(struct extlinux *x, const char *command)
{
	struct slice rest = { command, strlen(command) };
	const char *label = slice_dup(x->menu.arena, slice_word(&rest, ""));
	const char *file = x->menu.source->file;

	x->menu.out->default_once = true;
	x->menu.out->default_entry = menu_find(x->menu.out, label);
	if (x->menu.out->default_entry < 0)
		menu_note(&x->menu, file, 0, "no label is \"%s\", the next boot's",
			  label);
	if (rest.len)
		menu_note(&x->menu, file, 0, "passed over, for the next boot: %.*s",
			  (int)rest.len, rest.s);
}

void extlinux_read(const struct boot_source *source, struct arena *arena,
		   struct boot_menu *ret)
{
	struct extlinux x = { .marked = -1, .dir = menu_directory(arena, source->file) };
	const char *once;

	menu_begin(&x.menu, source, arena, ret);
	read_file(&x, source->file, source->text);
	end_label(&x);
	ret->default_entry = find_default(&x);
	once = find_once(&x);
	if (once)
		start_once(&x, once);
	else if (ret->default_entry < 0 && x.chosen)
		menu_note(&x.menu, source->file, 0, "no label is \"%s\", the default",
			  x.chosen);
	if (x.on_error)
		ret->fallback_entry = menu_find(ret, x.on_error);
	menu_end(&x.menu);
}
