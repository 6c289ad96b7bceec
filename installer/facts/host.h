/*
 * An installed system, as exec/survey.c has found it on the disks: where it is, and those
 * of its files that converting it reads or may change. Data like all facts, so that a
 * plan for it is pure.
 */
#ifndef FACTS_HOST_H
#define FACTS_HOST_H

#include "config/schema.h"

struct host_array { /* assembled for the survey, stopped since */
	struct yaml_mark at;
	const char *device; /* "/dev/md0": ours, not the host's own name for it */
	const char **members;
	size_t n_members;
};

struct host_mount {
	struct yaml_mark at;
	const char *mount; /* "/", "/boot", "/usr" */
	const char *device, *type, *uuid;
};

struct host_file {
	struct yaml_mark at;
	const char *path;
	const char *real; /* where links lead to; NULL: nowhere else */
	const char *text; /* NULL: it is there, and was not read */
};

struct installed {
	struct yaml_mark at;
	struct host_mount *mounts; /* "/" is the first */
	size_t n_mounts;
	struct host_array *arrays; /* what the mounts need, in this order */
	size_t n_arrays;
	const char **volume_devices; /* physical volumes of its groups */
	size_t n_volume_devices;
	struct host_file *files;
	size_t n_files;
	const char **boot; /* names in /boot */
	size_t n_boot;
	const char **dom0_kernels; /* versions whose configuration has CONFIG_XEN_DOM0 */
	size_t n_dom0_kernels;
};

extern const struct schema host_schema;

const struct host_mount *host_find_mount(const struct installed *host, const char *mount);
const struct host_file *host_find_file(const struct installed *host, const char *path);

/* Its text; NULL where it is not there. */
const char *host_text(const struct installed *host, const char *path);

#endif
