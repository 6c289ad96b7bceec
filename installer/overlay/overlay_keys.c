/*
 * The one table of overlay.yaml's keys.
 */
#include "config/value.h"
#include "overlay/overlay.h"

#define PATH_FORM "an absolute path"

/* The same alternatives and conditions wherever they stand. */
#define OTHERS(object, check, what)                                                      \
	{                                                                                \
		.name = "or", .type = KEY_STRINGS, KEY_COUNTED(object, others),          \
		.valid = check, .form = what,                                            \
		.help = "alternatives; the first that the host has is taken"             \
	}
#define CONDITIONS(object)                                                               \
	{ .name = "when",                                                                \
	  .type = KEY_STRING,                                                            \
	  KEY_FIELD(object, when),                                                       \
	  .valid = value_is_host_path,                                                   \
	  .form = PATH_FORM,                                                             \
	  .help = "only where the host has this" },                                      \
	{                                                                                \
		.name = "unless", .type = KEY_STRING, KEY_FIELD(object, unless),         \
		.valid = value_is_host_path, .form = PATH_FORM,                          \
		.help = "not where the host has this"                                    \
	}

static const char *const state_names[] = { "enabled", "disabled", NULL };

static const struct {
	bool (*valid)(const char *value);
} forms[] = { { value_is_one_line },
	      { value_is_file_name },
	      { value_is_number },
	      { value_is_url },
	      { value_is_host_path } };
const char *const overlay_form_names[] = {
	"text", "name", "number", "url", "path", NULL
};
_Static_assert(ARRAY_LEN(forms) + 1 == ARRAY_LEN(overlay_form_names),
	       "a form has no check");

/* What would end or change a quoted word of a shell is in no value. */
bool overlay_has_form(int form, const char *value)
{
	return forms[form].valid(value) && !strpbrk(value, "\"'\\`$");
}

static const struct key need_keys[] = {
	{ .name = "path",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_need, path),
	  .required = true,
	  .valid = value_is_host_path,
	  .form = PATH_FORM,
	  .help = "what the host must have" },
	OTHERS(overlay_need, value_is_host_path, PATH_FORM),
};
static const struct schema need_schema = {
	.name = "needs",
	.size = sizeof(struct overlay_need),
	.keys = need_keys,
	.n = ARRAY_LEN(need_keys),
	.lone = "path",
};

static const struct key service_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_service, name),
	  .required = true,
	  .valid = value_is_service,
	  .form = "a service's name" },
	{ .name = "state",
	  .type = KEY_CHOICE,
	  KEY_FIELD(overlay_service, disabled),
	  .required = true,
	  .choices = state_names,
	  .help = "whether it starts with the host" },
	OTHERS(overlay_service, value_is_service, "a service's name"),
	CONDITIONS(overlay_service),
};
static const struct schema service_schema = {
	.name = "services",
	.size = sizeof(struct overlay_service),
	.keys = service_keys,
	.n = ARRAY_LEN(service_keys),
	.lone = "state",
};

static const struct key file_keys[] = {
	{ .name = "path",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_file, path),
	  .required = true,
	  .valid = value_is_host_path,
	  .form = PATH_FORM },
	{ .name = "mode",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_file, mode),
	  .required = true,
	  .valid = value_is_file_mode,
	  .form = "octal digits like 0644",
	  .help = "its mode" },
	{ .name = "owner",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_file, owner),
	  .valid = value_is_owner,
	  .form = "USER:GROUP",
	  .preset = "root:root",
	  .help = "its owner" },
	OTHERS(overlay_file, value_is_host_path, PATH_FORM),
	CONDITIONS(overlay_file),
};
static const struct schema file_schema = {
	.name = "files",
	.size = sizeof(struct overlay_file),
	.keys = file_keys,
	.n = ARRAY_LEN(file_keys),
	.lone = "mode",
};

static const struct key line_keys[] = {
	{ .name = "file",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_line, file),
	  .required = true,
	  .valid = value_is_host_path,
	  .form = PATH_FORM,
	  .help = "the host's file" },
	OTHERS(overlay_line, value_is_host_path, PATH_FORM),
	{ .name = "key",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_line, key),
	  .required = true,
	  .valid = value_is_words,
	  .form = "the beginning of a line",
	  .help = "what the line sets" },
	{ .name = "line",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_line, line),
	  .required = true,
	  .valid = value_is_one_line,
	  .form = "one line",
	  .help = "the line" },
	{ .name = "before",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_line, before),
	  .valid = value_is_words,
	  .form = "the beginning of a line",
	  .help = "only what stands above such a line counts" },
	CONDITIONS(overlay_line),
};
static const struct schema line_schema = SCHEMA("lines", overlay_line, line_keys);

static const struct key parameter_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_parameter, name),
	  .required = true,
	  .valid = value_is_parameter,
	  .form = "lower-case letters, digits and hyphens" },
	{ .name = "help",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_parameter, help),
	  .required = true,
	  .valid = value_is_words,
	  .form = "one line",
	  .help = "what it is for" },
	{ .name = "form",
	  .type = KEY_CHOICE,
	  KEY_FIELD(overlay_parameter, form),
	  .choices = overlay_form_names,
	  .preset = "text",
	  .help = "what its values look like" },
	{ .name = "preset",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay_parameter, preset),
	  .valid = value_is_one_line,
	  .form = "one line",
	  .help = "its value where the profile gives none; absent: it must" },
};
static const struct schema parameter_schema = {
	.name = "parameters",
	.size = sizeof(struct overlay_parameter),
	.keys = parameter_keys,
	.n = ARRAY_LEN(parameter_keys),
	.lone = "help",
};

static const struct key overlay_keys[] = {
	{ .name = "name",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay, name),
	  .required = true,
	  .valid = value_is_name,
	  .form = "an overlay's name",
	  .help = "as its folder is called" },
	{ .name = "summary",
	  .type = KEY_STRING,
	  KEY_FIELD(overlay, summary),
	  .required = true,
	  .valid = value_is_words,
	  .form = "one line",
	  .help = "what it does" },
	{ .name = "needs",
	  .type = KEY_LIST,
	  KEY_COUNTED(overlay, needs),
	  .of = &need_schema },
	{ .name = "booleans",
	  .type = KEY_NAMED,
	  KEY_COUNTED(overlay, booleans),
	  .of = &selinux_boolean_schema },
	{ .name = "services",
	  .type = KEY_NAMED,
	  KEY_COUNTED(overlay, services),
	  .of = &service_schema },
	{ .name = "files",
	  .type = KEY_NAMED,
	  KEY_COUNTED(overlay, files),
	  .of = &file_schema },
	{ .name = "lines",
	  .type = KEY_LIST,
	  KEY_COUNTED(overlay, lines),
	  .of = &line_schema },
	{ .name = "parameters",
	  .type = KEY_NAMED,
	  KEY_COUNTED(overlay, parameters),
	  .of = &parameter_schema },
};
const struct schema overlay_schema = SCHEMA("overlay", overlay, overlay_keys);
