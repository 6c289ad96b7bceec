/*
 * The keys of `convert`: which of several installed systems.
 */
#include "config/profile_parts.h"
#include "config/value.h"

static const struct key convert_keys[] = {
	{ .name = "root",
	  .type = KEY_STRING,
	  KEY_FIELD(convert_selector, root),
	  .valid = value_is_one_line,
	  .help = "UUID of its root filesystem" },
	{ .name = "serial",
	  .type = KEY_STRING,
	  KEY_FIELD(convert_selector, serial),
	  .valid = value_is_one_line,
	  .help = "serial number of a disk that it stands on" },
};
const struct schema convert_schema = SCHEMA("convert", convert_selector, convert_keys);
