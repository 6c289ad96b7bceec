#include "xenserver/repack.h"

#include <sys/stat.h>

#include "image/packer.h"
#include "xenserver/installer_files.h"

struct repacking {
	struct cpio_reader reader;
	struct packer *packer;
	const struct text *constants;
	bool replacing; /* the current entry's content is not wanted */
	size_t content; /* bytes of the current entry, for what is padded behind it */
};

static int pack(struct repacking *r, struct text *t, struct err *err)
{
	return packer_add(r->packer, t->s, t->len, err);
}

static int take_entry(void *arg, const struct cpio_entry *original, struct err *err)
{
	struct repacking *r = arg;
	struct cpio_entry entry = *original;
	auto_text struct text t = { 0 };

	r->replacing = S_ISREG(entry.mode) &&
		       installer_file_find(entry.name) == FILE_CONSTANTS;
	if (r->replacing) {
		entry.size = (uint32_t)r->constants->len;
		entry.nlink = 1;
	}
	/* Names of one file in one archive are none in another. */
	entry.dev[0] += (uint32_t)r->reader.archives << 16;
	cpio_add_head(&t, &entry);
	if (r->replacing) {
		text_add_bytes(&t, r->constants->s, r->constants->len);
		cpio_pad(&t);
	}
	r->content = 0;
	return pack(r, &t, err);
}

static int take_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct repacking *r = arg;

	if (r->replacing)
		return 0;
	r->content += len;
	return packer_add(r->packer, bytes, len, err);
}

static int take_end(void *arg, struct err *err)
{
	struct repacking *r = arg;
	static const char zeros[CPIO_ALIGN];

	return packer_add(r->packer, zeros,
			  (CPIO_ALIGN - r->content % CPIO_ALIGN) % CPIO_ALIGN, err);
}

static int repack(struct repacking *r, int in, const struct text *rest, struct err *err)
{
	struct segments_found found;

	if (segments_read(in, &r->reader, NULL, &found, err) < 0 ||
	    packer_add(r->packer, rest->s, rest->len, err) < 0)
		return -1;
	return packer_finish(r->packer, err);
}

int repack_image(const char *name, int in, enum compression compression,
		 const struct text *constants, const struct text *rest, int out,
		 struct err *err)
{
	struct repacking r = { .constants = constants };
	int rc;

	r.reader = (struct cpio_reader){
		.name = name, .sink = { &r, take_entry, take_data, take_end }
	};
	if (packer_open(out, "the patched image", compression, &r.packer, err) < 0)
		return -1;
	rc = repack(&r, in, rest, err);
	packer_free(&r.packer);
	cpio_reader_free(&r.reader);
	return rc;
}
