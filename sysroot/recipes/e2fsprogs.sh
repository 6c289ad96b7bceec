# shellcheck shell=sh
# mke2fs and e2fsck. With the libblkid and libuuid of its own tree: smaller than util-linux's.
mkdir build
cd build || exit
source_dir=.. configure --disable-elf-shlibs --enable-libuuid --enable-libblkid --disable-debugfs \
	--disable-imager --disable-resizer --disable-defrag --disable-fuse2fs --disable-testio-debug \
	--disable-e2initrd-helper --disable-uuidd --disable-nls --disable-rpath --disable-fsck --without-libarchive \
	--with-crond-dir=no --with-systemd-unit-dir=no --with-udev-rules-dir=no
mk libs
mk -C misc mke2fs
mk -C e2fsck e2fsck
keep_tool misc/mke2fs e2fsck/e2fsck
