/*
 * Xen after a kexec on a UEFI machine. It looks for the root of the ACPI tables (RSDP,
 * ACPI specification 5.2.5) where a BIOS leaves it; UEFI tells its address to whom it
 * starts, which is not Xen here. So one is put into low memory: made anew from the
 * address of the XSDT, which the kernel has logged, since nothing hands out the
 * firmware's own.
 */
#ifndef EXEC_KEXEC_UEFI_H
#define EXEC_KEXEC_UEFI_H

#include "core/err.h"

#define RSDP_BYTES 36

/* Pure. `log`: the kernel's. -1: it names no XSDT. */
must_check int kexec_make_rsdp(const char *log, unsigned char ret[RSDP_BYTES],
			       struct err *err);

/*
 * Does nothing on a BIOS machine. ERR_SYSTEM where low memory cannot be written, as with
 * Secure Boot's lockdown: then Xen would hang after the jump.
 */
must_check int kexec_show_acpi(struct err *err);

#endif
