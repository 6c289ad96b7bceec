/*
 * GRUB 2's commands, by what they mean for a menu: a table of name and function, and the
 * names of those that mean nothing for it.
 */
#include "bootcfg/grub2_script.h"
#include "bootcfg/new_entry.h"

const char *grub2_word(const struct call *c, size_t i)
{
	return i < c->words->n ? c->words->word[i] : NULL;
}

/* GRUB quotes an argument that has a blank in it again when it hands it on. */
const char *grub2_join(const struct call *c, size_t from)
{
	auto_text struct text t = { 0 };

	for (size_t i = from; i < c->words->n; i++) {
		const char *w = c->words->word[i], *quote = strchr(w, ' ') ? "\"" : "";

		text_printf(&t, "%s%s%s%s", t.len ? " " : "", quote, w, quote);
	}
	return arena_strdup(c->g->arena, t.s ? t.s : "");
}

/* The value of --name=VALUE, or NULL. */
static const char *option(const char *w, const char *name)
{
	size_t len = strlen(name);

	return str_starts(w, name) && w[len] == '=' ? w + len + 1 : NULL;
}

struct boot_image grub2_image(const struct grub2 *g, const char *path, const char *args)
{
	const char *root = GRUB2_GET(&g->vars, "root");
	struct boot_image image = menu_image(g->arena, root, "", path, args);

	if (str_empty(image.root))
		image.root = NULL;
	image.path = arena_strdup(g->arena, image.path);
	return image;
}

bool grub2_has(const struct grub2 *g, const char *path)
{
	const struct boot_files *files = g->menu.source->files;
	struct boot_image image;

	if (str_empty(path) || !files || !files->has)
		return false;
	image = grub2_image(g, path, "");
	return files->has(files->context, image.root, image.path);
}

int grub2_fail(const struct call *c, const char *why)
{
	menu_note(&c->g->menu, c->at->file, c->at->line, "%s: %s", grub2_word(c, 0), why);
	return 1;
}

static int do_set(const struct call *c)
{
	for (size_t i = 1; i < c->words->n; i++) {
		char *w = c->words->word[i], *equals = strchr(w, '=');

		if (!equals)
			continue;
		*equals = '\0';
		if (!grub2_set(&c->g->vars, w, equals + 1))
			return grub2_fail(c, "one variable too many");
	}
	return 0;
}

static int do_unset(const struct call *c)
{
	for (size_t i = 1; i < c->words->n; i++)
		grub2_set(&c->g->vars, c->words->word[i], NULL);
	return 0;
}

static int count(const struct call *c, int by)
{
	const char *name = grub2_word(c, 1),
		   *old = name ? GRUB2_GET(&c->g->vars, name) : NULL;
	char value[24];
	int n;

	if (!name)
		return 1;
	n = old ? slice_number((struct slice){ old, strlen(old) }) : -1;
	snprintf(value, sizeof(value), "%d", (n < 0 ? 0 : n) + by);
	return !grub2_set(&c->g->vars, name, value);
}

static int do_increment(const struct call *c)
{
	return count(c, 1);
}

static int do_decrement(const struct call *c)
{
	return count(c, -1);
}

static int do_true(const struct call *c)
{
	(void)c;
	return 0;
}

static int do_false(const struct call *c)
{
	(void)c;
	return 1;
}

static int do_test(const struct call *c)
{
	size_t n = c->words->n - 1;
	bool bracket = str_eq(grub2_word(c, 0), "[");

	if (bracket && n && str_eq(c->words->word[n], "]"))
		n--;
	return !grub2_test(c->g, c->words->word + 1, n);
}

static bool wanted(const struct call *c, const char *name)
{
	if (c->first == c->words->n)
		return true;
	for (size_t i = c->first; i < c->words->n; i++)
		if (str_eq(c->words->word[i], name))
			return true;
	return false;
}

/* An environment block: NAME=VALUE, a backslash before what has a meaning. */
static void load_line(const struct call *c, struct slice line)
{
	char *name = slice_dup(c->g->arena, line), *equals = strchr(name, '='), *to;

	if (line.len == 0 || line.s[0] == '#' || !equals)
		return;
	*equals = '\0';
	to = equals + 1;
	for (const char *from = to; *from; from++) {
		from += from[0] == '\\' && from[1];
		*to++ = *from;
	}
	*to = '\0';
	if (!wanted(c, name))
		return;
	grub2_set(&c->g->vars, name, equals + 1);
	if (str_eq(name, "next_entry") && equals[1])
		c->g->next_entry = equals + 1;
	if (str_eq(name, "prev_saved_entry") && equals[1])
		c->g->saved_once = true;
}

