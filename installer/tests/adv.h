/*
 * Auxiliary data vectors of SYSLINUX for tests, counted byte by byte.
 */
#ifndef TESTS_ADV_H
#define TESTS_ADV_H

#include <stdint.h>
#include <string.h>

#include "bootcfg/adv.h"

#define ADV_COPY 512
#define ADV_SUM  0xa3041767u

static inline uint32_t adv_sum(const unsigned char *copy, size_t from)
{
	uint32_t total = 0;

	for (size_t i = from; i < ADV_COPY - 4; i++)
		total += (uint32_t)copy[i] << 8 * (i % 4);
	return total;
}

/* Magic numbers and checksum around the items from byte 8 on. */
static inline void adv_seal(unsigned char *copy)
{
	static const unsigned char head[] = { 0xa5, 0x2f, 0x2d, 0x5a };
	static const unsigned char tail[] = { 0x64, 0xbf, 0x28, 0xdd };
	uint32_t missing = ADV_SUM - adv_sum(copy, 8);

	memcpy(copy, head, sizeof(head));
	for (size_t i = 0; i < 4; i++)
		copy[4 + i] = (unsigned char)(missing >> 8 * i);
	memcpy(copy + ADV_COPY - sizeof(tail), tail, sizeof(tail));
}

#endif
