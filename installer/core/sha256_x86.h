/*
 * The compression function of SHA-256 with the CPU's own instructions (SHA extensions:
 * AMD since Zen, Intel since Ice Lake): five times as fast as portable C, which would
 * otherwise be the largest part of unpacking an image.
 *
 * Reference: Intel SDM, volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2.
 */
#ifndef CORE_SHA256_X86_H
#define CORE_SHA256_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool sha256_x86_usable(void); /* false on other architectures too */

/* state: the eight words a…h of FIPS 180-4. Only where usable. */
void sha256_x86_blocks(uint32_t state[8], const unsigned char *blocks, size_t n);

#endif
