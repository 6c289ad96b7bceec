/*
 * The whole image as one archive, for boot loaders that cannot take segments.
 */
#ifndef XENSERVER_REPACK_H
#define XENSERVER_REPACK_H

#include "image/segments.h"

/*
 * All entries of all its archives, in their order, constants.py with the text
 * `constants`, then `rest`: further entries and the archive's end. Compressed as the
 * image is.
 */
must_check int repack_image(const char *name, int in, enum compression compression,
			    const struct text *constants, const struct text *rest,
			    int out, struct err *err);

#endif
