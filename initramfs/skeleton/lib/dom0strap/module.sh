# Drivers, and the wait for what they find.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

module_aliases=

# What every device on a bus calls itself. (find over /sys/devices sees the same and takes five times
# as long.) The CPUs are left out: a dozen crypto and power modules, none needed.
module_read_aliases() {
    set --
    for bus in "$root"/sys/bus/*; do
        case ${bus##*/} in
        cpu) ;;
        *) set -- "$@" "$bus"/devices/*/modalias ;;
        esac
    done
    cat "$@" 2>/dev/null | sort -u
}

# module_of_class NN: those of module_aliases that are PCI devices of a class. A virtio device shows
# itself only when the driver of its PCI function is there: its driver is named along, for that saves
# a round.
module_of_class() {
    class_aliases=$(printf '%s\n' "$module_aliases" | sed -n "/^pci:.*bc$1sc/p")
    printf '%s\n' "$class_aliases"
    case $1$class_aliases in
    02*pci:v00001AF4*) echo virtio:d00000001v00001AF4 ;;
    01*pci:v00001AF4*) printf '%s\n' virtio:d00000002v00001AF4 virtio:d00000008v00001AF4 ;;
    esac
}

# module_load NAME-OR-ALIAS LIST, one a line, all with one modprobe: reading the alias table is what
# takes the time. Aliases hold blanks and brackets.
module_load() {
    (
        set -f
        IFS=$newline
        # shellcheck disable=SC2086 # one word a line
        modprobe -a -q -b $1 2>>"$run/modprobe.err"
    ) || : # it fails when one alias has no driver, and most have none
}

module_prepare() {
    uptime_cs
    module_start=$now_cs
    module_kernel=$(uname -r)
    # The kernel looks for it in /sbin when it wants a module itself.
    modprobe_path=$(command -v modprobe) || :
    case $modprobe_path in
    /*) echo "$modprobe_path" >"$root/proc/sys/kernel/modprobe" ;;
    esac
    if [ ! -d "$root/lib/modules/$module_kernel" ]; then
        have=
        for dir in "$root"/lib/modules/*; do
            [ ! -d "$dir" ] || have="$have ${dir##*/}"
        done
        warn "no drivers for Linux $module_kernel (found:${have:- none}): does modules.img belong to this vmlinuz?"
    fi
    module_aliases=$(module_read_aliases)
}

# First the network's: while its cards agree with their switches, disk controllers take their time.
module_load_network() {
    module_load "$(module_of_class 02)"
}

# One call for all the rest, disk controllers first. Two calls at once were no faster.
module_load_rest() {
    module_load "sd_mod
$(module_of_class 01)
$module_aliases
$(sed '/^#/d; /^$/d' "$root/etc/dom0strap/modules")"
}

# disk_list: sets disks, the names of what could be installed to.
disk_list() {
    disks=
    for disk in "$root"/sys/block/*; do
        case ${disk##*/} in
        '*' | ram* | loop* | md* | dm-* | sr* | fd* | zram* | nbd*) ;;
        *) disks="$disks ${disk##*/}" ;;
        esac
    done
}

# SAS and RAID controllers find disks one by one, seconds after their driver is loaded. SATA, virtio,
# NVMe and IDE have found theirs when modprobe returns.
disk_slow_host() {
    for host in "$root"/sys/class/scsi_host/host*; do
        [ -e "$host" ] || continue
        case $(readlink -f "$host") in
        */ata[0-9]* | */virtio[0-9]* | */usb[0-9]*) ;;
        *) return 0 ;;
        esac
    done
    return 1
}

# A SCSI disk (type 0) that is there but has no block device yet.
disk_in_the_making() {
    for device in "$root"/sys/bus/scsi/devices/*:*:*:*; do
        [ -r "$device/type" ] || continue
        read -r scsi_type <"$device/type" || continue
        [ "$scsi_type" != 0 ] || [ -d "$device/block" ] || return 0
    done
    return 1
}

# Load what appears behind controllers, until no device is new and the set of disks has stayed the
# same for a while. Without any disk: until arg_disk_wait seconds are over.
module_settle() {
    uptime_cs
    settle_end=$((now_cs + arg_disk_wait * 100))
    settle_since=$now_cs
    settle_tell=$((now_cs + 300))
    disk_list
    settle_disks=$disks
    while [ "$now_cs" -lt "$settle_end" ]; do
        settle_aliases=$(module_read_aliases)
        if [ "$settle_aliases" != "$module_aliases" ]; then
            # Those that are there twice are done already.
            module_load "$(printf '%s\n' "$module_aliases" "$module_aliases" "$settle_aliases" | sort | uniq -u)"
            module_aliases=$settle_aliases
            settle_since=$now_cs
            uptime_cs
            continue
        fi
        disk_list
        uptime_cs
        if [ "$disks" != "$settle_disks" ]; then
            settle_disks=$disks
            settle_since=$now_cs
        fi
        settle_quiet=20
        if disk_slow_host || disk_in_the_making; then
            settle_quiet=200
        fi
        if [ -n "$disks" ] && [ $((now_cs - settle_since)) -ge "$settle_quiet" ]; then
            break
        fi
        if [ -z "$disks" ] && [ "$now_cs" -ge "$settle_tell" ]; then
            settle_tell=$settle_end
            step disks "none yet, $(((settle_end - now_cs) / 100)) s left"
        fi
        sleep 0.1
        uptime_cs
    done
    lasted_since "$module_start"
    step drivers "$(module_count) modules, devices settled in $lasted"
    # A driver without its hardware says so, which is nothing; one that does not fit is a bad image.
    sed -n '/nknown symbol/p; /nvalid module format/p' "$run/modprobe.err" | sort -u >"$run/modprobe.bad"
    while read -r module_complaint; do
        warn "$module_complaint"
    done <"$run/modprobe.bad"
    disk_report
}

module_count() {
    module_number=0
    while read -r _; do
        module_number=$((module_number + 1))
    done <"$root/proc/modules"
    echo "$module_number"
}

disk_report() {
    if [ -z "$disks" ]; then
        step disks "none found in $arg_disk_wait s (dom0strap.disk-wait=SECONDS waits longer)"
        pci_undriven 0x01 "storage controller"
        return
    fi
    disk_words=
    for disk in $disks; do
        disk_sectors=0
        [ ! -r "$root/sys/block/$disk/size" ] || read -r disk_sectors <"$root/sys/block/$disk/size"
        disk_mib=$((disk_sectors / 2048))
        if [ "$disk_mib" -ge 10240 ]; then
            disk_words="$disk_words, $disk $((disk_mib / 1024)) GiB"
        else
            disk_words="$disk_words, $disk $disk_mib MiB"
        fi
    done
    step disks "${disk_words#, }"
}

# pci_undriven CLASS WHAT: names the PCI devices of a class that no driver took.
pci_undriven() {
    for device in "$root"/sys/bus/pci/devices/*; do
        [ -r "$device/class" ] || continue
        read -r pci_class <"$device/class"
        case $pci_class in
        "$1"*) [ -e "$device/driver" ] && continue ;;
        *) continue ;;
        esac
        read -r pci_vendor <"$device/vendor"
        read -r pci_device <"$device/device"
        warn "$2 ${device##*/} (${pci_vendor#0x}:${pci_device#0x}) has no driver here"
    done
}
