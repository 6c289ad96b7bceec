/*
 * Names for disks that hold in the installer's own kernel.
 *
 * That kernel may count disks in another order than this one, and its installer wipes
 * what the answerfile names. So each disk is found by what stands on it: the identifier
 * of its MBR (bytes 440 to 443), which dom0strap has written before. The two files below
 * go into the installer's image; udev runs the program for each disk, and the answerfile
 * names the links that result. A disk that is not found has no link, and the installer
 * stops.
 */
#ifndef XENSERVER_DISK_NAMES_H
#define XENSERVER_DISK_NAMES_H

#include <stddef.h>

#include "core/text.h"

#define DISK_NAMES_RULES   "etc/udev/rules.d/99-dom0strap.rules"
#define DISK_NAMES_PROGRAM "dom0strap/name-disk"

/* udev(7), as from version 095 (XenServer 6) on. */
void disk_names_write_rules(struct text *out);

/* names: "dom0strap/disk1"; marks: "0x1a2b3c4d". */
void disk_names_write_program(const char *const *names, const char *const *marks,
			      size_t n, struct text *out);

#endif
