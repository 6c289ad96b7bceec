/*
 * Names in an archive are somebody else's. Only what passes here is used.
 */
#ifndef IMAGE_PATH_H
#define IMAGE_PATH_H

#include <stddef.h>

#define PATH_BYTES 4096 /* with the NUL: the kernel's PATH_MAX */

enum path_fault { PATH_OK, PATH_ABSOLUTE, PATH_DOTDOT, PATH_TOO_LONG, PATH_EMPTY };

/*
 * Write the name without "./", "//" and a trailing slash into out[PATH_BYTES]. The top
 * itself ("." or "./") becomes "". Untouched when there is a fault.
 */
enum path_fault path_clean(const char *name, char *out);

/* What is wrong, as the end of a sentence that begins with the name. */
const char *path_fault_text(enum path_fault fault);

/* Where the last component begins: 0 when there is but one. */
size_t path_base(const char *path, size_t len);

#endif
