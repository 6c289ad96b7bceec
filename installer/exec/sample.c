#include "exec/sample.h"

#include "core/digest.h"

uint64_t sample_draw(const char *seed, uint64_t number, uint64_t below)
{
	struct digest_state *state = digest_new();
	struct digest d;
	uint64_t value;

	digest_add(state, seed, strlen(seed));
	digest_add(state, &number, sizeof(number));
	d = digest_end(state);
	memcpy(&value, d.bytes, sizeof(value));
	return below ? value % below : 0;
}
