# shellcheck shell=sh
# mkfs.xfs links it for its configuration files. The source's own build system is meson; it is one
# file.
# shellcheck disable=SC2086 # a list of options
"$CC" $CFLAGS -c ini.c -o ini.o
ar rcs libinih.a ini.o
install -D -m 644 ini.h "$OUT/include/ini.h"
install -D -m 644 libinih.a "$OUT/lib/libinih.a"
