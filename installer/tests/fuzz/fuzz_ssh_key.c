/*
 * A file of SSH keys is what the network brought: what is taken is one line, of a key.
 */
#include <assert.h>

#include "config/ssh_key.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	struct ssh_keys keys = { 0 };

	ssh_keys_add(&keys, arena_strndup(&arena, (const char *)data, size), &arena);
	for (size_t i = 0; i < keys.n; i++) {
		assert(ssh_key_is_usable(keys.lines[i]));
		assert(!strpbrk(keys.lines[i], "\n\r"));
	}
	return 0;
}