/* The environment block's file; c.first becomes the first variable's name. */
static struct boot_image find_block(struct call *call)
{
	struct call c = *call;
	const char *path = arena_printf(c.g->arena, "%s/grubenv",
					GRUB2_GET(&c.g->vars, "prefix"));

	for (c.first = 1; c.first < c.words->n; c.first++) {
		const char *w = grub2_word(&c, c.first), *value = option(w, "--file");

		if (value)
			path = value;
		else if ((str_eq(w, "-f") || str_eq(w, "--file")) &&
			 grub2_word(&c, c.first + 1))
			path = grub2_word(&c, ++c.first);
		else if (w[0] != '-')
			break;
	}
	*call = c;
	return grub2_image(c.g, path, "");
}

static const char *read_block(const struct call *c, const struct boot_image *file)
{
	const char *text = menu_read(&c->g->menu, c->at->file, c->at->line, file->root,
				     file->path);

	return text && grub2_spend(c->g, c->at, strlen(text)) ? text : NULL;
}

static int do_load_env(const struct call *original)
{
	struct call c = *original;
	const struct boot_image file = find_block(&c);
	const char *text = read_block(&c, &file);
	struct slice line;

	if (!text)
		return 1;
	while (slice_line(&text, &line))
		load_line(&c, line);
	return 0;
}

/* What is to be written there already, or what is there. */
static const char *pending_block(const struct call *c, const struct boot_image *file)
{
	const struct boot_menu *out = c->g->menu.out;

	for (size_t i = 0; i < out->n_once; i++)
		if (str_eq(out->once[i].root, file->root) &&
		    str_eq(out->once[i].path, file->path))
			return grub2_spend(c->g, c->at, out->once[i].len)
				       ? out->once[i].bytes
				       : NULL;
	return read_block(c, file);
}

/* GRUB writes while it reads the menu; what entries save is for after this boot. */
static int do_save_env(const struct call *original)
{
	struct call c = *original;
	const struct boot_image file = find_block(&c);
	const char *text = c.g->loading ? NULL : pending_block(&c, &file);
	auto_free char *new = text ? xstrdup(text) : NULL;
	struct err err = { 0 };

	if (!new)
		return c.g->loading ? 0 : 1;
	for (size_t i = c.first; i < c.words->n; i++) {
		const char *value = GRUB2_GET(&c.g->vars, c.words->word[i]);
		char *next;

		if (!grub2_spend(c.g, c.at, strlen(new)))
			return 1;
		if (grubenv_set(new, c.words->word[i], value ? value : "", &next, &err) <
		    0)
			return grub2_fail(&c, err.msg);
		free(new);
		new = next;
	}
	menu_add_once(&c.g->menu,
		      &(struct boot_write){ .root = file.root,
					    .path = file.path,
					    .bytes = arena_strdup(c.g->arena, new),
					    .len = strlen(new) });
	return 0;
}

static int do_source(const struct call *c)
{
	struct boot_image file;
	const char *text;

	if (!grub2_word(c, 1))
		return grub2_fail(c, "which file?");
	file = grub2_image(c->g, grub2_word(c, 1), "");
	text = menu_read(&c->g->menu, c->at->file, c->at->line, file.root, file.path);
	if (!text)
		return 1;
	c->g->menu.out->runs_another |= str_ends(file.path, "/grub.cfg");
	grub2_run_file(c->g, file.path, text);
	return c->g->status;
}

/* In an entry another menu is a dead end; at the top it takes this one's place. */
static int do_configfile(const struct call *c)
{
	if (c->g->loading) {
		c->g->loading->why_not = arena_printf(c->g->arena, "it opens the menu %s",
						      grub2_word(c, 1) ? grub2_word(c, 1)
								       : "");
		return 0;
	}
	return do_source(c);
}

struct search { /* its options */
	const char *kind, *variable, *value;
};

static void read_search_word(const struct call *c, size_t *i, struct search *s)
{
	static const struct {
		const char *word, *kind;
	} kinds[] = { { "--fs-uuid", "UUID" }, { "-u", "UUID" },
		      { "--label", "LABEL" },  { "-l", "LABEL" },
		      { "--file", "FILE" },    { "-f", "FILE" } };
	const char *w = grub2_word(c, *i), *next = grub2_word(c, *i + 1),
		   *value = option(w, "--set");

	if (w[0] != '-') {
		if (!s->value)
			s->value = w;
		return;
	}
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		if (str_eq(w, kinds[k].word))
			s->kind = kinds[k].kind;
	if (value)
		s->variable = value;
	/* Its value is its next word, unless that is an option. */
	if ((str_eq(w, "--set") || str_eq(w, "-s")) && next && next[0] != '-')
		s->variable = grub2_word(c, ++*i);
	if (str_eq(w, "--hint") || str_eq(w, "-h"))
		++*i;
}

