#include "bootcfg/bls.h"

#include <ctype.h>
#include <fnmatch.h>

#include "core/text.h"

#define SUFFIX ".conf"

/* As many letters, or as many digits, as stand here. */
static size_t span(const char *s, bool digits)
{
	size_t n = 0;

	while (digits ? isdigit((unsigned char)s[n]) : isalpha((unsigned char)s[n]))
		n++;
	return n;
}

static const char *skip_separators(const char *s)
{
	while (*s && !isalnum((unsigned char)*s) && *s != '~' && *s != '^')
		s++;
	return s;
}

/* Digits by value; of different lengths the longer one is more, without its zeros. */
static int compare_digits(const char *a, size_t la, const char *b, size_t lb)
{
	int order;

	while (la && *a == '0') {
		a++;
		la--;
	}
	while (lb && *b == '0') {
		b++;
		lb--;
	}
	if (la != lb)
		return la < lb ? -1 : 1;
	order = memcmp(a, b, la);
	return (order > 0) - (order < 0);
}

static int compare_letters(const char *a, size_t la, const char *b, size_t lb)
{
	int order = memcmp(a, b, la < lb ? la : lb);

	if (order)
		return order < 0 ? -1 : 1;
	return (la > lb) - (la < lb);
}

/* `~` is before everything, even the end; `^` is behind the end, before all else. */
static bool compare_marks(const char **a, const char **b, int *ret)
{
	if (**a == '~' || **b == '~') {
		*ret = (**b == '~') - (**a == '~');
	} else if (**a == '^' || **b == '^') {
		*ret = **a != '^' ? (**a ? 1 : -1) : **b != '^' ? (**b ? -1 : 1) : 0;
	} else {
		return false;
	}
	if (*ret == 0) {
		++*a;
		++*b;
	}
	return true;
}

int bls_compare_versions(const char *a, const char *b)
{
	for (;;) {
		int order;
		bool digits;
		size_t la, lb;

		a = skip_separators(a);
		b = skip_separators(b);
		if (compare_marks(&a, &b, &order)) {
			if (order)
				return order;
			continue;
		}
		if (!*a || !*b)
			return (*a != '\0') - (*b != '\0');
		digits = isdigit((unsigned char)*a);
		la = span(a, digits);
		lb = span(b, digits);
		if (!lb) /* a number is newer than letters */
			return digits ? 1 : -1;
		order = digits ? compare_digits(a, la, b, lb)
			       : compare_letters(a, la, b, lb);
		if (order)
			return order;
		a += la;
		b += lb;
	}
}

static int compare_names(const void *x, const void *y)
{
	const struct bls_item *a = x, *b = y;
	int order = bls_compare_versions(b->id, a->id);

	return order ? order : strcmp(b->file, a->file);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static int compare_keys(const void *x, const void *y)
{
	const struct bls_item *a = x, *b = y;
	int order;

	if (!a->sort_key || !b->sort_key) {
		if (a->sort_key || b->sort_key)
			return a->sort_key ? -1 : 1;
		return compare_names(x, y);
	}
	order = strcmp(a->sort_key, b->sort_key);
	if (!order)
		order = strcmp(or_empty(a->machine_id), or_empty(b->machine_id));
	if (!order)
		order = bls_compare_versions(or_empty(b->version), or_empty(a->version));
	return order ? order : compare_names(x, y);
}

/* "name+3-1": three tries left, one made. */
static const char *cut_counters(struct arena *arena, const char *name)
{
	size_t len = strlen(name) - strlen(SUFFIX);
	char *id = arena_strndup(arena, name, len);
	char *plus = strrchr(id, '+');

	if (plus && plus[1] && plus[1 + strspn(plus + 1, "0123456789-")] == '\0')
		*plus = '\0';
	return id;
}

/* A key that may be given again: its values one after the other. */
static void append(struct arena *arena, const char **to, struct slice value)
{
	*to = arena_printf(arena, "%s%s%.*s", or_empty(*to), *to ? " " : "",
			   (int)value.len, value.s);
}

static void parse(struct menu *menu, const char *text, struct bls_item *item)
{
	const struct {
		const char *key, **to;
		bool many;
	} keys[] = {
		{ "title", &item->title, false },
		{ "version", &item->version, false },
		{ "machine-id", &item->machine_id, false },
		{ "sort-key", &item->sort_key, false },
		{ "architecture", &item->architecture, false },
		{ "linux", &item->linux_path, false },
		{ "initrd", &item->initrds, true },
		{ "options", &item->options, true },
		{ "devicetree", &item->devicetree, false },
		{ "efi", &item->efi, false },
	};
	struct slice line;
	size_t n = 0;

	while (slice_line(&text, &line) && n < 64) {
		struct slice rest = line, key = slice_word(&rest, "");

		for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
			if (!slice_is(key, keys[i].key) || ++n > 64)
				continue;
			if (!keys[i].many)
				*keys[i].to = NULL;
			append(menu->arena, keys[i].to, rest);
		}
	}
}

