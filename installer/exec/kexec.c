#include "exec/kexec.h"

#include "core/mem.h"
#include "core/proc.h"

/*
 * no-real-mode: Xen would otherwise ask the BIOS about disks that Linux has taken over,
 * and a BIOS may wait for ever for an answer; on UEFI machines there is no BIOS to ask at
 * all. The entry in the boot menu does not need it.
 */
#define XEN_KEXEC_OPTIONS "no-real-mode"

static void add(struct arena *arena, const char ***argv, size_t *n, const char *arg)
{
	*argv = arena_append(arena, *argv, n, &arg, sizeof(arg));
}

int kexec_load_xen(const struct kexec_xen *jump, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	const char **argv = NULL;
	size_t n = 0;

	add(&arena, &argv, &n, "kexec");
	/* Multiboot kernels are beyond the newer, file-based system call. */
	add(&arena, &argv, &n, "--kexec-syscall");
	add(&arena, &argv, &n, "--load");
	add(&arena, &argv, &n, jump->xen);
	add(&arena, &argv, &n,
	    arena_printf(&arena, "--command-line=%s " XEN_KEXEC_OPTIONS,
			 jump->xen_options));
	add(&arena, &argv, &n,
	    arena_printf(&arena, "--module=%s %s", jump->kernel, jump->kernel_options));
	for (const char *const *initrd = jump->initrds; *initrd; initrd++)
		add(&arena, &argv, &n, arena_printf(&arena, "--module=%s", *initrd));
	add(&arena, &argv, &n, NULL);
	return proc_run(&(struct proc){ .argv = argv }, err);
}
