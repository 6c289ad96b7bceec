/*
 * A kernel's policy (policy.NN) in memory, for its booleans. Nothing but a boolean's
 * state changes, in place: its own, those of the conditions that name it, and which of
 * their rules are in force. All other bytes stay.
 *
 * Format: policydb_write() of libsepol and policydb_read() of Linux
 * (security/selinux/ss), versions 20 to 34, all numbers little-endian: header, policy
 * capabilities, permissive types, eight tables (commons, classes, roles, types, users,
 * booleans, sensitivities, categories), rules, conditions with their rules; what follows
 * is not looked at.
 *
 * The file is foreign: whatever it holds, nothing outside it is read or written.
 */
#ifndef SELINUX_POLICY_H
#define SELINUX_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct policy;

#define auto_policy __attribute__((cleanup(policy_cleanup)))
void policy_free(struct policy *p); /* NULL is fine */

static inline void policy_cleanup(struct policy *const *p)
{
	policy_free(*p);
}

/*
 * ERR_SOURCE when it cannot be read: damaged, or of another version. The bytes, which the
 * caller got from malloc(), are the policy's from here on, after an error as well.
 */
must_check int policy_read(void *bytes, size_t len, struct policy **ret, struct err *err);

/* The first of the names, NULL-terminated, that the policy has a boolean of; or NULL. */
const char *policy_find_boolean(const struct policy *p, const char *const *names);

/* The name of one of the policy's booleans that is near; NULL: none is. */
const char *policy_near_boolean(const struct policy *p, const char *name);

/* Of a boolean that the policy has. */
bool policy_boolean(const struct policy *p, const char *name);
void policy_set_boolean(struct policy *p, const char *name, bool state);

/* The policy as a file; the bytes are the policy's own. */
const void *policy_image(const struct policy *p, size_t *ret_len);

#endif
