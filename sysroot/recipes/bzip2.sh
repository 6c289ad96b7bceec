# shellcheck shell=sh
# bzip2 images. Its own makefile would also run the tests of the programs.
mk libbz2.a CC="$CC" CFLAGS="$CFLAGS -O2 -D_FILE_OFFSET_BITS=64"
install -D -m 644 bzlib.h "$OUT/include/bzlib.h"
install -D -m 644 libbz2.a "$OUT/lib/libbz2.a"
