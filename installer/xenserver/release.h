/*
 * Which release's installer an image holds, told from its own files, and what that needs.
 *
 * The releases differ in what their constants mean. Up to 5.6 there is no GPT_SUPPORT:
 * MBR always. 6.0 to 6.5: GPT_SUPPORT chooses, root_size is root and backup. 7.0 to 8.2:
 * the kernel argument `disable-gpt` chooses MBR and the old layout, whose sizes are
 * root_mbr_size_old and backup_size_old. From 8.3 on (XCP-ng 8.3, XenServer 8) GPT is all
 * there is. The host-installer's history (2006 to 2026) is where this was read.
 */
#ifndef XENSERVER_RELEASE_H
#define XENSERVER_RELEASE_H

#include "config/profile.h"
#include "xenserver/constants.h"

enum release_era {
	ERA_5, /* up to 5.6: MBR only */
	ERA_6, /* 6.0 to 6.5: GPT_SUPPORT */
	ERA_7, /* 7.0 to 8.2: disable-gpt */
	ERA_8, /* 8.3 and later: GPT only */
};

/* How its answerfile spells a mirror of whole disks. */
enum release_mirror {
	MIRROR_NONE,   /* it cannot */
	MIRROR_RAID,   /* XCP-ng 7.5: <raid device="md127"><disk>… */
	MIRROR_SWRAID, /* XenServer 8.10.38: <primary-disk swraid="true">sda,sdb */
};

struct release {
	enum release_era era;
	enum release_mirror mirror;
};

/*
 * From the installer's own files: its constants, and the text of install.py and
 * answerfile.py beside it (NULL where they are not at hand). ERR_SOURCE where these are
 * no installer's constants, or install.py is needed and missing.
 */
must_check int release_detect(const struct constants *constants, const char *install_py,
			      const char *answerfile_py, struct release *ret,
			      struct err *err);

/*
 * What the profile asks for, as values of this release's constants: appended to settings
 * (in the arena). A larger root takes the backup and the smallest disk with it.
 * ret_root_bytes is what root will have. ERR_HARDWARE for what this release cannot do, or
 * where disk_bytes (0: unknown) has no room for root twice and a repository; ERR_CONFIG
 * where a constant is not there.
 */
must_check int release_choose(const struct release *release,
			      const struct constants *constants,
			      const struct profile *profile, uint64_t disk_bytes,
			      struct arena *arena, struct patch_setting **settings,
			      size_t *n, uint64_t *ret_root_bytes, struct err *err);

/* What must be on the installer's kernel command line for it: "disable-gpt" or "". */
const char *release_kernel_options(const struct release *release,
				   const struct profile *profile);

/* "7.0 to 8.2", for people. */
const char *release_era_name(enum release_era era);

/* The superblock version that its kernel assembles by itself: "0.90" or "1.2". */
const char *release_metadata(enum release_era era);

#endif
