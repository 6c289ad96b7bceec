#!/bin/sh
# Extraction beside its peers: dom0strap extract, bsdtar -xpf, tar --zstd -xpf of the same
# image onto fresh, equal ext4 file systems on a loop device, in alternating order.
#
#   bench_extract.sh [--json] [--runs N] [--size 4G] [--dir DIR] DOM0STRAP IMAGE
#
# Two times each: until the program returns, and until everything is on the disk as well
# (sync -f). dom0strap hashes the image on the way, the peers do not. Caches are dropped
# before each run, then the image is read once: it comes from memory, as the peers would
# have it. Needs root. The table goes to standard error, the JSON to standard output.
set -eu

json=false runs=5 size=4G dir=${TMPDIR:-/tmp}

usage()
{
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
	exit 2
}

clean()
{
	if mountpoint -q "$work/mnt"; then
		umount "$work/mnt"
	fi
	rm -rf "$work"
}

now_ms()
{
	date +%s%3N
}

extract_with()
{
	case $1 in
	dom0strap) "$program" extract --sha256 "$sha256" "$image" "$work/mnt" ;;
	bsdtar) bsdtar -xpf "$image" -C "$work/mnt" ;;
	tar) tar --zstd -xpf "$image" -C "$work/mnt" ;;
	esac >"$work/out" 2>&1 || {
		cat "$work/out" >&2
		echo "bench_extract: $1 failed" >&2
		exit 1
	}
}

# One run of one program: its two times are appended to its file.
measure()
{
	rm -f "$work/fs"
	truncate -s "$size" "$work/fs"
	mke2fs -q -F -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 "$work/fs"
	mount -o loop "$work/fs" "$work/mnt"
	sync
	echo 3 >/proc/sys/vm/drop_caches
	cat "$image" >/dev/null
	sleep 3 # what the run before left to the kernel: freed pages, discarded blocks
	begin=$(now_ms)
	extract_with "$1"
	returned=$(now_ms)
	sync -f "$work/mnt"
	synced=$(now_ms)
	umount "$work/mnt"
	echo "$((returned - begin)) $((synced - begin))" >>"$work/$1"
	echo "  run $2: $1 returned after $((returned - begin)) ms, on disk after" \
		"$((synced - begin)) ms (load $(cut -d' ' -f1 /proc/loadavg))" >&2
}

median() # of column $2 in file $1
{
	cut -d' ' -f"$2" "$work/$1" | sort -n | sed -n "$(((runs + 1) / 2))p"
}

ratio() # of dom0strap to the better peer, column $1
{
	awk -v a="$(median dom0strap "$1")" -v b="$(median bsdtar "$1")" \
		-v c="$(median tar "$1")" 'BEGIN { printf "%.2f", a / (b < c ? b : c) }'
}

list() # column $2 of file $1, as a JSON array
{
	cut -d' ' -f"$2" "$work/$1" | paste -sd, | sed 's/.*/[&]/'
}

print_table()
{
	printf '%-12s %14s %14s\n' "median of $runs" 'returned, ms' 'on disk, ms'
	for p in dom0strap bsdtar tar; do
		printf '%-12s %14s %14s\n' "$p" "$(median "$p" 1)" "$(median "$p" 2)"
	done
	printf '%-12s %14s %14s\n' 'ratio' "$(ratio 1)" "$(ratio 2)"
}

print_json()
{
	printf '{"image_bytes":%s,"runs":%s,"cpus":%s,' "$(stat -Lc %s "$image")" "$runs" \
		"$(nproc)"
	for p in dom0strap bsdtar tar; do
		printf '"%s":{"returned_ms":%s,"on_disk_ms":%s,"median_returned_ms":%s,' \
			"$p" "$(list "$p" 1)" "$(list "$p" 2)" "$(median "$p" 1)"
		printf '"median_on_disk_ms":%s},' "$(median "$p" 2)"
	done
	printf '"ratio_returned":%s,"ratio_on_disk":%s}\n' "$(ratio 1)" "$(ratio 2)"
}

main()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--json) json=true ;;
		--runs) runs=$2 && shift ;;
		--size) size=$2 && shift ;;
		--dir) dir=$2 && shift ;;
		-*) usage ;;
		*) break ;;
		esac
		shift
	done
	[ $# -eq 2 ] || usage
	program=$1 image=$2
	work=$(mktemp -d "$dir/bench-extract.XXXXXX")
	trap clean EXIT
	trap 'exit 130' INT TERM
	mkdir "$work/mnt"
	sha256=$(sha256sum "$image" | cut -c1-64)
	run=1
	while [ "$run" -le "$runs" ]; do
		measure dom0strap "$run"
		measure bsdtar "$run"
		measure tar "$run"
		run=$((run + 1))
	done
	print_table >&2
	if $json; then
		print_json
	fi
}

main "$@"
