#include "exec/kept.h"

#include "core/mem.h"
#include "core/text.h"

static void clear(struct kept_file *file)
{
	explicit_bzero(file->bytes, file->len);
	free(file->bytes);
	free(file->path);
}

void kept_free(struct kept *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		clear(&kept->files[i]);
	free(kept->files);
	*kept = (struct kept){ 0 };
}

static struct kept_file *find(const struct kept *kept, const char *path)
{
	for (size_t i = 0; i < kept->n; i++)
		if (str_eq(kept->files[i].path, path))
			return &kept->files[i];
	return NULL;
}

const struct kept_file *kept_find(const struct kept *kept, const char *path)
{
	return find(kept, path);
}

void kept_add(struct kept *kept, const char *path, char *bytes, size_t len,
	      enum kept_source source)
{
	struct kept_file new = { xstrdup(path), bytes, len, source };
	struct kept_file *old = find(kept, path);

	if (!old) {
		kept->files = xreallocarray(kept->files, kept->n + 1,
					    sizeof(*kept->files));
		kept->files[kept->n++] = new;
	} else if (old->source <= source) {
		clear(old);
		*old = new;
	} else {
		clear(&new);
	}
}

bool kept_is_ssh_key(const char *name)
{
	return str_starts(name, "ssh_host_") &&
	       (str_ends(name, "_key") || str_ends(name, "_key.pub") ||
		str_ends(name, "_key-cert.pub"));
}

bool kept_is_public(const char *path)
{
	return str_ends(path, ".pub");
}
