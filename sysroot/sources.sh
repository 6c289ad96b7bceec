# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# Stage sources: Debian source packages, through apt with a configuration of its own, so that
# neither the machine's sources list nor its package state is touched. apt verifies the index by
# the archive's signature and each file by its hash in the index.
#
# A chosen source is the folder $cache/sources/SOURCE-HASH: the files of the source package,
# VERSION, SUITE and SHA256SUMS. The hash is over what was asked for, not what was found, so a
# cached choice stands until `build.sh refresh`.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The table's rows as fields for `read`: name kind source suite version licence needs.
component_rows() { sed -e '/^#/d' -e '/^$/d' "$top/sysroot/components.list"; }

# archive LABEL: the base address of that archive, in the words of this machine's apt, which has
# read all forms of sources lists already.
archive() {
	# shellcheck disable=SC2016 # apt's own variable
	apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 'Component: main' "Label: $1" | sed -n 1p
}

# private_apt SUITE[/binary] TOOL ARGUMENTS…: sources, or binary packages, of that suite alone.
private_apt() {
	state=$cache/apt/$1 tool=$2
	shift 2
	"$tool" -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
		-o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}

# Brings the signed index of one suite up to date, once in a run ($$ is the same in subshells).
# SUITE/binary: that of its binary packages, which only the tests want, and some of.
suite_index() {
	[ "$(cat "$cache/apt/$1/read-by" 2>/dev/null)" != "$$" ] || return 0
	main_archive=$(archive Debian)
	if [ -z "$main_archive" ] && [ "$(id -u)" = 0 ]; then
		apt-get update -q >/dev/null # no lists yet: apt does not know the labels
		main_archive=$(archive Debian)
	fi
	[ -n "$main_archive" ] ||
		die "this machine's apt knows no Debian archive (run apt-get update; see /etc/apt/sources.list*)"
	security_archive=$(archive Debian-Security)

	mkdir -p "$cache/apt/$1/lists/partial" "$cache/apt/$1/cache/archives/partial"
	case $1 in
	*/binary) echo "deb [signed-by=$keyring] $main_archive ${1%/binary} main" ;;
	*)
		echo "deb-src [signed-by=$keyring] $main_archive $1 main"
		[ -z "$security_archive" ] ||
			echo "deb-src [signed-by=$keyring] $security_archive $1-security main"
		;;
	esac >"$cache/apt/$1/sources.list"
	say "sources reading the index of $1"
	private_apt "$1" apt-get update -qq || die "cannot read the index of $1"
	echo "$$" >"$cache/apt/$1/read-by"
}

# Versions of a source that a suite offers, newest first.
suite_versions() {
	private_apt "$1" apt-cache showsrc --only-source "$2" 2>/dev/null |
		awk -v source="$2" '$1 == "Package:" { mine = $2 == source } $1 == "Version:" && mine { print $2 }' |
		sort -rVu
}

# The upstream part of a Debian version: no epoch, no revision.
upstream_version() { printf '%s\n' "$1" | sed -e 's/^[0-9]*://' -e 's/-[^-]*$//'; }

# Where the choice for a row is kept.
source_folder() { printf '%s/sources/%s-%s\n' "$cache" "$1" "$(echo "$1 $2 $3" | hash)"; }

# Whether all that the source package lists is there, or its one upstream archive where no more is
# wanted. Its upstream signatures are not needed: apt has checked each file it kept against the
# signed index.
source_complete() { # FOLDER SUITE
	if [ "$2" != "${2%/upstream}" ]; then
		set -- "$1"/*.orig.tar.*
		[ $# = 1 ] && [ -f "$1" ]
		return
	fi
	set -- "$1" "$1"/*.dsc
	[ -f "$2" ] || return 1
	awk '/^[^ ]/ { listed = /^Files:/ } /^ / && listed && $3 !~ /\.asc$/ { print $3 }' "$2" |
		while read -r file; do
			[ -f "$1/$file" ] || exit 1
		done
}

# download SUITE[/upstream] SOURCE PATTERN FOLDER: the newest version that matches and whose files
# the mirror really has.
download() {
	case $1 in */upstream) part=--tar-only ;; *) part= ;; esac
	for candidate in $(suite_versions "${1%/upstream}" "$2"); do
		# shellcheck disable=SC2254 # the pattern is meant as one
		case $(upstream_version "$candidate") in $3) ;; *) continue ;; esac
		rm -rf "$4"
		mkdir -p "$4"
		# shellcheck disable=SC2086 # no part: no argument
		(cd "$4" && private_apt "${1%/upstream}" apt-get source -qq --only-source --download-only $part "$2=$candidate") \
			>"$4.log" 2>&1 || :
		rm -f "$4"/*.asc
		if source_complete "$4" "$1"; then
			(cd "$4" && sha256sum -- * >"$4.sums" && mv "$4.sums" SHA256SUMS)
			echo "$candidate" >"$4/VERSION"
			echo "${1%/upstream}" >"$4/SUITE"
			return 0
		fi
		say "sources hole in the mirror: $2 $candidate of $1 lacks $(sed -n 's/^E: Failed to fetch .*\/\([^ ]*\) .*/\1/p' "$4.log" | tr '\n' ' ')"
	done
	return 1
}

fetch_source() {
	source=$1 suite=$2 pattern=$3
	folder=$(source_folder "$source" "$suite" "$pattern")
	if [ -f "$folder/VERSION" ]; then
		touch "$folder"
		return
	fi
	case $suite in
	trixie) other=bookworm ;;
	trixie/upstream) other=bookworm/upstream ;;
	*) other=trixie ;;
	esac
	for from in "$suite" "$other"; do
		suite_index "${from%/upstream}"
		mkdir -p "$cache/tmp"
		if download "$from" "$source" "$pattern" "$cache/tmp/source"; then
			publish "$cache/tmp/source" "$folder"
			say "sources $source $(cat "$folder/VERSION") from $from"
			return
		fi
		say "sources no usable $source $pattern in $from"
	done
	die "source package $source (version $pattern) cannot be had from $suite or $other"
}

stage_sources() {
	rows=$(component_rows)
	while read -r _ _ source suite version _; do
		fetch_source "$source" "$suite" "$version"
	done <<-EOF
		$rows
	EOF
}

stage_refresh() { rm -rf "$cache/sources" "$cache/apt" "$cache/kernel/chosen"; }
