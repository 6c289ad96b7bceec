/*
 * The part of the table of profile keys that is about target xenserver.
 */
#include "config/profile_parts.h"
#include "config/value.h"

static const char *const type_names[] = { "ext", "lvm", NULL };
static const char *const port_names[] = { "com1", "com2", NULL };
static const char *const backend_names[] = { "vswitch", "bridge", NULL };

#define DIGEST_KEY(title, member, file)                                                  \
	{                                                                                \
		.name = title, .type = KEY_STRING, KEY_FIELD(source_digests, member),    \
		.required = true, .valid = value_is_sha256,                              \
		.form = "64 hexadecimal digits", .help = "SHA-256 of " file              \
	}

static const struct key digest_keys[] = {
	DIGEST_KEY("xen", xen, "boot/xen.gz"),
	DIGEST_KEY("vmlinuz", vmlinuz, "boot/vmlinuz"),
	DIGEST_KEY("install-img", install_img, "install.img"),
};
static const struct schema digest_schema = SCHEMA("sha256", source_digests, digest_keys);

static const struct key storage_keys[] = {
	{ .name = "level",
	  .type = KEY_CHOICE,
	  KEY_FIELD(storage, array.level),
	  .choices = profile_level_names,
	  .help = "RAID level of the array over the third partition of each disk; "
		  "absent: "
		  "no array, with a single disk or `mirror`" },
	{ .name = "metadata",
	  .type = KEY_STRING,
	  KEY_FIELD(storage, array.metadata),
	  .valid = value_is_metadata,
	  .form = "0.90, 1.0, 1.1 or 1.2",
	  .help = "superblock version; absent: 0.90 where the release needs it, else "
		  "1.2" },
	{ .name = "layout",
	  .type = KEY_STRING,
	  KEY_FIELD(storage, array.layout),
	  .valid = value_is_array_layout,
	  .form = "n2, n3, f2, f3, o2 or o3 (RAID 10), or left-symmetric, "
		  "left-asymmetric, right-symmetric or right-asymmetric (RAID 5 and 6)",
	  .help = "how data lie on the members; absent: as mdadm does it" },
	{ .name = "chunk",
	  .type = KEY_SIZE,
	  KEY_FIELD(storage, array.chunk_bytes),
	  .min = 4096,
	  .max = 1024 * 1024 * 1024,
	  .help = "as in `arrays`" },
	{ .name = "bitmap",
	  .type = KEY_CHOICE,
	  KEY_FIELD(storage, array.bitmap),
	  .choices = profile_bitmap_names,
	  .help = "as in `arrays`" },
	{ .name = "type",
	  .type = KEY_CHOICE,
	  KEY_FIELD(storage, type),
	  .choices = type_names,
	  .preset = "ext",
	  .help = "ext: guests' disks are files and grow with what is in them; lvm: each "
		  "is a logical volume" },
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(storage, label),
	  .valid = value_is_one_line,
	  .preset = "Local storage",
	  .help = "the repository's name" },
	{ .name = "replace",
	  .type = KEY_BOOL,
	  KEY_FIELD(storage, replace),
	  .help = "a repository of that name which is there already may be destroyed, "
		  "with all guests' disks in it" },
};
static const struct schema storage_schema = SCHEMA("storage", storage, storage_keys);

static const struct key boot_keys[] = {
	{ .name = "verbose",
	  .type = KEY_BOOL,
	  KEY_FIELD(boot_options, verbose),
	  .help = "drop `quiet` and `splash`, so that a host that does not boot says "
		  "why" },
	{ .name = "serial",
	  .type = KEY_CHOICE,
	  KEY_FIELD(boot_options, serial),
	  .choices = port_names,
	  .help = "add a console on this serial port, for the installer and the host" },
	{ .name = "speed",
	  .type = KEY_UINT,
	  KEY_FIELD(boot_options, speed),
	  .min = 1200,
	  .max = 4000000,
	  .preset = "115200",
	  .help = "of the serial port, in baud" },
};
static const struct schema boot_schema = SCHEMA("boot", boot_options, boot_keys);

static const struct key xenserver_keys[] = {
	{ .name = "source",
	  .type = KEY_STRING,
	  KEY_FIELD(xenserver, source),
	  .required = true,
	  .valid = value_is_url,
	  .form = "an http:// or https:// URL",
	  .help = "the medium, unpacked on a server: boot/xen.gz, boot/vmlinuz and "
		  "install.img are below it" },
	{ .name = "sha256",
	  .type = KEY_MAP,
	  KEY_FIELD(xenserver, sha256),
	  .of = &digest_schema,
	  .optional = true,
	  .help = "digests of these three; needed where they come over plain HTTP, "
		  "unless "
		  "the profile says `insecure`" },
	{ .name = "packages",
	  .type = KEY_STRING,
	  KEY_FIELD(xenserver, packages),
	  .valid = value_is_url,
	  .form = "an http:// or https:// URL",
	  .help = "where its installer fetches packages from, if not from `source`; "
		  "that of 6.x knows plain HTTP only" },
	{ .name = "root-size",
	  .type = KEY_SIZE,
	  KEY_FIELD(xenserver, root_bytes),
	  .min = UINT64_C(1) << 30,
	  .max = UINT64_C(1) << 40,
	  .help = "of its root, in whole MiB; the partition for backups is as large; "
		  "absent: as its installer has it" },
	{ .name = "mirror",
	  .type = KEY_BOOL,
	  KEY_FIELD(xenserver, mirror),
	  .help = "RAID 1 over two whole disks by its installer's own means, which "
		  "XCP-ng has from 7.5 on and XenServer from 8.10.38 on" },
	{ .name = "storage",
	  .type = KEY_MAP,
	  KEY_FIELD(xenserver, storage),
	  .of = &storage_schema,
	  .optional = true,
	  .help = "the repository for guests' disks; absent: none is made" },
	{ .name = "boot",
	  .type = KEY_MAP,
	  KEY_FIELD(xenserver, boot),
	  .of = &boot_schema,
	  .help = "the boot menu's entries" },
	{ .name = "installer-options",
	  .type = KEY_STRING,
	  KEY_FIELD(xenserver, installer_options),
	  .valid = value_is_arguments,
	  .form = "plain arguments without quotes",
	  .preset = "",
	  .help = "further arguments of its installer's kernel, such as "
		  "`device_mapper_multipath=enabled`" },
	{ .name = "timezone",
	  .type = KEY_STRING,
	  KEY_FIELD(xenserver, timezone),
	  .valid = value_is_timezone,
	  .form = "a time zone's name like Europe/London",
	  .preset = "Etc/UTC",
	  .help = "the host's time zone" },
	{ .name = "keyboard",
	  .type = KEY_STRING,
	  KEY_FIELD(xenserver, keyboard),
	  .valid = value_is_name,
	  .form = "a keymap's name like us or de",
	  .preset = "us",
	  .help = "the console's keymap" },
	{ .name = "ntp",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(xenserver, ntp),
	  .valid = value_is_server,
	  .form = "a host name or IP address",
	  .help = "time servers; absent: as its installer has it" },
	{ .name = "network-backend",
	  .type = KEY_CHOICE,
	  KEY_FIELD(xenserver, backend),
	  .choices = backend_names,
	  .help = "absent: as its installer has it" },
};
const struct schema xenserver_schema = SCHEMA("xenserver", xenserver, xenserver_keys);
