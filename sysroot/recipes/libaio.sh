# shellcheck shell=sh
# lvm2 reads and writes its metadata through it. Nothing but wrappers of five system calls.
mk -C src libaio.a CC="$CC" CFLAGS="$CFLAGS"
install -D -m 644 src/libaio.h "$OUT/include/libaio.h"
install -D -m 644 src/libaio.a "$OUT/lib/libaio.a"
