/*
 * What a stranger sends to a machine that serves chunks: it gets one that there is, or
 * nothing.
 */
#include <assert.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/share.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIST                                                                             \
	"chunks 5000 4096\n"                                                             \
	"1111111111111111111111111111111111111111111111111111111111111111\n"             \
	"abababababababababababababababababababababababababababababababab\n"

static struct share *make(void)
{
	struct share *s = share_new();
	struct chunk_list list;
	struct err err = { 0 };

	if (chunk_list_parse("list", LIST, &list, &err) < 0)
		abort();
	share_begin(s, &list, 3 * list.size_bytes);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct share *share;
	/* Behind its last byte there is nothing. */
	auto_free char *request = xmalloc(size);
	uint64_t offset, len;
	size_t number = 2;

	share = share ? share : make();
	memcpy(request, data, size);
	if (share_find(share, request, size, &number) != SHARE_CHUNK) {
		assert(number == 2);
		return 0;
	}
	assert(number < 2);
	share_place(share, number, &offset, &len);
	assert(len > 0 && offset + len <= 5000);
	return 0;
}
