/*
 * Step `identity`: what makes this host itself: its name, who may log in, its network.
 */
#include "plan/plan.h"

static void add_write(struct plan *plan, struct file_change file)
{
	file.path = arena_printf(&plan->arena, TARGET_DIR "%s", file.path);
	plan_add(plan, (struct action){ .kind = ACT_WRITE, .file = file });
}

static void add_edit(struct plan *plan, struct file_change file)
{
	file.path = arena_printf(&plan->arena, TARGET_DIR "%s", file.path);
	plan_add(plan, (struct action){ .kind = ACT_EDIT, .file = file });
}

static void plan_hostname(struct plan *plan)
{
	const char *host = plan->profile->host;

	add_write(plan, (struct file_change){
				.path = "/etc/hostname",
				.mode = 0644,
				.text = arena_printf(&plan->arena, "%s\n", host) });
	/* Fedora before systemd's hostnamed (15 to 17) reads this one. */
	add_edit(plan, (struct file_change){ .path = "/etc/sysconfig/network",
					     .only_if = "/etc/sysconfig/network",
					     .edit = EDIT_SHELL_VARIABLE,
					     .key = "HOSTNAME",
					     .value = host });
}

static void plan_logins(struct plan *plan)
{
	const struct identity *id = &plan->profile->identity;
	struct text keys = { 0 };

	for (size_t i = 0; i < id->n_ssh_keys; i++)
		text_printf(&keys, "%s\n", id->ssh_keys[i]);
	if (keys.len)
		add_write(plan,
			  (struct file_change){ .path = "/root/.ssh/authorized_keys",
						.mode = 0600,
						.text = plan_keep(plan, &keys) });
	if (id->root_password_hash)
		add_edit(plan, (struct file_change){ .path = "/etc/shadow",
						     .edit = EDIT_SHADOW_PASSWORD,
						     .secret = true,
						     .key = "root",
						     .value = id->root_password_hash });
}

/* systemd.network(5) */
static const char *render_networkd(struct plan *plan, const struct network *net)
{
	struct text t = { 0 };

	text_add(&t, "# written by dom0strap\n[Match]\n");
	if (net->mac)
		text_printf(&t, "PermanentMACAddress=%s\n", net->mac);
	if (net->interface)
		text_printf(&t, "Name=%s\n", net->interface);
	text_printf(&t, "\n[Network]\n%s\n",
		    net->method == NET_DHCP ? "DHCP=yes" : "DHCP=no");
	if (net->address)
		text_printf(&t, "Address=%s\n", net->address);
	if (net->gateway)
		text_printf(&t, "Gateway=%s\n", net->gateway);
	for (size_t i = 0; i < net->n_nameservers; i++)
		text_printf(&t, "DNS=%s\n", net->nameservers[i]);
	return plan_keep(plan, &t);
}

/* One family's name servers; the keyfile has a line for each in its section. */
static void add_keyfile_dns(const struct network *net, bool six, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < net->n_nameservers; i++) {
		if ((strchr(net->nameservers[i], ':') != NULL) != six)
			continue;
		text_printf(out, "%s%s;", any ? "" : "dns=", net->nameservers[i]);
		any = true;
	}
	if (any)
		text_add(out, "\n");
}

