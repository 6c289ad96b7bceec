/*
 * A list of chunks is what the network brought: it is refused, or its chunks together are
 * exactly what it promises.
 */
#include <assert.h>

#include "fetch/chunks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xmalloc(size + 1);
	struct chunk_list list;
	struct err err = { 0 };
	uint64_t sum = 0;

	memcpy(text, data, size);
	text[size] = '\0';
	if (chunk_list_parse("list", text, &list, &err) < 0) {
		assert(err.code == ERR_SOURCE);
		return 0;
	}
	for (size_t i = 0; i < list.n; i++) {
		struct chunk chunk = chunk_at(&list, i);

		assert(chunk.len > 0 && chunk.len <= CHUNK_MAX_BYTES);
		sum += chunk.len;
	}
	assert(list.n > 0 && sum == list.size_bytes);
	return 0;
}
