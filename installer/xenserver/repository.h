/*
 * What an installed XenServer or XCP-ng needs to have its storage repository on an array.
 * Pure.
 *
 * A host that has never been booted makes its first repository by itself from
 * /etc/firstboot.d/data/default-storage.conf (xenserver-firstboot, 10-prepare-storage;
 * from 8.2 on xapi's storage-init). One that already has another needs the script.
 */
#ifndef XENSERVER_REPOSITORY_H
#define XENSERVER_REPOSITORY_H

#include "config/profile.h"
#include "core/text.h"

#define REPOSITORY_CONF    "/etc/firstboot.d/data/default-storage.conf"

#define REPOSITORY_PROGRAM "/opt/dom0strap/storage-repository"

/* Up to 8.1 whatever stands here is run once at the next start, in this order: behind
 * 10-prepare-storage and 15-set-default-storage. */
#define REPOSITORY_FIRSTBOOT "/etc/firstboot.d/97-dom0strap-storage"

/* From 8.2 on there are units instead, and this one among them tells such a release. */
#define REPOSITORY_HAS_UNITS "/usr/lib/systemd/system/storage-init.service"
#define REPOSITORY_UNIT      "/etc/systemd/system/dom0strap-storage.service"
/* Enabled without a link, which a plan does not write. */
#define REPOSITORY_WANTED "/etc/systemd/system/multi-user.target.d/dom0strap.conf"

const char *repository_type_name(enum sr_type type); /* "ext" */

void repository_write_conf(const struct storage *storage, struct text *out);

/*
 * A POSIX shell script. Where a repository of this name is on the array it does nothing;
 * otherwise it makes one. Another one of that name on this host is taken away first
 * (unplugged, destroyed) where storage->replace says so, else left as it is.
 */
void repository_write_script(const struct storage *storage, struct text *out);

void repository_write_firstboot(struct text *out);
void repository_write_unit(struct text *out);
void repository_write_wanted(struct text *out);

#endif
