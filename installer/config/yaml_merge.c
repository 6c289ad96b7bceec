/*
 * One tree over another, and a tree as text again.
 */
#include "config/yaml.h"
#include "core/json.h"

static struct yaml_node **find_slot(struct yaml_node *map, const char *key)
{
	struct yaml_node **slot = &map->first;

	while (*slot && !str_eq((*slot)->key, key))
		slot = &(*slot)->next;
	return slot;
}

/* The places in a tree know their file from now on. */
static void name_file(struct yaml_node *node, const char *file)
{
	node->at.file = file;
	node->key_at.file = file;
	for (struct yaml_node *i = node->first; i; i = i->next)
		name_file(i, file);
}

static void merge(struct yaml_node *base, struct yaml_node *over)
{
	struct yaml_node *own = over->first, *next;

	if (base->kind != YAML_MAP || over->kind != YAML_MAP)
		return;
	over->first = base->first;
	for (; own; own = next) {
		struct yaml_node **slot = find_slot(over, own->key);

		next = own->next;
		own->next = NULL;
		if (*slot) {
			merge(*slot, own);
			own->next = (*slot)->next;
		}
		*slot = own;
	}
}

void yaml_merge(struct yaml_node *base, const char *base_name, struct yaml_node *over)
{
	name_file(base, base_name);
	merge(base, over);
}

/* What is one plain word by any rule of YAML. */
static bool is_plain(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";

	return *s && !strchr("._+-", *s) && s[strspn(s, letters)] == '\0';
}

static void write_word(const char *s, bool plain, struct text *out)
{
	struct json quoted = { .out = out };

	if (plain && is_plain(s))
		text_add(out, s);
	else
		json_string(&quoted, NULL, s);
}

/* An unquoted nothing (an empty place, ~) means that the key is absent. */
static void write_scalar(const struct yaml_node *node, struct text *out)
{
	if (!node->quoted && (!*node->text || str_eq(node->text, "~")))
		text_add(out, "null");
	else
		write_word(node->text, !node->quoted, out);
}

static void write_children(const struct yaml_node *node, int depth, struct text *out)
{
	for (const struct yaml_node *i = node->first; i; i = i->next) {
		text_printf(out, "%*s", 2 * depth, "");
		if (i->key)
			write_word(i->key, true, out);
		text_add(out, i->key ? ":" : "-");
		if (i->first) {
			text_add(out, "\n");
			write_children(i, depth + 1, out);
			continue;
		}
		text_add(out, " ");
		if (i->kind == YAML_SCALAR)
			write_scalar(i, out);
		else
			text_add(out, i->kind == YAML_MAP ? "{}" : "[]");
		text_add(out, "\n");
	}
}

void yaml_write(const struct yaml_node *root, struct text *out)
{
	if (root->first)
		write_children(root, 0, out);
	else
		text_add(out, root->kind == YAML_LIST ? "[]\n" : "{}\n");
}
