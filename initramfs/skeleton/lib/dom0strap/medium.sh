# The stick or disc that the machine was started from: dom0strap.medium=LABEL names its file system with
# profiles and images. Mounted read-only; medium:/ in a profile leads there.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # root, run and the arg_ variables are set elsewhere

# medium_mount: where the command line names one. USB takes its time, as disks do.
medium_mount() {
    [ -n "$arg_medium" ] || return 0
    uptime_cs
    medium_start=$now_cs
    medium_end=$((now_cs + arg_disk_wait * 100))
    medium_find
    while [ -z "$medium_device" ] && [ "$now_cs" -lt "$medium_end" ]; do
        sleep 0.2
        medium_find
        uptime_cs
    done
    if [ -z "$medium_device" ]; then
        fail 12 "dom0strap.medium=$arg_medium: no file system of that name in $arg_disk_wait s"
        return 1
    fi
    mkdir -p "$run/medium"
    for medium_type in vfat iso9660 ext4 none; do
        ! mount -t "$medium_type" -o ro "$medium_device" "$run/medium" 2>/dev/null || break
    done
    if [ "$medium_type" = none ]; then
        rmdir "$run/medium"
        fail 12 "$medium_device (dom0strap.medium=$arg_medium) cannot be mounted"
        return 1
    fi
    lasted_since "$medium_start"
    step medium "$arg_medium on ${medium_device#"$root"} ($lasted)"
}

# medium_find: sets medium_device; empty: not there yet.
medium_find() {
    medium_device=$(blkid 2>/dev/null | sed -n "s|^\([^:]*\):.* LABEL=\"$arg_medium\".*|\1|p" | sed 1q)
}

# medium_find_profile: where the command line names no profile, sets arg_profile to this machine's on the medium: by the
# address of one of its network cards, its UUID, its serial number, else the one for any machine. 1: none is there.
medium_find_profile() {
    [ -n "$arg_medium" ] && [ -z "$arg_profile" ] || return 0
    set --
    net_list
    for nic in $nics; do
        net_mac "$nic"
        set -- "$@" "mac/$(medium_name "$nic_mac")"
    done
    for medium_key in uuid serial; do
        medium_value=
        [ ! -r "$root/sys/class/dmi/id/product_$medium_key" ] ||
            read -r medium_value <"$root/sys/class/dmi/id/product_$medium_key" || :
        [ -z "$medium_value" ] || set -- "$@" "$medium_key/$(medium_name "$medium_value")"
    done
    medium_names="$* any"
    for medium_key in "$@" any; do
        if [ -f "$run/medium/profiles/$medium_key.yaml" ]; then
            arg_profile=$run/medium/profiles/$medium_key.yaml
            return
        fi
    done
    return 1
}

medium_profile() {
    medium_find_profile && return
    fail 12 "no profile for this machine on the medium; looked for $medium_names (each profiles/NAME.yaml)"
    return 1
}

# As dom0strap fills ${mac}, ${uuid} and ${serial} in.
medium_name() {
    printf '%s' "$1" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9._]/-/g'
}
