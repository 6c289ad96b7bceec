/*
 * The one table of profile keys. Whoever adds a key adds a line here, a field in
 * profile.h and, where it must agree with other keys, a check in profile_validate.c.
 */
#include <arpa/inet.h>
#include <ctype.h>

#include "config/profile.h"

static const char *const target_names[] = { "xen-dom0", NULL };
static const char *const table_names[] = { "mbr", NULL };
static const char *const wipe_names[] = { "blank-only", NULL };
static const char *const loader_names[] = { "grub2", NULL };
static const char *const finish_names[] = { "kexec", "reboot", "poweroff", "shell",
					    NULL };
static const char *const on_error_names[] = { "shell", "reboot", "poweroff", NULL };
static const char *const method_names[] = { "dhcp", "static", NULL };
static const char *const choice_names[] = { "any", "false", "true", NULL };

static bool all_of(const char *s, const char *allowed)
{
	return *s && s[strspn(s, allowed)] == '\0';
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* RFC 1123: labels of letters, digits and inner hyphens, 253 characters at most. */
static bool is_host(const char *s)
{
	size_t label = 0;

	if (strlen(s) > 253 || !all_of(s, LOWER UPPER DIGITS "-."))
		return false;
	for (const char *c = s; *c; c++) {
		bool edge = c == s || c[-1] == '.' || !c[1] || c[1] == '.';

		label = *c == '.' ? 0 : label + 1;
		if (label > 63 || (edge && *c == '-') ||
		    (*c == '.' && edge && c[-1] == '.'))
			return false;
	}
	return *s != '.' && !str_ends(s, ".");
}

/* Starts with a letter, so that it cannot be taken for an option or a number. */
static bool is_name(const char *s)
{
	return isalpha((unsigned char)*s) && strlen(s) <= 32 &&
	       all_of(s, LOWER UPPER DIGITS "-_");
}

static bool is_array_name(const char *s)
{
	return str_starts(s, "md") && all_of(s + 2, DIGITS) && strlen(s) <= 5 &&
	       (s[2] != '0' || !s[3]);
}

static bool is_metadata(const char *s)
{
	return str_eq(s, "1.0") || str_eq(s, "1.2");
}

static bool is_filesystem(const char *s)
{
	return str_eq(s, "ext4");
}

static bool is_mount(const char *s)
{
	if (*s != '/' || strstr(s, "//") || (s[1] && str_ends(s, "/")))
		return false;
	for (const char *part = s; part; part = strchr(part + 1, '/')) {
		size_t len = strcspn(part + 1, "/");

		if ((len == 1 && part[1] == '.') ||
		    (len == 2 && part[1] == '.' && part[2] == '.'))
			return false;
	}
	return all_of(s, LOWER UPPER DIGITS "-_./");
}

static bool is_mac(const char *s)
{
	if (strlen(s) != 17)
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

static bool is_url(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return (str_starts(s, "http://") && s[7]) || (str_starts(s, "https://") && s[8]);
}

static bool is_sha256(const char *s)
{
	struct digest ignored;

	return digest_parse(s, &ignored);
}

static bool is_ip(const char *s)
{
	unsigned char address[16];

	return inet_pton(AF_INET, s, address) == 1 ||
	       inet_pton(AF_INET6, s, address) == 1;
}

static bool is_ip_with_prefix(const char *s)
{
	auto_free char *copy = xstrdup(s);
	char *slash = strchr(copy, '/');
	uint64_t bits;

	if (!slash)
		return false;
	*slash = '\0';
	return all_of(slash + 1, DIGITS) && size_parse(slash + 1, &bits) && is_ip(copy) &&
	       bits <= (strchr(copy, ':') ? 128 : 32);
}

/* crypt(5): $id$…; a `*` or `!` would be a locked account, which is the default anyway.
 */
static bool is_password_hash(const char *s)
{
	return *s == '$' && strlen(s) > 8 && all_of(s, LOWER UPPER DIGITS "$./=,-_");
}

static bool is_one_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

/* These go into shell and GRUB syntax between double quotes. */
static bool is_arguments(const char *s)
{
	return is_one_line(s) && !strpbrk(s, "\"'\\`$;|&<>");
}

static bool is_ssh_key(const char *s)
{
	return is_one_line(s) && strchr(s, ' ') && *s != '#' && *s != ' ';
}

static const struct key match_keys[] = {
	{ .name = "mac",
	  .type = KEY_STRING,
	  KEY_FIELD(match, mac),
	  .valid = is_mac,
	  .form = "an address like 52:54:00:aa:bb:cc",
	  .help = "address of the network card that it boots from" },
	{ .name = "uuid",
	  .type = KEY_STRING,
	  KEY_FIELD(match, uuid),
	  .valid = is_one_line,
	  .help = "the machine's UUID from its firmware" },
	{ .name = "serial",
	  .type = KEY_STRING,
	  KEY_FIELD(match, serial),
	  .valid = is_one_line,
	  .help = "the machine's serial number from its firmware" },
};
static const struct schema match_schema = SCHEMA("match", match, match_keys);

static const struct key disk_keys[] = {
	{ .name = "count",
	  .type = KEY_UINT,
	  KEY_FIELD(disk_selector, count),
	  .required = true,
	  .min = 1,
	  .max = 24,
	  .help = "how many disks; exactly as many must fit" },
	{ .name = "min-size",
	  .type = KEY_SIZE,
	  KEY_FIELD(disk_selector, min_bytes),
	  .help = "smaller disks do not fit" },
	{ .name = "max-size",
	  .type = KEY_SIZE,
	  KEY_FIELD(disk_selector, max_bytes),
	  .help = "larger disks do not fit" },
	{ .name = "serial",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(disk_selector, serials),
	  .valid = is_one_line,
	  .help = "only disks with one of these serial numbers fit" },
	{ .name = "model",
	  .type = KEY_STRING,
	  KEY_FIELD(disk_selector, model),
	  .valid = is_one_line,
	  .help = "only disks whose model matches this pattern (`*`, `?`)" },
	{ .name = "transport",
	  .type = KEY_STRING,
	  KEY_FIELD(disk_selector, transport),
	  .valid = is_name,
	  .form = "one of sata, sas, scsi, nvme, usb, virtio, ata, mmc",
	  .help = "how the disk is attached; USB disks fit only where `usb` is asked "
		  "for" },
	{ .name = "rotational",
	  .type = KEY_CHOICE,
	  KEY_FIELD(disk_selector, rotational),
	  .choices = choice_names,
	  .preset = "any",
	  .help = "true: hard disks, false: SSDs" },
};
static const struct schema disk_schema = SCHEMA("disks", disk_selector, disk_keys);

static const struct key partition_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(partition, name),
	  .required = true,
	  .valid = is_name,
	  .form = "a short name of letters, digits, - and _",
	  .help = "what arrays and filesystems call it" },
	{ .name = "size",
	  .type = KEY_SIZE,
	  KEY_FIELD(partition, bytes),
	  .required = true,
	  .rest = true,
	  .min = 1024 * 1024,
	  .help = "rounded up to whole MiB" },
	{ .name = "active",
	  .type = KEY_BOOL,
	  KEY_FIELD(partition, active),
	  .help = "the one that a BIOS boots; default: the one with /boot" },
};
static const struct schema partition_schema = SCHEMA("partitions", partition,
						     partition_keys);

