/*
 * Files of the host's earlier install, from before its disks are wiped until the new
 * system has them; and the secret of an enrolment until the keytab is written.
 *
 * They are in memory, and as soon as the new root is there also on it (the stash): from
 * then on a power cut loses none of them. No file's content ever goes anywhere else.
 */
#ifndef EXEC_KEPT_H
#define EXEC_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#define KEPT_DIR       "/.dom0strap" /* the stash, on the new root; for root only */
#define KEPT_KEYTAB    "/etc/krb5.keytab"
#define KEPT_SSH_DIR   "/etc/ssh"
#define KEPT_ENROLMENT "/enrolment" /* the secret; only in the stash */

/* Of two of one name, the better counts. */
enum kept_source {
	KEPT_FROM_BEGUN, /* a root that is half installed: may be the image's */
	KEPT_FROM_OLD,   /* the earlier install's */
	KEPT_FROM_STASH, /* what an earlier run has kept */
};

struct kept_file {
	char *path; /* absolute, in the host */
	char *bytes;
	size_t len;
	enum kept_source source;
};

struct kept {
	struct kept_file *files;
	size_t n;
};
#define auto_kept __attribute__((cleanup(kept_free)))

void kept_free(struct kept *kept); /* wipes the memory first */

/* Takes bytes over. */
void kept_add(struct kept *kept, const char *path, char *bytes, size_t len,
	      enum kept_source source);

const struct kept_file *kept_find(const struct kept *kept, const char *path);

/* A host key of SSH's, by its name in /etc/ssh; only its public half is for all to read.
 */
bool kept_is_ssh_key(const char *name);
bool kept_is_public(const char *path);

#endif
