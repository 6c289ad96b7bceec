/*
 * The profile's overlays: from a folder of this machine, from the URL that the profile
 * gives, or from beside the signed list that vouches for the image or for the profile.
 * They are data before anything is planned.
 */
#include <strings.h>

#include "commands.h"
#include "core/log.h"
#include "core/url.h"
#include "overlay/overlay.h"

struct loading {
	const struct options *o;
	struct arena *arena;
	const struct profile *profile;
	struct sources *sources;
	struct err *err;
};

/* What vouches for the image does so for what goes on top of it. */
static const char *find_list(const struct loading *l)
{
	const char *url = l->profile->image.manifest;

	return url ? url : l->o->manifest;
}

/*
 * A boot server, or a medium, has both profiles/ and overlays/ (pxe/render): what has
 * made the profile believed is true for its overlays, too. NULL: it is from elsewhere.
 */
static const char *find_server(const struct loading *l)
{
	static const char medium[] = FETCH_MEDIUM "/profiles/";
	const char *source = l->profile->name, *slash = strstr(source, "/profiles/");

	if (str_starts(source, medium))
		return "medium:";
	if (!slash || !strstr(source, "://"))
		return NULL;
	return arena_printf(l->arena, "%.*s", (int)(slash - source), source);
}

static int name_archive(const struct loading *l, const struct overlay_use *use,
			const char **ret_url)
{
	const char *server = find_server(l);

	if (!server)
		return err_set(l->err, ERR_CONFIG, 0,
			       "there is no signed list (image.manifest, --manifest) and "
			       "no boot server that it could be from; give it `url` and "
			       "`sha256` in the profile, or say --overlays DIR");
	*ret_url = arena_printf(l->arena, "%s/overlays/%s.tar", server, use->name);
	return 0;
}

/* Its address, and what its digest must be; *ret_digest NULL: HTTPS, or the profile's own
 * way, answers for it. */
static int find_archive(struct loading *l, const struct overlay_use *use,
			const char **ret_url, const struct digest **ret_digest)
{
	struct digest *digest = arena_alloc(l->arena, sizeof(*digest));
	const char *url = find_list(l);
	const struct manifest *list;

	*ret_url = use->url;
	*ret_digest = digest;
	if (use->sha256 && digest_parse(use->sha256, digest))
		return 0;
	*ret_digest = NULL;
	if (use->url)
		return 0;
	if (!url)
		return name_archive(l, use, ret_url);
	if (load_list(l->o, url, l->arena, l->sources, &list, l->err) < 0)
		return -1;
	*ret_url = arena_printf(l->arena, "%.*s/overlays/%s.tar",
				(int)(strrchr(url, '/') - url), url, use->name);
	*ret_digest = digest;
	return manifest_find(list, *ret_url, digest, l->err);
}

static int fetch_archive(struct loading *l, const struct overlay_use *use,
			 struct bundle *ret)
{
	auto_free char *bytes = NULL, *shown = NULL;
	const struct digest *expected;
	struct digest got;
	const char *url;
	size_t len;

	if (find_archive(l, use, &url, &expected) < 0)
		return -1;
	shown = url_public(url);
	log_info("overlay %s", shown);
	if (fetch_text(url, NULL, OVERLAY_MAX_BYTES, &bytes, &len, l->err) < 0)
		return -1;
	got = digest_of(bytes, len);
	if (expected && memcmp(expected, &got, sizeof(got)) != 0)
		return err_set(l->err, ERR_SOURCE, 0,
			       "%s: sha256 is %s, and not %s as %s says", shown,
			       DIGEST_TEXT(&got), DIGEST_TEXT(expected),
			       use->sha256 ? "the profile" : find_list(l));
	return bundle_read_archive(shown, bytes, len, l->arena, ret, l->err);
}

static int load_one(struct loading *l, struct overlay_use *use)
{
	struct overlay *overlay = arena_alloc(l->arena, sizeof(*overlay));
	auto_free char *folder = NULL;
	struct bundle bundle;

	if (l->o->overlays && !use->url) {
		folder = xasprintf("%s/%s", l->o->overlays, use->name);
		if (bundle_read_folder(folder, l->arena, &bundle, l->err) < 0)
			return -1;
	} else if (fetch_archive(l, use, &bundle) < 0) {
		return err_wrap(l->err, "overlay %s", use->name);
	}
	if (overlay_parse(&bundle, use->name, l->arena, overlay, l->err) < 0 ||
	    overlay_bind(overlay, use, l->profile->name, l->arena, l->err) < 0)
		return -1;
	use->overlay = overlay;
	return 0;
}

int check_overlays(const struct options *o, struct arena *arena, struct profile *p,
		   struct err *err)
{
	struct loading l = { .o = o, .arena = arena, .profile = p, .err = err };
	bool all = true;

	for (size_t i = 0; i < p->n_overlays; i++) {
		all = all && !p->overlays[i].url;
		if (!p->overlays[i].url && load_one(&l, &p->overlays[i]) < 0)
			return -1;
	}
	return all ? overlays_check(p, err) : 0;
}

int load_overlays(const struct options *o, struct arena *arena, struct profile *p,
		  struct sources *sources, struct err *err)
{
	struct loading l = {
		.o = o, .arena = arena, .profile = p, .sources = sources, .err = err
	};

	for (size_t i = 0; i < p->n_overlays; i++)
		if (load_one(&l, &p->overlays[i]) < 0)
			return -1;
	return 0;
}
