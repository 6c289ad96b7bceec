# shellcheck shell=sh
# Reads and writes the kernel's policy. Without the CIL compiler: no policy is built here.
mk -C src libsepol.a DISABLE_SHARED=y DISABLE_CIL=y CC="$CC" CFLAGS="$CFLAGS -O2"
mkdir -p "$OUT/lib" "$OUT/include"
cp src/libsepol.a "$OUT/lib/"
cp -r include/sepol "$OUT/include/"
