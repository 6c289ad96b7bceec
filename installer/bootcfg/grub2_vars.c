#include "bootcfg/grub2_script.h"

#define MAX_VARS 4096

struct grub2_var {
	struct grub2_var *next;
	const char *name, *value;
};

struct grub2_change {
	struct grub2_change *before;
	struct grub2_var *var;
	const char *old;
};

static size_t hash(const char *name, size_t len)
{
	uint32_t h = 2166136261; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619;
	return h % 256;
}

static struct grub2_var *find(const struct grub2_vars *vars, const char *name, size_t len)
{
	struct grub2_var *v = vars->buckets[hash(name, len)];

	while (v && (strlen(v->name) != len || memcmp(v->name, name, len) != 0))
		v = v->next;
	return v;
}

const char *grub2_get(const struct grub2_vars *vars, const char *name, size_t len)
{
	const struct grub2_var *v = find(vars, name, len);

	return v ? v->value : NULL;
}

static struct grub2_var *add(struct grub2_vars *vars, const char *name, size_t len)
{
	struct grub2_var **bucket = &vars->buckets[hash(name, len)];
	struct grub2_var *v;

	if (vars->n == MAX_VARS)
		return NULL;
	vars->n++;
	v = arena_alloc(vars->arena, sizeof(*v));
	v->name = arena_strndup(vars->arena, name, len);
	v->next = *bucket;
	*bucket = v;
	return v;
}

bool grub2_set(struct grub2_vars *vars, const char *name, const char *value)
{
	size_t len = strlen(name);
	struct grub2_var *v = find(vars, name, len);
	struct grub2_change *change;

	if (!v && (!value || !len || len > 256))
		return !value;
	if (!v)
		v = add(vars, name, len);
	if (!v)
		return false;
	change = arena_alloc(vars->arena, sizeof(*change));
	*change = (struct grub2_change){ vars->changes, v, v->value };
	vars->changes = change;
	v->value = value ? arena_strdup(vars->arena, value) : NULL;
	return true;
}

struct grub2_change *grub2_mark(const struct grub2_vars *vars)
{
	return vars->changes;
}

void grub2_return(struct grub2_vars *vars, struct grub2_change *mark)
{
	for (; vars->changes && vars->changes != mark;
	     vars->changes = vars->changes->before)
		vars->changes->var->value = vars->changes->old;
}
