/*
 * Step `overlays`: small add-ons on the host's files, in the profile's order; see
 * docs/overlays.md. What each needs is looked for before any of them changes something.
 *
 * Their first-boot scripts are started by one program, which is started by systemd or, on
 * hosts without it, by rc.local.
 */
#include "plan/first_boot.h"
#include "plan/plan.h"

#define TARGET_SELINUX "/etc/selinux/config"

/* Alternatives as an action has them, each behind `before`. */
static const char *const *copy_others(struct plan *plan, const char *before,
				      const char *const *others, size_t n)
{
	const char **copy = NULL, *end = NULL;
	size_t n_copy = 0;

	for (size_t i = 0; i < n; i++) {
		const char *other = arena_printf(&plan->arena, "%s%s", before, others[i]);

		copy = arena_append(&plan->arena, copy, &n_copy, &other, sizeof(other));
	}
	return n ? arena_append(&plan->arena, copy, &n_copy, &end, sizeof(end)) : NULL;
}

static void add(struct plan *plan, const struct overlay *o, struct action a)
{
	a.part = o ? o->name : NULL;
	plan_add(plan, a);
}

static void add_files(struct plan *plan, const struct overlay *o)
{
	for (size_t i = 0; i < o->n_files; i++) {
		const struct overlay_file *f = &o->files[i];

		add(plan, o,
		    (struct action){
			    .kind = ACT_PUT,
			    .file = { .path = arena_printf(&plan->arena, TARGET_DIR "%s",
							   f->path),
				      .others = copy_others(plan, TARGET_DIR, f->others,
							    f->n_others),
				      .only_if = f->when,
				      .unless = f->unless,
				      .mode = overlay_mode(f),
				      .owner = f->owner,
				      .text = f->bytes,
				      .len = f->len } });
	}
}

static void add_lines(struct plan *plan, const struct overlay *o)
{
	for (size_t i = 0; i < o->n_lines; i++) {
		const struct overlay_line *l = &o->lines[i];

		add(plan, o,
		    (struct action){
			    .kind = ACT_EDIT,
			    .file = { .path = arena_printf(&plan->arena, TARGET_DIR "%s",
							   l->file),
				      .others = copy_others(plan, TARGET_DIR, l->others,
							    l->n_others),
				      .only_if = l->when,
				      .unless = l->unless,
				      .edit = EDIT_LINE,
				      .key = l->key,
				      .value = l->line,
				      .before = l->before } });
	}
}

static void add_services(struct plan *plan, const struct overlay *o)
{
	for (size_t i = 0; i < o->n_services; i++) {
		const struct overlay_service *s = &o->services[i];

		add(plan, o,
		    (struct action){
			    .kind = s->disabled ? ACT_DISABLE : ACT_SERVICE,
			    .service = { .name = s->name,
					 .others = copy_others(plan, "", s->others,
							       s->n_others),
					 .only_if = s->when,
					 .unless = s->unless,
					 .needed = !s->disabled } });
	}
}

static void add_booleans(struct plan *plan, const struct overlay *o)
{
	if (o->n_booleans)
		add(plan, o,
		    (struct action){ .kind = ACT_BOOLEANS,
				     .booleans = { .policy = plan->profile->selinux.type,
						   .items = o->booleans,
						   .n = o->n_booleans,
						   .only_if = TARGET_SELINUX } });
}

/* Two digits: a shell's * sorts them. */
static void add_script(struct plan *plan, const struct overlay *o, size_t number)
{
	if (o->script)
		add(plan, o,
		    (struct action){
			    .kind = ACT_PUT,
			    .file = { .path = arena_printf(&plan->arena,
							   TARGET_DIR FIRST_BOOT_SCRIPTS
							   "/%02zu-%s",
							   number, o->name),
				      .mode = 0755,
				      .owner = "root:root",
				      .text = o->script,
				      .len = o->script_len } });
}

static void plan_overlays(struct plan *plan)
{
	const struct profile *p = plan->profile;
	bool scripts = false;

	if (plan->layout.state == STATE_COMPLETE || !p->n_overlays)
		return;
	for (size_t i = 0; i < p->n_overlays; i++)
		add(plan, p->overlays[i].overlay,
		    (struct action){ .kind = ACT_CHECK,
				     .overlay = p->overlays[i].overlay });
	for (size_t i = 0; i < p->n_overlays; i++) {
		const struct overlay *o = p->overlays[i].overlay;

		add_files(plan, o);
		add_lines(plan, o);
		add_services(plan, o);
		add_booleans(plan, o);
		add_script(plan, o, i + 1);
		scripts = scripts || o->script;
	}
	if (scripts)
		plan_add_first_boot(plan);
	plan_add_tree_labels(plan);
}

const struct step step_overlays = {
	.name = "overlays",
	.summary = "apply the overlays",
	.plan = plan_overlays,
	.on_tree = true,
};
