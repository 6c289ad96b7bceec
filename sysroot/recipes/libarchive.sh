# shellcheck shell=sh
# Reads images. The reader parses POSIX ACL and xattr records of a tar without libacl and libattr;
# writing them to disk is dom0strap's own part.
CFLAGS="$CFLAGS -O2" configure --disable-bsdtar --disable-bsdcpio --disable-bsdcat --disable-bsdunzip \
	--with-zlib --with-bz2lib --with-lzma --with-zstd --without-lz4 --without-lzo2 --without-libb2 \
	--without-openssl --without-mbedtls --without-nettle --without-cng --without-xml2 --without-expat --without-iconv \
	--disable-acl --enable-xattr
mk
make install
keep_library
