/*
 * Prepare the installer of XenServer or XCP-ng: its install.img with the constants, the
 * answerfile and the files that this host needs.
 *
 * The image is a newc cpio archive, plain or compressed, or several one after the other.
 * Its bytes stay as they are, and one segment is appended, which the kernel unpacks over
 * them (Linux Documentation/driver-api/early-userspace/buffer-format.rst): an image of
 * gzip members gets a gzip member, because kexec-tools decompresses such an image by
 * itself and would drop anything else; all others get plain cpio, 4-byte aligned. Memory
 * stays bounded whatever the image's size.
 *
 * Errors: ERR_CONFIG where the profile or a setting asks for what the constants do not
 * have (missing, assigned twice, another type, out of range), ERR_HARDWARE for what this
 * release cannot do (MBR from 8.3 on) or a disk too small for it, ERR_SOURCE where the
 * image is not an installer's, is truncated or damaged, ERR_SYSTEM.
 */
#ifndef XENSERVER_PATCH_H
#define XENSERVER_PATCH_H

#include "xenserver/constants.h"
#include "xenserver/release.h"

#define PATCH_ANSWERFILE "dom0strap/answerfile.xml" /* in the image */

/* Another file for the image, below its root; the directories above it are made. */
struct patch_file {
	const char *path; /* without a slash in front */
	unsigned mode;    /* 0644, 0755 */
	const char *text;
};

struct patch_request {
	const struct profile *profile; /* NULL: only the settings are applied, and there
					  is no answerfile */
	const struct patch_setting *settings; /* over what the profile asks for */
	size_t n_settings;
	const struct patch_file *files;
	size_t n_files;
	const char *const *disks; /* for the answerfile; see answerfile.h */
	const char *interface;
	uint64_t disk_bytes; /* the first disk's; 0: not known, the profile's
				`disks.min-size` stands for it */
	bool repack;         /* write one clean archive instead of appending */
};

struct patch_result {
	struct release release;
	/* What must be on the kernel's command line for it, in the arena: "install
	 * answerfile=file:///dom0strap/answerfile.xml disable-gpt" and the profile's
	 * installer-options. "" without a profile. */
	const char *kernel_options;
	uint64_t root_bytes; /* as the constants now say; 0 without a profile */
};

/*
 * `in` is read from its beginning (a regular file); `out` is written from where it
 * stands. `name` is the image's in messages. On failure `out` holds nothing that boots.
 */
must_check int patch_image(const struct patch_request *request, const char *name, int in,
			   int out, struct arena *arena, struct patch_result *ret,
			   struct err *err);

/*
 * The same for the constants alone: `constants` with what the request asks for, into ret.
 * install_py and answerfile_py stand beside it (NULL: not at hand; see release.h).
 */
must_check int patch_constants(const struct patch_request *request,
			       const struct constants *constants, const char *install_py,
			       const char *answerfile_py, struct arena *arena,
			       struct text *ret, struct patch_result *ret_result,
			       struct err *err);

/* For people: the era, and each constant with its line. `name` may be an image or the
 * constants themselves. */
void patch_show(const struct constants *constants, const struct release *release,
		struct text *out);

#endif
