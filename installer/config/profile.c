#include "config/profile.h"

static void settle_bitmap(struct array *array)
{
	if ((int)array->bitmap == CHOICE_UNSAID)
		array->bitmap = profile_is_redundant(array->level) ? BITMAP_INTERNAL
								   : BITMAP_NONE;
}

/* What the canonical form spells out although nobody typed it. */
static void settle_choices(struct profile *p)
{
	struct array *storage = &p->xenserver.storage.array;

	if ((int)p->wipe.policy == CHOICE_UNSAID)
		p->wipe.policy = p->wipe.n_listed ? WIPE_LISTED : WIPE_BLANK_ONLY;
	for (size_t i = 0; i < p->n_arrays; i++)
		settle_bitmap(&p->arrays[i]);
	if (storage->at.line && (int)storage->level != CHOICE_UNSAID) {
		storage->name = "md0";
		storage->of = "storage";
		settle_bitmap(storage);
	}
}

int profile_parse(const char *name, const char *text, size_t len, struct arena *arena,
		  struct profile *ret, struct err *err)
{
	struct yaml_node *root;

	if (yaml_parse(name, text, len, arena, &root, err) < 0)
		return -1;
	return profile_read(name, root, arena, ret, err);
}

int profile_read(const char *name, const struct yaml_node *root, struct arena *arena,
		 struct profile *ret, struct err *err)
{
	struct profile profile = { 0 };

	if (schema_read(&profile_schema, name, root, arena, &profile, err) < 0)
		return -1;
	profile.name = arena_strdup(arena, name);
	settle_choices(&profile);
	if (profile_validate(&profile, err) < 0)
		return -1;
	*ret = profile;
	return 0;
}

char *profile_file_name(const char *id)
{
	char *name = xstrdup(id);

	for (char *c = name; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._", *c) ||
		    (c == name && *c == '.'))
			*c = '-';
	}
	return name;
}

struct digest profile_digest(const struct profile *profile)
{
	auto_text struct text canonical = { 0 };
	struct profile p = *profile;

	/* How a rack passes on an image says nothing of the host. */
	p.image.n_chunk_peers = 0;
	p.image.serve_chunks = NULL;
	schema_json(&profile_schema, &p, SCHEMA_CANONICAL, &canonical);
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

const struct disk_selector *profile_find_data_disks(const struct profile *p,
						    const char *name)
{
	for (size_t i = 0; i < p->n_data_disks; i++)
		if (str_eq(p->data_disks[i].name, name))
			return &p->data_disks[i];
	return NULL;
}

const struct volume_group *profile_find_group(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_volume_groups; i++)
		if (str_eq(p->volume_groups[i].name, name))
			return &p->volume_groups[i];
	return NULL;
}

const struct volume *profile_find_volume(const struct profile *p, const char *place,
					 const struct volume_group **ret_group)
{
	const char *slash = strchr(place, '/');
	auto_free char *name = xstrdup(place);
	const struct volume_group *group;

	if (!slash)
		return NULL;
	name[slash - place] = '\0';
	group = profile_find_group(p, name);
	for (size_t i = 0; group && i < group->n_volumes; i++)
		if (str_eq(group->volumes[i].name, slash + 1)) {
			if (ret_group)
				*ret_group = group;
			return &group->volumes[i];
		}
	return NULL;
}

bool profile_preserves(const struct profile *p, const char *what)
{
	for (size_t i = 0; i < p->n_preserve; i++)
		if (str_eq(p->preserve[i], what))
			return true;
	return false;
}

bool profile_is_redundant(enum raid_level level)
{
	return level != RAID_0 && level != RAID_LINEAR;
}

unsigned profile_count_copies(const struct array *array)
{
	unsigned copies;

	return array->layout && sscanf(array->layout, "%*1c%u", &copies) == 1 ? copies
									      : 2;
}

const char *profile_level_name(enum raid_level level)
{
	static const char *const names[] = {
		[RAID_0] = "0",           [RAID_1] = "1", [RAID_4] = "4",
		[RAID_5] = "5",           [RAID_6] = "6", [RAID_10] = "10",
		[RAID_LINEAR] = "linear",
	};

	return names[level];
}
