#include "bootcfg/adv.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define COPY_BYTES 512
#define HEAD       0x5a2d2fa5u
#define SUM        0xa3041767u /* of all words from the checksum's on, without the tail */
#define TAIL       0xdd28bf64u
#define SUM_AT     4
#define ITEMS_AT   8
#define TAIL_AT    (COPY_BYTES - 4)
#define TAG_END    0
#define TAG_ONCE   1
#define ITEM_HEAD  2 /* its tag, and the length of what follows */

static uint32_t read_word(const unsigned char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return le32toh(word);
}

static void write_word(unsigned char *at, uint32_t word)
{
	word = htole32(word);
	memcpy(at, &word, sizeof(word));
}

static uint32_t sum(const unsigned char *copy, size_t from)
{
	uint32_t total = 0;

	for (size_t i = from; i < TAIL_AT; i += 4)
		total += read_word(copy + i);
	return total;
}

static bool is_consistent(const unsigned char *copy)
{
	return read_word(copy) == HEAD && read_word(copy + TAIL_AT) == TAIL &&
	       sum(copy, SUM_AT) == SUM;
}

/* Where the item is; 0: there is none. */
static size_t find_item(const unsigned char *copy, unsigned char tag)
{
	size_t at = ITEMS_AT;

	while (at + ITEM_HEAD <= TAIL_AT && copy[at] != TAG_END &&
	       at + ITEM_HEAD + copy[at + 1] <= TAIL_AT) {
		if (copy[at] == tag)
			return at;
		at += ITEM_HEAD + (size_t)copy[at + 1];
	}
	return 0;
}

/* What stands behind the item moves up, as the loader has it. */
static void remove_item(unsigned char *copy, size_t at)
{
	size_t len = ITEM_HEAD + (size_t)copy[at + 1];

	memmove(copy + at, copy + at + len, TAIL_AT - at - len);
	memset(copy + TAIL_AT - len, 0, len);
	write_word(copy + SUM_AT, SUM - sum(copy, ITEMS_AT));
}

bool adv_find_once(const unsigned char adv[static ADV_BYTES], struct arena *arena,
		   const char **ret_command, const unsigned char **ret_then)
{
	const unsigned char *copy = is_consistent(adv) ? adv : adv + COPY_BYTES;
	unsigned char *then;
	size_t at;

	if (!is_consistent(copy))
		return false;
	at = find_item(copy, TAG_ONCE);
	if (!at || !copy[at + 1])
		return false;
	*ret_command = arena_strndup(arena, (const char *)copy + at + ITEM_HEAD,
				     copy[at + 1]);
	then = arena_alloc(arena, ADV_BYTES);
	memcpy(then, copy, COPY_BYTES);
	remove_item(then, at);
	memcpy(then + COPY_BYTES, then, COPY_BYTES);
	*ret_then = then;
	return true;
}
