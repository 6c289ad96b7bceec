/*
 * What init says of the network that the boot environment came up with: one NAME=VALUE a
 * line, written by net_write_boot() of initramfs/. A value that could not be one is not
 * taken; without interface and address nothing is.
 */
#include <fcntl.h>
#include <stdlib.h>

#include "config/value.h"
#include "core/io.h"
#include "facts/facts.h"

#define MAX_BYTES  65536
#define VLAN_MAX   4094
#define FIELD(key) offsetof(struct boot_network, key)

/* Lines that are one word of text. */
static const struct {
	const char *name;
	size_t offset;
	bool (*valid)(const char *s);
} words[] = {
	{ "interface", FIELD(interface), value_is_interface },
	{ "mac", FIELD(mac), value_is_mac },
	{ "address", FIELD(address), value_is_ip_with_prefix },
	{ "gateway", FIELD(gateway), value_is_ip },
};

static bool take_word(const char *name, const char *value, struct boot_network *net)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(name, words[i].name)) {
			if (words[i].valid(value))
				*(const char **)(void *)((char *)net +
							 words[i].offset) = value;
			return true;
		}
	return false;
}

static void take_method(const char *value, struct boot_network *net)
{
	for (int i = 0; network_methods[i]; i++)
		if (str_eq(value, network_methods[i]) && i != NET_BOOT)
			net->method = (enum net_method)i;
}

static void take_nameservers(char *value, struct arena *arena, struct boot_network *net)
{
	char *rest;

	for (const char *word = strtok_r(value, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		if (value_is_ip(word))
			net->nameservers = arena_append(arena, net->nameservers,
							&net->n_nameservers, &word,
							sizeof(word));
}

/* Lines that begin with a word and say something of it. */
static void take_pair(const char *name, const char *first, const char *rest,
		      struct arena *arena, struct boot_network *net)
{
	if (str_eq(name, "vlan") && value_is_interface(rest)) {
		uint64_t id = strtoull(first, NULL, 10);

		net->vlan = id <= VLAN_MAX ? id : 0;
		net->vlan_on = rest;
	} else if (str_eq(name, "bond") && value_is_interface(first) &&
		   value_is_bond_options(rest)) {
		net->bond = first;
		net->bond_options = rest;
	} else if (str_eq(name, "member") && value_is_interface(first) &&
		   value_is_mac(rest)) {
		struct nic nic = { .name = first, .mac = rest };

		net->members = arena_append(arena, net->members, &net->n_members, &nic,
					    sizeof(nic));
	}
}

static void take_line(char *line, struct arena *arena, struct boot_network *net)
{
	char *value = strchr(line, '='), *rest;

	if (!value)
		return;
	*value++ = '\0';
	if (take_word(line, value, net))
		return;
	if (str_eq(line, "method")) {
		take_method(value, net);
	} else if (str_eq(line, "nameservers")) {
		take_nameservers(value, arena, net);
	} else if ((rest = strchr(value, ' '))) {
		*rest++ = '\0';
		take_pair(line, value, rest, arena, net);
	}
}

void facts_probe_boot_network(const char *root, struct arena *arena,
			      struct boot_network *ret)
{
	auto_free char *path = xasprintf("%s/run/dom0strap/net/boot", root);
	auto_free char *text = NULL;
	struct boot_network net = { .at.line = 1 };
	struct err ignored = { 0 };
	char *copy, *rest;
	size_t len;

	*ret = (struct boot_network){ 0 };
	if (io_read_file(AT_FDCWD, path, MAX_BYTES, &text, &len, &ignored) < 0)
		return;
	copy = arena_strdup(arena, text);
	for (char *line = strtok_r(copy, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(line, arena, &net);
	if (net.interface && net.mac)
		*ret = net;
}
