/*
 * The installed host's own network configuration: what the profile lists under
 * identity.network, in the form of each program that may read it there.
 */
#ifndef PLAN_NETWORK_H
#define PLAN_NETWORK_H

#include "plan/plan.h"

/*
 * One interface of the host. A card is found by its address where that is known, since
 * its name there may differ from the one here; bonds and VLANs are made under theirs.
 */
struct link {
	const char *label;         /* "dom0strap0": for files and ids */
	const char *interface;     /* its name; NULL: a card known by its address */
	const char *mac;           /* a card's own; NULL: known by its name */
	const char *master;        /* the bond that it is in */
	const char *bond_options;  /* a bond's, the kernel's words: "mode=802.3ad" */
	uint64_t vlan;             /* a VLAN's id; 0: none */
	const char *parent;        /* what a VLAN lies on */
	const char *parent_mac;    /* that card's address; NULL: a bond */
	const char *carries;       /* the VLAN that lies on it */
	const struct network *net; /* its addresses; NULL: none of its own */
};

/* Where the profile wants what the boot environment uses: is that known? ERR_HARDWARE. */
must_check int network_check(const struct profile *profile, const struct facts *facts,
			     struct err *err);

/* network_links.c: entry `i` of identity.network as links, those below first. */
struct link *network_links(struct plan *plan, size_t i, size_t *ret_n);

/* Each in a file of its own. Texts live in the plan. */
const char *network_render_keyfile(struct plan *plan, const struct link *link);
const char *network_render_ifcfg(struct plan *plan, const struct link *link);
const char *network_render_networkd(struct plan *plan, const struct link *link);
const char *network_render_netdev(struct plan *plan, const struct link *link);
const char *network_render_interfaces(struct plan *plan, const struct link *link);

/* An address of IPv6. NULL is none. */
static inline bool network_is_six(const char *address)
{
	return address && strchr(address, ':');
}

/*
 * The next NAME=VALUE of a bond's options at *at, which moves on; in VALUE, `separator`
 * stands between several. False at the end. *ret_name and *ret_value live in the plan.
 * `primary` is left out: it names a card, which may have another name there.
 */
bool network_bond_option(struct plan *plan, const char **at, char separator,
			 const char **ret_name, const char **ret_value);

#endif
