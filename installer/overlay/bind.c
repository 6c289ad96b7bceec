/*
 * Parameters: their values, and where they go. @NAME@ is replaced, once, from left to
 * right; what is put in is not looked at again.
 */
#include "bootcfg/edit.h"
#include "core/text.h"
#include "overlay/overlay.h"

struct binding {
	const struct overlay *o;
	struct arena *arena;
};

static struct overlay_parameter *find_parameter(const struct overlay *o, const char *name,
						size_t len)
{
	for (size_t i = 0; i < o->n_parameters; i++)
		if (strlen(o->parameters[i].name) == len &&
		    memcmp(o->parameters[i].name, name, len) == 0)
			return &o->parameters[i];
	return NULL;
}

static int fail_unknown(const struct overlay *o, const struct overlay_value *v,
			const char *profile, struct err *err)
{
	auto_free const char **names = xcalloc(o->n_parameters + 1, sizeof(*names));
	auto_text struct text known = { 0 };
	const char *near;

	for (size_t i = 0; i < o->n_parameters; i++) {
		names[i] = o->parameters[i].name;
		text_printf(&known, "%s%s", i ? ", " : "", names[i]);
	}
	near = str_nearest(v->name, names, o->n_parameters);
	if (near)
		return yaml_error(profile, v->at, err,
				  "overlay %s has no parameter \"%s\"; did you mean "
				  "\"%s\"?",
				  o->name, v->name, near);
	return yaml_error(profile, v->at, err,
			  "overlay %s has no parameter \"%s\"; there are: %s", o->name,
			  v->name, known.len ? known.s : "none");
}

static int take_values(struct overlay *o, const struct overlay_use *use,
		       const char *profile, struct err *err)
{
	for (size_t i = 0; i < o->n_parameters; i++)
		o->parameters[i].value = o->parameters[i].preset;
	for (size_t i = 0; i < use->n_parameters; i++) {
		const struct overlay_value *v = &use->parameters[i];
		struct overlay_parameter *p = find_parameter(o, v->name, strlen(v->name));

		if (!p)
			return fail_unknown(o, v, profile, err);
		if (!overlay_has_form(p->form, v->value))
			return yaml_error(profile, v->at, err,
					  "overlay %s: %s: \"%s\" is no %s without "
					  "quotes, backslashes, $ and backticks",
					  o->name, v->name, v->value,
					  overlay_form_names[p->form]);
		p->value = v->value;
	}
	for (size_t i = 0; i < o->n_parameters; i++)
		if (!o->parameters[i].value)
			return yaml_error(profile, use->at, err,
					  "overlay %s: the parameter \"%s\" is missing "
					  "(%s)",
					  o->name, o->parameters[i].name,
					  o->parameters[i].help);
	return 0;
}

/* The length of "@word@" at s, 0 where there is none. */
static size_t mark_length(const char *s)
{
	size_t len = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && s[1 + len] == '@' ? len + 2 : 0;
}

/* `what` is where the text stands: "files/etc/motd", "line 12". */
static int fill(const struct binding *b, const char *what, const char **text, size_t *len,
		struct err *err)
{
	auto_text struct text out = { 0 };
	const char *s = *text;

	if (!b->o->n_parameters || strlen(s) != *len)
		return 0; /* nothing to put in, or no text */
	while (*s) {
		size_t plain = strcspn(s, "@"), mark;
		const struct overlay_parameter *p;

		text_add_bytes(&out, s, plain);
		s += plain;
		mark = *s ? mark_length(s) : 0;
		p = mark ? find_parameter(b->o, s + 1, mark - 2) : NULL;
		if (mark && !p)
			return err_set(err, ERR_CONFIG, 0,
				       "overlay %s: %s: %.*s is none of its parameters",
				       b->o->source, what, (int)mark, s);
		if (p)
			text_add(&out, p->value);
		else if (*s)
			text_add_bytes(&out, s, 1);
		s += p ? mark : *s ? 1 : 0;
	}
	*len = out.len;
	*text = arena_strndup(b->arena, out.s ? out.s : "", out.len);
	return 0;
}

static int fill_line(const struct binding *b, struct overlay_line *l, struct err *err)
{
	auto_free char *what = xasprintf("line %u", l->at.line);
	size_t key_len = strlen(l->key), line_len = strlen(l->line);

	if (fill(b, what, &l->key, &key_len, err) < 0 ||
	    fill(b, what, &l->line, &line_len, err) < 0)
		return -1;
	/* Else each run would add one more. */
	if (!edit_sets_key(l->line, l->key))
		return yaml_error(b->o->place, l->at, err,
				  "lines: `%s` does not set its key `%s`", l->line,
				  l->key);
	return 0;
}

int overlay_bind(struct overlay *o, const struct overlay_use *use, const char *profile,
		 struct arena *arena, struct err *err)
{
	const struct binding b = { .o = o, .arena = arena };

	if (take_values(o, use, profile, err) < 0)
		return -1;
	for (size_t i = 0; i < o->n_files; i++) {
		struct overlay_file *f = &o->files[i];

		if (fill(&b, f->path, &f->bytes, &f->len, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < o->n_lines; i++)
		if (fill_line(&b, &o->lines[i], err) < 0)
			return -1;
	if (o->script && fill(&b, OVERLAY_SCRIPT, &o->script, &o->script_len, err) < 0)
		return -1;
	return 0;
}
