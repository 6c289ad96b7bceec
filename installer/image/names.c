#include "image/names.h"

#include <string.h>

#include "core/mem.h"

#define SLOTS ((size_t)128 * 1024) /* 1 MB; a power of two */
#define FULL  (SLOTS / 2)

struct names {
	size_t used;
	uint64_t slot[SLOTS]; /* open addressing, linear probing; 0 is free */
};

struct names *names_new(void)
{
	return xcalloc(1, sizeof(struct names));
}

void names_free(struct names *n)
{
	free(n);
}

void names_forget(struct names *n)
{
	if (n->used)
		memset(n->slot, 0, sizeof(n->slot));
	n->used = 0;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32; /* the finisher of MurmurHash3, which is in the public domain */
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

uint64_t names_hash(uint64_t dir, const char *name, size_t len)
{
	uint64_t h = dir ^ len, word;

	for (; len >= 8; len -= 8, name += 8) {
		memcpy(&word, name, 8);
		h = mix(h ^ word);
	}
	word = 0;
	memcpy(&word, name, len);
	h = mix(h ^ word);
	return h ? h : 1;
}

static size_t find(const struct names *n, uint64_t hash)
{
	size_t i = hash & (SLOTS - 1);

	while (n->slot[i] && n->slot[i] != hash)
		i = (i + 1) & (SLOTS - 1);
	return i;
}

bool names_has(const struct names *n, uint64_t hash)
{
	return n->slot[find(n, hash)] != 0;
}

bool names_add(struct names *n, uint64_t hash)
{
	size_t i = find(n, hash);

	if (n->slot[i])
		return true;
	if (n->used == FULL)
		return false;
	n->slot[i] = hash;
	n->used++;
	return true;
}
