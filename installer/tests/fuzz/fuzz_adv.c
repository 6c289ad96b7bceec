/*
 * What must hold for whatever stands at the end of ldlinux.sys. The input is taken as it
 * is, and as the items of vectors that are consistent: no fuzzer guesses a checksum.
 */
#include <assert.h>

#include "tests/adv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const unsigned char *adv)
{
	auto_arena struct arena arena = { 0 };
	const unsigned char *then;
	const char *command;
	size_t n = 0;

	/* Several of the tag go one by one, as boot follows boot. */
	while (adv_find_once(adv, &arena, &command, &then)) {
		n++;
		assert(strlen(command) < 256 && n < ADV_COPY);
		assert(memcmp(then, then + ADV_COPY, ADV_COPY) == 0);
		assert(adv_sum(then, 4) == ADV_SUM);
		adv = then;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char adv[ADV_BYTES] = { 0 };

	memcpy(adv, data, size < ADV_BYTES ? size : ADV_BYTES);
	look(adv);
	if (size && data[0] % 2)
		adv_seal(adv);
	adv_seal(adv + ADV_COPY);
	look(adv);
	return 0;
}
