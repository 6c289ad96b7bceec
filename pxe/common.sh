# What render and medium have in common. here, program: theirs.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # the variables of the two programs

die() {
	printf '%s: %s\n' "$program" "$*" >&2
	exit 1
}

absolute() {
	case $1 in
	*[,\ ]*) die "no comma and no blank in a folder's name, for dnsmasq's and nginx's sake: $1" ;;
	esac
	(CDPATH='' cd -- "$1" 2>/dev/null && pwd) || die "no such folder: $1"
}

# The project's own, unless others are named.
settle_overlays() {
	[ -n "$overlays" ] || [ ! -d "$here/../overlays" ] || overlays=$here/../overlays
	[ -z "$overlays" ] || overlays=$(absolute "$overlays")
}

absolute_file() { # OPTION FILE
	[ -f "$2" ] || die "$1: there is no such file: $2"
	printf '%s/%s\n' "$(absolute "$(dirname -- "$2")")" "${2##*/}"
}

find_dom0strap() {
	dom0strap=${DOM0STRAP:-$here/../build/dom0strap}
	[ -x "$dom0strap" ] || dom0strap=dom0strap
}

# The first of the folders that has the file: distributions disagree on where loaders live.
find_file() {
	name=$1 packages=$2
	shift 2
	for folder; do
		if [ -f "$folder/$name" ]; then
			printf '%s\n' "$folder/$name"
			return
		fi
	done
	die "$name not found; install $packages"
}

# Each profile over the defaults, under every name that its machine may ask by. All errors are told, and
# one is enough for nothing to be written. hosts: what `check --out` says of each. any_machine: a profile that is
# left out here.
check_profiles() {
	defaults=
	[ ! -f "$profiles/defaults.yaml" ] || defaults=$profiles/defaults.yaml
	mkdir -p "$new/profiles/mac" "$new/profiles/uuid" "$new/profiles/serial"
	: >"$new/.hosts"
	: >"$new/.errors"
	count=0
	for profile in "$profiles"/*.yaml; do
		[ -f "$profile" ] || continue
		[ "$profile" != "$defaults" ] || continue
		[ "$profile" != "${any_machine-}" ] || continue
		count=$((count + 1))
		"$dom0strap" check ${defaults:+--defaults "$defaults"} ${overlays:+--overlays "$overlays"} \
			--out "$new/profiles" "$profile" \
			>>"$new/.hosts" 2>>"$new/.errors" || failed=yes
	done
	[ -n "${failed-}" ] || return 0
	# An error in the defaults is every profile's, and told once.
	sed "s|$new/profiles/||g" "$new/.errors" | awk '!seen[$0]++' >&2
	die "nothing has been written"
}

# The same folder always gives the same archive: nothing of this machine is in it.
pack_overlays() { # INTO
	mkdir "$1"
	[ -n "$overlays" ] || return 0
	for overlay in "$overlays"/*/overlay.yaml; do
		[ -f "$overlay" ] || continue
		overlay=${overlay%/overlay.yaml}
		tar -C "$overlay" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
			--mode=u=rwX,go=rX -cf "$1/${overlay##*/}.tar" .
	done
}

# find_mkimage: sets mkimage, empty without a GRUB for UEFI machines.
find_mkimage() {
	mkimage=
	[ -f /usr/lib/grub/x86_64-efi/http.mod ] || return 0
	for mkimage in grub-mkimage grub2-mkimage; do
		! command -v "$mkimage" >/dev/null || return 0
	done
	mkimage=
}
