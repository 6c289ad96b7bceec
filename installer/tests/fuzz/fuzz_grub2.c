/*
 * custom.cfg. Putting a block in keeps the rest of any text, and putting it in again
 * changes nothing.
 */
#include <assert.h>
#include <stdint.h>

#include "bootcfg/block.h"
#include "core/mem.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char block[] = "menuentry 'x' {\n}\n";
	auto_arena struct arena arena = { 0 };
	const char *cfg = arena_strndup(&arena, (const char *)data, size);
	auto_free char *once = block_replace(cfg, block);
	auto_free char *twice = block_replace(once, block);
	auto_free char *empty = block_replace(once, "");

	assert(str_eq(once, twice));
	assert(strstr(once, block));
	assert(strlen(empty) + strlen(block) == strlen(once));
	return 0;
}
