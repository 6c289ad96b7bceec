/*
 * Load Xen with its dom0 for kexec. The jump itself is exec_finish().
 */
#ifndef EXEC_KEXEC_H
#define EXEC_KEXEC_H

#include "core/err.h"

struct kexec_xen {
	const char *xen, *kernel;   /* paths here */
	const char *const *initrds; /* NULL-terminated */
	const char *xen_options, *kernel_options;
};

must_check int kexec_load_xen(const struct kexec_xen *jump, struct err *err);

#endif
