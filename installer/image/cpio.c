#include "image/cpio.h"

#include <sys/stat.h>

static void pad(struct text *archive)
{
	while (archive->len % CPIO_ALIGN)
		text_add_bytes(archive, "", 1);
}

static void add(struct text *archive, const char *path, unsigned mode, const void *bytes,
		size_t len)
{
	/* magic, ino, mode, uid, gid, nlink, mtime, size, maj, min, rmaj, rmin, name,
	 * check */
	text_printf(archive,
		    "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0u,
		    mode, 0u, 0u, 1u, 0u, len, 0u, 0u, 0u, 0u, strlen(path) + 1, 0u);
	text_add_bytes(archive, path, strlen(path) + 1);
	pad(archive);
	text_add_bytes(archive, bytes, len);
	pad(archive);
}

void cpio_add_directory(struct text *archive, const char *path, unsigned mode)
{
	add(archive, path, S_IFDIR | mode, "", 0);
}

void cpio_add_file(struct text *archive, const char *path, unsigned mode,
		   const void *bytes, size_t len)
{
	add(archive, path, S_IFREG | mode, bytes, len);
}

void cpio_end(struct text *archive)
{
	add(archive, "TRAILER!!!", 0, "", 0);
}
