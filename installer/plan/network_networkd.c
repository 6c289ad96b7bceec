/* systemd.network(5), systemd.netdev(5). */
#include <inttypes.h>

#include "plan/network.h"

static void add_addresses(const struct network *net, struct text *out)
{
	/* With router advertisements it does DHCPv6 where they ask for it. */
	static const char *const dhcp[] = { [NET_DHCP] = "yes",
					    [NET_STATIC] = "no",
					    [NET_AUTO6] = "no\nIPv6AcceptRA=yes",
					    [NET_DHCP6] = "ipv6\nIPv6AcceptRA=yes" };

	text_printf(out, "DHCP=%s\n", dhcp[net->method]);
	if (net->address)
		text_printf(out, "Address=%s\n", net->address);
	if (net->gateway)
		text_printf(out, "Gateway=%s\n", net->gateway);
	for (size_t i = 0; i < net->n_nameservers; i++)
		text_printf(out, "DNS=%s\n", net->nameservers[i]);
}

const char *network_render_networkd(struct plan *plan, const struct link *link)
{
	struct text t = { 0 };

	text_add(&t, "# written by dom0strap\n[Match]\n");
	if (link->mac)
		text_printf(&t, "PermanentMACAddress=%s\n", link->mac);
	if (link->interface && !(link->mac && link->carries))
		text_printf(&t, "Name=%s\n", link->interface);
	text_add(&t, "\n[Network]\n");
	if (link->master)
		text_printf(&t, "Bond=%s\n", link->master);
	if (link->carries)
		text_printf(&t, "VLAN=%s\n", link->carries);
	if (link->net)
		add_addresses(link->net, &t);
	else if (!link->master)
		text_add(&t, "DHCP=no\nLinkLocalAddressing=no\n");
	return plan_keep(plan, &t);
}

/* The kernel's name of a bonding option, and systemd's, which wants a unit with some. */
static const struct {
	const char *kernel, *networkd, *unit;
} bond_keys[] = {
	{ "mode", "Mode", "" },
	{ "miimon", "MIIMonitorSec", "ms" },
	{ "updelay", "UpDelaySec", "ms" },
	{ "downdelay", "DownDelaySec", "ms" },
	{ "lacp_rate", "LACPTransmitRate", "" },
	{ "xmit_hash_policy", "TransmitHashPolicy", "" },
	{ "ad_select", "AdSelect", "" },
	{ "min_links", "MinLinks", "" },
	{ "fail_over_mac", "FailOverMACPolicy", "" },
	{ "primary_reselect", "PrimaryReselectPolicy", "" },
	{ "arp_interval", "ARPIntervalSec", "ms" },
	{ "arp_ip_target", "ARPIPTargets", "" },
	{ "arp_validate", "ARPValidate", "" },
};

static void add_bond_option(const char *name, const char *value, struct text *out)
{
	for (size_t i = 0; i < ARRAY_LEN(bond_keys); i++)
		if (str_eq(name, bond_keys[i].kernel)) {
			text_printf(out, "%s=%s%s\n", bond_keys[i].networkd, value,
				    bond_keys[i].unit);
			return;
		}
	text_printf(out, "# %s=%s has no place here\n", name, value);
}

const char *network_render_netdev(struct plan *plan, const struct link *link)
{
	const char *at = link->bond_options, *name, *value;
	struct text t = { 0 };

	text_printf(&t, "# written by dom0strap\n[NetDev]\nName=%s\nKind=%s\n",
		    link->interface, link->vlan ? "vlan" : "bond");
	if (link->vlan)
		text_printf(&t, "\n[VLAN]\nId=%" PRIu64 "\n", link->vlan);
	else
		text_add(&t, "\n[Bond]\n");
	while (network_bond_option(plan, &at, ' ', &name, &value))
		add_bond_option(name, value, &t);
	return plan_keep(plan, &t);
}
