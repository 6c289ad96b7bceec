/*
 * Target xenserver: what belongs together, as far as no release decides it.
 */
#include "config/profile_parts.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static int check_source(const struct profile *p, struct err *err)
{
	const struct xenserver *x = &p->xenserver;

	if (str_starts(x->source, "http://") && !x->sha256.at.line && !p->insecure)
		return fail(p, x->at, err,
			    "xenserver: source comes over plain HTTP; add sha256: {xen, "
			    "vmlinuz, install-img}, or insecure: true to the profile");
	if (x->root_bytes % (UINT64_C(1) << 20))
		return fail(p, x->at, err, "xenserver: root-size is not whole MiB");
	return 0;
}

/* Its answerfile has one card, the management interface, with an IPv4 address. */
static int check_network(const struct profile *p, struct err *err)
{
	const struct network *net = p->identity.networks;

	if (p->identity.n_networks == 0)
		return fail(p, p->at, err,
			    "identity.network: xenserver needs its management interface");
	if (p->identity.n_networks > 1)
		return fail(p, net[1].at, err,
			    "network: xenserver takes one card here, its management "
			    "interface; the others are set up in the pool");
	if (net->method != NET_DHCP && net->method != NET_STATIC)
		return fail(p, net->at, err,
			    "network: xenserver's installer knows dhcp and static only");
	if (net->address && strchr(net->address, ':'))
		return fail(p, net->at, err,
			    "network: xenserver's installer takes an IPv4 address");
	if (net->method == NET_STATIC && !net->gateway)
		return fail(p, net->at, err,
			    "network: static needs a gateway with xenserver");
	if (p->identity.n_ssh_keys)
		return fail(p, p->identity.at, err,
			    "ssh-keys: xenserver's installer has no place for them; use "
			    "root-password-hash");
	return 0;
}

static int check_mirror(const struct profile *p, struct err *err)
{
	const struct xenserver *x = &p->xenserver;

	if (!x->mirror)
		return 0;
	if (p->table == TABLE_MBR)
		return fail(p, x->at, err, "xenserver: mirror goes with table: gpt");
	if (p->disks.count != 2)
		return fail(p, x->at, err, "xenserver: mirror is for 2 disks, not %u",
			    (unsigned)p->disks.count);
	if (x->storage.array.at.line && (int)x->storage.array.level != CHOICE_UNSAID)
		return fail(p, x->storage.array.at, err,
			    "storage: the disks are a mirror already; leave level out");
	return 0;
}

static int check_storage(const struct profile *p, struct err *err)
{
	const struct array *array = &p->xenserver.storage.array;

	if (!array->at.line)
		return 0;
	if ((int)array->level != CHOICE_UNSAID)
		return profile_validate_array(p, array, err);
	if (p->disks.count > 1 && !p->xenserver.mirror)
		return fail(p, array->at, err, "storage: %u disks need a level",
			    (unsigned)p->disks.count);
	if (array->metadata || array->layout || array->chunk_bytes ||
	    (int)array->bitmap != CHOICE_UNSAID)
		return fail(
			p, array->at, err,
			"storage: metadata, layout, chunk and bitmap go with a level");
	return 0;
}

int profile_validate_xenserver(const struct profile *p, struct err *err)
{
	if (p->align != ALIGN_MIB)
		return fail(p, p->at, err,
			    "align goes with target xen-dom0; xenserver's installer "
			    "aligns as it does");
	if (p->boot_loader != LOADER_GRUB2)
		return fail(
			p, p->at, err,
			"boot-loader goes with target xen-dom0; xenserver's installer "
			"brings its own");
	if (check_source(p, err) < 0 || check_network(p, err) < 0 ||
	    check_mirror(p, err) < 0)
		return -1;
	return check_storage(p, err);
}
