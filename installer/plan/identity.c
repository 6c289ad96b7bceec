/*
 * Identifiers. Whoever derives one names its purpose and the disks that it stands for.
 *
 * The host's half never changes, so it is what `wipe: own` goes by; the other half tells
 * profiles and disks apart. A 32-bit identifier has 16 bits for each.
 */
#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

#include "plan/layout.h"

#define UUID_BYTES   16
#define HALF_BYTES   8
#define PV_LETTERS   32
#define PV_HOST_HALF 12

/* First half of everything: from the host's name, which knows no upper case. */
static struct digest derive_host(const struct profile *p)
{
	static const char salt[] = "dom0strap host";
	struct digest_state *state = digest_new();

	digest_add(state, salt, sizeof(salt));
	for (const char *s = p->host; *s; s++) {
		char lower = (char)tolower((unsigned char)*s);

		digest_add(state, &lower, 1);
	}
	return digest_end(state);
}

/* Second half: the profile, what it is for, and the disks it lies on. */
static struct digest derive_rest(const struct profile *p, const char *purpose,
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

/* RFC 9562, version 8: 122 bits of our own choice. md's have no such form, but share it:
 * then one rule recognises both. */
static void set_host_half(const struct profile *p, unsigned char *bytes)
{
	struct digest host = derive_host(p);

	memcpy(bytes, host.bytes, HALF_BYTES);
	bytes[6] = (unsigned char)(0x80 | (bytes[6] & 0x0f));
}

static void derive_bytes(const struct profile *p, const char *purpose,
			 const struct layout_disk *disks, size_t n,
			 unsigned char bytes[static UUID_BYTES])
{
	struct digest rest = derive_rest(p, purpose, disks, n);

	set_host_half(p, bytes);
	memcpy(bytes + HALF_BYTES, rest.bytes, UUID_BYTES - HALF_BYTES);
}

const char *layout_derive_uuid(const struct profile *p, const char *purpose,
			       const struct layout_disk *disks, size_t n,
			       struct arena *arena)
{
	unsigned char b[UUID_BYTES];

	derive_bytes(p, purpose, disks, n, b);
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
	unsigned char b[UUID_BYTES];

	derive_bytes(p, purpose, disks, n, b);
	return arena_printf(
		arena,
		"%02x%02x%02x%02x:%02x%02x%02x%02x:%02x%02x%02x%02x:%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

static unsigned host_word(const struct profile *p)
{
	struct digest host = derive_host(p);

	return (unsigned)host.bytes[0] << 8 | host.bytes[1];
}

const char *layout_derive_short_id(const struct profile *p, const char *purpose,
				   const struct layout_disk *disks, size_t n,
				   struct arena *arena)
{
	struct digest rest = derive_rest(p, purpose, disks, n);
	uint32_t id = (uint32_t)host_word(p) << 16 | (uint32_t)rest.bytes[0] << 8 |
		      rest.bytes[1];

	return arena_printf(arena, "0x%08" PRIx32, id ? id : 1); /* 0 means: none */
}

/* LVM takes two more signs, but never makes them itself. */
static char pv_letter(unsigned char byte)
{
	static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return alphabet[byte % (sizeof(alphabet) - 1)];
}

const char *layout_derive_pv_uuid(const struct profile *p, const char *purpose,
				  const struct layout_disk *disks, size_t n,
				  struct arena *arena)
{
	struct digest host = derive_host(p), rest = derive_rest(p, purpose, disks, n);
	char s[PV_LETTERS];

	for (size_t i = 0; i < PV_LETTERS; i++)
		s[i] = pv_letter(i < PV_HOST_HALF ? host.bytes[i] : rest.bytes[i]);
	return arena_printf(arena, "%.6s-%.4s-%.4s-%.4s-%.4s-%.4s-%.6s", s, s + 6, s + 10,
			    s + 14, s + 18, s + 22, s + 26);
}

/* Whatever sets the parts of an identifier apart, and the 0x before one, is form only. */
static size_t strip(const char *id, char s[static PV_LETTERS + 1])
{
	size_t n = 0;

	if (str_starts(id, "0x") || str_starts(id, "0X"))
		id += 2;
	for (; *id; id++) {
		if (*id == '-' || *id == ':')
			continue;
		if (n == PV_LETTERS)
			return 0; /* longer than any of ours */
		s[n++] = *id;
	}
	s[n] = '\0';
	return n;
}

static bool is_hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdefABCDEF") == n;
}

static bool has_host_letters(const struct profile *p, const char *s)
{
	struct digest host = derive_host(p);

	for (size_t i = 0; i < PV_HOST_HALF; i++)
		if (s[i] != pv_letter(host.bytes[i]))
			return false;
	return true;
}

bool layout_is_own_id(const struct profile *p, const char *id)
{
	char s[PV_LETTERS + 1], half[2 * HALF_BYTES + 1];
	unsigned char host[UUID_BYTES];
	size_t n = id ? strip(id, s) : 0;

	if (n == PV_LETTERS && has_host_letters(p, s))
		return true;
	if (!n || !is_hex(s, n))
		return false;
	if (n == 8) {
		snprintf(half, sizeof(half), "%04x", host_word(p));
		return strncasecmp(s, half, 4) == 0;
	}
	set_host_half(p, host);
	for (size_t i = 0; i < HALF_BYTES; i++)
		snprintf(half + 2 * i, 3, "%02x", host[i]);
	return n == 2 * UUID_BYTES && strncasecmp(s, half, 2 * HALF_BYTES) == 0;
}
