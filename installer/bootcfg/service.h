/*
 * How a host starts a service by itself: the links that `systemctl enable`
 * (systemd.unit(5)), `chkconfig on` (chkconfig(8)) or, for a script with no more than
 * the header of the Linux Standard Base ("Comment Conventions for Init Scripts"),
 * `update-rc.d` would make. Pure.
 */
#ifndef BOOTCFG_SERVICE_H
#define BOOTCFG_SERVICE_H

#include "core/mem.h"

struct service_link {
	const char *path; /* in the host */
	const char *to;   /* what the link says */
};

/* What enabling `name` needs to know of the host: these files' texts, NULL for none. A
 * host has the unit, or else the script. */
struct service_files {
	const char *unit_path, *unit; /* the path ends in the unit's name */
	const char *script_path, *script;
};

/* Where a unit and a script may be, NULL-terminated; the unit's or the service's name
 * goes behind. */
extern const char *const service_unit_paths[], *const service_script_paths[];

/* "libvirtd" → "libvirtd.service"; what is a unit's name already (x.socket) stays. */
const char *service_unit_name(const char *name, struct arena *arena);

/* Their number; 0: the host has no such service, or it does not say when to start. */
size_t service_links(const char *name, const struct service_files *files,
		     struct arena *arena, struct service_link **ret);

#endif
