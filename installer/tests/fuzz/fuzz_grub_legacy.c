#include "tests/boot_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(grub_legacy_read, data, size);
	return 0;
}
