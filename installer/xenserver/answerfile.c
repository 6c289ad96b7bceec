#include "xenserver/answerfile.h"

#include "core/mem.h"

/* Text of an element or an attribute's value (XML 1.0, 2.4). */
static void add_escaped(struct text *t, const char *s)
{
	static const struct {
		char c;
		const char *entity;
	} table[] = { { '&', "&amp;" },
		      { '<', "&lt;" },
		      { '>', "&gt;" },
		      { '"', "&quot;" },
		      { '\'', "&apos;" } };

	for (; *s; s++) {
		const char *entity = NULL;

		for (size_t i = 0; i < ARRAY_LEN(table); i++)
			if (*s == table[i].c)
				entity = table[i].entity;
		if (entity)
			text_add(t, entity);
		else
			text_add_bytes(t, s, 1);
	}
}

static void add_attribute(struct text *t, const char *name, const char *value)
{
	text_printf(t, " %s=\"", name);
	add_escaped(t, value);
	text_add(t, "\"");
}

/* `tag` may have attributes behind its name. */
static void add_element(struct text *t, const char *tag, const char *value)
{
	text_printf(t, "  <%s>", tag);
	add_escaped(t, value);
	text_printf(t, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void add_elements(struct text *t, const char *tag, const char *const *values,
			 size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_element(t, tag, values[i]);
}

/* "sda" for the first disk, as an installer with one kind of disks calls it. */
static const char *disk_name(const struct answerfile *a, size_t i, char *buf, size_t len)
{
	if (a->disks)
		return a->disks[i];
	snprintf(buf, len, "sd%c", (char)('a' + i));
	return buf;
}
#define DISK_NAME(a, i) disk_name(a, i, (char[8]){ 0 }, 8)

static bool makes_storage(const struct profile *p)
{
	const struct array *array = &p->xenserver.storage.array;

	return array->at.line && (int)array->level == CHOICE_UNSAID;
}

/* XCP-ng: an element that makes the array, and the array as its disk. */
static void add_raid(const struct answerfile *a, struct text *t)
{
	text_add(t, "  <raid device=\"md127\">\n");
	for (size_t i = 0; i < a->profile->disks.count; i++) {
		text_add(t, "  ");
		add_element(t, "disk", DISK_NAME(a, i));
	}
	text_add(t, "  </raid>\n");
}

static void add_disks(const struct answerfile *a, struct text *t)
{
	const struct profile *p = a->profile;
	bool mirror = p->xenserver.mirror, raid = mirror && a->mirror == MIRROR_RAID;

	if (raid)
		add_raid(a, t);
	text_printf(t,
		    "  <primary-disk%s gueststorage=\"%s\" "
		    "preserve-first-partition=\"no\">",
		    mirror && !raid ? " swraid=\"true\"" : "",
		    makes_storage(p) ? "yes" : "no");
	add_escaped(t, raid ? "md127" : DISK_NAME(a, 0));
	for (size_t i = 1; mirror && !raid && i < p->disks.count; i++) {
		text_add(t, ",");
		add_escaped(t, DISK_NAME(a, i));
	}
	text_add(t, "</primary-disk>\n");
}

/* 192.0.2.10/24 → address and 255.255.255.0; the profile was checked for IPv4. */
static void add_address(struct text *t, const struct network *net)
{
	auto_free char *address = xstrdup(net->address);
	auto_free char *mask = NULL;
	char *slash = strchr(address, '/');
	unsigned bits = 0, m;

	sscanf(slash, "/%u", &bits);
	m = bits ? UINT32_MAX << (32 - bits) : 0;
	mask = xasprintf("%u.%u.%u.%u", m >> 24, m >> 16 & 0xff, m >> 8 & 0xff, m & 0xff);
	*slash = '\0';
	text_add(t, "  ");
	add_element(t, "ip", address);
	text_add(t, "  ");
	add_element(t, "subnet-mask", mask);
	text_add(t, "  ");
	add_element(t, "gateway", net->gateway);
}

static void add_network(const struct answerfile *a, struct text *t)
{
	const struct network *net = &a->profile->identity.networks[0];
	const char *name = a->interface ? a->interface : net->interface;
	bool fixed = net->method == NET_STATIC;

	text_add(t, "  <admin-interface");
	if (name)
		add_attribute(t, "name", name);
	if (net->mac)
		add_attribute(t, "hwaddr", net->mac);
	text_printf(t, " proto=\"%s\"%s\n", fixed ? "static" : "dhcp",
		    fixed ? ">" : "/>");
	if (fixed) {
		add_address(t, net);
		text_add(t, "  </admin-interface>\n");
	}
	add_elements(t, "nameserver", net->nameservers, net->n_nameservers);
}

int answerfile_write(const struct answerfile *a, struct text *t, struct err *err)
{
	static const char *const types[] = { [SR_EXT] = "ext", [SR_LVM] = "lvm" };
	const struct profile *p = a->profile;
	const struct xenserver *x = &p->xenserver;
	const char *hash = p->identity.root_password_hash;

	if (x->mirror && a->mirror == MIRROR_NONE)
		return err_set(err, ERR_HARDWARE, 0,
			       "mirror: this release's installer makes none; XCP-ng does "
			       "from 7.5 on, XenServer from 8.10.38 on");
	text_printf(
		t,
		"<?xml version=\"1.0\"?>\n<installation mode=\"fresh\" srtype=\"%s\">\n",
		types[x->storage.array.at.line ? x->storage.type : SR_EXT]);
	add_disks(a, t);
	add_element(t, "source type=\"url\"", x->packages ? x->packages : x->source);
	/* `!!` makes the first boot ask for one. */
	add_element(t, "root-password type=\"hash\"", hash ? hash : "!!");
	add_network(a, t);
	add_element(t, "hostname", p->host);
	add_element(t, "timezone", x->timezone);
	add_elements(t, "ntp-servers", x->ntp, x->n_ntp);
	add_element(t, "keymap", x->keyboard);
	if ((int)x->backend != CHOICE_UNSAID)
		add_element(t, "network-backend",
			    x->backend == BACKEND_BRIDGE ? "bridge" : "vswitch");
	text_add(t, "</installation>\n");
	return 0;
}
