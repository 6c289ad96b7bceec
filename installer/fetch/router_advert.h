/*
 * What the routers of a network say about IPv6 there. The kernel makes addresses and the
 * default route of it by itself; whether DHCPv6 is to be asked, and name servers, it
 * keeps to itself or leaves to others.
 *
 * Formats: router advertisement RFC 4861 4.2 and 4.6.2, name servers and search list
 * RFC 8106.
 */
#ifndef FETCH_ROUTER_ADVERT_H
#define FETCH_ROUTER_ADVERT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/text.h"

#define ROUTER_NAMESERVERS 3 /* as many as resolv.conf takes */
#define ROUTER_SEARCH_LEN  256

struct router_advert {
	bool managed;    /* addresses come by DHCPv6 */
	bool other;      /* DHCPv6 knows everything else */
	bool autonomous; /* a prefix to make addresses of */
	bool is_default; /* it takes traffic to elsewhere */
	struct in6_addr nameservers[ROUTER_NAMESERVERS];
	size_t n_nameservers;
	char search[ROUTER_SEARCH_LEN]; /* the first domain, "" without one */
};

/* One ICMPv6 message. False when it is not a router advertisement. Pure. */
bool router_advert_parse(const uint8_t *bytes, size_t len, struct router_advert *ret);

/* Is `line` of /proc/net/if_inet6 a global address of that interface that can be used? */
bool router_address_usable(const char *line, const char *interface,
			   struct in6_addr *ret_address, unsigned *ret_prefix);

/*
 * Ask the routers behind an interface, for `seconds` at most, and wait for the address
 * that the kernel makes. Adds lines NAME=VALUE: managed=yes|no, other=yes|no, router=,
 * address=ADDRESS/BITS, dns=, domain=. ERR_SOURCE when no router answers.
 */
must_check int router_solicit(const char *interface, unsigned seconds, struct text *out,
			      struct err *err);

#endif
