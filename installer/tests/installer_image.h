/*
 * A tiny "installer image": not one of XenServer's, but with the files that tell what it
 * is, in the places where these stand. The texts are made up in the forms of each era.
 */
#ifndef TESTS_INSTALLER_IMAGE_H
#define TESTS_INSTALLER_IMAGE_H

#include <fcntl.h>
#include <sys/mman.h>

#include "image/cpio.h"
#include "image/packer.h"
#include "tests/support.h"
#include "xenserver/release.h"

static const char constants_5[] = "# sizes in MB\n"
				  "min_primary_disk_size = 12 #GB\n"
				  "root_size = 4096\n"
				  "rootfs_type = 'ext3'\n";

static const char constants_6[] =
	"import version\n"
	"min_primary_disk_size = 12 #GB\n"
	"# Change GPT_SUPPORT = True to False for DOS partitions; root_size = N is MB\n"
	"GPT_SUPPORT = True\n"
	"root_size = 4096\t# MB, and root_size of the backup\n"
	"rootfs_type = 'ext3'\n"
	"rootfs_label = \"root-%s\" % \"\".join([x\n"
	"                     for x in range(8)])\n"
	"swap_size = 512\n";

static const char constants_7[] =
	"min_primary_disk_size_old = 12 #GB\n"
	"min_primary_disk_size = 46 #GB\n"
	"GPT_SUPPORT = True\n"
	"boot_size = 512\n"
	"root_mbr_size_old = 4096\n"
	"root_mbr_size = 18432\n"
	"root_gpt_size_old = 3584\n"
	"root_gpt_size = 17920\n"
	"root_size_old = max(root_mbr_size_old, root_gpt_size_old)  # free space\n"
	"root_size = max(root_mbr_size, root_gpt_size)  # free space\n"
	"backup_size_old = 4096\n"
	"backup_size = 18432\n"
	"swap_size = 1024\n"
	"logs_size = 4096\n"
	"install_size = logs_size + backup_size + root_size + boot_size + swap_size\n"
	"rootfs_type = 'ext3'\n";

static const char constants_9[] = "min_primary_disk_size = 46 #GB\n"
				  "GPT_SUPPORT = True\n"
				  "boot_size = 512\n"
				  "root_size = 18432\n"
				  "backup_size = 18432\n"
				  "swap_size = 1024\n"
				  "logs_size = 4096\n"
				  "default_rootfs_type = 'ext4'\n";

static const char install_7[] = "if opt == \"--disable-gpt\":\n    pass\n";
static const char install_other[] = "if opt == \"--keymap\":\n    pass\n";
static const char answerfile_plain[] = "nodes = find(['primary-disk'])\n";
static const char answerfile_xcp[] = "nodes = find(self.top_node, ['raid'])\n";
static const char answerfile_8_10[] = "flag = getBoolAttribute(node, ['swraid'])\n";

struct installer_image {
	const char *constants, *install, *answerfile;
	size_t filler_bytes; /* of another file, before and behind */
};

/* Text that compresses by half or so, so that blocks are of usual sizes. */
static inline char *make_filler(size_t len)
{
	char *filler = xmalloc(len + 1);
	unsigned seed = 1;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		filler[i] = (char)('a' + (seed >> 28));
	}
	filler[len] = '\0';
	return filler;
}

static inline void add_image_file(struct text *t, const char *name, const char *content)
{
	const struct cpio_entry entry = { .name = name,
					  .mode = 0100640,
					  .uid = 7,
					  .gid = 8,
					  .nlink = 1,
					  .mtime = 1234567890,
					  .size = (uint32_t)strlen(content) };

	cpio_add_head(t, &entry);
	text_add(t, content);
	cpio_pad(t);
}

static inline struct text make_archive(const struct installer_image *image)
{
	auto_free char *filler = make_filler(image->filler_bytes);
	struct text t = { 0 };

	cpio_add_directory(&t, ".", 0755);
	add_image_file(&t, "./bin/filler", filler);
	cpio_add_directory(&t, "./opt/xensource/installer", 0755);
	if (image->constants)
		add_image_file(&t, "./opt/xensource/installer/constants.py",
			       image->constants);
	if (image->install)
		add_image_file(&t, "./opt/xensource/installer/install.py",
			       image->install);
	if (image->answerfile)
		add_image_file(&t, "./opt/xensource/installer/answerfile.py",
			       image->answerfile);
	add_image_file(&t, "./usr/filler", filler);
	cpio_end(&t);
	return t;
}

/* A file without a name; the offset is at its end. */
static inline int pack_bytes(const void *bytes, size_t len, enum compression compression)
{
	auto_packer struct packer *packer = NULL;
	struct err err = { 0 };
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_ok(packer_open(fd, "image", compression, &packer, &err));
	assert_ok(packer_add(packer, bytes, len, &err));
	assert_ok(packer_finish(packer, &err));
	return fd;
}

static inline void read_whole(int fd, struct text *ret)
{
	char buf[65536];
	ssize_t n;

	for (off_t at = 0; (n = pread(fd, buf, sizeof(buf), at)) > 0; at += n)
		text_add_bytes(ret, buf, (size_t)n);
}

#endif
