#include "overlay/overlay.h"

#include "bootcfg/edit.h"
#include "config/value.h"
#include "core/text.h"

#define fail(o, at, err, ...) yaml_error((o)->place, at, err, __VA_ARGS__)

unsigned overlay_mode(const struct overlay_file *f)
{
	return (unsigned)strtoull(f->mode, NULL, 8);
}

static int read_description(const struct bundle *b, struct arena *arena,
			    struct overlay *o, struct err *err)
{
	const struct bundle_entry *e = bundle_find(b, OVERLAY_FILE);
	struct yaml_node *root;

	if (!e)
		return err_set(err, ERR_CONFIG, 0, "overlay %s: it has no " OVERLAY_FILE,
			       b->name);
	return yaml_parse(o->place, e->bytes, e->len, arena, &root, err) < 0
		       ? -1
		       : schema_read(&overlay_schema, o->place, root, arena, o, err);
}

static struct overlay_file *find_file(const struct overlay *o, const char *path)
{
	for (size_t i = 0; i < o->n_files; i++)
		if (str_eq(o->files[i].path, path))
			return &o->files[i];
	return NULL;
}

/* Both ways: what nobody described would have somebody else's mode. */
static int match_files(const struct bundle *b, struct overlay *o, struct err *err)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_entry *e = &b->entries[i];
		struct overlay_file *f;

		if (!str_starts(e->path, OVERLAY_FILES "/"))
			continue;
		f = find_file(o, e->path + strlen(OVERLAY_FILES));
		if (!f)
			return fail(o, o->at, err,
				    "%s is not listed in `files`, with its mode",
				    e->path);
		f->bytes = e->bytes;
		f->len = e->len;
	}
	for (size_t i = 0; i < o->n_files; i++)
		if (!o->files[i].bytes)
			return fail(o, o->files[i].at, err,
				    "files: the overlay has no " OVERLAY_FILES "%s",
				    o->files[i].path);
	return 0;
}

static int check_presets(const struct overlay *o, struct err *err)
{
	for (size_t i = 0; i < o->n_parameters; i++) {
		const struct overlay_parameter *p = &o->parameters[i];

		if (!str_empty(p->preset) && !overlay_has_form(p->form, p->preset))
			return fail(o, p->at, err,
				    "parameters: preset of %s: \"%s\" is no %s", p->name,
				    p->preset, overlay_form_names[p->form]);
	}
	return 0;
}

static int check_lines(const struct overlay *o, struct err *err)
{
	for (size_t i = 0; i < o->n_lines; i++) {
		const struct overlay_line *l = &o->lines[i];

		if (l->before && edit_sets_key(l->line, l->before))
			return fail(o, l->at, err,
				    "lines: `line` itself is one that `before` names");
	}
	return 0;
}

static int take_script(const struct bundle *b, struct overlay *o, struct err *err)
{
	const struct bundle_entry *e = bundle_find(b, OVERLAY_SCRIPT);

	if (!e)
		return 0;
	if (!str_starts(e->bytes, "#!/"))
		return err_set(err, ERR_CONFIG, 0,
			       "overlay %s: " OVERLAY_SCRIPT
			       " does not begin with #! and its interpreter",
			       b->name);
	o->script = e->bytes;
	o->script_len = e->len;
	return 0;
}

int overlay_parse(const struct bundle *b, const char *name, struct arena *arena,
		  struct overlay *ret, struct err *err)
{
	struct overlay o = { .source = b->name };

	o.place = arena_printf(arena, "%s/" OVERLAY_FILE, b->name);
	if (read_description(b, arena, &o, err) < 0)
		return -1;
	if (!str_eq(o.name, name))
		return fail(&o, o.at, err, "this overlay is called %s, not %s", o.name,
			    name);
	if (match_files(b, &o, err) < 0 || check_presets(&o, err) < 0 ||
	    check_lines(&o, err) < 0 || take_script(b, &o, err) < 0)
		return -1;
	*ret = o;
	return 0;
}
