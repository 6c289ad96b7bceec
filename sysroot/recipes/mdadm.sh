# shellcheck shell=sh
# Makes and assembles the arrays. No monitor, no udev: the boot environment has neither.
mk mdadm CC="$CC" CXFLAGS="$CFLAGS -DNO_LIBUDEV -DNO_COROSYNC -DNO_DLM" LDFLAGS="$LDFLAGS" CWFLAGS=
keep_tool mdadm
