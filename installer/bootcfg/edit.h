/*
 * Changes to text files that belong to the host: one entry is set, every other byte stays
 * as it is, and setting it twice changes nothing. Pure.
 */
#ifndef BOOTCFG_EDIT_H
#define BOOTCFG_EDIT_H

#include <stdbool.h>

#include "core/mem.h"

/*
 * KEY="value" in a file of shell assignments (/etc/default/grub, /etc/sysconfig/…). The
 * last assignment is replaced where it stands, otherwise one is added at the end; earlier
 * ones and comments stay. Returns a new string.
 */
char *edit_shell_variable(const char *text, const char *key, const char *value);

/* The same where quotes mean nothing, as in /etc/selinux/config: a value is the rest of
 * its line. NULL when no line assigns the key. */
char *edit_plain_variable(const char *text, const char *key, const char *value);

/*
 * The password field of a user's line (shadow(5)). Returns NULL when the user has no
 * line.
 */
char *edit_shadow_password(const char *text, const char *user, const char *hash);

/*
 * Does a line set that key: begins with it, after blanks, and then ends or goes on with a
 * blank, `=` or `:`? A line ends where the string or the line does.
 */
bool edit_sets_key(const char *line, const char *key);

/*
 * One whole line, in whatever syntax: the first that sets `key` is replaced, further ones
 * are removed, and without any it is added at the end. before: a key, too; only what
 * stands above the first line that sets it is looked at, and its end is there. NULL: the
 * whole text. `line` sets `key` and has no newline.
 */
char *edit_line(const char *text, const char *key, const char *line, const char *before);

/* Does the last assignment of that variable say just this, in whatever quotes? */
bool edit_shell_is(const char *text, const char *key, const char *value);

struct fstab_entry { /* one line of fstab(5), as it stands there; "" where it ends */
	const char *source, *mount, *type, *options;
};
size_t edit_fstab_list(const char *text, struct arena *arena,
		       struct fstab_entry **ret_entries);

/* What fstab(5) mounts on that directory, as it says it ("UUID=…", "/dev/md0"); NULL. */
const char *edit_fstab_source(const char *text, const char *mount, struct arena *arena);

/* The UUID that fstab(5) mounts on that directory; NULL when it names none. */
const char *edit_fstab_uuid(const char *text, const char *mount, struct arena *arena);

#endif
