# shellcheck shell=sh
# gzip images for libarchive, compressed kernels for kexec.
CFLAGS="$CFLAGS -O2" ./configure --static --prefix="$OUT"
mk libz.a
make install
keep_library
