/*
 * Foreign bytes as an initramfs image: nothing may crash, hang or leak; what is taken is
 * taken the same way in any pieces.
 */
#include <assert.h>
#include <bzlib.h>
#include <stdint.h>
#include <sys/mman.h>

#include "core/io.h"
#include "core/mem.h"
#include "xenserver/installer_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t entries, bytes, sum;
	bool open;
};

static int see_entry(void *arg, const struct cpio_entry *entry, struct err *err)
{
	struct seen *s = arg;

	(void)err;
	assert(!s->open && *entry->name);
	s->entries++;
	s->sum = s->sum * 31 + strlen(entry->name) + entry->size;
	s->open = true;
	return 0;
}

static int see_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct seen *s = arg;

	(void)err;
	assert(s->open && len > 0);
	for (size_t i = 0; i < len; i++)
		s->sum = s->sum * 31 + ((const unsigned char *)bytes)[i];
	s->bytes += len;
	return 0;
}

static int see_end(void *arg, struct err *err)
{
	struct seen *s = arg;

	(void)err;
	assert(s->open);
	s->open = false;
	return 0;
}

static int feed(const uint8_t *data, size_t size, size_t piece, struct seen *seen,
		size_t *ret_used)
{
	struct cpio_reader reader = { .name = "image",
				      .sink = { seen, see_entry, see_data, see_end } };
	struct err err = { 0 };
	size_t used = 0;
	int rc = 0;

	*ret_used = 0;
	while (*ret_used < size && rc == 0) {
		size_t n = size - *ret_used < piece ? size - *ret_used : piece;

		rc = cpio_reader_feed(&reader, data + *ret_used, n, &used, &err);
		*ret_used += rc == 0 ? used : 0;
		if (rc == 0 && used < n) {
			assert(cpio_reader_is_between(&reader));
			break;
		}
	}
	assert((rc == 0) == (err.code == ERR_NONE));
	cpio_reader_free(&reader);
	return rc;
}

static void check_reader(const uint8_t *data, size_t size)
{
	struct seen whole = { 0 }, pieces = { 0 };
	size_t used, used_pieces;
	int rc;

	if (feed(data, size, size + 1, &whole, &used) < 0)
		return;
	rc = feed(data, size, 7, &pieces, &used_pieces);
	assert(rc == 0);
	assert(used == used_pieces && whole.entries == pieces.entries &&
	       whole.bytes == pieces.bytes && whole.sum == pieces.sum);
}

static void read_files(const void *data, size_t size)
{
	auto_installer_files struct installer_files files = { 0 };
	auto_fd int fd = memfd_create("image", MFD_CLOEXEC);
	struct segments_found found;
	struct err err = { 0 };
	int rc = io_write_all(fd, data, size, "image", &err);

	assert(rc == 0);
	rc = installer_files_read("image", fd, &files, &found, &err);
	assert((rc == 0) == (err.code == ERR_NONE));
	assert(rc < 0 || found.size_bytes == size);
}

/* The same where entries are recognised in the middle of an archive (cpio_seek.h). */
static void read_packed(const uint8_t *data, size_t size)
{
	unsigned len = (unsigned)(size + size / 50 + 1000);
	auto_free char *packed = xmalloc(len), *plain = xmalloc(size + 1);
	int rc;

	memcpy(plain, data, size);
	rc = BZ2_bzBuffToBuffCompress(packed, &len, plain, (unsigned)size, 1, 0, 0);
	assert(rc == BZ_OK);
	read_files(packed, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_reader(data, size);
	read_files(data, size);
	if (memmem(data, size, "07070", 5))
		read_packed(data, size);
	return 0;
}
