# shellcheck shell=sh disable=SC2154 # jobs: of build.sh
# What every recipe finds. A recipe is a list of commands, run with -e in the unpacked source. It
# installs into $OUT: include/ and lib/ for a library, the bare program files for a tool. $SYSROOT
# holds what it needs. Optimisation is for size; the recipes of hot code say -O2.

CC=$SYSROOT/bin/cc
PKG_CONFIG=$SYSROOT/bin/pkg-config
CFLAGS="-Os -ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=."
LDFLAGS="-static -Wl,--gc-sections"
export CC PKG_CONFIG CFLAGS LDFLAGS

configure() {
	"${source_dir:-.}/configure" --build=x86_64-linux-musl --host=x86_64-linux-musl \
		--prefix="$OUT" --enable-static --disable-shared "$@"
}

mk() { make -j"$jobs" "$@"; }

# Only headers, archives and pkg-config files are wanted, and nothing that names the place where
# it was built: libtool's .la files, search paths of the needs.
keep_library() {
	find "$OUT" -mindepth 1 -maxdepth 1 ! -name include ! -name lib -exec rm -rf {} +
	find "$OUT" -name '*.la' -delete
	find "$OUT/lib" -mindepth 1 -maxdepth 1 -type d ! -name pkgconfig -exec rm -rf {} +
	find "$OUT/lib/pkgconfig" -name '*.pc' -exec sed -i "/^prefix=/!s|$OUT|\${prefix}|g; s| -[LI]$SYSROOT/[a-z]*||g" {} +
}

# keep_tool FILE…: static (libtool likes to drop the flag silently), stripped, into $OUT.
keep_tool() {
	for tool; do
		case $(file -b "$tool") in
		*'statically linked'*) ;;
		*)
			echo "$tool is not static: $(file -b "$tool")" >&2
			return 1
			;;
		esac
		strip -s -R .comment -R .note -o "$OUT/${tool##*/}" "$tool"
		chmod 755 "$OUT/${tool##*/}"
	done
}

# edit FILE SED-SCRIPT: a change to the source; it is an error when nothing changes.
edit() {
	cp -p "$1" "$1.unedited"
	sed -i "$2" "$1"
	if cmp -s "$1" "$1.unedited"; then
		echo "$1: there is nothing left to edit: $2" >&2
		return 1
	fi
}
