# shellcheck shell=sh
# liblzma: xz images, and lzma kernels for kexec.
CFLAGS="$CFLAGS -O2" configure --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo \
	--disable-lzma-links --disable-scripts --disable-doc --disable-nls
mk
make install
keep_library