static int do_search(const struct call *c)
{
	struct search s = { .kind = "FILE", .variable = "root" };
	const char *dot = strchr(grub2_word(c, 0), '.');
	const struct boot_files *files = c->g->menu.source->files;
	const char *found;

	for (size_t i = 1; i < c->words->n; i++)
		read_search_word(c, &i, &s);
	if (dot) { /* search.fs_uuid UUID root HINT… */
		s.kind = str_eq(dot, ".fs_uuid")    ? "UUID"
			 : str_eq(dot, ".fs_label") ? "LABEL"
						    : "FILE";
		s.value = grub2_word(c, 1);
		s.variable = grub2_word(c, 2) ? grub2_word(c, 2) : "root";
	}
	if (str_empty(s.value))
		return grub2_fail(c, "for what?");
	found = arena_printf(c->g->arena, "%s=%s", s.kind, s.value);
	if (files && files->has && !files->has(files->context, found, "/"))
		return grub2_fail(
			c, arena_printf(c->g->arena, "no filesystem with %s", found));
	return !grub2_set(&c->g->vars, s.variable, found);
}

static int do_entry(const struct call *c)
{
	const char *title = NULL, *id = NULL;
	struct node *node;

	for (size_t i = 1; i < c->words->n; i++) {
		const char *w = grub2_word(c, i), *value = option(w, "--id");
		bool takes = str_eq(w, "--id") || str_eq(w, "--class") ||
			     str_eq(w, "--users") || str_eq(w, "--hotkey") ||
			     str_eq(w, "--source");

		if (value)
			id = value;
		else if (str_eq(w, "--id"))
			id = grub2_word(c, i + 1);
		else if (w[0] != '-' && !title)
			title = w;
		i += takes;
	}
	if (c->g->loading)
		return grub2_fail(c, "within an entry");
	if (!title || !c->words->block.pos)
		return grub2_fail(c, "a title and a block are needed");
	node = grub2_add_node(c->g, c->at, str_eq(grub2_word(c, 0), "submenu"), title,
			      id);
	if (node)
		node->block = c->words->block;
	return 0;
}

static int do_blscfg(const struct call *c)
{
	grub2_blscfg(c->g, c->at);
	return 0;
}

static const struct grub2_command commands[] = {
	{ ".", do_source },
	{ "[", do_test },
	{ "blscfg", do_blscfg },
	{ "bls_import", do_blscfg },
	{ "configfile", do_configfile },
	{ "decrement", do_decrement },
	{ "false", do_false },
	{ "increment", do_increment },
	{ "legacy_configfile", do_configfile },
	{ "load_env", do_load_env },
	{ "menuentry", do_entry },
	{ "save_env", do_save_env },
	{ "search", do_search },
	{ "search.file", do_search },
	{ "search.fs_label", do_search },
	{ "search.fs_uuid", do_search },
	{ "set", do_set },
	{ "source", do_source },
	{ "submenu", do_entry },
	{ "test", do_test },
	{ "true", do_true },
	{ "unset", do_unset },
};

static const char *const ignored[] = {
	"acpi",
	"background_color",
	"background_image",
	"boot",
	"clear",
	"cutmem",
	"drivemap",
	"echo",
	"export",
	"getkey",
	"gptsync",
	"hashsum",
	"hiddenmenu",
	"insmod",
	"keymap",
	"keystatus",
	"loadfont",
	"nativedisk",
	"normal",
	"parttool",
	"password",
	"password_pbkdf2",
	"play",
	"probe",
	"read",
	"rmmod",
	"serial",
	"setparams",
	"sleep",
	"terminal",
	"terminal_input",
	"terminal_output",
	"terminfo",
	"versions_menu",
	"vbeinfo",
	"videoinfo",
	"cat",
	"return",
	"shift",
};

int grub2_command(struct grub2 *g, const struct script *at, const struct words *words)
{
	const struct call call = { .g = g, .at = at, .words = words };
	const char *name = words->word[0];
	char *equals = strchr(name, '=');

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i].name[0] == name[0] && str_eq(commands[i].name, name))
			return commands[i].run(&call);
	for (size_t i = 0; i < grub2_n_loading; i++)
		if (str_eq(grub2_loading[i].name, name))
			return grub2_loading[i].run(&call);
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (ignored[i][0] == name[0] && str_eq(ignored[i], name))
			return 0;
	if (equals) { /* an assignment without `set` */
		*equals = '\0';
		return !grub2_set(&g->vars, name, equals + 1);
	}
	menu_note(&g->menu, at->file, at->line, "%s is not understood", name);
	return 1;
}
