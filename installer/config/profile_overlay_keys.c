/*
 * The keys below `overlays`, and what must hold between them. What an overlay itself says
 * is read elsewhere: overlay/.
 */
#include "config/profile_parts.h"
#include "config/value.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

static const struct key value_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_value, name),
	  .required = true,
	  .valid = value_is_parameter,
	  .form = "a parameter's name: lower-case letters, digits and hyphens",
	  .help = "one of those that the overlay has" },
	{ .name = "value",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_value, value),
	  .required = true,
	  .valid = value_is_one_line,
	  .form = "one line of text",
	  .help = "of the form that the overlay asks for; `NAME: VALUE` is short for "
		  "`NAME: {value: VALUE}`. Shown in the plan: no place for secrets" },
};
static const struct schema value_schema = {
	.name = "parameters",
	.size = sizeof(struct overlay_value),
	.keys = value_keys,
	.n = ARRAY_LEN(value_keys),
	.lone = "value",
};

static const struct key use_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_use, name),
	  .required = true,
	  .valid = value_is_name,
	  .form = "an overlay's name",
	  .help = "the overlay's folder; `- NAME` is short for `- {name: NAME}`" },
	{ .name = "parameters",
	  .type = KEY_NAMED,
	  KEY_COUNTED(overlay_use, parameters),
	  .of = &value_schema,
	  .help = "what the overlay asks of the profile" },
	{ .name = "url",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_use, url),
	  .valid = value_is_source,
	  .form = "an http://, https:// or medium:/ URL",
	  .help = "its archive (tar); absent: overlays/NAME.tar beside the signed list "
		  "that the image or this profile is in, which has its digest" },
	{ .name = "sha256",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_use, sha256),
	  .valid = value_is_sha256,
	  .form = "64 hexadecimal digits",
	  .help = "SHA-256 of the file at that URL; over https it may be absent" },
};
const struct schema overlay_use_schema = {
	.name = "overlays",
	.size = sizeof(struct overlay_use),
	.keys = use_keys,
	.n = ARRAY_LEN(use_keys),
	.lone = "name",
};

static int check_use(const struct profile *p, const struct overlay_use *use,
		     struct err *err)
{
	if (use->sha256 && !use->url)
		return fail(p, use->at, err,
			    "overlays: sha256 is that of the archive at `url`; a signed "
			    "list has its own");
	if (use->url && !use->sha256 && !str_starts(use->url, "https://"))
		return fail(p, use->at, err,
			    "overlays: %s could be replaced by anybody on its way; serve "
			    "it over https, or give its sha256",
			    use->name);
	return 0;
}

int profile_validate_overlays(const struct profile *p, struct err *err)
{
	for (size_t i = 0; i < p->n_overlays; i++) {
		if (check_use(p, &p->overlays[i], err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (str_eq(p->overlays[i].name, p->overlays[j].name))
				return fail(p, p->overlays[i].at, err,
					    "overlays: %s is there twice",
					    p->overlays[i].name);
	}
	return 0;
}
