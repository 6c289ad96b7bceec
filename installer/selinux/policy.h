/*
 * A kernel's policy (policy.NN) in memory, for its booleans. Through libsepol, which also
 * loads policies on the installed hosts; nothing but a boolean's state changes, and what
 * is written has the version that was read.
 *
 * The file is foreign: libsepol checks it before it is used.
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
 * ERR_SOURCE with libsepol's words when it cannot be read: damaged, or of a version that
 * it does not know. The bytes are not needed any more afterwards.
 */
must_check int policy_read(const void *bytes, size_t len, struct policy **ret,
			   struct err *err);

/* The first of the names, NULL-terminated, that the policy has a boolean of; or NULL. */
const char *policy_find_boolean(const struct policy *p, const char *const *names);

/* The name of one of the policy's booleans that is near; NULL: none is. */
const char *policy_near_boolean(const struct policy *p, const char *name);

/* Of a boolean that the policy has. */
bool policy_boolean(const struct policy *p, const char *name);
must_check int policy_set_boolean(struct policy *p, const char *name, bool state,
				  struct err *err);

/* The policy as a file; the caller frees it. */
must_check int policy_write(struct policy *p, void **ret_bytes, size_t *ret_len,
			    struct err *err);

#endif
