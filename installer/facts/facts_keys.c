#include "config/value.h"
#include "facts/facts.h"

/* "/dev/sda": what partitions' names are made from. */
static bool is_device(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return str_starts(s, "/dev/") && s[strlen("/dev/")] && !str_ends(s, "/");
}

static const struct key partition_keys[] = {
	{ "number", KEY_UINT, KEY_FIELD(partition_fact, number) },
	{ "start", KEY_SIZE, KEY_FIELD(partition_fact, start_bytes) },
	{ "size", KEY_SIZE, KEY_FIELD(partition_fact, size_bytes) },
	{ "type", KEY_STRING, KEY_FIELD(partition_fact, type) },
	{ "uuid", KEY_STRING, KEY_FIELD(partition_fact, uuid) },
	{ "active", KEY_BOOL, KEY_FIELD(partition_fact, active) },
};
static const struct schema partition_schema = SCHEMA("partitions", partition_fact,
						     partition_keys);

static const struct key signature_keys[] = {
	{ "type", KEY_STRING, KEY_FIELD(signature, type), .required = true },
	{ "offset", KEY_SIZE, KEY_FIELD(signature, offset_bytes) },
	{ "partition", KEY_UINT, KEY_FIELD(signature, partition) },
	{ "uuid", KEY_STRING, KEY_FIELD(signature, uuid) },
	{ "label", KEY_STRING, KEY_FIELD(signature, label) },
};
static const struct schema signature_schema = SCHEMA("signatures", signature,
						     signature_keys);

static const struct key disk_keys[] = {
	{ "name", KEY_STRING, KEY_FIELD(disk, name), .required = true },
	{ "path", KEY_STRING, KEY_FIELD(disk, path), .required = true, .valid = is_device,
	  .form = "a device like /dev/sda" },
	{ "serial", KEY_STRING, KEY_FIELD(disk, serial) },
	{ "wwn", KEY_STRING, KEY_FIELD(disk, wwn) },
	{ "by-path", KEY_STRING, KEY_FIELD(disk, by_path) },
	{ "model", KEY_STRING, KEY_FIELD(disk, model) },
	{ "transport", KEY_STRING, KEY_FIELD(disk, transport) },
	{ "size", KEY_SIZE, KEY_FIELD(disk, size_bytes) },
	{ "sector", KEY_UINT, KEY_FIELD(disk, sector_bytes) },
	{ "write-zeroes", KEY_SIZE, KEY_FIELD(disk, write_zeroes_bytes) },
	{ "discard", KEY_SIZE, KEY_FIELD(disk, discard_bytes) },
	{ "rotational", KEY_BOOL, KEY_FIELD(disk, rotational) },
	{ "removable", KEY_BOOL, KEY_FIELD(disk, removable) },
	{ "read-only", KEY_BOOL, KEY_FIELD(disk, read_only) },
	{ "boot-medium", KEY_BOOL, KEY_FIELD(disk, boot_medium) },
	{ "in-use", KEY_STRING, KEY_FIELD(disk, in_use) },
	{ "unreadable", KEY_STRING, KEY_FIELD(disk, unreadable) },
	{ "table", KEY_STRING, KEY_FIELD(disk, table) },
	{ "table-id", KEY_STRING, KEY_FIELD(disk, table_id) },
	{ "boot-code", KEY_BOOL, KEY_FIELD(disk, boot_code) },
	{ "boot-loader", KEY_STRING, KEY_FIELD(disk, boot_loader) },
	{ "partitions", KEY_LIST, KEY_COUNTED(disk, partitions),
	  .of = &partition_schema },
	{ "signatures", KEY_LIST, KEY_COUNTED(disk, signatures),
	  .of = &signature_schema },
};
const struct schema facts_disk_schema = SCHEMA("disks", disk, disk_keys);

static const struct key nic_keys[] = {
	{ "name", KEY_STRING, KEY_FIELD(nic, name), .required = true },
	{ "mac", KEY_STRING, KEY_FIELD(nic, mac) },
	{ "link", KEY_BOOL, KEY_FIELD(nic, link) },
};
static const struct schema nic_schema = SCHEMA("nics", nic, nic_keys);

