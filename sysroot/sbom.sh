# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# Stage sbom: what the artifacts are made of, as CycloneDX 1.5: the components built here, what the
# host's compiler links into them, and the kernel package. The SHA-256 sums are those of the source
# packages' files, which apt has checked against the archive's signed index.

# Words of the tables only: nothing in them needs JSON's escapes.
plain() {
	case $* in *[!A-Za-z0-9.+:~/_,@%=\?\&\ -]*) die "not fit for the bill of materials: $*" ;; esac
	printf '%s' "$*"
}

# distributions FILE: a SHA256SUMS as external references.
distributions() {
	comma=
	while read -r sum file; do
		printf '%s\n        {"type": "distribution", "url": "%s", "hashes": [{"alg": "SHA-256", "content": "%s"}]}' \
			"$comma" "$(plain "$file")" "$(plain "$sum")"
		comma=,
	done <"$1"
}

# bom_component TYPE NAME VERSION SOURCE SOURCE-VERSION SUITE LICENCE SHA256SUMS
bom_component() {
	[ -z "$bom_comma" ] || printf ',\n'
	bom_comma=,
	cat <<-EOF
	    {
	      "type": "$1",
	      "bom-ref": "$(plain "$2")",
	      "name": "$(plain "$2")",
	      "version": "$(plain "$3")",
	      "purl": "pkg:deb/debian/$(plain "$4@$5" | sed 's/:/%3A/g; s/+/%2B/g')?arch=source&distro=$6",
	      "licenses": [{"expression": "$(plain "$7" | sed 's/_/ /g')"}],
	      "externalReferences": [$(distributions "$8")
	      ]
	EOF
	printf '    }'
}

# What the host's compiler adds: package, licence.
host_parts() {
	cat <<-EOF
	musl-dev MIT
	libgcc-$(gcc -dumpversion)-dev GPL-3.0-or-later_WITH_GCC-exception-3.1
	linux-libc-dev GPL-2.0-only_WITH_Linux-syscall-note
	EOF
}

# The index's hashes of a source package that is not downloaded; empty when the index, which is
# newer than this machine, no longer has that version.
indexed_source() { # SUITE SOURCE VERSION
	sums=$cache/sources/index-$1-$2-$3/SHA256SUMS
	if [ ! -f "$sums" ]; then
		suite_index "$1" >&2
		rm -rf "$cache/tmp/index"
		mkdir -p "$cache/tmp/index"
		private_apt "$1" apt-cache showsrc --only-source "$2" 2>/dev/null | awk -v wanted="$3" '
			/^Version:/ { mine = $2 == wanted }
			/^[^ ]/ { listed = /^Checksums-Sha256:/ }
			/^ / && mine && listed { print $1, $3 }' >"$cache/tmp/index/SHA256SUMS"
		publish "$cache/tmp/index" "${sums%/*}"
	fi
	touch "${sums%/*}"
	echo "$sums"
}

bom_components() {
	bom_comma=
	rows=$(component_rows)
	while read -r name kind source suite pattern licence _; do
		folder=$(source_folder "$source" "$suite" "$pattern")
		version=$(cat "$folder/VERSION")
		case $kind in lib) type=library ;; *) type=application ;; esac
		bom_component "$type" "$name" "$(upstream_version "$version")" "$source" "$version" \
			"$(cat "$folder/SUITE")" "$licence" "$folder/SHA256SUMS"
	done <<-EOF
		$rows
	EOF

	# shellcheck disable=SC1091 # not ours
	host_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	rows=$(host_parts)
	while read -r package licence; do
		version=$(dpkg-query -W -f '${Version}' "$package")
		source=$(dpkg-query -W -f '${source:Package}' "$package")
		source_version=$(dpkg-query -W -f '${source:Version}' "$package")
		bom_component library "$package" "$version" "$source" "$source_version" "$host_suite" "$licence" \
			"$(indexed_source "$host_suite" "$source" "$source_version")"
	done <<-EOF
		$rows
	EOF

	package=$(sed -n 's/^Package: //p' "$build/kernel/PACKAGE")
	version=$(sed -n 's/^Version: //p' "$build/kernel/PACKAGE")
	bom_component operating-system "$package" "$version" linux "$version" "$host_suite" GPL-2.0-only \
		"$build/kernel/SHA256SUMS"
	printf '\n'
}

stage_sbom() {
	need sources
	need kernel
	{
		cat <<-EOF
		{
		  "bomFormat": "CycloneDX",
		  "specVersion": "1.5",
		  "version": 1,
		  "metadata": {
		    "timestamp": "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)",
		    "component": {"type": "application", "bom-ref": "dom0strap", "name": "dom0strap"}
		  },
		  "components": [
		EOF
		bom_components
		printf '  ]\n}\n'
	} >"$build/.sbom.json.new"
	mv "$build/.sbom.json.new" "$build/sbom.json"
}
