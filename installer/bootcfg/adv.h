/*
 * SYSLINUX's auxiliary data vector: what its loaders keep from one boot to the next, as
 * libinstaller/setadv.c and core/adv.inc of SYSLINUX 6.03 have it. Two copies stand at
 * the end of ldlinux.sys, each of 512 bytes: a magic number, a checksum, tagged items, a
 * magic number; little-endian. The loader takes the first copy that is consistent.
 */
#ifndef BOOTCFG_ADV_H
#define BOOTCFG_ADV_H

#include <stdbool.h>

#include "core/mem.h"

#define ADV_BYTES 1024 /* both copies */

/*
 * What `extlinux --once` has left: the command of the next boot, a label for the most
 * part, and both copies as the loader leaves them when it has read that. False: nothing.
 */
bool adv_find_once(const unsigned char adv[static ADV_BYTES], struct arena *arena,
		   const char **ret_command, const unsigned char **ret_then);

#endif
