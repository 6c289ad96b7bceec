/*
 * Places to look at, drawn so that nobody can have prepared them and a second look finds
 * the same ones. Pure.
 */
#ifndef EXEC_SAMPLE_H
#define EXEC_SAMPLE_H

#include <stdint.h>

/* A number below `below` (0: 0), the same for the same seed and number. */
uint64_t sample_draw(const char *seed, uint64_t number, uint64_t below);

#endif
