#include "image/packer.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "core/mem.h"

struct packer {
	struct archive *archive;
	const char *name;
};

void packer_free(struct packer **packer)
{
	if (!*packer)
		return;
	archive_write_free((*packer)->archive);
	free(*packer);
	*packer = NULL;
}

static int fail(struct packer *p, struct err *err)
{
	const char *why = archive_error_string(p->archive);

	return err_set(err, ERR_SYSTEM, archive_errno(p->archive), "write %s: %s",
		       p->name, why ? why : "no reason given");
}

static int add_filter(struct archive *a, enum compression compression)
{
	switch (compression) {
	case COMPRESSION_NONE:
		break;
	case COMPRESSION_GZIP:
		/* The same input gives the same bytes. */
		if (archive_write_add_filter_gzip(a) != ARCHIVE_OK)
			return -1;
		return archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
	case COMPRESSION_BZIP2:
		return archive_write_add_filter_bzip2(a);
	case COMPRESSION_XZ:
		/* The kernel knows no other check sum of xz than this one and none. */
		return archive_write_add_filter_xz(a);
	case COMPRESSION_LZMA:
		return archive_write_add_filter_lzma(a);
	case COMPRESSION_ZSTD:
		return archive_write_add_filter_zstd(a);
	}
	return ARCHIVE_OK;
}

int packer_open(int fd, const char *name, enum compression compression,
		struct packer **ret, struct err *err)
{
	auto_packer struct packer *p = xcalloc(1, sizeof(*p));
	struct archive_entry *entry = archive_entry_new();
	int rc;

	p->name = name;
	p->archive = archive_write_new();
	if (!p->archive || !entry)
		abort();
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_format_raw(p->archive);
	archive_write_set_bytes_in_last_block(p->archive, 1);
	rc = add_filter(p->archive, compression);
	if (rc == ARCHIVE_OK)
		rc = archive_write_open_fd(p->archive, fd);
	if (rc == ARCHIVE_OK)
		rc = archive_write_header(p->archive, entry);
	archive_entry_free(entry);
	if (rc != ARCHIVE_OK)
		return fail(p, err);
	*ret = take_ptr(p);
	return 0;
}

int packer_add(struct packer *p, const void *bytes, size_t len, struct err *err)
{
	if (archive_write_data(p->archive, bytes, len) != (la_ssize_t)len)
		return fail(p, err);
	return 0;
}

int packer_finish(struct packer *p, struct err *err)
{
	return archive_write_close(p->archive) == ARCHIVE_OK ? 0 : fail(p, err);
}
