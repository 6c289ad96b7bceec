# shellcheck shell=sh
# SHA-256 of images. --enable-fat: the CPU's own SHA instructions where it has them.
CFLAGS="$CFLAGS -O2" configure --enable-fat --disable-public-key --disable-documentation \
	--disable-openssl --disable-mini-gmp
mk libnettle.a nettle.pc
mkdir -p "$OUT/lib/pkgconfig" "$OUT/include/nettle"
cp libnettle.a "$OUT/lib/"
cp nettle.pc "$OUT/lib/pkgconfig/"
cp nettle-types.h sha2.h "$OUT/include/nettle/"
if [ -f version.h ]; then cp version.h "$OUT/include/nettle/"; fi
keep_library
