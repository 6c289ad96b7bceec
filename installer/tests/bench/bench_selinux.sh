#!/bin/sh
# SELinux beside the host's own tools, on one unpacked image and in alternating order: a
# boolean (dom0strap apply; setsebool -P -N) and the labels of a whole tree (dom0strap
# apply; setfiles -F). The peers are the image's own and run in it by chroot.
#
#   bench_selinux.sh [--runs N] DOM0STRAP IMAGE
#
# The tree is on a tmpfs, and everything has been read once. Needs root. One JSON object on
# standard output: a list of milliseconds for each of the four.
set -eu

runs=3
boolean=httpd_can_network_connect_memcache
contexts=/etc/selinux/default/contexts/files/file_contexts

now_ms()
{
	date +%s%3N
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

apply() # SELINUX
{
	profile "$1" >"$work/profile.yaml"
	"$program" apply --profile "$work/profile.yaml" --root "$work/host" --step selinux
}

# measure NAME COMMAND…: appends the milliseconds to the file NAME.
measure()
{
	name=$1
	shift
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
	measure apply-boolean apply "{relabel: none, booleans: {$boolean: $([ $state = 1 ] && echo on || echo off)}}"
	grep -qx "$boolean=$state" "$work/host/var/lib/selinux/default/active/booleans.local"
	measure setsebool chroot "$work/host" setsebool -P -N "$boolean=$((1 - state))"
	grep -qx "$boolean=$((1 - state))" "$work/host/var/lib/selinux/default/active/booleans.local"
	unlabel
	measure apply-labels apply "{mode: enforcing}"
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
	work=$(mktemp -d)
	mount -t tmpfs none "$work"
	mkdir "$work/host"
	bsdtar -xpf "$image" -C "$work/host"
	mount -t proc proc "$work/host/proc"
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
	umount -R "$work"
	rmdir "$work"
}

main "$@"
