# shellcheck shell=sh
# libfdisk writes partition tables, libblkid finds signatures; both rest on libuuid.
configure --localstatedir=/var --disable-all-programs --enable-libuuid --enable-libblkid --enable-libfdisk \
	--disable-nls --disable-asciidoc --disable-bash-completion --disable-poman --disable-rpath \
	--without-systemd --without-udev --without-ncurses --without-ncursesw --without-readline --without-python \
	--without-selinux --without-cap-ng --without-libz --without-libmagic --without-user \
	--without-btrfs --without-cryptsetup --without-econf --without-tinfo --without-util
mk
make install
keep_library
