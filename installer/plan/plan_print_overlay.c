/*
 * What overlays do, as text. Contents are shown by their digest: they are somebody's
 * files, and the plan binds them all the same.
 */
#include "plan/plan_print.h"

void plan_print_condition(const char *only_if, const char *unless, struct text *out)
{
	if (only_if)
		text_printf(out, ", if the host has %s", only_if);
	if (unless)
		text_printf(out, "%s not %s", only_if ? " and" : ", if the host has",
			    unless);
}

void plan_print_others(const char *const *others, struct text *out)
{
	for (; others && *others; others++)
		text_printf(out, " or %s", *others);
}

void plan_print_check(const struct action *a, struct text *out)
{
	const struct overlay *o = a->overlay;

	text_printf(out, " what it needs\n      | %s", o->summary);
	for (size_t i = 0; i < o->n_parameters; i++)
		text_printf(out, "\n      | %s = %s", o->parameters[i].name,
			    o->parameters[i].value);
	for (size_t i = 0; i < o->n_needs; i++) {
		text_printf(out, "\n      | the host has %s", o->needs[i].path);
		for (size_t j = 0; j < o->needs[i].n_others; j++)
			text_printf(out, " or %s", o->needs[i].others[j]);
	}
}

void plan_print_put(const struct action *a, struct text *out)
{
	const struct file_change *f = &a->file;
	struct digest digest = digest_of(f->text, f->len);

	text_printf(out, " %s", f->path);
	plan_print_others(f->others, out);
	text_printf(out, ", mode %04o, %s", f->mode, f->owner);
	plan_print_condition(f->only_if, f->unless, out);
	text_printf(out, "\n      | %zu bytes, sha256 %s", f->len, DIGEST_TEXT(&digest));
}

void plan_print_line(const struct file_change *f, struct text *out)
{
	text_printf(out, " %s", f->path);
	plan_print_others(f->others, out);
	text_printf(out, ": %s", f->key);
	plan_print_condition(f->only_if, f->unless, out);
	text_printf(out, "\n      | %s", f->value);
	if (f->before)
		text_printf(out, "\n      | above the first line with %s", f->before);
}
