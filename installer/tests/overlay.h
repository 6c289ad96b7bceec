/*
 * Overlays as tests write them: the description as text, and files beside it.
 */
#ifndef TESTS_OVERLAY_H
#define TESTS_OVERLAY_H

#include "overlay/overlay.h"
#include "tests/support.h"

static inline void add_to_bundle(struct bundle *b, const char *path, const char *text,
				 struct arena *arena)
{
	struct err err = { 0 };

	assert_ok(bundle_add(b, path, text, strlen(text), arena, &err));
}

/* "motd" with files/etc/motd, and whatever else the description says. */
static inline struct bundle overlay_bundle(const char *description, struct arena *arena)
{
	struct bundle b = { .name = "o" };

	add_to_bundle(&b, "overlay.yaml", description, arena);
	return b;
}

/* Parsed and, without parameters of the profile's, bound. */
static inline struct overlay *parse_overlay(const struct bundle *b, const char *name,
					    struct arena *arena)
{
	struct overlay *o = arena_alloc(arena, sizeof(*o));
	struct overlay_use use = { .name = name };
	struct err err = { 0 };

	assert_ok(overlay_parse(b, name, arena, o, &err));
	assert_ok(overlay_bind(o, &use, "p.yaml", arena, &err));
	return o;
}

#endif
