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

bool value_is_array_name(const char *s)
{
	return str_starts(s, "md") && all_of(s + 2, DIGITS) && strlen(s) <= 5 &&
	       (s[2] != '0' || !s[3]);
}

bool value_is_metadata(const char *s)
{
	return str_eq(s, "1.0") || str_eq(s, "1.2");
}

bool value_is_filesystem(const char *s)
{
	return str_eq(s, "ext4");
}

bool value_is_mount(const char *s)
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

bool value_is_mac(const char *s)
{
	if (strlen(s) != 17)
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

bool value_is_url(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return (str_starts(s, "http://") && s[7]) || (str_starts(s, "https://") && s[8]);
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

/* These go into shell and GRUB syntax between double quotes. */
bool value_is_arguments(const char *s)
{
	return value_is_one_line(s) && !strpbrk(s, "\"'\\`$;|&<>");
}

bool value_is_ssh_key(const char *s)
{
	return value_is_one_line(s) && strchr(s, ' ') && *s != '#' && *s != ' ';
}
