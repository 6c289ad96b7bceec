/*
 * The same story for machines: JSON Lines, one object per line, a stable interface.
 *
 *   {"time":12.345,"event":"start","step":"disk","action":"…"}
 *
 * `time` is seconds since power-on (CLOCK_BOOTTIME). Events: start, finish, progress,
 * info, fail. Every start has its finish or fail.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

void event_to_fd(int fd); /* -1 (the default) writes nothing; fd stays the caller's */

/* kv: pairs of key and value; the value is written as a JSON string. */
void event_emit(const char *event, const char *const kv[][2], size_t n);
void event_fail(const char *step, const struct err *err);
void event_progress(const char *action, uint64_t done, uint64_t total);

#define EVENT(name, ...)                                                                 \
	event_emit(name, (const char *const[][2]){ __VA_ARGS__ },                        \
		   sizeof((const char *const[][2]){ __VA_ARGS__ }) / sizeof(char *[2]))

#endif
