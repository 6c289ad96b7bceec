#!/bin/sh
# patch-xenserver beside what the recipe types: bunzip2 | cpio -i, sed, cpio -o | bzip2 -9.
#
#   bench_patch.sh [--json] [--dir DIR] DOM0STRAP ROOT.tar.zst PROFILE
#
# The image is made here, since no XenServer medium can be had: the root of the archive with
# an installer's three files in it, as one bzip2'ed cpio archive, once in the order of names,
# where 40 % of it come before those files, and once with them at its very end, away from the
# rest of their parent folders, which `find | cpio` would not do. Ours is run three times, the peer once, on the first. Both read the image
# from memory and write where the other writes. The table goes to standard error, the JSON
# to standard output.
set -eu

json=false dir=${TMPDIR:-/tmp}
installer=opt/xensource/installer

usage()
{
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
	exit 2
}

now_ms()
{
	date +%s%3N
}

make_root()
{
	mkdir -p "$work/root"
	tar --zstd -xf "$archive" -C "$work/root"
	mkdir -p "$work/root/$installer"
	cat >"$work/root/$installer/constants.py" <<-'EOF'
		min_primary_disk_size = 12 #GB
		GPT_SUPPORT = True
		root_size = 4096
		rootfs_type = 'ext3'
	EOF
	echo "opt == '--keymap'" >"$work/root/$installer/install.py"
	echo "find(['primary-disk'])" >"$work/root/$installer/answerfile.py"
}

list_by_name()
{
	(cd "$work/root" && find . | LC_ALL=C sort)
}

list_installer_last()
{
	list_by_name | grep -v "^./$installer" || :
	list_by_name | grep "^./$installer"
}

pack() # names from standard input
{
	(cd "$work/root" && cpio -o -H newc --quiet) | bzip2 -9
}

peer()
{
	mkdir "$work/peer"
	bunzip2 -c "$work/by-name.img" | (cd "$work/peer" && cpio -idm --quiet)
	sed -i -e 's/^GPT_SUPPORT = True/GPT_SUPPORT = False/' \
		-e 's/^root_size = 4096/root_size = 8192/' \
		"$work/peer/$installer/constants.py"
	(cd "$work/peer" && find . | cpio -o -H newc --quiet) | bzip2 -9 >"$work/peer.img"
}

# Milliseconds of one run; the most memory that it held, in KB, into $work/rss.
ours() # IMAGE
{
	rm -f "$work/ours.img"
	begin=$(now_ms)
	/usr/bin/time -f %M -o "$work/rss" \
		"$program" patch-xenserver "$1" --profile "$profile" -o "$work/ours.img" \
		>"$work/out" 2>&1 || {
		cat "$work/out" >&2
		exit 1
	}
	echo $(($(now_ms) - begin))
}

median() # of three lines
{
	sort -n | sed -n 2p
}

main()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--json) json=true ;;
		--dir) dir=$2 && shift ;;
		-*) usage ;;
		*) break ;;
		esac
		shift
	done
	[ $# -eq 3 ] || usage
	program=$1 archive=$2 profile=$3
	work=$(mktemp -d "$dir/bench-patch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	make_root
	list_by_name | pack >"$work/by-name.img"
	list_installer_last | pack >"$work/last.img"
	by_name=$(for _ in 1 2 3; do ours "$work/by-name.img"; done | median)
	rss=$(cat "$work/rss")
	"$program" patch-xenserver "$work/ours.img" --show | grep -q 'root_size = 8192'
	last=$(for _ in 1 2 3; do ours "$work/last.img"; done | median)
	[ "$(cat "$work/rss")" -le "$rss" ] || rss=$(cat "$work/rss")
	begin=$(now_ms)
	peer
	peer=$(($(now_ms) - begin))
	bytes=$(stat -c %s "$work/by-name.img")
	printf 'image of %s bytes: ours %s ms, installer last %s ms, peer %s ms, %s KB\n' \
		"$bytes" "$by_name" "$last" "$peer" "$rss" >&2
	if $json; then
		printf '{"image_bytes":%s,"by_name_ms":%s,"last_ms":%s,"peer_ms":%s,"rss_kb":%s}\n' \
			"$bytes" "$by_name" "$last" "$peer" "$rss"
	fi
}

main "$@"
