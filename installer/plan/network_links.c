#include "plan/network.h"

int network_check(const struct profile *profile, const struct facts *facts,
		  struct err *err)
{
	const struct identity *id = &profile->identity;

	for (size_t i = 0; i < id->n_networks; i++)
		if (id->networks[i].method == NET_BOOT && !facts->boot_network.at.line)
			return err_set(err, ERR_HARDWARE, 0,
				       "%s:%u: network: method: boot: it is not known "
				       "how this machine reaches its network; only the "
				       "boot environment's init tells that",
				       profile->name, id->networks[i].at.line);
	return 0;
}

static void add(struct plan *plan, struct link **links, size_t *n, struct link link)
{
	*links = arena_append(&plan->arena, *links, n, &link, sizeof(link));
}

/* What the boot environment uses, as the host's own. */
static const struct network *boot_addresses(struct plan *plan)
{
	const struct boot_network *boot = &plan->facts->boot_network;
	struct network net = {
		.method = boot->method,
		.address = boot->address,
		.gateway = boot->gateway,
		.nameservers = boot->nameservers,
		.n_nameservers = boot->n_nameservers,
	};

	return memcpy(arena_alloc(&plan->arena, sizeof(net)), &net, sizeof(net));
}

static struct link *boot_links(struct plan *plan, const char *label, size_t *ret_n)
{
	const struct boot_network *boot = &plan->facts->boot_network;
	const struct network *net = boot_addresses(plan);
	const char *carried = boot->vlan ? boot->interface : NULL;
	struct link *links = NULL;
	size_t n = 0;

	for (size_t i = 0; i < boot->n_members; i++)
		add(plan, &links, &n,
		    (struct link){ .label = arena_printf(&plan->arena, "%s-%s", label,
							 boot->members[i].name),
				   /* Its own name where a VLAN has to say it. */
				   .interface = boot->bond ? NULL : boot->vlan_on,
				   .mac = boot->members[i].mac,
				   .master = boot->bond,
				   .carries = boot->bond ? NULL : carried });
	if (boot->bond)
		add(plan, &links, &n,
		    (struct link){ .label = carried ? arena_printf(&plan->arena, "%s-%s",
								   label, boot->bond)
						    : label,
				   .interface = boot->bond,
				   .bond_options = boot->bond_options,
				   .carries = carried,
				   .net = carried ? NULL : net });
	if (boot->vlan)
		add(plan, &links, &n,
		    (struct link){ .label = label,
				   .interface = boot->interface,
				   .vlan = boot->vlan,
				   .parent = boot->vlan_on,
				   .parent_mac = boot->bond || !boot->n_members
							 ? NULL
							 : boot->members[0].mac,
				   .net = net });
	if (n == 0)
		add(plan, &links, &n,
		    (struct link){ .label = label, .mac = boot->mac, .net = net });
	*ret_n = n;
	return links;
}

struct link *network_links(struct plan *plan, size_t i, size_t *ret_n)
{
	const struct network *net = &plan->profile->identity.networks[i];
	const char *label = arena_printf(&plan->arena, "dom0strap%zu", i);
	struct link *links = NULL;

	if (net->method == NET_BOOT)
		return boot_links(plan, label, ret_n);
	*ret_n = 0;
	add(plan, &links, ret_n,
	    (struct link){ .label = label,
			   .interface = net->interface,
			   .mac = net->mac,
			   .net = net });
	return links;
}

bool network_bond_option(struct plan *plan, const char **at, char separator,
			 const char **ret_name, const char **ret_value)
{
	for (size_t len; *at && **at; *at += len) {
		const char *word = *at += strspn(*at, " ");
		size_t name_len = strcspn(word, "= ");
		char *value;

		len = strcspn(word, " ");
		if (len == name_len || str_starts(word, "primary="))
			continue;
		value = arena_strndup(&plan->arena, word + name_len + 1,
				      len - name_len - 1);
		for (char *c = value; *c; c++)
			*c = *c == ';' ? separator : *c;
		*ret_name = arena_strndup(&plan->arena, word, name_len);
		*ret_value = value;
		*at += len;
		return true;
	}
	return false;
}
