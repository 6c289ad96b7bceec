# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# Stages sysroot and tools: each component is built in a place of its own, against a sysroot that
# holds nothing but what it declares to need, and is kept as $cache/components/NAME-KEY. The key
# is over the source's version, the recipe, the compiler, and the keys of the needs.

# The compiler, the C library and the kernel's headers come from the host.
toolchain() {
	gcc --version | sed -n 1p
	ld --version | sed -n 1p
	dpkg-query -W musl-dev linux-libc-dev
	cat "$top/sysroot/recipe.sh" "$top/sysroot/cc" "$top/sysroot/pkg-config"
}

# A row's cache entry. The needs must be built: $cache/tmp/built/NAME holds their entries.
component_entry() { # NAME KIND SOURCE SUITE VERSION LICENCE NEEDS
	folder=$(source_folder "$3" "$4" "$5")
	key=$(
		{
			echo "$1 $2"
			cat "$folder/VERSION" "$cache/tmp/toolchain" "$top/sysroot/recipes/$1.sh"
			[ ! -f "$top/initramfs/$1.config" ] || cat "$top/initramfs/$1.config"
			for need in $(needs_of "$7"); do
				cat "$cache/tmp/built/$need"
			done
		} | hash
	)
	printf '%s/components/%s-%s\n' "$cache" "$1" "$key"
}

stage_of() { case $1 in lib) echo sysroot ;; *) echo tools ;; esac; }

needs_of() {
	[ "$1" = - ] || printf '%s\n' "$1" | tr , ' '
}

# A sysroot's fixed part: the compiler wrapper, and the kernel's headers, which musl lacks. `scsi`
# is left out: musl has its own, and the host's belongs to glibc.
lay_sysroot() {
	mkdir -p "$1/bin" "$1/include" "$1/lib/pkgconfig" "$1/kernel"
	cp "$top/sysroot/cc" "$top/sysroot/pkg-config" "$1/bin/"
	for headers in /usr/include/linux /usr/include/asm-generic /usr/include/mtd /usr/include/x86_64-linux-gnu/asm; do
		ln -s "$headers" "$1/kernel/"
	done
}

# Everything below runs in one work folder that the next component clears.
unpack_source() {
	set -- "$1" "$2"/*.dsc
	if [ -f "$2" ]; then
		# --no-check: apt has checked the files; with it a missing upstream signature does no harm.
		dpkg-source --no-check -x "$2" "$1"
	else
		mkdir -p "$1"
		tar -xf "${2%/*}"/*.orig.tar.* -C "$1" --strip-components=1 --no-same-owner
	fi
	# Autotools re-run themselves when a patched file is newer than what was generated from it.
	find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

build_component() { # WORK NAME SOURCE-FOLDER
	unpack_source "$1/src" "$3"
	(
		cd "$1/src" || exit
		OUT=$1/out SYSROOT=$1/sysroot RECIPE_INPUT=$top/initramfs/$2.config
		export OUT SYSROOT RECIPE_INPUT
		exec sh -eux -c '. "$1"; . "$2"' recipe "$top/sysroot/recipe.sh" "$top/sysroot/recipes/$2.sh"
	)
}

# Builds what is missing; every component's entry ends up in $cache/tmp/built/NAME.
component() { # the row's fields
	entry=$(component_entry "$@")
	if [ ! -d "$entry" ]; then
		work=$cache/tmp/work
		rm -rf "$work"
		mkdir -p "$work/out"
		lay_sysroot "$work/sysroot"
		for need in $(needs_of "$7"); do
			cp -a "$(cat "$cache/tmp/built/$need")/." "$work/sysroot/"
		done
		folder=$(source_folder "$3" "$4" "$5")
		logged "$(stage_of "$2") $1 $(upstream_version "$(cat "$folder/VERSION")")" "$cache/logs/$1.log" \
			build_component "$work" "$1" "$folder"
		publish "$work/out" "$entry"
		rm -rf "$work"
	fi
	touch "$entry"
	echo "$entry" >"$cache/tmp/built/$1"
}

# tree NAME KIND: one folder with all components of a kind, put together from their entries.
build_tree() {
	rm -rf "$cache/tmp/built"
	mkdir -p "$cache/tmp/built"
	toolchain >"$cache/tmp/toolchain"
	rows=$(component_rows)
	entries=
	while read -r name kind source suite version licence needs; do
		# A tool may need libraries, never the other way round.
		[ "$kind" = lib ] || [ "$kind" = "$2" ] || continue
		component "$name" "$kind" "$source" "$suite" "$version" "$licence" "$needs"
		[ "$kind" != "$2" ] || entries="$entries $(cat "$cache/tmp/built/$name")"
	done <<-EOF
		$rows
	EOF

	tree=$cache/trees/$1-$({ echo "$entries"; cat "$cache/tmp/toolchain"; } | hash)
	if [ ! -d "$tree" ]; then
		rm -rf "$cache/tmp/tree"
		mkdir -p "$cache/tmp/tree"
		[ "$2" != lib ] || lay_sysroot "$cache/tmp/tree"
		for entry in $entries; do
			cp -a "$entry/." "$cache/tmp/tree/"
		done
		publish "$cache/tmp/tree" "$tree"
	fi
	use "$tree" "$1"
}

stage_sysroot() {
	need sources
	build_tree sysroot lib
}

stage_tools() {
	need sources
	build_tree tools tool
}
