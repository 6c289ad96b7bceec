#include "exec/boot_efi.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/log.h"
#include "exec/target.h"

#define EFI_DIR     "/boot/efi/EFI"
#define WAITING     "/boot/efi/dom0strap" /* the loader, until /boot is ready */
#define LOADER_NAME "BOOTX64.EFI"         /* UEFI specification, 3.5.1.1 */

char *boot_efi_config(const char *uuid, const char *directory)
{
	return xasprintf("search --no-floppy --fs-uuid --set=dev %s\n"
			 "set prefix=($dev)%s\n"
			 "export prefix\n"
			 "configfile $prefix/grub.cfg\n",
			 uuid, directory);
}

/* The folder in which the distribution's own signed loader lies, or NULL. */
static char *find_vendor(void)
{
	auto_dir DIR *dir = io_take_dir(target_open(EFI_DIR, O_RDONLY | O_DIRECTORY));
	char *found = NULL;

	for (struct dirent *e; dir && !found && (e = readdir(dir));) {
		auto_free char *shim = xasprintf(EFI_DIR "/%s/shimx64.efi", e->d_name);
		auto_free char *grub = xasprintf(EFI_DIR "/%s/grubx64.efi", e->d_name);

		if (e->d_name[0] != '.' && target_has(shim) && target_has(grub))
			found = xasprintf(EFI_DIR "/%s", e->d_name);
	}
	return found;
}

/* FAT has neither owners nor modes, so target_write() would fail there. */
static int write_file(const char *path, const char *text, struct err *err)
{
	auto_fd int fd = target_open(path, O_WRONLY | O_CREAT | O_TRUNC);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s of the host", path);
	if (io_write_all(fd, text, strlen(text), path, err) < 0)
		return -1;
	if (fsync(fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "write %s of the host", path);
	return 0;
}

static int copy_file(const char *dir, const char *name, const char *to, struct err *err)
{
	auto_free char *from = xasprintf("%s/%s", dir, name);
	auto_free char *path = xasprintf(EFI_DIR "/BOOT/%s", to);

	return target_copy(from, path, err);
}

/* GRUB comes last but one, what starts it last: until then nothing boots. */
static int copy_vendor(const struct layout *l, const char *vendor, const char *directory,
		       struct err *err)
{
	const struct layout_filesystem *boot = layout_find_mount(l, "/boot");
	const struct layout_filesystem *root = layout_find_mount(l, "/");
	const char *in_boot = boot ? directory + strlen("/boot") : directory;
	auto_free char *text = boot_efi_config((boot ? boot : root)->uuid, in_boot);
	auto_free char *path = xasprintf("%s/grub.cfg", vendor);
	auto_fd int dir = target_open(EFI_DIR, O_RDONLY | O_DIRECTORY);

	if (dir < 0 || (mkdirat(dir, "BOOT", 0755) < 0 && errno != EEXIST))
		return err_set(err, ERR_SYSTEM, errno,
			       "make " EFI_DIR "/BOOT of the host");
	if (write_file(path, text, err) < 0 ||
	    write_file(EFI_DIR "/BOOT/grub.cfg", text, err) < 0 ||
	    copy_file(vendor, "grubx64.efi", "grubx64.efi", err) < 0 ||
	    copy_file(vendor, "shimx64.efi", LOADER_NAME, err) < 0)
		return -1;
	log_info("  EFI: %s/shimx64.efi and grubx64.efi copied to EFI/BOOT", vendor);
	return 0;
}

int boot_efi_files(const char *program, struct err *err)
{
	auto_free char *vendor = str_eq(program, "grub2-install") ? find_vendor() : NULL;
	static const char where[] = "--efi-directory=" WAITING;
	auto_fd int waiting = -1;

	if (vendor)
		return 0; /* it reads its menu there, and no modules */
	if (!target_has("/usr/lib/grub/x86_64-efi"))
		return err_set(err, ERR_SOURCE, 0,
			       "the host cannot boot on UEFI: its image has neither "
			       "/usr/lib/grub/x86_64-efi nor a loader below " EFI_DIR
			       "; it needs the GRUB 2 package for UEFI machines");
	waiting = target_make_directory(WAITING);
	if (waiting < 0)
		return err_set(err, ERR_SYSTEM, errno, "make " WAITING " of the host");
	return RUN_IN_TARGET(err, program, "--target=x86_64-efi", where, "--removable",
			     "--no-nvram");
}

/* All of that FAT onto the disks: syncfs() writes the folders above, too, but of their
 * own caches the disks hear by fsync() only. */
static int sync_all(int directory)
{
	return syncfs(directory) < 0 ? -1 : fsync(directory);
}

/* All names there but LOADER_NAME: the GRUB that a signed shim starts, and its menu. */
static int move_others(DIR *from, int to)
{
	for (struct dirent *e; (e = readdir(from));) {
		if (e->d_name[0] == '.' || strcasecmp(e->d_name, LOADER_NAME) == 0)
			continue;
		if (renameat(dirfd(from), e->d_name, to, e->d_name) < 0)
			return -1;
		log_info("  EFI: EFI/BOOT/%s", e->d_name);
	}
	return sync_all(to);
}

/* From where no firmware looks for it to where all of it does. What starts comes last. */
static int move_loader(struct err *err)
{
	auto_dir DIR *from = io_take_dir(
		target_open(WAITING "/EFI/BOOT", O_RDONLY | O_DIRECTORY));
	auto_fd int to = target_make_directory(EFI_DIR "/BOOT");

	if (!from || to < 0 || move_others(from, to) < 0 ||
	    renameat(dirfd(from), LOADER_NAME, to, LOADER_NAME) < 0 || sync_all(to) < 0)
		return err_set(err, ERR_SYSTEM, errno,
			       "move what is in " WAITING
			       "/EFI/BOOT of the host to " EFI_DIR "/BOOT");
	return 0;
}

/* Empty by now; what it may hold all the same does no harm. */
static void remove_waiting(void)
{
	auto_fd int fd = target_open("/boot/efi", O_RDONLY | O_DIRECTORY);

	unlinkat(fd, "dom0strap/EFI/BOOT", AT_REMOVEDIR);
	unlinkat(fd, "dom0strap/EFI", AT_REMOVEDIR);
	unlinkat(fd, "dom0strap", AT_REMOVEDIR);
}

int boot_efi_install(const struct layout *l, const char *program, const char *directory,
		     struct err *err)
{
	auto_free char *vendor = str_eq(program, "grub2-install") ? find_vendor() : NULL;

	if (vendor)
		return copy_vendor(l, vendor, directory, err);
	if (move_loader(err) < 0)
		return -1;
	remove_waiting();
	log_info("  EFI: %s --removable: EFI/BOOT/" LOADER_NAME, program);
	return 0;
}