size_t bls_collect(struct menu *menu, const char *file, size_t line, const char *root,
		   const char *dir, enum bls_order order, struct bls_item **ret)
{
	const struct boot_files *files = menu->source->files;
	const char *const *names = NULL;
	struct bls_item *items = NULL;
	size_t n = 0, n_names = 0;

	if (files && files->list)
		n_names = files->list(files->context, root, dir, menu->arena, &names);
	for (size_t i = 0; i < n_names; i++) {
		struct bls_item item = { 0 };
		const char *text;

		if (!str_ends(names[i], SUFFIX) || names[i][0] == '.')
			continue;
		item.file = arena_printf(menu->arena, "%s/%s", dir, names[i]);
		item.id = cut_counters(menu->arena, names[i]);
		text = menu_read(menu, file, line, root, item.file);
		if (!text)
			continue;
		parse(menu, text, &item);
		items = arena_append(menu->arena, items, &n, &item, sizeof(item));
	}
	if (n)
		qsort(items, n, sizeof(*items),
		      order == BLS_BY_NAME ? compare_names : compare_keys);
	*ret = items;
	return n;
}

struct boot_entry bls_entry(struct menu *menu, const struct bls_item *item,
			    const char *root, const char *options, const char *initrds,
			    struct boot_image **ret_images, size_t *ret_n)
{
	struct boot_entry e = {
		.title = item->title ? item->title : item->id,
		.id = item->id,
		.file = item->file,
		.line = 1,
		.devicetree = item->devicetree,
	};
	struct slice rest = { initrds, strlen(initrds) };
	struct boot_image image;

	*ret_images = NULL;
	*ret_n = 0;
	if (!item->linux_path) {
		e.why_not = item->efi
				    ? arena_printf(menu->arena, "it starts %s", item->efi)
				    : NULL;
		return e;
	}
	image = menu_image(menu->arena, root, "", item->linux_path, options);
	*ret_images = arena_append(menu->arena, *ret_images, ret_n, &image,
				   sizeof(image));
	while (rest.len) {
		const char *word = slice_dup(menu->arena, slice_word(&rest, ""));

		image = menu_image(menu->arena, root, "", word, "");
		*ret_images = arena_append(menu->arena, *ret_images, ret_n, &image,
					   sizeof(image));
	}
	return e;
}

/* loader.conf: `default` is a pattern for the entries' names. */
static const char *read_loader_conf(const char *text, struct arena *arena,
				    struct boot_menu *ret)
{
	const char *pattern = NULL;
	struct slice line;

	while (slice_line(&text, &line)) {
		struct slice rest = line, key = slice_word(&rest, "");

		if (slice_is(key, "default") && rest.len < 256)
			pattern = slice_dup(arena, rest);
		else if (slice_is(key, "timeout"))
			ret->timeout_s = slice_number(rest);
	}
	return pattern;
}

/* Of the entries that fit, the first; without one that does, the first of all. */
static int find_default(const struct boot_menu *menu, const char *pattern,
			struct arena *arena)
{
	for (size_t i = 0; pattern && i < menu->n; i++) {
		const char *id = menu->entries[i].id;

		if (fnmatch(pattern, id, 0) == 0 ||
		    fnmatch(pattern, arena_printf(arena, "%s" SUFFIX, id), 0) == 0)
			return (int)i;
	}
	return menu->n ? 0 : -1;
}

void bls_read(const struct boot_source *source, struct arena *arena,
	      struct boot_menu *ret)
{
	const char *dir = arena_printf(arena, "%s/entries",
				       menu_directory(arena, source->file));
	struct bls_item *items;
	const char *pattern;
	struct menu menu;
	size_t n;

	menu_begin(&menu, source, arena, ret);
	pattern = read_loader_conf(source->text, arena, ret);
	n = bls_collect(&menu, source->file, 1, NULL, dir, BLS_BY_SORT_KEY, &items);
	for (size_t i = 0; i < n; i++) {
		struct boot_image *images;
		size_t n_images;
		struct boot_entry e = bls_entry(
			&menu, &items[i], NULL, or_empty(items[i].options),
			or_empty(items[i].initrds), &images, &n_images);

		e.position = arena_printf(arena, "%zu", i);
		menu_add(&menu, &e, images, n_images, false);
	}
	if (pattern && pattern[0] == '@') {
		menu_note(&menu, source->file, 0,
			  "default %s: the firmware knows, not the disk", pattern);
		pattern = NULL;
	}
	ret->default_entry = find_default(ret, pattern, arena);
	menu_end(&menu);
}
