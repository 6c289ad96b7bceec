# shellcheck shell=sh
# Ed25519 and BLAKE2b, for minisign's signatures. Debian's source package has no generated configure; all
# files are compiled as portable C, and what is not used is not linked.
number() { sed -n "s/^$1=\([0-9]*\)\$/\1/p" configure.ac; }
version=$(sed -n 's/^AC_INIT(\[libsodium\],\[\([^]]*\)\].*/\1/p' configure.ac)
major=$(number SODIUM_LIBRARY_VERSION_MAJOR) minor=$(number SODIUM_LIBRARY_VERSION_MINOR)

include=src/libsodium/include
sed -e "s/@VERSION@/$version/; s/@SODIUM_LIBRARY_VERSION_MAJOR@/$major/" \
	-e "s/@SODIUM_LIBRARY_VERSION_MINOR@/$minor/; s/@SODIUM_LIBRARY_MINIMAL_DEF@//" \
	$include/sodium/version.h.in >$include/sodium/version.h
mkdir -p "$OUT/lib/pkgconfig" "$OUT/include"
find src/libsodium -name '*.c' | sort >files
n=0
while read -r file; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # flags
	"$CC" $CFLAGS -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_TI_MODE=1 -I$include/sodium -I$include \
		-c "$file" -o "$(printf '%03d' $n).o"
done <files
ar rcsD "$OUT/lib/libsodium.a" [0-9]*.o
cp -R $include/sodium.h $include/sodium "$OUT/include/"
rm -rf "$OUT/include/sodium/private" "$OUT/include/sodium/version.h.in"
cat >"$OUT/lib/pkgconfig/libsodium.pc" <<EOF
prefix=$OUT
Name: libsodium
Description: cryptography
Version: $version
Libs: -L\${prefix}/lib -lsodium
Cflags: -I\${prefix}/include
EOF
