#include "facts/host.h"

static const struct key array_keys[] = {
	{ "device", KEY_STRING, KEY_FIELD(host_array, device), .required = true },
	{ "members", KEY_STRINGS, KEY_COUNTED(host_array, members) },
};
static const struct schema array_schema = SCHEMA("arrays", host_array, array_keys);

static const struct key mount_keys[] = {
	{ "mount", KEY_STRING, KEY_FIELD(host_mount, mount), .required = true },
	{ "device", KEY_STRING, KEY_FIELD(host_mount, device), .required = true },
	{ "type", KEY_STRING, KEY_FIELD(host_mount, type), .required = true },
	{ "uuid", KEY_STRING, KEY_FIELD(host_mount, uuid), .required = true },
};
static const struct schema mount_schema = SCHEMA("mounts", host_mount, mount_keys);

static const struct key file_keys[] = {
	{ "path", KEY_STRING, KEY_FIELD(host_file, path), .required = true },
	{ "real", KEY_STRING, KEY_FIELD(host_file, real) },
	{ "text", KEY_STRING, KEY_FIELD(host_file, text) },
};
static const struct schema file_schema = SCHEMA("files", host_file, file_keys);

static const struct key host_keys[] = {
	{ "mounts", KEY_LIST, KEY_COUNTED(installed, mounts), .of = &mount_schema },
	{ "arrays", KEY_LIST, KEY_COUNTED(installed, arrays), .of = &array_schema },
	{ "volume-devices", KEY_STRINGS, KEY_COUNTED(installed, volume_devices) },
	{ "files", KEY_LIST, KEY_COUNTED(installed, files), .of = &file_schema },
	{ "boot", KEY_STRINGS, KEY_COUNTED(installed, boot) },
	{ "dom0-kernels", KEY_STRINGS, KEY_COUNTED(installed, dom0_kernels) },
};
const struct schema host_schema = SCHEMA("hosts", installed, host_keys);

const struct host_mount *host_find_mount(const struct installed *host, const char *mount)
{
	for (size_t i = 0; i < host->n_mounts; i++)
		if (str_eq(host->mounts[i].mount, mount))
			return &host->mounts[i];
	return NULL;
}

const struct host_file *host_find_file(const struct installed *host, const char *path)
{
	for (size_t i = 0; i < host->n_files; i++)
		if (str_eq(host->files[i].path, path))
			return &host->files[i];
	return NULL;
}

const char *host_text(const struct installed *host, const char *path)
{
	const struct host_file *file = host_find_file(host, path);

	return file ? file->text : NULL;
}
