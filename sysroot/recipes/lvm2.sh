# shellcheck shell=sh
# The one program `lvm`, for pvcreate, vgcreate, lvcreate and their kin: linear, striped, mirror and
# RAID volumes. No daemon and no udev: it makes the device nodes itself.

# musl's stdin, stdout and stderr cannot be assigned to.
edit tools/lvmcmdline.c 's/!(\(std[a-z]*\) = fopen(_PATH_DEVNULL, \("[rw]"\)))/!freopen(_PATH_DEVNULL, \2, \1)/'
# The text of lvm.conf's manual: 100 KB.
edit lib/config/config.c 's/^\(\t{id, parent, name, .*\), *(*deprecation_comment)*, comment},\\*$/\1, NULL, NULL},/'

MODPROBE_CMD=/sbin/modprobe configure --prefix=/usr --exec-prefix=/usr --sysconfdir=/etc --localstatedir=/var \
	--enable-static_link --with-optimisation= --with-default-run-dir=/run/lvm \
	--with-default-locking-dir=/run/lock/lvm --with-default-pid-dir=/run --with-default-dm-run-dir=/run \
	--with-thin=none --with-cache=none --with-vdo=none --with-writecache=none --with-integrity=none \
	--with-snapshots=none --without-udev --without-systemd --without-libnvme --without-blkid \
	--disable-readline --disable-editline --disable-selinux --disable-use-lvmlockd --disable-use-lvmpolld \
	--disable-blkid_wiping --disable-nvme-wwid --disable-fsadm --disable-lvmimportvdo --disable-blkdeactivate \
	--disable-systemd-journal --disable-app-machineid --disable-sd-notify
# `lvm version` would print all this, with the place where it was built.
edit include/configure.h 's/\(#define LVM_CONFIGURE_LINE\) .*/\1 "dom0strap"/'

# Without -fPIC, which its makefiles add, and without what only a C++ exception would read.
set_cflags="CFLAGS=$CFLAGS -fno-asynchronous-unwind-tables"
mk include base libdm device_mapper lib "$set_cflags"
mk -C tools lvm.static "$set_cflags"
mv tools/lvm.static tools/lvm
keep_tool tools/lvm
