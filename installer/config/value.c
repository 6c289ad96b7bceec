#include "config/value.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "core/digest.h"
#include "core/mem.h"
#include "core/text.h"

static bool all_of(const char *s, const char *allowed)
{
	return *s && s[strspn(s, allowed)] == '\0';
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* RFC 1123: labels of letters, digits and inner hyphens, 253 characters at most. */
bool value_is_host(const char *s)
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
bool value_is_name(const char *s)
{
	return isalpha((unsigned char)*s) && strlen(s) <= 32 &&
	       all_of(s, LOWER UPPER DIGITS "-_");
}

bool value_is_file_name(const char *s)
{
	return *s && *s != '.' && strlen(s) <= 255 &&
	       all_of(s, LOWER UPPER DIGITS "-._+~");
}

bool value_is_interface(const char *s)
{
	return value_is_file_name(s) && strlen(s) <= 15; /* IFNAMSIZ */
}

bool value_is_bond_options(const char *s)
{
	return *s && strlen(s) <= 1024 && all_of(s, LOWER UPPER DIGITS " =_.,;:+-");
}

bool value_is_boolean(const char *s)
{
	return isalpha((unsigned char)*s) && strlen(s) <= 128 &&
	       all_of(s, LOWER UPPER DIGITS "_");
}

bool value_is_array_name(const char *s)
{
	return str_starts(s, "md") && all_of(s + 2, DIGITS) && strlen(s) <= 5 &&
	       (s[2] != '0' || !s[3]);
}

static bool one_of(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, words[i]))
			return true;
	return false;
}
#define ONE_OF(s, ...)                                                                   \
	one_of(s, (const char *const[]){ __VA_ARGS__ },                                  \
	       ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

bool value_is_metadata(const char *s)
{
	return ONE_OF(s, "0.90", "1.0", "1.1", "1.2");
}

/* As mdadm(8) spells them; which of them suits which level is checked elsewhere. */
bool value_is_array_layout(const char *s)
{
	return ONE_OF(s, "n2", "n3", "f2", "f3", "o2", "o3", "left-symmetric",
		      "left-asymmetric", "right-symmetric", "right-asymmetric", "ls",
		      "la", "rs", "ra");
}

bool value_is_filesystem(const char *s)
{
	return ONE_OF(s, "ext2", "ext3", "ext4", "xfs", "vfat", "swap");
}

bool value_is_transport(const char *s)
{
	return ONE_OF(s, "sata", "sas", "scsi", "nvme", "usb", "virtio", "mmc");
}

/* lvm(8), "Valid names". */
static bool is_lvm_name(const char *s)
{
	return all_of(s, LOWER UPPER DIGITS "+_.-") && *s != '-' && strlen(s) <= 127 &&
	       !ONE_OF(s, ".", "..");
}

/* Its directory is made in /dev, where these names are taken. */
bool value_is_volume_group(const char *s)
{
	return is_lvm_name(s) &&
	       !ONE_OF(s, "block", "bsg", "bus", "char", "console", "core", "cpu", "disk",
		       "dri", "fd", "full", "fuse", "hpet", "hugepages", "input", "kmsg",
		       "kvm", "log", "loop-control", "mapper", "md", "mem", "mqueue",
		       "net", "null", "nvram", "port", "ppp", "psaux", "ptmx", "pts",
		       "random", "rfkill", "rtc", "shm", "snapshot", "snd", "stderr",
		       "stdin", "stdout", "tty", "urandom", "vfio", "xen", "zero");
}

/* The same page: what LVM keeps for the hidden parts of its own volumes. */
bool value_is_volume(const char *s)
{
	static const char *const inner[] = {
		"_cdata", "_cmeta",  "_corig", "_cpool",   "_cvol",   "_imeta",
		"_iorig", "_mimage", "_mlog",  "_pmspare", "_rimage", "_rmeta",
		"_tdata", "_tmeta",  "_vdata", "_vorigin", "_wcorig",
	};

	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		if (strstr(s, inner[i]))
			return false;
	return is_lvm_name(s) && !str_starts(s, "snapshot") && !str_starts(s, "pvmove");
}

/* A name, or GROUP/VOLUME. */
bool value_is_place(const char *s)
{
	const char *slash = strchr(s, '/');
	auto_free char *group = NULL;

	if (!slash)
		return value_is_name(s) || is_lvm_name(s);
	group = xstrdup(s);
	group[slash - s] = '\0';
	return value_is_volume_group(group) && value_is_volume(slash + 1);
}

bool value_is_guid(const char *s)
{
	if (strlen(s) != 36)
		return false;
	for (size_t i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			    ? s[i] != '-'
			    : !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* One or two hexadecimal digits, as fdisk writes them, with or without 0x. */
bool value_is_mbr_type(const char *s, unsigned *ret_number)
{
	unsigned number = 0;
	size_t n = 0;

	if (str_starts(s, "0x"))
		s += 2;
	for (; isxdigit((unsigned char)s[n]); n++)
		number = number * 16 + (unsigned)(isdigit((unsigned char)s[n])
							  ? s[n] - '0'
							  : (s[n] | 0x20) - 'a' + 10);
	if (n < 1 || n > 2 || s[n])
		return false;
	*ret_number = number;
	return true;
}

bool value_is_partition_type(const char *s)
{
	unsigned ignored;

	return ONE_OF(s, "linux", "raid", "swap", "lvm", "efi", "bios-boot") ||
	       value_is_guid(s) || value_is_mbr_type(s, &ignored);
}

bool value_is_label(const char *s)
{
	return *s && value_is_one_line(s);
}

/* udev writes all else as \x20. */
bool value_is_by_path(const char *s)
{
	return all_of(s, LOWER UPPER DIGITS "#+-.:=@_\\") && strlen(s) <= 255;
}

/* One field of fstab(5). */
bool value_is_mount_options(const char *s)
{
	return all_of(s, LOWER UPPER DIGITS "-_=,.:/@+%") && *s != ',' && *s != '-' &&
	       !str_ends(s, ",") && !strstr(s, ",,");
}

/* Absolute, and written in one way only. */
static bool is_plain_path(const char *s)
{
	if (*s != '/' || strstr(s, "//") || (s[1] && str_ends(s, "/")))
		return false;
	for (const char *part = s; part; part = strchr(part + 1, '/')) {
		size_t len = strcspn(part + 1, "/");

		if ((len == 1 && part[1] == '.') ||
		    (len == 2 && part[1] == '.' && part[2] == '.'))
			return false;
	}
	return true;
}

bool value_is_mount(const char *s)
{
	return is_plain_path(s) && all_of(s, LOWER UPPER DIGITS "-_./");
}

bool value_is_host_path(const char *s)
{
	return is_plain_path(s) && s[1] && strlen(s) <= 1024 && value_is_one_line(s);
}

bool value_is_file_mode(const char *s)
{
	return (strlen(s) == 3 || strlen(s) == 4) && all_of(s, "01234567");
}

/* Names as useradd(8) takes them, or numbers. */
static bool is_user(const char *s, size_t len)
{
	return len > 0 && len <= 32 && *s != '-' &&
	       strspn(s, LOWER UPPER DIGITS "-_.") >= len;
}

bool value_is_owner(const char *s)
{
	size_t len = strcspn(s, ":");

	return s[len] == ':' && is_user(s, len) &&
	       is_user(s + len + 1, strlen(s + len + 1));
}

/* systemd.unit(5), "Description". */
bool value_is_service(const char *s)
{
	return all_of(s, LOWER UPPER DIGITS ":-_.@") && *s != '-' && *s != '.' &&
	       strlen(s) <= 128;
}

bool value_is_parameter(const char *s)
{
	return *s >= 'a' && *s <= 'z' && all_of(s, LOWER DIGITS "-") && strlen(s) <= 32;
}

bool value_is_mac(const char *s)
{
	if (strlen(s) != 17)
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

static bool is_one_word(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

bool value_is_url(const char *s)
{
	return ((str_starts(s, "http://") && s[7]) ||
		(str_starts(s, "https://") && s[8])) &&
	       is_one_word(s);
}

bool value_is_source(const char *s)
{
	return value_is_url(s) || (str_starts(s, "medium:/") && s[8] && is_one_word(s));
}

uint64_t value_seconds(const char *s)
{
	return strtoull(s, NULL, 10) * (str_ends(s, "h")   ? 3600
					: str_ends(s, "m") ? 60
							   : 1);
}

bool value_is_duration(const char *s)
{
	size_t digits = strspn(s, DIGITS);

	return digits > 0 && digits < 6 && strspn(s + digits, "smh") == 1 &&
	       !s[digits + 1] && value_seconds(s) > 0 && value_seconds(s) <= 24 * 3600;
}

bool value_is_sha256(const char *s)
{
	struct digest ignored;

	return digest_parse(s, &ignored);
}

bool value_is_ip(const char *s)
{
	unsigned char address[16];

	return inet_pton(AF_INET, s, address) == 1 ||
	       inet_pton(AF_INET6, s, address) == 1;
}

bool value_is_ip_with_prefix(const char *s)
{
	auto_free char *copy = xstrdup(s);
	char *slash = strchr(copy, '/');
	uint64_t bits;

	if (!slash)
		return false;
	*slash = '\0';
	return all_of(slash + 1, DIGITS) && size_parse(slash + 1, &bits) &&
	       value_is_ip(copy) && bits <= (strchr(copy, ':') ? 128 : 32);
}

/* crypt(5): $id$…; a `*` or `!` would be a locked account, which is the default anyway.
 */
bool value_is_password_hash(const char *s)
{
	return *s == '$' && strlen(s) > 8 && all_of(s, LOWER UPPER DIGITS "$./=,-_");
}

bool value_is_one_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

bool value_is_words(const char *s)
{
	return *s && *s != ' ' && !str_ends(s, " ") && value_is_one_line(s);
}

bool value_is_number(const char *s)
{
	return all_of(s, DIGITS);
}

/* These go into shell and GRUB syntax between double quotes. */
bool value_is_arguments(const char *s)
{
	return value_is_one_line(s) && !strpbrk(s, "\"'\\`$;|&<>");
}

bool value_is_ssh_key(const char *s)
{
	return value_is_one_line(s) && strchr(s, ' ') && *s != '#' && *s != ' ';
}

bool value_is_server(const char *s)
{
	return value_is_ip(s) || value_is_host(s);
}

/* A name of the time zone database: Europe/London. */
bool value_is_timezone(const char *s)
{
	return all_of(s, LOWER UPPER DIGITS "/_+-") && *s != '/' && !str_ends(s, "/") &&
	       !strstr(s, "//");
}

/* RFC 4120, 6.1: a realm in the style of a domain; capitals are usual, not required. */
bool value_is_realm(const char *s)
{
	return value_is_host(s);
}

/* HOST, HOST:PORT, or an address, one of IPv6 in brackets. */
bool value_is_kdc(const char *s)
{
	auto_free char *copy = xstrdup(s[0] == '[' ? s + 1 : s);
	char *end = strchr(copy, s[0] == '[' ? ']' : ':');
	const char *port = NULL;
	uint64_t number = 1;

	if (s[0] == '[' && !end)
		return false;
	if (end) {
		port = s[0] == '[' ? end + 1 : end;
		if (*port && (*port != ':' || !all_of(port + 1, DIGITS) ||
			      !size_parse(port + 1, &number)))
			return false;
		*end = '\0';
	}
	return number > 0 && number < 65536 &&
	       (s[0] == '[' ? value_is_ip(copy) && strchr(copy, ':')
			    : value_is_host(copy));
}

bool value_is_password(const char *s)
{
	return *s && value_is_one_line(s);
}

bool value_is_preserved(const char *s)
{
	return ONE_OF(s, "keytab", "ssh-host-keys");
}
