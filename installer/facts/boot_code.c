/*
 * Both GRUBs begin with a jump over the BIOS parameter block and hold the same words;
 * GRUB legacy's jump is shorter, and the version of its stage1 stands behind the block
 * (stage1/stage1.S of GRUB 0.97, grub-core/boot/i386/pc/boot.S of GRUB 2). Syslinux
 * writes its name where FAT has that of the formatting system (core/diskstart.inc).
 */
#include "facts/facts.h"

#define CODE_END       440
#define STAGE1_VERSION 0x3e
#define OEM_NAME       3

static bool has_text(const unsigned char *code, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= CODE_END; i++)
		if (memcmp(code + i, text, len) == 0)
			return true;
	return false;
}

const char *facts_boot_loader(const unsigned char sector[static 512])
{
	if (memcmp(sector + OEM_NAME, "EXTLINUX", 8) == 0 ||
	    memcmp(sector + OEM_NAME, "SYSLINUX", 8) == 0)
		return "extlinux";
	if (sector[0] != 0xeb || !has_text(sector, "GRUB "))
		return NULL;
	return sector[1] == 0x48 && sector[STAGE1_VERSION] == 3 ? "grub-legacy" : "grub2";
}
