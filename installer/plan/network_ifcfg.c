/*
 * The network-scripts of Fedora up to 35, in initscripts' doc sysconfig.txt; and
 * interfaces(5) of Debian's ifupdown.
 */
#include <inttypes.h>

#include "plan/network.h"

static void add_addresses(const struct network *net, struct text *out)
{
	bool six = network_is_six(net->address);

	text_printf(out, "BOOTPROTO=%s\n", net->method == NET_DHCP ? "dhcp" : "none");
	if (net->method == NET_AUTO6 || net->method == NET_DHCP6)
		text_add(out, "IPV6INIT=yes\nIPV6_AUTOCONF=yes\n");
	if (net->method == NET_DHCP6)
		text_add(out, "DHCPV6C=yes\n");
	if (net->address && six)
		text_printf(out, "IPV6INIT=yes\nIPV6ADDR=%s\n", net->address);
	else if (net->address)
		text_printf(out, "IPADDR=%.*s\nPREFIX=%s\n",
			    (int)strcspn(net->address, "/"), net->address,
			    strchr(net->address, '/') + 1);
	if (net->gateway)
		text_printf(out, "%s=%s\n", six ? "IPV6_DEFAULTGW" : "GATEWAY",
			    net->gateway);
	for (size_t j = 0; j < net->n_nameservers; j++)
		text_printf(out, "DNS%zu=%s\n", j + 1, net->nameservers[j]);
}

static void add_bond(struct plan *plan, const struct link *link, struct text *out)
{
	const char *at = link->bond_options, *name, *value, *between = "";

	text_add(out, "BONDING_MASTER=yes\nBONDING_OPTS=\"");
	while (network_bond_option(plan, &at, ',', &name, &value)) {
		text_printf(out, "%s%s=%s", between, name, value);
		between = " ";
	}
	text_add(out, "\"\n");
}

const char *network_render_ifcfg(struct plan *plan, const struct link *link)
{
	struct text t = { 0 };

	text_printf(&t, "# written by dom0strap\nNAME=%s\nTYPE=%s\nONBOOT=yes\n",
		    link->label,
		    link->vlan           ? "Vlan"
		    : link->bond_options ? "Bond"
					 : "Ethernet");
	/* The scripts take a VLAN's id from its name. */
	if (link->vlan)
		text_printf(&t, "DEVICE=%s.%" PRIu64 "\nVLAN=yes\nPHYSDEV=%s\n",
			    link->parent, link->vlan, link->parent);
	else if (link->interface)
		text_printf(&t, "DEVICE=%s\n", link->interface);
	if (link->mac)
		text_printf(&t, "HWADDR=%s\n", link->mac);
	if (link->bond_options)
		add_bond(plan, link, &t);
	if (link->master)
		text_printf(&t, "MASTER=%s\nSLAVE=yes\n", link->master);
	if (link->net)
		add_addresses(link->net, &t);
	else
		text_add(&t, "BOOTPROTO=none\n");
	return plan_keep(plan, &t);
}

/* It finds a card by name only. */
const char *network_render_interfaces(struct plan *plan, const struct link *link)
{
	const struct network *net = link->net;
	bool six = network_is_six(net->address) || net->method == NET_AUTO6 ||
		   net->method == NET_DHCP6;
	struct text t = { 0 };

	text_printf(&t, "# written by dom0strap\nauto %s\niface %s %s %s\n",
		    link->interface, link->interface, six ? "inet6" : "inet",
		    net->method == NET_STATIC  ? "static"
		    : net->method == NET_AUTO6 ? "auto"
					       : "dhcp");
	if (net->address)
		text_printf(&t, "\taddress %s\n", net->address);
	if (net->gateway)
		text_printf(&t, "\tgateway %s\n", net->gateway);
	return plan_keep(plan, &t);
}
