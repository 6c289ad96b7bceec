#include "config/ssh_key.h"

#include <sodium.h>
#include <stdint.h>

#include "core/text.h"

#define KEY_MAX_BYTES 4096 /* RSA of 16384 bits has 2 KiB */

static const char *const types[] = {
	"ssh-ed25519",
	"ssh-rsa",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com",
	"sk-ecdsa-sha2-nistp256@openssh.com",
};

/* How many bytes; 0 where it is not base64 (RFC 4648, padded). */
static size_t decode(const char *s, size_t len, unsigned char ret[static KEY_MAX_BYTES])
{
	size_t n;

	return sodium_base642bin(ret, KEY_MAX_BYTES, s, len, NULL, &n, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0
		       ? n
		       : 0;
}

/* Two fields at least, the first of them the type, and nothing behind the last. */
static bool is_whole(const unsigned char *key, size_t len, const char *type)
{
	size_t at = 0, n = 0;

	for (; at + 4 <= len; n++) {
		uint32_t size = (uint32_t)key[at] << 24 | (uint32_t)key[at + 1] << 16 |
				(uint32_t)key[at + 2] << 8 | key[at + 3];

		at += 4;
		if (size > len - at || (n == 0 && (size != strlen(type) ||
						   memcmp(key + at, type, size) != 0)))
			return false;
		at += size;
	}
	return at == len && n >= 2;
}

bool ssh_key_is_usable(const char *line)
{
	unsigned char key[KEY_MAX_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		size_t len = strlen(types[i]);

		if (strncmp(line, types[i], len) == 0 && line[len] == ' ') {
			const char *s = line + len + 1;

			return is_whole(key, decode(s, strcspn(s, " \t\r\n"), key),
					types[i]);
		}
	}
	return false;
}

static bool has(const struct ssh_keys *keys, const char *line)
{
	for (size_t i = 0; i < keys->n; i++)
		if (str_eq(keys->lines[i], line))
			return true;
	return false;
}

void ssh_keys_add(struct ssh_keys *keys, const char *text, struct arena *arena)
{
	while (*text) {
		size_t len = strcspn(text, "\r\n");
		char *line = arena_strndup(arena, text, len);

		text += len;
		text += strspn(text, "\r\n");
		str_clean(line);
		line += strspn(line, " ");
		if (!*line || *line == '#' || has(keys, line))
			continue;
		if (ssh_key_is_usable(line))
			keys->lines = arena_append(arena, keys->lines, &keys->n, &line,
						   sizeof(line));
		else
			keys->n_unusable++;
	}
}
