/*
 * Action `initrd`: files for the host's initramfs without running the host's generator.
 *
 * The kernel unpacks concatenated cpio archives, each compressed or not, a later file
 * replacing an earlier one; so one small uncompressed segment at the end is enough, and a
 * minute is saved. The host's next own initramfs has the files from /etc.
 *
 * kexec-tools decompresses modules that begin with gzip's or xz's magic, and would drop
 * what follows. An empty archive in front hides the magic from it; the kernel skips it.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/log.h"
#include "exec/exec.h"
#include "exec/target.h"
#include "image/cpio.h"

#define COPY_BYTES 65536

static void make_segment(const struct action *a, struct text *segment)
{
	for (const char *const *path = a->initrd.paths; *path; path++) {
		cpio_add_parents(segment, *path);
		cpio_add_file(segment, *path, 0644, a->initrd.text,
			      strlen(a->initrd.text));
	}
	cpio_end(segment);
}

/* Make room for `len` bytes in front: from the end, so that nothing is overwritten. */
static int shift(int fd, off_t size, size_t len, const char *name, struct err *err)
{
	auto_free char *buf = xmalloc(COPY_BYTES);

	while (size > 0) {
		size_t n = size < COPY_BYTES ? (size_t)size : COPY_BYTES;

		size -= (off_t)n;
		if (pread(fd, buf, n, size) != (ssize_t)n ||
		    pwrite(fd, buf, n, size + (off_t)len) != (ssize_t)n)
			return err_set(err, ERR_SYSTEM, errno, "rewrite %s", name);
	}
	return 0;
}

static int extend(const char *name, const struct text *segment, struct err *err)
{
	auto_free char *path = xasprintf("/boot/%s", name);
	auto_fd int fd = target_open(path, O_RDWR);
	static const char zeros[CPIO_ALIGN];
	unsigned char start[4] = { 0 };
	auto_text struct text prefix = { 0 };
	struct stat st;
	size_t padding;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s of the host", path);
	if (pread(fd, start, sizeof(start), 0) < 0)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", path);
	if (cpio_is_unpacked_by_kexec(start, sizeof(start)))
		cpio_end(&prefix);
	if (prefix.len) {
		if (shift(fd, st.st_size, prefix.len, path, err) < 0 ||
		    lseek(fd, 0, SEEK_SET) < 0 ||
		    io_write_all(fd, prefix.s, prefix.len, path, err) < 0)
			return -1;
	}
	if (lseek(fd, 0, SEEK_END) < 0)
		return err_set(err, ERR_SYSTEM, errno, "seek in %s", path);
	padding = (CPIO_ALIGN - ((size_t)st.st_size + prefix.len) % CPIO_ALIGN) %
		  CPIO_ALIGN;
	if (io_write_all(fd, zeros, padding, path, err) < 0)
		return -1;
	return io_write_all(fd, segment->s, segment->len, path, err);
}

int act_initrd(const struct exec *x, const struct action *a, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text segment = { 0 };
	struct target_boot boot;

	(void)x;
	if (target_select_boot(NULL, &arena, &boot, err) < 0)
		return -1;
	make_segment(a, &segment);
	for (size_t i = 0; i < boot.n_initrds; i++)
		if (extend(boot.initrds[i], &segment, err) < 0)
			return -1;
	log_info("  %zu initramfs extended by %zu bytes", boot.n_initrds, segment.len);
	return 0;
}
