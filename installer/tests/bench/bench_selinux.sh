#!/bin/sh
# SELinux beside the host's own tools, on one unpacked image and in alternating order: a
# boolean (dom0strap apply; setsebool -P -N) and the labels of a whole tree (dom0strap
# apply; setfiles -F). The peers are the image's own and run in it by chroot.
#
#   bench_selinux.sh [--runs N] DOM0STRAP IMAGE
#
# The tree is on ext4 on a loop device, as a host's is on its disk, and everything has been
# read once. Needs root. One JSON object on standard output: a list of milliseconds for each
# of the four.
set -eu

runs=3
boolean=httpd_can_network_connect_memcache
contexts=/etc/selinux/default/contexts/files/file_contexts

now_ms()
{
	date +%s%3N
}

clean()
{
	umount -R "$work/host" 2>/dev/null || :
	rm -r "$work"
}

profile() # SELINUX
{
	cat <<-EOF
	host: bench
	target: xen-dom0
	disks: {count: 1, model: none}
	partitions: [{name: root, size: rest, active: true}]
	filesystems: [{on: root, type: ext4, mount: /}]
	image: {url: "https://boot.example.com/x", sha256: $(printf '%064d' 0)}
	selinux: $1
	EOF
}

apply() # NAME: the profile of that name
{
	"$program" apply --profile "$work/$1.yaml" --root "$work/host" --step selinux
}

# measure NAME COMMAND…: appends the milliseconds to the file NAME.
measure()
{
	name=$1
	shift
	sync -f "$work/host" # or the next to call fsync() writes what the last one left
	begin=$(now_ms)
	"$@" >"$work/out" 2>&1 || {
		cat "$work/out" >&2
		echo "bench_selinux: $name failed" >&2
		exit 1
	}
	echo "$(($(now_ms) - begin))" >>"$work/$name"
	echo "  $name: $(tail -n 1 "$work/$name") ms (load $(cut -d' ' -f1 /proc/loadavg))" >&2
}

unlabel()
{
	find "$work/host" -xdev -exec setfattr -h -x security.selinux {} + 2>/dev/null || :
}

count_unlabelled()
{
	find "$work/host" -xdev -exec getfattr -h -n security.selinux {} + 2>&1 | grep -c 'No such attribute' || :
}

labels_of_setfiles()
{
	chroot "$work/host" setfiles -F -e /proc "$contexts" /
}

one_round() # NUMBER
{
	state=$(($1 % 2))
	profile "{relabel: none, booleans: {$boolean: $([ $state = 1 ] && echo on || echo off)}}" >"$work/boolean.yaml"
	measure apply-boolean apply boolean
	grep -qx "$boolean=$state" "$work/host/var/lib/selinux/default/active/booleans.local"
	measure setsebool chroot "$work/host" setsebool -P -N "$boolean=$((1 - state))"
	grep -qx "$boolean=$((1 - state))" "$work/host/var/lib/selinux/default/active/booleans.local"
	unlabel
	measure apply-labels apply labels
	[ "$(count_unlabelled)" -le 1 ] # /proc: <<none>>
	unlabel
	measure setfiles labels_of_setfiles
	[ "$(count_unlabelled)" -le 1 ]
}

main()
{
	if [ "${1-}" = --runs ]; then
		runs=$2
		shift 2
	fi
	[ $# -eq 2 ] || {
		sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
		exit 2
	}
	program=$(realpath "$1") image=$2
	if [ -z "${BENCH_NAMESPACE-}" ]; then # mounts that nobody else sees, and nobody forgets
		exec env BENCH_NAMESPACE=1 unshare -m "$0" --runs "$runs" "$program" "$image"
	fi
	work=$(mktemp -d "${TMPDIR:-/tmp}/bench-selinux.XXXXXX")
	trap clean EXIT
	mkdir "$work/host"
	truncate -s 4G "$work/disk"
	mke2fs -q -F -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 "$work/disk"
	mount -o loop "$work/disk" "$work/host"
	bsdtar -xpf "$image" -C "$work/host"
	mount -t proc proc "$work/host/proc"
	profile '{mode: enforcing}' >"$work/labels.yaml"
	sync -f "$work/host"
	round=1
	while [ "$round" -le "$runs" ]; do
		one_round "$round"
		round=$((round + 1))
	done
	comma='{'
	for name in apply-boolean setsebool apply-labels setfiles; do
		printf '%s"%s":[%s]' "$comma" "$name" "$(paste -sd, "$work/$name")"
		comma=,
	done
	echo '}'
}

main "$@"
