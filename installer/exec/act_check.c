/*
 * Action `check`: what an overlay needs of the host.
 */
#include "core/text.h"
#include "exec/exec.h"
#include "exec/target.h"

static bool is_met(const struct overlay_need *need)
{
	if (target_has(need->path))
		return true;
	for (size_t i = 0; i < need->n_others; i++)
		if (target_has(need->others[i]))
			return true;
	return false;
}

int act_check(const struct exec *x, const struct action *a, struct err *err)
{
	const struct overlay *o = a->overlay;

	(void)x;
	for (size_t i = 0; i < o->n_needs; i++) {
		const struct overlay_need *need = &o->needs[i];
		auto_text struct text all = { 0 };

		if (is_met(need))
			continue;
		text_add(&all, need->path);
		for (size_t j = 0; j < need->n_others; j++)
			text_printf(&all, " or %s", need->others[j]);
		return err_set(err, ERR_CONFIG, 0,
			       "it needs %s, which the host does not have; take an image "
			       "that has it, or leave the overlay out",
			       all.s);
	}
	return 0;
}