static const struct key array_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(array, name),
	  .required = true,
	  .valid = is_array_name,
	  .form = "a name like md0",
	  .help = "the device's name" },
	{ .name = "level",
	  .type = KEY_UINT,
	  KEY_FIELD(array, level),
	  .required = true,
	  .min = 1,
	  .max = 1,
	  .help = "RAID level" },
	{ .name = "of",
	  .type = KEY_STRING,
	  KEY_FIELD(array, of),
	  .required = true,
	  .valid = is_name,
	  .form = "a partition's name",
	  .help = "the partition that is its member on every disk" },
	{ .name = "metadata",
	  .type = KEY_STRING,
	  KEY_FIELD(array, metadata),
	  .valid = is_metadata,
	  .form = "1.0 or 1.2",
	  .preset = "1.2",
	  .help = "superblock version: 1.0 at the end of a member, 1.2 at its "
		  "beginning" },
};
static const struct schema array_schema = SCHEMA("arrays", array, array_keys);

static const struct key filesystem_keys[] = {
	{ .name = "on",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, on),
	  .required = true,
	  .valid = is_name,
	  .form = "an array's or partition's name",
	  .help = "an array or, with a single disk, a partition" },
	{ .name = "type",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, type),
	  .required = true,
	  .valid = is_filesystem,
	  .form = "ext4",
	  .help = "filesystem type" },
	{ .name = "mount",
	  .type = KEY_STRING,
	  KEY_FIELD(filesystem, mount),
	  .required = true,
	  .valid = is_mount,
	  .form = "a path like /boot, without . or .. in it",
	  .help = "where it is mounted in the host" },
};
static const struct schema filesystem_schema = SCHEMA("filesystems", filesystem,
						      filesystem_keys);