static const struct key restless_keys[] = {
	{ "bus", KEY_STRING, KEY_FIELD(restless, bus), .required = true },
	{ "driver", KEY_STRING, KEY_FIELD(restless, driver), .required = true },
	{ "device", KEY_STRING, KEY_FIELD(restless, device), .required = true },
};
static const struct schema restless_schema = SCHEMA("restless", restless, restless_keys);

static const struct key member_keys[] = {
	{ "name", KEY_STRING, KEY_FIELD(nic, name), .required = true,
	  .valid = value_is_interface, .form = "an interface's name" },
	{ "mac", KEY_STRING, KEY_FIELD(nic, mac), .required = true, .valid = value_is_mac,
	  .form = "a MAC address" },
};
static const struct schema member_schema = SCHEMA("members", nic, member_keys);

static const struct key boot_network_keys[] = {
	{ "interface", KEY_STRING, KEY_FIELD(boot_network, interface), .required = true,
	  .valid = value_is_interface, .form = "an interface's name" },
	{ "mac", KEY_STRING, KEY_FIELD(boot_network, mac), .required = true,
	  .valid = value_is_mac, .form = "a MAC address" },
	{ "method", KEY_CHOICE, KEY_FIELD(boot_network, method), .preset = "dhcp",
	  .choices = network_methods },
	{ "address", KEY_STRING, KEY_FIELD(boot_network, address),
	  .valid = value_is_ip_with_prefix, .form = "an address with prefix length" },
	{ "gateway", KEY_STRING, KEY_FIELD(boot_network, gateway), .valid = value_is_ip,
	  .form = "an IP address" },
	{ "nameservers", KEY_STRINGS, KEY_COUNTED(boot_network, nameservers),
	  .valid = value_is_ip, .form = "an IP address" },
	{ "vlan", KEY_UINT, KEY_FIELD(boot_network, vlan), .max = 4094 },
	{ "vlan-on", KEY_STRING, KEY_FIELD(boot_network, vlan_on),
	  .valid = value_is_interface, .form = "an interface's name" },
	{ "bond", KEY_STRING, KEY_FIELD(boot_network, bond), .valid = value_is_interface,
	  .form = "an interface's name" },
	{ "bond-options", KEY_STRING, KEY_FIELD(boot_network, bond_options),
	  .valid = value_is_bond_options, .form = "options like mode=802.3ad" },
	{ "members", KEY_LIST, KEY_COUNTED(boot_network, members), .of = &member_schema },
};
static const struct schema boot_network_schema = SCHEMA("boot-network", boot_network,
							boot_network_keys);

static const struct key facts_keys[] = {
	{ "uuid", KEY_STRING, KEY_FIELD(facts, uuid) },
	{ "serial", KEY_STRING, KEY_FIELD(facts, serial) },
	{ "vendor", KEY_STRING, KEY_FIELD(facts, vendor) },
	{ "product", KEY_STRING, KEY_FIELD(facts, product) },
	{ "firmware", KEY_STRING, KEY_FIELD(facts, firmware) },
	{ "mem-locked", KEY_BOOL, KEY_FIELD(facts, mem_locked) },
	{ "memory", KEY_SIZE, KEY_FIELD(facts, memory_bytes) },
	{ "boot-mac", KEY_STRING, KEY_FIELD(facts, boot_mac) },
	{ "disks", KEY_LIST, KEY_COUNTED(facts, disks), .of = &facts_disk_schema },
	{ "nics", KEY_LIST, KEY_COUNTED(facts, nics), .of = &nic_schema },
	{ "restless", KEY_LIST, KEY_COUNTED(facts, restless), .of = &restless_schema },
	{ "boot-network", KEY_MAP, KEY_FIELD(facts, boot_network),
	  .of = &boot_network_schema, .optional = true },
	{ "hosts", KEY_LIST, KEY_COUNTED(facts, hosts), .of = &host_schema },
};
const struct schema facts_schema = SCHEMA("facts", facts, facts_keys);
