/*
 * Which keys a target needs and which it has no use for: what the key table says in
 * .only.
 */
#include "config/profile_parts.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static bool same_place(struct yaml_mark a, struct yaml_mark b)
{
	return a.line == b.line && a.column == b.column;
}

/* Every object begins with its mark; a map that nobody typed has the profile's. */
static bool find_key(const struct profile *p, const struct key *key,
		     struct yaml_mark *ret_at)
{
	const char *field = (const char *)p + key->offset;
	const char *count = (const char *)p + key->count_offset;

	if (key->type == KEY_MAP) {
		*ret_at = *(const struct yaml_mark *)(const void *)field;
		return ret_at->line && !same_place(*ret_at, p->at);
	}
	if (*(const size_t *)(const void *)count == 0)
		return false;
	if (key->type == KEY_STRINGS) { /* bare strings bear no mark */
		*ret_at = p->at;
		return true;
	}
	*ret_at = **(const struct yaml_mark *const *)(const void *)field;
	return true;
}

int profile_validate_convert(const struct profile *p, struct err *err)
{
	static const char *const unused[] = { "disks",    "data-disks",    "partitions",
					      "arrays",   "volume-groups", "filesystems",
					      "image",    "identity",      "wipe",
					      "kerberos", "overlays" };

	if (p->target != TARGET_XEN_DOM0)
		return fail(p, p->at, err, "mode: convert goes with target xen-dom0");
	for (size_t i = 0; i < profile_schema.n; i++)
		for (size_t j = 0; j < ARRAY_LEN(unused); j++) {
			struct yaml_mark at;

			if (str_eq(profile_schema.keys[i].name, unused[j]) &&
			    find_key(p, &profile_schema.keys[i], &at))
				return fail(
					p, at, err,
					"%s: mode: convert leaves all of that as it is; "
					"leave the key out",
					unused[j]);
		}
	if (p->xen.make_default == XEN_DEFAULT_ONCE)
		return profile_validate_once(p, err);
	return 0;
}

int profile_validate_target(const struct profile *p, struct err *err)
{
	const char *target = p->target == TARGET_XENSERVER ? "xenserver" : "xen-dom0";

	for (size_t i = 0; i < profile_schema.n; i++) {
		const struct key *key = &profile_schema.keys[i];
		struct yaml_mark at;
		bool there;

		if (!key->only)
			continue;
		there = find_key(p, key, &at);
		if (there && p->mode != MODE_CONVERT && key->of == &convert_schema)
			return fail(p, at, err, "convert goes with mode: convert");
		if (there && !str_eq(key->only, target))
			return fail(p, at, err, "%s goes with target %s, not with %s",
				    key->name, key->only, target);
		if (!there && p->mode == MODE_INSTALL && key->required &&
		    str_eq(key->only, target))
			return fail(p, p->at, err,
				    "profile: the key \"%s\" is missing (%s)", key->name,
				    key->help);
	}
	if (p->mode == MODE_INSTALL && !p->disks.at.line)
		return fail(p, p->at, err,
			    "profile: the key \"disks\" is missing (which disks)");
	return 0;
}
