#include "config/profile.h"

int profile_parse(const char *name, const char *text, size_t len, struct arena *arena,
		  struct profile *ret, struct err *err)
{
	struct profile profile = { 0 };
	struct yaml_node *root;

	if (yaml_parse(name, text, len, arena, &root, err) < 0 ||
	    schema_read(&profile_schema, name, root, arena, &profile, err) < 0)
		return -1;
	profile.name = arena_strdup(arena, name);
	if (profile_validate(&profile, err) < 0)
		return -1;
	*ret = profile;
	return 0;
}

struct digest profile_digest(const struct profile *profile)
{
	auto_text struct text canonical = { 0 };

	schema_json(&profile_schema, profile, true, &canonical);
	return digest_of(canonical.s, canonical.len);
}

const struct partition *profile_find_partition(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_partitions; i++)
		if (str_eq(p->partitions[i].name, name))
			return &p->partitions[i];
	return NULL;
}

const struct array *profile_find_array(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_arrays; i++)
		if (str_eq(p->arrays[i].name, name))
			return &p->arrays[i];
	return NULL;
}

const struct filesystem *profile_find_mount(const struct profile *p, const char *mount)
{
	for (size_t i = 0; i < p->n_filesystems; i++)
		if (str_eq(p->filesystems[i].mount, mount))
			return &p->filesystems[i];
	return NULL;
}
