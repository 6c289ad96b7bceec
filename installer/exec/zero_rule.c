#include "exec/sample.h"
#include "exec/zero.h"

#define FIRST_PIECE (UINT64_C(64) << 20)
#define LAST_PIECE  (UINT64_C(1) << 30)
#define PIECE_ALIGN (UINT64_C(1) << 20)
#define PLACE_ALIGN 4096
#define PARTS       (ZERO_PLACES - 2)

uint64_t zero_next_piece(uint64_t done_bytes, uint64_t elapsed_ms)
{
	uint64_t piece;

	if (done_bytes == 0)
		return FIRST_PIECE;
	if (elapsed_ms == 0 || done_bytes / elapsed_ms >= LAST_PIECE / 1000)
		return LAST_PIECE;
	piece = (uint64_t)((double)done_bytes * 1000 / (double)elapsed_ms);
	return piece < FIRST_PIECE ? FIRST_PIECE : piece / PIECE_ALIGN * PIECE_ALIGN;
}

bool zero_is_too_slow(uint64_t done_bytes, uint64_t total_bytes, uint64_t elapsed_ms,
		      uint64_t limit_s)
{
	double expected_ms;

	if (elapsed_ms < 1000 || done_bytes == 0 || done_bytes >= total_bytes)
		return false;
	expected_ms = (double)elapsed_ms * (double)total_bytes / (double)done_bytes;
	return expected_ms > (double)limit_s * 1000;
}

size_t zero_choose_places(uint64_t total_bytes, const char *seed, struct zero_place *ret)
{
	uint64_t part = total_bytes / PARTS / PLACE_ALIGN * PLACE_ALIGN;
	uint64_t end = total_bytes < ZERO_END_BYTES ? total_bytes : ZERO_END_BYTES;
	size_t n = 0;

	if (total_bytes == 0)
		return 0;
	ret[n++] = (struct zero_place){ 0, (size_t)end };
	ret[n++] = (struct zero_place){ total_bytes - end, (size_t)end };
	for (uint64_t i = 0; part >= ZERO_BYTES && i < PARTS; i++) {
		uint64_t steps = (part - ZERO_BYTES) / PLACE_ALIGN + 1;

		ret[n++] = (struct zero_place){ i * part + sample_draw(seed, i, steps) *
								   PLACE_ALIGN,
						(size_t)ZERO_BYTES };
	}
	return n;
}
