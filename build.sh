#!/bin/sh
# Builds everything that is not dom0strap itself: static libraries and tools from the
# distribution's source packages, the kernel's parts, and the two initramfs archives.
#
#   ./build.sh [STAGE…]            no stage: all that the boot artifacts need
#   ./build.sh host-packages [GROUP…]
#
# What is slow to make is kept in a cache outside the checkout. An entry's name holds a hash of
# all that went into it, and it is made in a temporary place and renamed at the end: what exists
# under its name is complete and right, whoever made it and however the run before ended.
# shellcheck disable=SC1091 # the parts are checked as files of their own
set -eu

top=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dom0strap
build=$top/build

# The caller's make, compiler and locale settings must not leak into the hashed builds.
unset MAKEFLAGS MFLAGS MAKELEVEL LIBRARY_PATH CPATH C_INCLUDE_PATH CFLAGS CPPFLAGS LDFLAGS CC
unset PKG_CONFIG_PATH PKG_CONFIG_LIBDIR CDPATH
export LC_ALL=C TZ=UTC
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1735689600}"
jobs=$(nproc)
export jobs
umask 022

usage() {
	cat <<-EOF
	usage: ./build.sh [STAGE…]

	stages, in order; each is skipped when nothing it rests on has changed:
	  host-packages [GROUP…]  install what is missing on this machine (groups: $(groups_known))
	  sources                 source packages, through apt
	  sysroot                 static musl libraries         build/sysroot/
	  tools                   static programs               build/tools/
	  kernel                  the distribution's kernel     build/kernel/
	  boot                    vmlinuz and both initramfs    build/boot/  (needs build/dom0strap)
	  sbom                    bill of materials             build/sbom.json
	and:
	  every-module            only that modules.img; its name is printed
	  apt SUITE[/binary] TOOL ARGUMENTS…
	                          apt-get or another with that suite's packages, and none of this
	                          machine's
	  refresh                 forget which source and kernel versions were chosen, so that the
	                          next build takes the newest ones
	EOF
}

say() { printf '%s\n' "$*"; }

die() {
	printf 'build.sh: %s\n' "$*" >&2
	exit 1
}

# Standard input → a name for a cache entry.
hash() { sha256sum | cut -c1-16; }

# publish NEW FINAL: the step that makes a cache entry exist.
publish() {
	mkdir -p "$(dirname "$2")"
	rm -rf "$2"
	mv -T "$1" "$2"
}

# use ENTRY LINK: points the checkout at a cache entry; the touch keeps prune away from it.
use() {
	mkdir -p "$build"
	touch "$1"
	ln -sfnT "$1" "$build/$2"
}

# logged LABEL LOG COMMAND…: one line with the seconds; the log's end when it fails. Never called
# in a condition: there the shell would ignore -e inside the command.
logged() {
	label=$1 log=$2
	shift 2
	mkdir -p "${log%/*}"
	started=$(date +%s)
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null 9>&-
	status=$?
	set -e
	if [ "$status" != 0 ]; then
		tail -n 40 "$log" >&2
		die "$label failed; the whole log: $log"
	fi
	say "$(printf '%-36s %4d s' "$label" "$(($(date +%s) - started))")"
}

# Entries that no build has used for two months.
prune() {
	for folder in components trees sources kernel; do
		[ ! -d "$cache/$folder" ] ||
			find "$cache/$folder" -mindepth 1 -maxdepth 1 -mtime +60 -exec rm -rf {} +
	done
}

# One build at a time in one cache; a second one waits.
lock_cache() {
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock -n 9 || {
		say "waiting for another build that uses $cache"
		flock 9
	}
}

. "$top/sysroot/host.sh"
. "$top/sysroot/sources.sh"
. "$top/sysroot/components.sh"
. "$top/sysroot/sbom.sh"
. "$top/initramfs/kernel.sh"
. "$top/initramfs/modules.sh"
. "$top/initramfs/boot.sh"

# need STAGE: runs it, once in a run.
need() {
	case " $stages_done " in *" $1 "*) return ;; esac
	stages_done="$stages_done $1"
	"stage_$1"
}
stages_done=

main() {
	case ${1-} in
	host-packages)
		shift
		stage_host_packages "$@"
		return
		;;
	apt)
		[ $# -gt 2 ] || die "apt SUITE[/binary] TOOL ARGUMENTS…"
		shift
		lock_cache
		suite_index "$1"
		private_apt "$@"
		return
		;;
	-h | --help | help)
		usage
		return
		;;
	esac
	[ $# -gt 0 ] || set -- sysroot boot sbom
	for stage; do
		case $stage in sources | sysroot | tools | kernel | boot | sbom | every-module | refresh) ;; *)
			usage >&2
			die "there is no stage '$stage'"
			;;
		esac
	done
	lock_cache
	for stage; do
		need "$(printf %s "$stage" | tr - _)"
	done
	prune
}

main "$@"
