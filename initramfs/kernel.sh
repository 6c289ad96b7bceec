# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# Stage kernel: the distribution's own kernel package, downloaded through this machine's apt, taken
# apart and never installed here. An entry holds vmlinuz, config, modules/lib/modules/VERSION,
# PACKAGE and SHA256SUMS; the link `chosen` stands until `build.sh refresh`.

kernel_package() {
	apt-cache depends --important linux-image-amd64 2>/dev/null |
		awk '/Depends: linux-image/ { print $2; exit }'
}

download_kernel() { (cd "$2" && apt-get download -q -o APT::Sandbox::User=root "$1"); }

take_kernel() { # PACKAGE FOLDER
	deb=$2/deb root=$2/root entry=$2/entry
	mkdir -p "$deb" "$entry/modules/lib"
	# An index older than the mirror names a file that is gone.
	download_kernel "$1" "$deb" || {
		apt-get update -q
		download_kernel "$1" "$deb"
	}
	dpkg-deb -x "$deb"/*.deb "$root"
	if [ -d "$root/usr/lib/modules" ]; then # newer packages
		mv "$root/usr/lib/modules" "$entry/modules/lib/"
	else
		mv "$root/lib/modules" "$entry/modules/lib/"
	fi
	cp "$root"/boot/vmlinuz-* "$entry/vmlinuz"
	cp "$root"/boot/config-* "$entry/config"
	depmod -b "$entry/modules" "$(ls "$entry/modules/lib/modules")"
	dpkg-deb -f "$deb"/*.deb Package Version Source >"$entry/PACKAGE"
	(cd "$deb" && sha256sum -- *.deb) >"$entry/SHA256SUMS"
}

# Nothing happens to the disks behind the operator's back, by the kernel neither: no arrays assembled
# from partitions of type fd at boot (md as a module cannot), no resume from a partition fixed at build.
check_kernel() {
	! grep -qx 'CONFIG_MD_AUTODETECT=y' "$1" || die "this kernel assembles md arrays by itself: $1"
	! grep -q '^CONFIG_PM_STD_PARTITION="..*"' "$1" || die "this kernel resumes from a disk by itself: $1"
}

stage_kernel() {
	if [ ! -f "$cache/kernel/chosen/PACKAGE" ]; then
		package=$(kernel_package)
		[ -n "$package" ] ||
			die "this machine's apt does not know linux-image-amd64 (run apt-get update)"
		work=$cache/tmp/kernel
		rm -rf "$work"
		logged "kernel $package" "$cache/logs/kernel.log" take_kernel "$package" "$work"
		version=$(sed -n 's/^Version: //p' "$work/entry/PACKAGE")
		publish "$work/entry" "$cache/kernel/$package-$version"
		rm -rf "$work"
		ln -sfnT "$package-$version" "$cache/kernel/chosen"
	fi
	use "$(readlink -f "$cache/kernel/chosen")" kernel
	check_kernel "$build/kernel/config"
}
