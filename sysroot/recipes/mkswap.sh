# shellcheck shell=sh
# busybox's mkswap takes no UUID. Without libblkid: whether something is there already has been
# decided before. (--disable-all-programs would take mkswap along: it has no switch of its own.)
configure --localstatedir=/var --enable-libuuid --disable-libblkid --disable-libmount --disable-libsmartcols --disable-libfdisk \
	--disable-liblastlog2 --disable-nls --disable-asciidoc --disable-bash-completion --disable-poman --disable-rpath \
	--without-systemd --without-udev --without-ncurses --without-ncursesw --without-readline --without-python \
	--without-selinux --without-cap-ng --without-libz --without-libmagic --without-user \
	--without-btrfs --without-cryptsetup --without-econf --without-tinfo --without-util
mk mkswap LDFLAGS="$LDFLAGS -all-static"
keep_tool mkswap
