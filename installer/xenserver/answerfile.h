/*
 * The answerfile: the profile as the installer of XenServer and XCP-ng reads it.
 *
 * Format: host-installer, doc/answerfile.txt and answerfile.py. The old spellings are
 * written (srtype, gueststorage, nameserver, ntp-servers, ip, subnet-mask), which every
 * release from 6.0 to today reads; 6.0 ignores the new ones without a word.
 */
#ifndef XENSERVER_ANSWERFILE_H
#define XENSERVER_ANSWERFILE_H

#include "core/text.h"
#include "xenserver/release.h"

struct answerfile {
	const struct profile *profile; /* of target xenserver */
	enum release_mirror mirror;    /* how this release spells one, if it is wanted */
	/* The disks' names in the installer's kernel ("sda", or a link below /dev), as
	 * many as the profile's `disks.count`, the one for root first; NULL: sda, sdb, …
	 */
	const char *const *disks;
	const char *interface; /* the management interface's name there; NULL: as in the
				  profile */
};

/*
 * The repository is left to be made later (gueststorage="no") where the profile wants an
 * array for it or none at all; else the installer makes it on the first disk.
 * ERR_HARDWARE where a mirror is wanted and this release has none.
 */
must_check int answerfile_write(const struct answerfile *a, struct text *out,
				struct err *err);

#endif
