/*
 * Identifiers. Whoever derives one names its purpose and the disks that it stands for.
 */
#include <inttypes.h>

#include "plan/layout.h"

/* First bytes of SHA-256 over the profile, what it is for, and the disks it lies on. */
static struct digest derive(const struct profile *p, const char *purpose,
			    const struct layout_disk *disks, size_t n)
{
	struct digest profile = profile_digest(p);
	struct digest_state *state = digest_new();

	digest_add(state, profile.bytes, sizeof(profile.bytes));
	digest_add(state, purpose, strlen(purpose) + 1);
	for (size_t i = 0; i < n; i++) {
		const char *id = layout_disk_id(disks[i].disk);

		digest_add(state, id, strlen(id) + 1);
	}
	return digest_end(state);
}

/* RFC 9562, version 8: 122 bits of our own choice. */
const char *layout_derive_uuid(const struct profile *p, const char *purpose,
			       const struct layout_disk *disks, size_t n,
			       struct arena *arena)
{
	struct digest d = derive(p, purpose, disks, n);
	unsigned char *b = d.bytes;

	b[6] = (unsigned char)(0x80 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	return arena_printf(
		arena,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

const char *layout_derive_md_uuid(const struct profile *p, const char *purpose,
				  const struct layout_disk *disks, size_t n,
				  struct arena *arena)
{
	struct digest d = derive(p, purpose, disks, n);
	const unsigned char *b = d.bytes;

	return arena_printf(
		arena,
		"%02x%02x%02x%02x:%02x%02x%02x%02x:%02x%02x%02x%02x:%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

const char *layout_derive_short_id(const struct profile *p, const char *purpose,
				   const struct layout_disk *disks, size_t n,
				   struct arena *arena)
{
	struct digest d = derive(p, purpose, disks, n);
	uint32_t id;

	memcpy(&id, d.bytes, sizeof(id));
	return arena_printf(arena, "0x%08" PRIx32, id ? id : 1); /* 0 means: none */
}
