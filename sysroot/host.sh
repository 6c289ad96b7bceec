# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# Stage host-packages: what this machine needs, from the lists in host-packages.list.

groups_known() { awk '!/^#/ && NF { print $1 }' "$top/sysroot/host-packages.list" | sort -u | tr '\n' ' ' | sed 's/ $//'; }

packages_of() { awk -v group="$1" '$1 == group { print $2 }' "$top/sysroot/host-packages.list"; }

# Names of those packages, of the given ones, that are not installed.
packages_missing() {
	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
	done
}

# A fresh machine or container has no lists at all; an old list may not know a package.
packages_known() {
	for package; do
		apt-cache show "$package" >/dev/null 2>&1 || return 1
	done
}

install_packages() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q --no-install-recommends "$@"
}

stage_host_packages() {
	[ $# -gt 0 ] || set -- build
	wanted=
	for group; do
		list=$(packages_of "$group")
		[ -n "$list" ] || die "no such group of host packages: $group (there are: $(groups_known))"
		wanted="$wanted $list"
	done
	# shellcheck disable=SC2086 # a list of names
	missing=$(packages_missing $wanted | sort -u | tr '\n' ' ')
	missing=${missing% }
	[ -n "$missing" ] || return 0

	say "host packages to install with apt-get ($*): $missing"
	[ "$(id -u)" = 0 ] || die "run this as root, or: apt-get install --no-install-recommends $missing"
	# shellcheck disable=SC2086
	packages_known $missing || apt-get update -q
	# An index that is older than the mirror names files that are gone: one new try.
	# shellcheck disable=SC2086
	install_packages $missing || {
		apt-get update -q
		install_packages $missing
	}
}
