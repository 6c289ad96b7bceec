#include "image/cpio.h"

#include <sys/stat.h>

#include "core/mem.h"

void cpio_pad(struct text *archive)
{
	while (archive->len % CPIO_ALIGN)
		text_add_bytes(archive, "", 1);
}

void cpio_add_head(struct text *archive, const struct cpio_entry *e)
{
	/* magic, ino, mode, uid, gid, nlink, mtime, size, maj, min, rmaj, rmin, name,
	 * check */
	text_printf(archive,
		    "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08zx%08x", e->ino,
		    e->mode, e->uid, e->gid, e->nlink, e->mtime, e->size, e->dev[0],
		    e->dev[1], e->rdev[0], e->rdev[1], strlen(e->name) + 1, 0u);
	text_add_bytes(archive, e->name, strlen(e->name) + 1);
	cpio_pad(archive);
}

static void add(struct text *archive, const char *path, unsigned mode, const void *bytes,
		size_t len)
{
	const struct cpio_entry entry = {
		.name = path, .mode = mode, .nlink = 1, .size = (uint32_t)len
	};

	cpio_add_head(archive, &entry);
	text_add_bytes(archive, bytes, len);
	cpio_pad(archive);
}

void cpio_add_directory(struct text *archive, const char *path, unsigned mode)
{
	add(archive, path, S_IFDIR | mode, "", 0);
}

void cpio_add_parents(struct text *archive, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		auto_free char *dir = strndup(path, (size_t)(slash - path));

		cpio_add_directory(archive, dir, 0755);
	}
}

void cpio_add_file(struct text *archive, const char *path, unsigned mode,
		   const void *bytes, size_t len)
{
	add(archive, path, S_IFREG | mode, bytes, len);
}

void cpio_end(struct text *archive)
{
	add(archive, CPIO_TRAILER, 0, "", 0);
}

bool cpio_is_unpacked_by_kexec(const unsigned char *start, size_t len)
{
	return len >= 2 && ((start[0] == 0x1f && start[1] == 0x8b) ||
			    (start[0] == 0xfd && start[1] == '7') ||
			    (start[0] == 0x5d && start[1] == 0));
}
