/*
 * Arguments of the default entry, in any text that an extlinux menu is read from: a
 * second edit changes nothing, and without an edit not a byte changes.
 */
#include <assert.h>
#include <stdint.h>

#include "bootcfg/edit_entry.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *edit(const char *text, const struct entry_edit *e)
{
	auto_arena struct arena arena = { 0 };
	struct boot_menu menu = { 0 };

	extlinux_read(&(struct boot_source){ .file = "/extlinux.conf", .text = text },
		      &arena, &menu);
	if (menu.default_entry < 0)
		return xstrdup(text);
	return edit_entry(text, &menu.entries[menu.default_entry], e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct entry_edit nothing = { 0 };
	static const char *const words[] = { "quiet", NULL };
	static const struct entry_edit e = { .drop = words };
	auto_arena struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);
	auto_free char *same = edit(text, &nothing);
	auto_free char *once = edit(text, &e);
	auto_free char *twice = edit(once, &e);

	assert(str_eq(text, same));
	assert(str_eq(once, twice));
	return 0;
}
