# shellcheck shell=sh
# Jumps into Xen: the multiboot loader with its modules.
CFLAGS="$CFLAGS -I$SYSROOT/include" LDFLAGS="$LDFLAGS -L$SYSROOT/lib" configure \
	--sbindir=/sbin --with-zlib --with-lzma --without-zstd --without-xen
mk build/sbin/kexec
keep_tool build/sbin/kexec
