/*
 * Which label a path gets, by a host's own file_contexts with its .homedirs, .local,
 * .subs and .subs_dist (selabel_file(5)), through libselinux as setfiles(8) asks it.
 *
 * The host's tree is foreign: every file is looked up as if `root` were / and copied
 * before libselinux sees it, and only texts are: a file_contexts.bin belongs to the
 * host's libselinux and PCRE.
 */
#ifndef SELINUX_CONTEXTS_H
#define SELINUX_CONTEXTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"
#include "selinux/settings.h"

#define SELINUX_CONFIG    "etc/selinux/config"
#define SELINUX_ATTRIBUTE "security.selinux"

/*
 * etc/selinux/config below the directory `root`; without one, mode SELINUX_DISABLED and
 * no type.
 */
struct selinux_settings selinux_read_settings(int root);

struct contexts;

#define auto_contexts __attribute__((cleanup(contexts_cleanup)))
void contexts_free(struct contexts *c); /* NULL is fine */

static inline void contexts_cleanup(struct contexts *const *c)
{
	contexts_free(*c);
}

/* ERR_SOURCE when the policy `type` has no contexts, or libselinux refuses them. */
must_check int contexts_open(int root, const char *type, struct contexts **ret,
			     struct err *err);

/*
 * The label of an absolute path of the host, `mode` with its file type; NULL when it is
 * to have none. The caller frees it. Not for two threads at once.
 */
char *contexts_label(struct contexts *c, const char *path, mode_t mode);

/* The path, without its first slash, is one that contexts_open() or
 * selinux_read_settings() reads. */
bool contexts_is_source(const char *path);

#endif
