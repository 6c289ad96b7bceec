/*
 * Where a profile and what it names come from, and why they are believed: HTTPS, a digest
 * in a signed manifest, or the operator's own word (`insecure`).
 */
#include <fcntl.h>
#include <strings.h>

#include "commands.h"
#include "core/io.h"
#include "core/log.h"
#include "core/url.h"
#include "fetch/manifest.h"

/* The machine's value for a name in ${…}, as it stands in file names. */
static char *variable(const char *name, size_t len, const struct facts *facts)
{
	const struct {
		const char *name, *value;
	} table[] = { { "mac", facts->boot_mac },
		      { "uuid", facts->uuid },
		      { "serial", facts->serial } };

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strlen(table[i].name) == len &&
		    memcmp(table[i].name, name, len) == 0 && table[i].value)
			return profile_file_name(table[i].value);
	return NULL;
}

static int expand_url(const char *url, const struct facts *facts, char **ret,
		      struct err *err)
{
	auto_text struct text t = { 0 };

	while (*url) {
		size_t plain = strcspn(url, "$"), len;
		auto_free char *value = NULL;

		text_add_bytes(&t, url, plain);
		url += plain;
		if (!*url)
			break;
		len = str_starts(url, "${") ? strcspn(url, "}") : 0;
		value = len && url[len] ? variable(url + 2, len - 2, facts) : NULL;
		if (!value)
			return err_set(err, ERR_CONFIG, 0,
				       "\"%s\": this machine has no such value; ${mac}, "
				       "${uuid} and ${serial} are known",
				       url);
		text_add(&t, value);
		url += len + 1;
	}
	*ret = text_take(&t);
	return 0;
}

int load_list(const struct options *o, const char *url, struct arena *arena,
	      struct sources *sources, const struct manifest **ret, struct err *err)
{
	struct source *source = &sources->items[sources->n];
	auto_free char *shown = url_public(url);

	for (size_t i = 0; i < sources->n; i++)
		if (str_eq(sources->items[i].list.url, url)) {
			*ret = &sources->items[i].list;
			return 0;
		}
	if (manifest_fetch(url, o->key, NULL, arena, &source->list, err) < 0)
		return -1;
	source->url = arena_strdup(arena, shown);
	sources->n++;
	*ret = &source->list;
	return 0;
}

/* Before a byte of it is read. */
static int check_listed(const struct options *o, const char *what, const char *url,
			const char *shown, const char *text, size_t len,
			struct arena *arena, struct sources *sources, struct err *err)
{
	struct digest expected, got = digest_of(text, len);
	const struct manifest *list;

	if (load_list(o, o->manifest, arena, sources, &list, err) < 0 ||
	    manifest_find(list, url, &expected, err) < 0)
		return -1;
	if (memcmp(&expected, &got, sizeof(got)) != 0)
		return err_set(err, ERR_SOURCE, 0, "%s %s: sha256 is %s, and %s says %s",
			       what, shown, DIGEST_TEXT(&got), o->manifest,
			       DIGEST_TEXT(&expected));
	return 0;
}

/* Schemes have no case (RFC 3986, 3.1): what is not https is refused, not what is http.
 */
static bool is_plain_http(const char *url)
{
	return strncasecmp(url, "https://", strlen("https://")) != 0 &&
	       !str_starts(url, "medium:/");
}

static int check_transport(const struct options *o, const char *url, const char *shown,
			   bool insecure, struct err *err)
{
	if (!is_plain_http(url))
		return 0;
	/* Else whoever can change the profile could write `insecure` into it. */
	if (access(o->key ? o->key : MANIFEST_KEY_FILE, F_OK) == 0)
		return err_set(err, ERR_SOURCE, 0,
			       "%s came over plain HTTP and no signed manifest vouches "
			       "for it, although there is a key to check one with "
			       "(dom0strap.manifest=URL)",
			       shown);
	if (!insecure)
		return err_set(
			err, ERR_CONFIG, 0,
			"%s came over plain HTTP, where anybody on the path can change "
			"it; serve it over https or name it in a signed manifest, or "
			"accept that with `insecure: true`",
			shown);
	return 0;
}

static int load_file(const char *path, struct arena *arena, struct profile *ret,
		     struct err *err)
{
	auto_free char *text = NULL;
	size_t len;

	if (io_read_file(AT_FDCWD, path, PROFILE_MAX_BYTES, &text, &len, err) < 0) {
		err->code = ERR_CONFIG;
		return err_wrap(err, "profile");
	}
	return profile_parse(path, text, len, arena, ret, err);
}

int load_profile(const struct options *o, const char *source, const struct facts *facts,
		 struct arena *arena, struct profile *ret, struct sources *sources,
		 struct err *err)
{
	auto_free char *url = NULL, *text = NULL, *shown = NULL;
	int64_t date = 0;
	size_t len;

	if (!strstr(source, "://"))
		return load_file(source, arena, ret, err);
	if (expand_url(source, facts, &url, err) < 0)
		return err_wrap(err, "profile");
	shown = url_public(url);
	log_info("profile %s", shown);
	if (fetch_text(url, &(struct fetch_options){ .ret_date = &date },
		       PROFILE_MAX_BYTES, &text, &len, err) < 0)
		return err_wrap(err, "profile");
	clock_settle(o, date);
	if (o->manifest &&
	    check_listed(o, "profile", url, shown, text, len, arena, sources, err) < 0)
		return -1;
	if (profile_parse(shown, text, len, arena, ret, err) < 0)
		return -1;
	return o->manifest ? 0 : check_transport(o, url, shown, ret->insecure, err);
}

int load_ssh_keys(const struct options *o, const char *source, const struct facts *facts,
		  bool insecure, struct arena *arena, struct ssh_keys *keys,
		  struct err *err)
{
	auto_free char *url = NULL, *shown = NULL, *text = NULL;
	struct sources sources = { 0 };
	size_t len;
	int rc = 0;

	if (expand_url(source, facts, &url, err) < 0)
		return err_wrap(err, "SSH keys");
	shown = url_public(url);
	log_info("SSH keys %s", shown);
	if (fetch_text(url, NULL, SSH_KEYS_MAX_BYTES, &text, &len, err) < 0)
		return err_wrap(err, "SSH keys");
	if (strlen(text) != len)
		return err_set(err, ERR_SOURCE, 0, "SSH keys %s: this is no text", shown);
	if (o->manifest && is_plain_http(url))
		rc = check_listed(o, "SSH keys", url, shown, text, len, arena, &sources,
				  err);
	else
		rc = check_transport(o, url, shown, insecure, err);
	if (rc == 0)
		ssh_keys_add(keys, text, arena);
	return rc;
}

int load_image_digest(const struct options *o, struct arena *arena, struct profile *p,
		      struct sources *sources, struct err *err)
{
	struct image *image = &p->image;
	struct digest digest, chunks;
	const struct manifest *list;

	if (!image->manifest)
		return 0;
	if (load_list(o, image->manifest, arena, sources, &list, err) < 0 ||
	    manifest_find(list, image->url, &digest, err) < 0 ||
	    (image->chunks && manifest_find(list, image->chunks, &chunks, err) < 0))
		return err_wrap(err, "image");
	image->listed_sha256 = arena_strdup(arena, DIGEST_TEXT(&digest));
	if (image->chunks)
		image->listed_chunks = arena_strdup(arena, DIGEST_TEXT(&chunks));
	return 0;
}
