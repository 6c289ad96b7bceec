# shellcheck shell=sh disable=SC2154 # top, build, cache, jobs: of build.sh
# modules.img, the drivers as an initramfs of their own. It rests on the kernel and on the lists in
# modules/ alone, and packing it is slow, so it is kept in the cache.

# zstd and not xz: 12.0 instead of 10.7 MB, but unpacked in an eighth of the time; -19 keeps the
# window, which the kernel must hold as well, at 8 MB. The output does not depend on the number of
# threads.
compress() { zstd -q -19 -T"$jobs"; }

# pack FOLDER FILE: a reproducible initramfs: sorted, one time stamp, everything root's.
pack() {
	find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	(cd "$1" && find . -mindepth 1 | sort) >"$2.names"
	(cd "$1" && cpio -o -H newc --quiet --reproducible -R +0:+0) <"$2.names" >"$2.cpio"
	compress <"$2.cpio" >"$2"
	rm "$2.names" "$2.cpio"
}

# What is wanted: the lists; with MODULES=all everything of the kernel that they take away again, and every other
# driver of wired network and disks (all/).
module_lists() {
	if [ "${MODULES:-}" = all ]; then
		cat "$top"/initramfs/modules/*.list "$top"/initramfs/modules/all/*.list | sed '/^-/d'
	else
		cat "$top"/initramfs/modules/*.list
	fi
}

# Which modules the lists name, with all that these depend on: paths below /lib/modules/VERSION.
# A name that neither exists nor is built in is an error. (modules.dep lists the needs of needs.)
selected_modules() { # TREE
	module_lists | awk '
		function name_of(path) {
			sub(/.*\//, "", path)
			sub(/\.ko.*/, "", path)
			gsub(/-/, "_", path)
			return path
		}
		function take(path,   i, n, parts) {
			chosen[path]
			n = split(needs[path], parts, " ")
			for (i = 1; i <= n; i++)
				chosen[parts[i]]
		}
		function taken_away(path,   word) {
			if (name_of(path) in unwanted)
				return 1
			for (word in unwanted)
				if (word ~ /\/$/ && index(path, word) == 1)
					return 1
			return 0
		}
		function take_folder(folder,   path, found) {
			for (path in needs)
				if (index(path, folder) == 1) {
					found = 1
					if (!taken_away(path))
						take(path)
				}
			return found
		}
		function take_module(word,   name) {
			name = name_of(word)
			if (name in by_name)
				take(by_name[name])
			return name in by_name || name in builtin
		}
		FILENAME ~ /modules\.dep$/ {
			path = $1
			sub(/:$/, "", path)
			by_name[name_of(path)] = path
			$1 = ""
			needs[path] = $0
			next
		}
		FILENAME ~ /modules\.builtin$/ { builtin[name_of($1)]; next }
		{ sub(/#.*/, "") }
		!NF { next }
		/^-.*\/$/ { unwanted[substr($1, 2)]; next }
		/^-/ { unwanted[name_of(substr($1, 2))]; next }
		{ wanted[$1] }
		END {
			for (word in wanted)
				if (!(word ~ /\/$/ ? take_folder(word) : take_module(word))) {
					print "initramfs/modules: this kernel has no " word > "/dev/stderr"
					bad = 1
				}
			for (path in chosen)
				print path
			exit bad
		}' "$1/modules.dep" "$1/modules.builtin" -
}

# modules.dep as lines of "module: module".
needs_by_line() { awk '{ for (i = 1; i <= NF; i++) print $1, $i }' "$1"; }

make_modules() { # FOLDER
	version=$(ls "$build/kernel/modules/lib/modules")
	from=$build/kernel/modules/lib/modules/$version
	into=$1/root/lib/modules/$version
	mkdir -p "$into" "$1/entry"
	selected_modules "$from" >"$1/selected"
	(cd "$from" && xargs cp --parents -t "$into") <"$1/selected"
	cp "$from/modules.builtin" "$from/modules.builtin.modinfo" "$from/modules.order" "$into/"
	depmod -b "$1/root" "$version"

	# What a chosen module depends on in the whole tree, it must depend on here, too.
	needs_by_line "$from/modules.dep" |
		awk 'NR == FNR { chosen[$1 ":"]; next } $1 in chosen' "$1/selected" - | sort >"$1/whole"
	needs_by_line "$into/modules.dep" | sort | comm -23 "$1/whole" - >"$1/broken"
	if [ -s "$1/broken" ]; then
		echo "modules with dependencies missing:"
		cat "$1/broken"
		return 1
	fi
	# busybox reads modules.dep, .alias, .symbols and .builtin, as text.
	find "$into" -maxdepth 1 -type f ! -name modules.dep ! -name modules.alias ! -name modules.symbols \
		! -name modules.builtin -delete
	chmod -R u=rwX,go=rX "$1/root"
	pack "$1/root" "$1/entry/modules.img"
	sort "$1/selected" >"$1/entry/modules.txt"
}

# Sets $modules to the cache entry.
modules_image() {
	modules=$cache/trees/modules-$({
		cat "$build/kernel/PACKAGE" "$top/initramfs/modules.sh"
		module_lists
		echo "$SOURCE_DATE_EPOCH"
		zstd --version
	} | hash)
	if [ ! -d "$modules" ]; then
		work=$cache/tmp/modules
		rm -rf "$work"
		mkdir -p "$work"
		logged "boot modules.img" "$cache/logs/modules.log" make_modules "$work"
		publish "$work/entry" "$modules"
		rm -rf "$work"
	fi
	touch "$modules"
}

# For `make bench`, beside the boot files that are there.
stage_every_module() {
	need kernel
	MODULES=all
	modules_image
	say "$modules/modules.img"
}
