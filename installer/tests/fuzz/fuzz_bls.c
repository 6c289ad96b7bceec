#include "tests/boot_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(bls_read, data, size);
	return 0;
}
