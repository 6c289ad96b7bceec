/* NetworkManager: nm-settings-keyfile(5), nm-settings-nmcli(5). */
#include <inttypes.h>

#include "plan/network.h"

/* One family's name servers; the keyfile has a line for each in its section. */
static void add_dns(const struct network *net, bool six, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < net->n_nameservers; i++) {
		if (network_is_six(net->nameservers[i]) != six)
			continue;
		text_printf(out, "%s%s;", any ? "" : "dns=", net->nameservers[i]);
		any = true;
	}
	if (any)
		text_add(out, "\n");
}

static void add_static(const struct network *net, struct text *out)
{
	bool six = network_is_six(net->address);

	text_printf(out, "\n[%s]\nmethod=manual\naddress1=%s%s%s\n",
		    six ? "ipv6" : "ipv4", net->address, net->gateway ? "," : "",
		    net->gateway ? net->gateway : "");
	add_dns(net, six, out);
	text_printf(out, "\n[%s]\nmethod=%s\n", six ? "ipv4" : "ipv6",
		    six ? "disabled" : "auto");
	if (!six) /* where IPv4 is disabled, NetworkManager refuses a server for it */
		add_dns(net, true, out);
}

static void add_addresses(const struct network *net, struct text *out)
{
	const char *four = "disabled", *six = "disabled";

	if (net && net->method == NET_STATIC) {
		add_static(net, out);
		return;
	}
	if (net) {
		/* `auto` does of IPv6 what the router says: DHCPv6, or without. */
		four = net->method == NET_DHCP ? "auto" : "disabled";
		six = net->method == NET_DHCP6 ? "dhcp" : "auto";
	}
	text_printf(out, "\n[ipv4]\nmethod=%s\n\n[ipv6]\nmethod=%s\n", four, six);
}

static void add_bond(struct plan *plan, const struct link *link, struct text *out)
{
	const char *at = link->bond_options, *name, *value;

	text_add(out, "\n[bond]\n");
	while (network_bond_option(plan, &at, ',', &name, &value))
		text_printf(out, "%s=%s\n", name, value);
}

const char *network_render_keyfile(struct plan *plan, const struct link *link)
{
	const char *type = link->vlan ? "vlan" : link->bond_options ? "bond" : "ethernet";
	const char *mac = link->vlan ? link->parent_mac : link->mac;
	struct text t = { 0 };

	text_printf(&t, "# written by dom0strap\n[connection]\nid=%s\ntype=%s\n",
		    link->label, type);
	/* Of a card below a VLAN its address is enough; its name may be another here. */
	if (link->interface && !(link->mac && link->carries))
		text_printf(&t, "interface-name=%s\n", link->interface);
	if (link->master)
		text_printf(&t, "master=%s\nslave-type=bond\n", link->master);
	if (mac)
		text_printf(&t, "\n[ethernet]\nmac-address=%s\n", mac);
	if (link->bond_options)
		add_bond(plan, link, &t);
	if (link->vlan)
		text_printf(&t, "\n[vlan]\nid=%" PRIu64 "\n", link->vlan);
	if (link->vlan && !mac)
		text_printf(&t, "parent=%s\n", link->parent);
	if (!link->master)
		add_addresses(link->net, &t);
	return plan_keep(plan, &t);
}
