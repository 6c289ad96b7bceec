/*
 * The host's own GRUB onto the EFI system partition that is mounted on its /boot/efi, at
 * the path that firmware looks for by itself (EFI/BOOT/BOOTX64.EFI): no variable of the
 * firmware is written, so every disk boots in any machine.
 */
#ifndef EXEC_BOOT_EFI_H
#define EXEC_BOOT_EFI_H

#include "plan/layout.h"

/*
 * By the host's own program (grub-install, grub2-install), in two steps: its modules into
 * /boot, and the loader to a folder that no firmware knows; when these are in their place
 * on the disks, the loader to where firmware finds it. Where the distribution ships its
 * loader as signed files in EFI/NAME (Fedora, whose grub2-install refuses UEFI), those
 * are copied, and the grub.cfg beside them leads to `directory` (/boot/grub2).
 */
must_check int boot_efi_files(const char *program, struct err *err);
must_check int boot_efi_install(const struct layout *layout, const char *program,
				const char *directory, struct err *err);

/* What that grub.cfg says. Pure. `directory` is the path in that filesystem. */
char *boot_efi_config(const char *uuid, const char *directory);

#endif
