/*
 * A GRUB 2 menu: the configuration is run, then the block of each entry in the state that
 * this has left, as the loader would when it is chosen.
 */
#include "bootcfg/bls.h"
#include "bootcfg/grub2_script.h"

#define MAX_NODES    (2 * BOOT_MAX_ENTRIES)
#define MAX_SUBMENUS 8 /* one in the other */

struct node *grub2_add_node(struct grub2 *g, const struct script *at, bool submenu,
			    const char *title, const char *id)
{
	struct node node = { .submenu = submenu, .parent = g->parent, .entry = -1 };
	const char *outer = g->parent < 0 ? NULL : g->nodes[g->parent].position;

	if (g->n_nodes == MAX_NODES) {
		menu_note(&g->menu, at->file, at->line, "too many entries");
		return NULL;
	}
	node.title = arena_strdup(g->arena, title);
	node.id = id ? arena_strdup(g->arena, id) : NULL;
	node.at = *at;
	node.position = arena_printf(g->arena, "%s%s%zu", outer ? outer : "",
				     outer ? ">" : "", g->index++);
	g->nodes = arena_append(g->arena, g->nodes, &g->n_nodes, &node, sizeof(node));
	return &g->nodes[g->n_nodes - 1];
}

static const char *expand(struct grub2 *g, const struct script *at, const char *text)
{
	auto_text struct text t = { 0 };

	while (*text && t.len < GRUB2_MAX_VALUE) {
		size_t plain = strcspn(text, "$"), len = 0;
		bool braces;
		const char *value;

		text_add_bytes(&t, text, plain);
		text += plain;
		if (!*text)
			break;
		braces = text[1] == '{';
		text += 1 + braces;
		len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				   "0123456789");
		value = grub2_get(&g->vars, text, len);
		text += len + (braces && text[len] == '}');
		if (value && grub2_spend(g, at, strlen(value)))
			text_add(&t, value);
	}
	return arena_strdup(g->arena, t.s ? t.s : "");
}

/* Where a host's grub.cfg asks for it without options, $kernelopts is meant. */
static const char *find_options(struct grub2 *g, const struct script *at,
				const struct bls_item *item)
{
	const char *options = item->options ? item->options : "$kernelopts";
	const char *fallback = GRUB2_GET(&g->vars, "default_kernelopts");

	if (fallback && !GRUB2_GET(&g->vars, "kernelopts"))
		grub2_set(&g->vars, "kernelopts", fallback);
	return expand(g, at, options);
}

static void add_item(struct grub2 *g, const struct script *at,
		     const struct bls_item *item, const char *root)
{
	const char *initrds = expand(g, at, item->initrds ? item->initrds : "");
	const char *early = GRUB2_GET(&g->vars, "early_initrd");
	struct loading *ready = arena_alloc(g->arena, sizeof(*ready));
	struct boot_entry *entry = arena_alloc(g->arena, sizeof(*entry));
	struct node *node;

	if (early)
		initrds = arena_printf(g->arena, "%s %s", early, initrds);
	*entry = bls_entry(&g->menu, item, root, find_options(g, at, item), initrds,
			   &ready->images, &ready->n);
	ready->why_not = entry->why_not;
	ready->devicetree = entry->devicetree;
	node = grub2_add_node(g, at, false, entry->title, entry->id);
	if (!node)
		return;
	node->ready = ready;
	node->at.file = entry->file;
	node->at.line = entry->line;
}

void grub2_blscfg(struct grub2 *g, const struct script *at)
{
	const char *set = GRUB2_GET(&g->vars, "blsdir");
	const char *const dirs[] = { set ? set : "/loader/entries",
				     "/boot/loader/entries" };
	struct bls_item *items = NULL;
	struct boot_image dir;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(dirs) && n == 0; i++) {
		dir = grub2_image(g, dirs[i], "");
		n = bls_collect(&g->menu, at->file, at->line, dir.root, dir.path,
				BLS_BY_NAME, &items);
	}
	if (n == 0)
		menu_note(&g->menu, at->file, at->line, "blscfg: no entries in %s",
			  dirs[0]);
	for (size_t i = 0; i < n; i++)
		add_item(g, at, &items[i], dir.root);
}

