/*
 * Who may log in to the rescue mode: lines of authorized_keys (sshd(8)) as dropbear takes
 * them, without options in front. The key itself is fields of a length and bytes, the
 * first of which repeats the type (RFC 4253, 6.6), in base64.
 */
#ifndef CONFIG_SSH_KEY_H
#define CONFIG_SSH_KEY_H

#include <stdbool.h>

#include "core/mem.h"

/* One line, whole and of a type that the server knows. */
bool ssh_key_is_usable(const char *line);

struct ssh_keys {
	const char **lines; /* in the arena; "TYPE KEY COMMENT" */
	size_t n;
	size_t n_unusable; /* passed over */
};

/* Add the lines of a text; comments, empty lines and keys that are there already do not
 * count. */
void ssh_keys_add(struct ssh_keys *keys, const char *text, struct arena *arena);

#endif
