/*
 * What a host says about its SELinux, as text: whatever stands there, a type is a
 * folder's name, and a record that has been set is there once, with all other lines kept.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bootcfg/edit.h"
#include "core/mem.h"
#include "core/text.h"
#include "selinux/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);
	struct selinux_settings s = selinux_parse_config(text);
	auto_free char *once = selinux_set_record(text, "one", true);
	auto_free char *twice = selinux_set_record(once, "one", true);
	auto_free char *off = selinux_set_record(once, "one", false);
	auto_free char *mode = edit_plain_variable(text, "SELINUX", "enforcing");

	assert(!*s.type || selinux_is_type(s.type));
	assert(s.mode <= SELINUX_ENFORCING);
	assert(str_eq(once, twice));
	assert(strstr(once, "one=1\n") && strstr(off, "one=0\n"));
	assert(strlen(off) == strlen(once));
	if (mode) {
		auto_free char *again = edit_plain_variable(mode, "SELINUX", "enforcing");

		assert(strstr(mode, "SELINUX=enforcing"));
		assert(str_eq(mode, again));
	}
	return 0;
}