static const struct key image_keys[] = {
	{ .name = "url",
	  .type = KEY_STRING,
	  KEY_FIELD(image, url),
	  .required = true,
	  .valid = is_url,
	  .form = "an http:// or https:// URL",
	  .help = "tar archive of the host, plain or with gzip, xz, zstd or bzip2" },
	{ .name = "sha256",
	  .type = KEY_STRING,
	  KEY_FIELD(image, sha256),
	  .required = true,
	  .valid = is_sha256,
	  .form = "64 hexadecimal digits",
	  .help = "SHA-256 of the file at that URL" },
};
static const struct schema image_schema = SCHEMA("image", image, image_keys);

static const struct key network_keys[] = {
	{ .name = "interface",
	  .type = KEY_STRING,
	  KEY_FIELD(network, interface),
	  .valid = is_name,
	  .form = "a network card's name",
	  .help = "the card by its name in the installed host" },
	{ .name = "mac",
	  .type = KEY_STRING,
	  KEY_FIELD(network, mac),
	  .valid = is_mac,
	  .form = "an address like 52:54:00:aa:bb:cc",
	  .help = "the card by its address" },
	{ .name = "method",
	  .type = KEY_CHOICE,
	  KEY_FIELD(network, method),
	  .choices = method_names,
	  .preset = "dhcp",
	  .help = "where its address comes from" },
	{ .name = "address",
	  .type = KEY_STRING,
	  KEY_FIELD(network, address),
	  .valid = is_ip_with_prefix,
	  .form = "an address with prefix length like 192.0.2.10/24",
	  .help = "with `static`" },
	{ .name = "gateway",
	  .type = KEY_STRING,
	  KEY_FIELD(network, gateway),
	  .valid = is_ip,
	  .form = "an IP address",
	  .help = "with `static`" },
	{ .name = "nameservers",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(network, nameservers),
	  .valid = is_ip,
	  .form = "an IP address",
	  .help = "with `static`" },
};
static const struct schema network_schema = SCHEMA("network", network, network_keys);

static const struct key identity_keys[] = {
	{ .name = "ssh-keys",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(identity, ssh_keys),
	  .valid = is_ssh_key,
	  .form = "a line as in authorized_keys",
	  .help = "who may log in as root over SSH" },
	{ .name = "root-password-hash",
	  .type = KEY_STRING,
	  KEY_FIELD(identity, root_password_hash),
	  .secret = true,
	  .valid = is_password_hash,
	  .form = "a crypt(5) hash like $6$…",
	  .help = "root's password; absent: what the image has stays" },
	{ .name = "network",
	  .type = KEY_LIST,
	  KEY_COUNTED(identity, networks),
	  .of = &network_schema,
	  .help = "the host's network cards; absent: what the image has stays" },
};
static const struct schema identity_schema = SCHEMA("identity", identity, identity_keys);

