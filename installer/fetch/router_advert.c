#include "fetch/router_advert.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	TYPE_ADVERT = 134,
	HEADER_LEN = 16,
	FLAG_MANAGED = 0x80,
	FLAG_OTHER = 0x40,
	OPTION_PREFIX = 3,
	OPTION_NAMESERVERS = 25,
	OPTION_SEARCH = 31,
	PREFIX_LEN = 32,
	PREFIX_AUTONOMOUS = 0x40,
};

/* if_addr.h; /proc/net/if_inet6 shows these in two digits. */
enum {
	ADDRESS_OPTIMISTIC = 0x04,
	ADDRESS_DAD_FAILED = 0x08,
	ADDRESS_DEPRECATED = 0x20,
	ADDRESS_TENTATIVE = 0x40,
};

static uint32_t read_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
	       at[3];
}

/* Addresses from byte 8 on; a lifetime of 0 takes them back. */
static void take_nameservers(const uint8_t *option, size_t len, struct router_advert *ra)
{
	if (len < 8 || read_be32(option + 4) == 0)
		return;
	for (size_t at = 8; at + 16 <= len && ra->n_nameservers < ROUTER_NAMESERVERS;
	     at += 16)
		memcpy(&ra->nameservers[ra->n_nameservers++], option + at, 16);
}

static bool is_name_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* The first name: labels with their lengths (RFC 1035 3.1, never compressed). */
static void take_search(const uint8_t *option, size_t len, struct router_advert *ra)
{
	char name[ROUTER_SEARCH_LEN];
	size_t used = 0;

	if (len < 9 || read_be32(option + 4) == 0)
		return;
	for (size_t at = 8; at < len && option[at] != 0;) {
		size_t label = option[at++];

		if (label > len - at || used + label + 2 > sizeof(name))
			return;
		for (size_t i = 0; i < label; i++)
			if (!is_name_byte(option[at + i]))
				return;
		if (used)
			name[used++] = '.';
		memcpy(name + used, option + at, label);
		used += label;
		at += label;
	}
	name[used] = '\0';
	memcpy(ra->search, name, used + 1);
}

bool router_advert_parse(const uint8_t *bytes, size_t len, struct router_advert *ret)
{
	struct router_advert ra = { 0 };

	if (len < HEADER_LEN || bytes[0] != TYPE_ADVERT || bytes[1] != 0)
		return false;
	ra.managed = bytes[5] & FLAG_MANAGED;
	ra.other = bytes[5] & FLAG_OTHER;
	ra.is_default = bytes[6] || bytes[7];
	for (size_t at = HEADER_LEN; at < len;) {
		const uint8_t *option = bytes + at;
		size_t option_len = len - at >= 2 ? option[1] * 8UL : 0;

		if (option_len == 0 || option_len > len - at)
			return false; /* RFC 4861 6.1.2: then all of it is void */
		if (option[0] == OPTION_PREFIX && option_len == PREFIX_LEN)
			ra.autonomous |= (option[3] & PREFIX_AUTONOMOUS) &&
					 read_be32(option + 4) != 0;
		else if (option[0] == OPTION_NAMESERVERS)
			take_nameservers(option, option_len, &ra);
		else if (option[0] == OPTION_SEARCH)
			take_search(option, option_len, &ra);
		at += option_len;
	}
	*ret = ra;
	return true;
}

bool router_address_usable(const char *line, const char *interface,
			   struct in6_addr *ret_address, unsigned *ret_prefix)
{
	unsigned prefix, scope, flags;
	struct in6_addr address;
	char hex[33], name[64];

	if (sscanf(line, "%32[0-9a-f] %*x %x %x %x %63s", hex, &prefix, &scope, &flags,
		   name) != 5 ||
	    strlen(hex) != 32 || scope != 0 || !str_eq(name, interface))
		return false;
	if (flags & (ADDRESS_DAD_FAILED | ADDRESS_DEPRECATED))
		return false;
	if ((flags & ADDRESS_TENTATIVE) && !(flags & ADDRESS_OPTIMISTIC))
		return false;
	for (size_t i = 0; i < 16; i++) {
		unsigned byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		address.s6_addr[i] = (uint8_t)byte;
	}
	*ret_address = address;
	*ret_prefix = prefix;
	return true;
}
