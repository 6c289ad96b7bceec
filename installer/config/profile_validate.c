/*
 * What one key alone cannot say: names that must exist, places that must not be taken
 * twice. Everything that depends on the machine belongs to the plan instead.
 */
#include "config/profile_parts.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static int check_network(const struct profile *p, const struct network *net,
			 struct err *err)
{
	if (net->method == NET_BOOT && (net->interface || net->mac))
		return fail(p, net->at, err,
			    "network: method: boot takes the cards that the machine has "
			    "booted through; interface and mac are not for it");
	if (net->method != NET_BOOT && !net->interface && !net->mac)
		return fail(p, net->at, err,
			    "network: name the card by interface or mac");
	if (net->method == NET_STATIC && !net->address)
		return fail(p, net->at, err, "network: static needs an address");
	if (net->method != NET_STATIC &&
	    (net->address || net->gateway || net->n_nameservers))
		return fail(p, net->at, err,
			    "network: address, gateway and nameservers go with method: "
			    "static");
	return 0;
}

/* Once is all that there is. */
static int check_networks(const struct profile *p, struct err *err)
{
	bool boot = false;

	for (size_t i = 0; i < p->identity.n_networks; i++) {
		const struct network *net = &p->identity.networks[i];

		if (check_network(p, net, err) < 0)
			return -1;
		if (net->method == NET_BOOT && boot)
			return fail(p, net->at, err,
				    "network: method: boot stands there twice");
		boot |= net->method == NET_BOOT;
	}
	return 0;
}

static int check_image(const struct profile *p, struct err *err)
{
	const struct image *image = &p->image;

	if (!image->sha256 && !image->manifest)
		return fail(p, image->at, err,
			    "image: say sha256, the SHA-256 of the file at that URL, or "
			    "manifest");
	if (image->sha256 && image->manifest)
		return fail(p, image->at, err,
			    "image: sha256 and manifest both say what it must be; one is "
			    "enough");
	if (!image->chunks && (image->serve_chunks || image->n_chunk_peers))
		return fail(p, image->at, err,
			    "image: %s goes with chunks, the list of them",
			    image->serve_chunks ? "serve-chunks" : "chunk-peers");
	return 0;
}

static int check_resync(const struct profile *p, struct err *err)
{
	const struct resync *r = &p->resync;

	if (r->max_kib && r->min_kib > r->max_kib)
		return fail(p, r->at, err, "resync: speed-max is below speed-min");
	return 0;
}

/* What a target that is unpacked from an image stands on. */
static int check_layers(const struct profile *p, struct err *err)
{
	if (profile_validate_uses(p, err) < 0 || profile_validate_arrays(p, err) < 0)
		return -1;
	if (profile_validate_filesystems(p, err) < 0 || check_image(p, err) < 0)
		return -1;
	return profile_validate_boot(p, err);
}

int profile_validate(const struct profile *p, struct err *err)
{
	bool xenserver = p->target == TARGET_XENSERVER;

	if (profile_validate_target(p, err) < 0)
		return -1;
	if (p->mode == MODE_CONVERT)
		return profile_validate_convert(p, err);
	if (profile_validate_disks(p, err) < 0 ||
	    (!xenserver && check_layers(p, err) < 0) || check_resync(p, err) < 0 ||
	    check_networks(p, err) < 0 || profile_validate_kerberos(p, err) < 0 ||
	    profile_validate_selinux(p, err) < 0 || profile_validate_overlays(p, err) < 0)
		return -1;
	return xenserver ? profile_validate_xenserver(p, err) : 0;
}
