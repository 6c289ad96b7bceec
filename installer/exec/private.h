/*
 * Files of the host whose content is nobody else's business.
 */
#ifndef EXEC_PRIVATE_H
#define EXEC_PRIVATE_H

#include <stddef.h>

#include "core/err.h"

/*
 * A new file of root's with that mode, in the place of whatever stood there (a link to
 * elsewhere is not followed), on the disk when this returns. Missing directories are
 * made, for root only.
 */
must_check int private_write(const char *path, unsigned mode, const void *bytes,
			     size_t len, struct err *err);

/* The whole file, binary, or NULL with errno. The caller frees it. */
char *private_read(const char *path, size_t *ret_len);

/* A folder that holds only files and folders of our making; none is no error. */
must_check int private_remove(const char *dir, struct err *err);

#endif
