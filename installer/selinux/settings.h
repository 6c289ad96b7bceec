/*
 * /etc/selinux/config and booleans.local, as text. Pure.
 *
 * Sources: selinux_config(5) and libselinux's own reader (keys have no quotes, the last
 * line wins); libsemanage's records of booleans, one `name=0` or `name=1` a line.
 */
#ifndef SELINUX_SETTINGS_H
#define SELINUX_SETTINGS_H

#include <stdbool.h>

enum selinux_mode { SELINUX_DISABLED, SELINUX_PERMISSIVE, SELINUX_ENFORCING };

#define SELINUX_TYPE_BYTES 64

struct selinux_settings {
	enum selinux_mode mode;
	char type[SELINUX_TYPE_BYTES]; /* the policy's folder; "" when none is named */
};

/* The config of a host. A type that cannot be a folder's name is none. */
struct selinux_settings selinux_parse_config(const char *text);

/* Letters, digits, `_`, `-` and `.`, and not too long: a folder's name. */
bool selinux_is_type(const char *s);

/* booleans.local with this boolean's record replaced or added. Returns a new string. */
char *selinux_set_record(const char *text, const char *name, bool state);

#endif