/* nm-settings-keyfile(5) */
static const char *render_keyfile(struct plan *plan, const struct network *net, size_t i)
{
	bool six = net->address && strchr(net->address, ':');
	struct text t = { 0 };

	text_printf(
		&t,
		"# written by dom0strap\n[connection]\nid=dom0strap%zu\ntype=ethernet\n",
		i);
	if (net->interface)
		text_printf(&t, "interface-name=%s\n", net->interface);
	if (net->mac)
		text_printf(&t, "\n[ethernet]\nmac-address=%s\n", net->mac);
	if (net->method == NET_DHCP) {
		text_add(&t, "\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
		return plan_keep(plan, &t);
	}
	text_printf(&t, "\n[%s]\nmethod=manual\naddress1=%s%s%s\n", six ? "ipv6" : "ipv4",
		    net->address, net->gateway ? "," : "",
		    net->gateway ? net->gateway : "");
	add_keyfile_dns(net, six, &t);
	text_printf(&t, "\n[%s]\nmethod=%s\n", six ? "ipv4" : "ipv6",
		    six ? "disabled" : "auto");
	if (!six) /* where IPv4 is disabled, NetworkManager refuses a server for it */
		add_keyfile_dns(net, true, &t);
	return plan_keep(plan, &t);
}

/* ifcfg(5), the network-scripts of Fedora up to 35 */
static const char *render_ifcfg(struct plan *plan, const struct network *net, size_t i)
{
	bool six = net->address && strchr(net->address, ':');
	struct text t = { 0 };

	text_printf(
		&t,
		"# written by dom0strap\nNAME=dom0strap%zu\nTYPE=Ethernet\nONBOOT=yes\n",
		i);
	if (net->interface)
		text_printf(&t, "DEVICE=%s\n", net->interface);
	if (net->mac)
		text_printf(&t, "HWADDR=%s\n", net->mac);
	text_printf(&t, "BOOTPROTO=%s\n", net->method == NET_DHCP ? "dhcp" : "none");
	if (net->address && six)
		text_printf(&t, "IPV6INIT=yes\nIPV6ADDR=%s\n", net->address);
	else if (net->address)
		text_printf(&t, "IPADDR=%.*s\nPREFIX=%s\n",
			    (int)strcspn(net->address, "/"), net->address,
			    strchr(net->address, '/') + 1);
	if (net->gateway)
		text_printf(&t, "%s=%s\n", six ? "IPV6_DEFAULTGW" : "GATEWAY",
			    net->gateway);
	for (size_t j = 0; j < net->n_nameservers; j++)
		text_printf(&t, "DNS%zu=%s\n", j + 1, net->nameservers[j]);
	return plan_keep(plan, &t);
}

/* interfaces(5); it finds a card by name only. */
static const char *render_interfaces(struct plan *plan, const struct network *net)
{
	const char *family = net->address && strchr(net->address, ':') ? "inet6" : "inet";
	struct text t = { 0 };

	text_printf(&t, "# written by dom0strap\nauto %s\niface %s %s %s\n",
		    net->interface, net->interface, family,
		    net->method == NET_DHCP ? "dhcp" : "static");
	if (net->address)
		text_printf(&t, "\taddress %s\n", net->address);
	if (net->gateway)
		text_printf(&t, "\tgateway %s\n", net->gateway);
	return plan_keep(plan, &t);
}

/*
 * Which of them the host uses is only known when its files are there: each is written
 * where its reader is, and only one reader is taken.
 */
static void plan_network(struct plan *plan, const struct network *net, size_t i)
{
	struct arena *arena = &plan->arena;
	static const char manager[] = "/etc/NetworkManager/system-connections";
	static const char scripts[] = "/etc/sysconfig/network-scripts";

	add_write(plan,
		  (struct file_change){
			  .path = arena_printf(arena, "%s/dom0strap%zu.nmconnection",
					       manager, i),
			  .mode = 0600,
			  .only_if = manager,
			  .text = render_keyfile(plan, net, i) });
	add_write(
		plan,
		(struct file_change){
			.path = arena_printf(
				arena, "%s/ifcfg-%s", scripts,
				net->interface ? net->interface : arena_printf(arena, "dom0strap%zu", i)),
			.mode = 0644,
			.only_if = scripts,
			.unless = manager,
			.text = render_ifcfg(plan, net, i) });
	add_write(
		plan,
		(struct file_change){
			.path = arena_printf(
				arena, "/etc/systemd/network/10-dom0strap%zu.network", i),
			.mode = 0644,
			.only_if = "/etc/systemd/network",
			.unless = manager,
			.text = render_networkd(plan, net) });
	if (net->interface)
		add_write(plan,
			  (struct file_change){
				  .path = arena_printf(
					  arena, "/etc/network/interfaces.d/dom0strap%zu",
					  i),
				  .mode = 0644,
				  .only_if = "/etc/network/interfaces.d",
				  .unless = manager,
				  .text = render_interfaces(plan, net) });
}

static void plan_identity(struct plan *plan)
{
	const struct identity *id = &plan->profile->identity;

	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_hostname(plan);
	plan_logins(plan);
	for (size_t i = 0; i < id->n_networks; i++)
		plan_network(plan, &id->networks[i], i);
}

const struct step step_identity = {
	.name = "identity",
	.summary = "name the host, let its people in, set up its network",
	.plan = plan_identity,
	.on_tree = true,
};
