/*
 * Little-endian numbers in bytes of any alignment, as disks and files have them. At most
 * 8 bytes each.
 */
#ifndef CORE_LE_H
#define CORE_LE_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t read_le(const unsigned char *from, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = bytes; i-- > 0;)
		value = value << 8 | from[i];
	return value;
}

static inline void write_le(unsigned char *to, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = value >> 8 * i & 0xff;
}

#endif