static void set_up(struct grub2 *g, const struct boot_source *source)
{
	static const char *const features[] = {
		"chainloader_bpb",      "ntldr",
		"platform_search_hint", "menuentry_id",
		"menuentry_options",    "default_font_path",
		"all_video_module",     "200_final",
		"nativedisk_cmd",       "timeout_style",
	};
	const char *dir = menu_directory(g->arena, source->file);
	const struct {
		const char *name, *value;
	} values[] = {
		{ "root", "" },
		{ "prefix", arena_printf(g->arena, "()%s", dir) },
		{ "config_directory", arena_printf(g->arena, "()%s", dir) },
		{ "config_file", arena_printf(g->arena, "()%s", source->file) },
		{ "cmdpath", arena_printf(g->arena, "()%s", dir) },
		{ "grub_platform", source->efi ? "efi" : "pc" },
		{ "grub_cpu", source->efi ? "x86_64" : "i386" },
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		grub2_set(&g->vars, values[i].name, values[i].value);
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		grub2_set(&g->vars, arena_printf(g->arena, "feature_%s", features[i]),
			  "y");
}

static void finish_entry(struct grub2 *g, size_t i)
{
	const struct node *node = &g->nodes[i];
	struct loading l = node->ready ? *node->ready : (struct loading){ 0 };
	struct boot_entry e = {
		.title = node->title,
		.id = node->id,
		.position = node->position,
		.file = node->at.file,
		.line = node->at.line,
	};

	if (!node->ready) {
		struct grub2_change *mark = grub2_mark(&g->vars);

		g->loading = &l;
		grub2_set(&g->vars, "chosen", node->position);
		grub2_run_block(g, node->block);
		grub2_return(&g->vars, mark);
		g->loading = NULL;
	}
	e.devicetree = l.devicetree;
	/* What is loaded is booted at the block's end, whatever else was said. */
	e.why_not = l.n ? NULL : l.why_not;
	if (g->stopped && !l.n)
		e.why_not = "the script takes too long";
	if (menu_add(&g->menu, &e, l.images, l.n, l.multiboot))
		g->nodes[i].entry = (int)g->menu.out->n - 1;
}

/* The nodes from `first` on that belong to `parent`, each with all that is below it. */
static void finish(struct grub2 *g, size_t first, int parent, unsigned depth)
{
	size_t n = g->n_nodes;

	for (size_t i = first; i < n; i++) {
		struct grub2_change *mark = grub2_mark(&g->vars);
		size_t below = g->n_nodes;
		int entry = (int)g->menu.out->n;

		if (!g->nodes[i].submenu) {
			finish_entry(g, i);
			continue;
		}
		if (depth == MAX_SUBMENUS) {
			menu_note(&g->menu, g->nodes[i].at.file, g->nodes[i].at.line,
				  "a submenu too deep");
			continue;
		}
		g->parent = (int)i;
		g->index = 0;
		grub2_run_block(g, g->nodes[i].block);
		finish(g, below, (int)i, depth + 1);
		g->parent = parent;
		grub2_return(&g->vars, mark);
		if ((int)g->menu.out->n > entry)
			g->nodes[i].entry = entry;
	}
}

/* "A>B": up to the first `>` that is not doubled; doubled it is one of the name. */
static const char *cut_component(struct grub2 *g, const char **path)
{
	auto_text struct text t = { 0 };
	const char *p = *path;

	for (; *p && (*p != '>' || p[1] == '>'); p++) {
		text_add_bytes(&t, p, 1);
		p += *p == '>';
	}
	*path = *p ? p + 1 : p;
	return arena_strdup(g->arena, t.s ? t.s : "");
}

static int find_node(const struct grub2 *g, int parent, const char *name)
{
	int number = slice_number((struct slice){ name, strlen(name) }), index = 0;

	for (size_t i = 0; i < g->n_nodes; i++) {
		const struct node *n = &g->nodes[i];

		if (n->parent != parent)
			continue;
		if (number >= 0 ? index == number
				: str_eq(n->title, name) || str_eq(n->id, name))
			return (int)i;
		index++;
	}
	return -1;
}

/* Index in the finished menu of what `path` leads to, or -1. */
static int resolve(struct grub2 *g, const char *path)
{
	int node = -1;

	do {
		node = find_node(g, node, cut_component(g, &path));
	} while (node >= 0 && *path);
	return node < 0 ? -1 : g->nodes[node].entry;
}

/* An entry that is not there is the first one. */
static int find_default(struct grub2 *g)
{
	const char *name = GRUB2_GET(&g->vars, "default");
	int entry = str_empty(name) ? -1 : resolve(g, name);

	if (entry < 0 && !str_empty(name))
		menu_note(&g->menu, g->menu.source->file, 0,
			  "the default, \"%s\", is not in the menu", name);
	return entry >= 0 ? entry : resolve(g, "0");
}

static int find_fallback(struct grub2 *g)
{
	const char *list = GRUB2_GET(&g->vars, "fallback");
	struct slice rest = { list, list ? strlen(list) : 0 };

	return rest.len ? resolve(g, slice_dup(g->arena, slice_word(&rest, ""))) : -1;
}

static int read_timeout(const struct grub2 *g)
{
	const char *value = GRUB2_GET(&g->vars, "timeout");

	return value ? slice_number((struct slice){ value, strlen(value) }) : -1;
}

void grub2_read(const struct boot_source *source, struct arena *arena,
		struct boot_menu *ret)
{
	struct grub2 g = { .vars = { .arena = arena }, .arena = arena, .parent = -1 };

	menu_begin(&g.menu, source, arena, ret);
	set_up(&g, source);
	grub2_run_file(&g, source->file, source->text);
	finish(&g, 0, -1, 0);
	ret->default_entry = find_default(&g);
	ret->default_once = g.saved_once ||
			    (g.next_entry &&
			     str_eq(g.next_entry, GRUB2_GET(&g.vars, "default")));
	if (!ret->default_once)
		ret->n_once = 0;
	ret->fallback_entry = find_fallback(&g);
	ret->timeout_s = read_timeout(&g);
	menu_end(&g.menu);
}
