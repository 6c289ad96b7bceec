/*
 * What two overlays must not want differently: a file, a line of one, a service, a
 * boolean. Whatever might be the same counts: which of the alternatives a host has is not
 * known here.
 */
#include "core/text.h"
#include "overlay/overlay.h"

struct names { /* a first one and its alternatives */
	const char *first;
	const char *const *others;
	size_t n;
};
#define NAMES(item, field)                                                               \
	((struct names){ (item)->field, (item)->others, (item)->n_others })

struct pair {
	const struct overlay *a, *b;
	struct err *err;
};

static const char *name_at(const struct names *names, size_t i)
{
	return i ? names->others[i - 1] : names->first;
}

/* One that both have, or NULL. */
static const char *common(struct names a, struct names b)
{
	for (size_t i = 0; i <= a.n; i++)
		for (size_t j = 0; j <= b.n; j++)
			if (str_eq(name_at(&a, i), name_at(&b, j)))
				return name_at(&a, i);
	return NULL;
}

/* One where the host has that path, the other where it has not. */
static bool exclude(const char *when, const char *unless, const char *other_when,
		    const char *other_unless)
{
	return (when && str_eq(when, other_unless)) ||
	       (unless && str_eq(unless, other_when));
}
#define EXCLUDE(x, y) exclude((x)->when, (x)->unless, (y)->when, (y)->unless)

static int fail(const struct pair *p, const char *what, const char *name)
{
	return err_set(p->err, ERR_CONFIG, 0,
		       "overlays %s and %s both want %s%s, differently", p->a->name,
		       p->b->name, what, name);
}

static bool same_file(const struct overlay_file *x, const struct overlay_file *y)
{
	return x->len == y->len && memcmp(x->bytes, y->bytes, x->len) == 0 &&
	       overlay_mode(x) == overlay_mode(y) && str_eq(x->owner, y->owner);
}

static int check_file(const struct pair *p, const struct overlay_file *x)
{
	const char *path;

	for (size_t i = 0; i < p->b->n_files; i++) {
		const struct overlay_file *y = &p->b->files[i];

		path = common(NAMES(x, path), NAMES(y, path));
		if (path && !EXCLUDE(x, y) && !same_file(x, y))
			return fail(p, "", path);
	}
	/* A file that one brings whole would lose what the other has put into it. */
	for (size_t i = 0; i < p->b->n_lines; i++) {
		const struct overlay_line *y = &p->b->lines[i];

		path = common(NAMES(x, path), NAMES(y, file));
		if (path && !EXCLUDE(x, y))
			return fail(p, "", path);
	}
	return 0;
}

static int check_line(const struct pair *p, const struct overlay_line *x)
{
	for (size_t i = 0; i < p->b->n_lines; i++) {
		const struct overlay_line *y = &p->b->lines[i];
		const char *path = common(NAMES(x, file), NAMES(y, file));

		if (path && str_eq(x->key, y->key) && !EXCLUDE(x, y) &&
		    (!str_eq(x->line, y->line) || !str_eq(x->before, y->before))) {
			auto_free char *what = xasprintf("%s in ", x->key);

			return fail(p, what, path);
		}
	}
	return 0;
}

static int check_service(const struct pair *p, const struct overlay_service *x)
{
	for (size_t i = 0; i < p->b->n_services; i++) {
		const struct overlay_service *y = &p->b->services[i];
		const char *name = common(NAMES(x, name), NAMES(y, name));

		if (name && !EXCLUDE(x, y) && x->disabled != y->disabled)
			return fail(p, "the service ", name);
	}
	return 0;
}

/* The boolean of `of` that has one of these names with the other state, or NULL. */
static const char *contradiction(const struct selinux_boolean *x,
				 const struct selinux_boolean *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (of[i].state != x->state &&
		    common(NAMES(x, name), NAMES(&of[i], name)))
			return common(NAMES(x, name), NAMES(&of[i], name));
	return NULL;
}

static int check_pair(const struct pair *p)
{
	for (size_t i = 0; i < p->a->n_files; i++)
		if (check_file(p, &p->a->files[i]) < 0)
			return -1;
	for (size_t i = 0; i < p->a->n_lines; i++)
		if (check_line(p, &p->a->lines[i]) < 0)
			return -1;
	for (size_t i = 0; i < p->a->n_services; i++)
		if (check_service(p, &p->a->services[i]) < 0)
			return -1;
	for (size_t i = 0; i < p->a->n_booleans; i++) {
		const char *name = contradiction(&p->a->booleans[i], p->b->booleans,
						 p->b->n_booleans);

		if (name)
			return fail(p, "the boolean ", name);
	}
	return 0;
}

static int check_against_profile(const struct profile *p, const struct overlay_use *use,
				 struct err *err)
{
	const struct overlay *o = use->overlay;

	if (!o)
		return yaml_error(p->name, use->at, err, "overlay %s has not been loaded",
				  use->name);
	for (size_t i = 0; i < o->n_booleans; i++) {
		const char *name = contradiction(&o->booleans[i], p->selinux.booleans,
						 p->selinux.n_booleans);

		if (name)
			return yaml_error(p->name, use->at, err,
					  "overlay %s wants the boolean %s %s, "
					  "selinux.booleans the contrary",
					  o->name, name,
					  o->booleans[i].state ? "on" : "off");
	}
	return 0;
}

int overlays_check(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_overlays; i++)
		if (check_against_profile(p, &p->overlays[i], err) < 0)
			return -1;
	for (size_t i = 0; i < p->n_overlays; i++)
		for (size_t j = 0; j < p->n_overlays; j++) {
			/* Both ways: one's file, the other's line. */
			const struct pair pair = { p->overlays[i].overlay,
						   p->overlays[j].overlay, err };

			if (i != j && check_pair(&pair) < 0)
				return -1;
		}
	return 0;
}
