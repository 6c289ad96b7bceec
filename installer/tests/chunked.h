/*
 * An object in three chunks, the last one short, and the list of them.
 */
#ifndef TESTS_CHUNKED_H
#define TESTS_CHUNKED_H

#include "core/digest.h"
#include "core/log.h"
#include "tests/support.h"

#define CHUNK ((size_t)4096)
#define SIZE  (2 * CHUNK + 100)

static char object[SIZE], list[512], names[3][2 * DIGEST_BYTES + 1];

static inline size_t chunk_len(size_t i)
{
	return i < 2 ? CHUNK : SIZE - 2 * CHUNK;
}

static inline int set_up_chunks(void **state)
{
	int len = snprintf(list, sizeof(list), "chunks %zu %zu\n", SIZE, CHUNK);

	(void)state;
	log_to(fopen("/dev/null", "we"));
	for (size_t i = 0; i < SIZE; i++)
		object[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < 3; i++) {
		struct digest digest = digest_of(object + i * CHUNK, chunk_len(i));

		digest_print(&digest, names[i]);
		len += snprintf(list + len, sizeof(list) - (size_t)len, "%s\n", names[i]);
	}
	return 0;
}

#endif
