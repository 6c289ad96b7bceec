/*
 * Keytabs from anywhere: what is read is written again, and read once more is the same.
 */
#include <assert.h>

#include "kerberos/keytab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text once = { 0 }, twice = { 0 };
	struct keytab keytab = { 0 }, again = { 0 };
	struct err err = { 0 };

	if (keytab_parse(data, size, &arena, &keytab, &err) < 0) {
		assert(err.code == ERR_SOURCE);
		return 0;
	}
	if (keytab_check(&keytab, "xen01.example.com", "EXAMPLE.COM", false, &err) < 0)
		assert(err.code == ERR_SOURCE && !strchr(err.msg, '\n'));
	keytab_write(&keytab, &once);
	if (keytab_parse(once.s, once.len, &arena, &again, &(struct err){ 0 }) < 0)
		abort();
	keytab_write(&again, &twice);
	assert(once.len == twice.len && memcmp(once.s, twice.s, once.len) == 0);
	return 0;
}
