# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# Stage boot: build/boot/ with the kernel, the base initramfs (init, busybox, dom0strap, tools) and
# the drivers' archive.

# The promise of the README: kernel and both archives, in bytes; with every driver a second one.
boot_size_max=24000000
[ "${MODULES:-}" != all ] || boot_size_max=32000000

# lay_root FOLDER. Modes are set, not taken over: they differ with the umask of a clone.
lay_root() {
	mkdir -p "$1"
	(cd "$1" && mkdir -p bin sbin usr/bin usr/sbin etc/dom0strap lib dev proc sys run tmp root mnt var)
	cp -R "$top/initramfs/skeleton/." "$1/"
	cp "$top/initramfs/init" "$1/init"
	cp "$build/dom0strap" "$build/tools/busybox" "$1/bin/"
	for tool in "$build"/tools/*; do
		case ${tool##*/} in
		busybox | busybox.links) ;;
		*) cp "$tool" "$1/sbin/" ;;
		esac
	done
	[ -z "${CA:-}" ] || cp "$CA" "$1/etc/dom0strap/ca.pem"
	[ -z "${KEY:-}" ] || cp "$KEY" "$1/etc/dom0strap/minisign.pub"

	chmod -R u=rwX,go=rX "$1"
	chmod 755 "$1"/init "$1"/bin/* "$1"/sbin/*
	chmod 1777 "$1/tmp"
	chmod 700 "$1/root"
	# Last: chmod follows links, and these would lead to this machine's own busybox.
	while read -r link; do
		[ -e "$1$link" ] || ln -s /bin/busybox "$1$link"
	done <"$build/tools/busybox.links"
}

make_initramfs() { # FOLDER
	lay_root "$1/root"
	pack "$1/root" "$1/initramfs.img"
}

boot_key() {
	{
		readlink "$build/tools"
		echo "$modules $SOURCE_DATE_EPOCH"
		cat "$build/kernel/SHA256SUMS" "$top/initramfs/init" "$build/dom0strap" "$top/initramfs/boot.sh" ${CA:+"$CA"} ${KEY:+"$KEY"}
		# Names, kinds, link targets and what is executable, too.
		(cd "$top/initramfs/skeleton" && find . -printf '%P %y %l ' -perm /100 -printf x -o -printf '\n' | sort &&
			find . -type f | sort | xargs cat)
	} | hash
}

put_boot() { # FILE…
	for file; do
		cp "$file" "$build/boot/.new"
		mv "$build/boot/.new" "$build/boot/${file##*/}"
	done
}

stage_boot() {
	need tools
	need kernel
	[ -x "$build/dom0strap" ] || die "build/dom0strap is missing: make builds it, then calls this stage"
	modules_image
	key=$(boot_key)
	mkdir -p "$build/boot"
	[ "$(cat "$build/boot/.key" 2>/dev/null)" != "$key" ] || return 0

	rm -f "$build/boot/.key"
	work=$cache/tmp/boot
	rm -rf "$work"
	mkdir -p "$work"
	logged "boot initramfs.img" "$cache/logs/initramfs.log" make_initramfs "$work"
	put_boot "$build/kernel/vmlinuz" "$modules/modules.img" "$work/initramfs.img"
	rm -rf "$work"

	total=$(cat "$build"/boot/vmlinuz "$build"/boot/*.img | wc -c)
	say "boot vmlinuz, initramfs.img and modules.img together: $total bytes"
	[ "$total" -le "$boot_size_max" ] || die "that is more than the $boot_size_max bytes promised"
	echo "$key" >"$build/boot/.key"
}