static const struct key xen_keys[] = {
	{ .name = "options",
	  .type = KEY_STRING,
	  KEY_FIELD(xen, options),
	  .valid = is_arguments,
	  .form = "plain arguments without quotes",
	  .preset = "",
	  .help = "arguments of the hypervisor" },
	{ .name = "kernel-options",
	  .type = KEY_STRING,
	  KEY_FIELD(xen, kernel_options),
	  .valid = is_arguments,
	  .form = "plain arguments without quotes",
	  .preset = "",
	  .help = "arguments of dom0's kernel, after `root=` and `ro`" },
	{ .name = "default",
	  .type = KEY_BOOL,
	  KEY_FIELD(xen, make_default),
	  .preset = "true",
	  .help = "make the Xen entry the default; false: only add it" },
	{ .name = "timeout",
	  .type = KEY_UINT,
	  KEY_FIELD(xen, timeout),
	  .max = 300,
	  .preset = "5",
	  .help = "seconds for which the boot menu waits" },
};
static const struct schema xen_schema = SCHEMA("xen", xen, xen_keys);

static const struct key profile_keys[] = {
	{ .name = "host",
	  .type = KEY_STRING,
	  KEY_FIELD(profile, host),
	  .required = true,
	  .valid = is_host,
	  .form = "a host name like xen01.example.com",
	  .help = "the host's name" },
	{ .name = "target",
	  .type = KEY_CHOICE,
	  KEY_FIELD(profile, target),
	  .required = true,
	  .choices = target_names,
	  .help = "what the host becomes" },
	{ .name = "match",
	  .type = KEY_MAP,
	  KEY_FIELD(profile, match),
	  .of = &match_schema,
	  .help = "the machine this is for; any that does not agree is refused" },
	{ .name = "disks",
	  .type = KEY_MAP,
	  KEY_FIELD(profile, disks),
	  .required = true,
	  .of = &disk_schema,
	  .help = "which disks" },
	{ .name = "table",
	  .type = KEY_CHOICE,
	  KEY_FIELD(profile, table),
	  .choices = table_names,
	  .preset = "mbr",
	  .help = "partition table" },
	{ .name = "wipe",
	  .type = KEY_CHOICE,
	  KEY_FIELD(profile, wipe),
	  .choices = wipe_names,
	  .preset = "blank-only",
	  .help = "what may be overwritten; blank-only: nothing but what this very "
		  "profile put there" },
	{ .name = "partitions",
	  .type = KEY_LIST,
	  KEY_COUNTED(profile, partitions),
	  .required = true,
	  .of = &partition_schema,
	  .help = "the same on every disk" },
	{ .name = "arrays",
	  .type = KEY_LIST,
	  KEY_COUNTED(profile, arrays),
	  .of = &array_schema,
	  .help = "software RAID over the disks' partitions" },
	{ .name = "filesystems",
	  .type = KEY_LIST,
	  KEY_COUNTED(profile, filesystems),
	  .required = true,
	  .of = &filesystem_schema,
	  .help = "what goes where" },
	{ .name = "image",
	  .type = KEY_MAP,
	  KEY_FIELD(profile, image),
	  .required = true,
	  .of = &image_schema,
	  .help = "the host's files" },
	{ .name = "identity",
	  .type = KEY_MAP,
	  KEY_FIELD(profile, identity),
	  .of = &identity_schema,
	  .help = "what makes it this host" },
	{ .name = "xen",
	  .type = KEY_MAP,
	  KEY_FIELD(profile, xen),
	  .of = &xen_schema,
	  .help = "the Xen boot entry" },
	{ .name = "boot-loader",
	  .type = KEY_CHOICE,
	  KEY_FIELD(profile, boot_loader),
	  .choices = loader_names,
	  .preset = "grub2",
	  .help = "the host's boot loader" },
	{ .name = "finish",
	  .type = KEY_CHOICE,
	  KEY_FIELD(profile, finish),
	  .choices = finish_names,
	  .preset = "kexec",
	  .help = "after the install; kexec jumps straight into Xen" },
	{ .name = "on-error",
	  .type = KEY_CHOICE,
	  KEY_FIELD(profile, on_error),
	  .choices = on_error_names,
	  .preset = "shell",
	  .help = "after a failed install in the boot environment" },
	{ .name = "insecure",
	  .type = KEY_BOOL,
	  KEY_FIELD(profile, insecure),
	  .help = "this profile may come over plain HTTP, where anybody on the path can "
		  "change it" },
};
const struct schema profile_schema = SCHEMA("profile", profile, profile_keys);
