/*
 * The keys below `selinux`.
 */
#include "config/profile_parts.h"
#include "config/value.h"

static const char *const mode_names[] = { "disabled", "permissive", "enforcing", NULL };
static const char *const relabel_names[] = { "missing", "boot", "none", NULL };

static const struct key boolean_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(selinux_boolean, name),
	  .required = true,
	  .valid = value_is_boolean,
	  .form = "a boolean's name like httpd_can_network_connect",
	  .help = "as `getsebool -a` lists it" },
	{ .name = "state",
	  .type = KEY_BOOL,
	  KEY_FIELD(selinux_boolean, state),
	  .required = true,
	  .help = "what it is set to; `NAME: on` is short for `NAME: {state: on}`" },
	{ .name = "or",
	  .type = KEY_STRINGS,
	  KEY_COUNTED(selinux_boolean, others),
	  .valid = value_is_boolean,
	  .form = "a boolean's name like httpd_can_network_connect",
	  .help = "what other policies call it: the first name that the host's policy "
		  "has "
		  "is taken" },
};
const struct schema selinux_boolean_schema = {
	.name = "booleans",
	.size = sizeof(struct selinux_boolean),
	.keys = boolean_keys,
	.n = ARRAY_LEN(boolean_keys),
	.lone = "state",
};

static const struct key selinux_keys[] = {
	{ .name = "mode",
	  .type = KEY_CHOICE,
	  KEY_FIELD(selinux, mode),
	  .choices = mode_names,
	  .help = "how the host starts; the kernel's arguments are made to agree; "
		  "absent: "
		  "as the image has it" },
	{ .name = "type",
	  .type = KEY_STRING,
	  KEY_FIELD(selinux, type),
	  .valid = value_is_name,
	  .form = "a policy's name like targeted",
	  .help = "the policy, a folder in /etc/selinux; absent: as the image has it" },
	{ .name = "booleans",
	  .type = KEY_NAMED,
	  KEY_COUNTED(selinux, booleans),
	  .of = &selinux_boolean_schema,
	  .help = "set in the policy before the host first starts, and kept" },
	{ .name = "relabel",
	  .type = KEY_CHOICE,
	  KEY_FIELD(selinux, relabel),
	  .choices = relabel_names,
	  .preset = "missing",
	  .help = "`missing`: what the image brings without a label gets the one that "
		  "its "
		  "own file_contexts names, if it has SELinux; `boot`: the host relabels "
		  "itself at its first start; `none`: labels are left as they are" },
};
const struct schema selinux_schema = SCHEMA("selinux", selinux, selinux_keys);
