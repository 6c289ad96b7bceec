/*
 * An initramfs image: cpio archives one after the other, each plain or in gzip, bzip2,
 * xz, lzma or zstd, zeros between them.
 *
 * Read once, from its beginning to its end, in bounded memory (40 MB). A bzip2 segment is
 * decompressed on all cores, and only from the wanted folder on, where it can be found
 * (cpio_seek.h), until the caller has what it wants: that it is whole and that its
 * archive ends as it should is then told from its index and its last blocks
 * (bzip2_index.h). All others are decompressed to their end.
 */
#ifndef IMAGE_SEGMENTS_H
#define IMAGE_SEGMENTS_H

#include "image/cpio_reader.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_BZIP2,
	COMPRESSION_XZ,
	COMPRESSION_LZMA,
	COMPRESSION_ZSTD,
};

struct segments_found {
	enum compression first; /* of the first segment that is not empty */
	uint64_t size_bytes;
	/* Only gzip members, up to the last byte, that make whole words: another one may
	 * be appended. */
	bool gzip_alone;
};

/* What the caller needs of it, so that the rest can be passed over. */
struct segments_wanted {
	const char *folder; /* it stands there, or nowhere; NULL: anywhere */
	bool (*enough)(const void *arg);
	const void *arg;
};

/*
 * Every segment goes through the reader, whose name and sink the caller has set; `wanted`
 * may be NULL: everything. With a folder, an archive in which that does not stand in one
 * piece can fail, or end without being enough: it is to be read again without. ERR_SOURCE
 * where it is truncated, damaged or something else.
 */
must_check int segments_read(int fd, struct cpio_reader *reader,
			     const struct segments_wanted *wanted,
			     struct segments_found *ret, struct err *err);

#endif
