/*
 * Overlays: small add-ons for a host, each a folder with overlay.yaml, files/ and perhaps
 * first-boot. docs/overlays.md is the reference of the format. Pure: what has been read
 * into memory (bundle.h) becomes data that the plan is made of.
 */
#ifndef OVERLAY_OVERLAY_H
#define OVERLAY_OVERLAY_H

#include "config/profile.h"
#include "overlay/bundle.h"

/* Alternatives everywhere: `others` come after the first; the first one that the host has
 * is taken. `when` and `unless`: paths of the host; NULL: no condition. */

struct overlay_need {
	struct yaml_mark at;
	const char *path;
	const char **others;
	size_t n_others;
};

struct overlay_service {
	struct yaml_mark at;
	const char *name;
	int disabled; /* index into enabled, disabled */
	const char **others;
	size_t n_others;
	const char *when, *unless;
};

struct overlay_file {
	struct yaml_mark at;
	const char *path;
	const char *mode;  /* octal digits */
	const char *owner; /* USER:GROUP */
	const char **others;
	size_t n_others;
	const char *when, *unless;
	const char *bytes; /* no key: from files/ */
	size_t len;
};

struct overlay_line {
	struct yaml_mark at;
	const char *file;
	const char **others;
	size_t n_others;
	const char *key, *line;
	const char *before; /* NULL: the whole file */
	const char *when, *unless;
};

struct overlay_parameter {
	struct yaml_mark at;
	const char *name, *help;
	int form;
	const char *preset; /* NULL: the profile must say it */
	const char *value;  /* no key: overlay_bind() sets it */
};

struct overlay {
	struct yaml_mark at;
	const char *name, *summary;
	struct overlay_need *needs;
	size_t n_needs;
	struct selinux_boolean *booleans;
	size_t n_booleans;
	struct overlay_service *services;
	size_t n_services;
	struct overlay_file *files;
	size_t n_files;
	struct overlay_line *lines;
	size_t n_lines;
	struct overlay_parameter *parameters;
	size_t n_parameters;
	/* No keys: */
	const char *source; /* where it came from */
	const char *place;  /* of overlay.yaml, for messages */
	const char *script; /* first-boot; NULL: none */
	size_t script_len;
};

extern const struct schema overlay_schema;

/* Does a value have that form? An index of overlay_form_names. */
bool overlay_has_form(int form, const char *value);
extern const char *const overlay_form_names[];

/*
 * The overlay in those files, which must be called `name`. Checked alone: every file is
 * listed, and every listed one there. ERR_CONFIG; messages name place, line and column.
 * Everything lives in the arena.
 */
must_check int overlay_parse(const struct bundle *b, const char *name,
			     struct arena *arena, struct overlay *ret, struct err *err);

unsigned overlay_mode(const struct overlay_file *f);

/*
 * Give the parameters their values and put these into files, script and lines.
 * `profile` is the file's name, for messages. ERR_CONFIG. Once for each overlay.
 */
must_check int overlay_bind(struct overlay *o, const struct overlay_use *use,
			    const char *profile, struct arena *arena, struct err *err);

/*
 * Do the profile's overlays agree among themselves, and with its own SELinux booleans?
 * ERR_CONFIG names both sides; also for an overlay that nobody has loaded.
 */
must_check int overlays_check(const struct profile *p, struct err *err);

#endif
