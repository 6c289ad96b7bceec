# shellcheck shell=sh
# mkfs.xfs, with the libraries of its own that it links; the libraries' default targets would also
# compile headers as C++. Its configure insists on a C++ compiler; "no" is libtool's word for none.
export OPTIMIZER="$CFLAGS -fno-asynchronous-unwind-tables"
CXX=no configure --disable-scrub --disable-libicu --disable-gettext --disable-editline --disable-ubsan \
	--disable-lto
mk headers
for library in libfrog libxfs libxcmd; do
	mk -C "$library" ltdepend
	mk -C "$library" "$library.la"
done
mk -C mkfs mkfs.xfs LLDFLAGS=-all-static
keep_tool mkfs/mkfs.xfs
