# The kernel's command line: dracut's network arguments and our own namespace.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # the arg_ variables are for the other parts; root and run are init's

arg_mode='' arg_profile='' arg_report='' arg_undo='' arg_manifest='' arg_allow_older='' arg_pin='' arg_ntp='' arg_confirm='' arg_events='' arg_bootif='' arg_medium=''
arg_disk_wait=20 arg_net_wait=60 arg_nameservers='' arg_ip='' arg_warnings=''

newline='
'

# cmdline_words LINE: its arguments, one a line. As in the kernel, double quotes group and vanish,
# wherever in the word they stand, and nothing escapes them
# (Documentation/admin-guide/kernel-parameters.rst).
cmdline_words() {
    rest=$1 word='' quoted=no
    while [ -n "$rest" ]; do
        piece=${rest%%[\" 	]*}
        word=$word$piece
        rest=${rest#"$piece"}
        case $quoted$rest in
        no\"*) quoted=yes ;;
        yes\"*) quoted=no ;;
        yes?*) word=$word${rest%"${rest#?}"} ;;
        no?*)
            [ -z "$word" ] || printf '%s\n' "$word"
            word=
            ;;
        esac
        rest=${rest#?}
    done
    [ -z "$word" ] || printf '%s\n' "$word"
}

cmdline_note() {
    arg_warnings=$arg_warnings$*$newline
}

# cmdline_read LINE: sets the arg_ variables. The last of several wins; nameserver= adds up; ip= is
# one for each interface.
cmdline_read() {
    cmdline_list=$(cmdline_words "$1")
    while read -r cmdline_word; do
        cmdline_value=
        case $cmdline_word in
        *=*) cmdline_value=${cmdline_word#*=} ;;
        esac
        cmdline_argument "${cmdline_word%%=*}" "$cmdline_value"
    done <<END
$cmdline_list
END
}

cmdline_argument() {
    case $1 in
    dom0strap.mode) arg_mode=$2 ;;
    dom0strap.profile) arg_profile=$2 ;;
    dom0strap.report) arg_report=$2 ;;
    dom0strap.undo) arg_undo=$2 ;;
    dom0strap.manifest) arg_manifest=$2 ;;
    dom0strap.allow-older | dom0strap.allow_older) arg_allow_older=$2 ;;
    dom0strap.pin-sha256 | dom0strap.pin_sha256) arg_pin=$2 ;;
    dom0strap.ntp) arg_ntp="$arg_ntp $2" ;;
    dom0strap.confirm) arg_confirm=$2 ;;
    dom0strap.events) arg_events=$2 ;;
    dom0strap.medium) arg_medium=$2 ;;
    dom0strap.disk-wait | dom0strap.disk_wait) cmdline_seconds arg_disk_wait "$@" ;;
    dom0strap.net-wait | dom0strap.net_wait) cmdline_seconds arg_net_wait "$@" ;;
    dom0strap | dom0strap.*) cmdline_note "$1 is no argument of dom0strap and is ignored" ;;
    ip) cmdline_ip "$2" ;;
    nameserver) arg_nameservers="$arg_nameservers $2" ;;
    BOOTIF) cmdline_bootif "$2" ;;
    vlan | bond | team | bridge | rd.route | ifname | bootdev | rd.peerdns)
        cmdline_note "$1=$2 is not supported yet and is ignored"
        ;;
    esac
}

cmdline_seconds() {
    case $3 in
    '' | *[!0-9]*) cmdline_note "$2=$3 is not a number of seconds and is ignored" ;;
    *) eval "$1=\$3" ;;
    esac
}

# pxelinux writes 01-aa-bb-cc-dd-ee-ff (01: Ethernet), iPXE scripts often aa:bb:cc:dd:ee:ff.
cmdline_bootif() {
    bootif=$(printf '%s' "$1" | tr 'A-F-' 'a-f:')
    bootif_hex='[0-9a-f][0-9a-f]'
    bootif_mac="$bootif_hex:$bootif_hex:$bootif_hex:$bootif_hex:$bootif_hex:$bootif_hex"
    # shellcheck disable=SC2254 # these are patterns
    case $bootif in
    $bootif_mac) arg_bootif=$bootif ;;
    $bootif_hex:$bootif_mac) arg_bootif=${bootif#*:} ;;
    *) cmdline_note "BOOTIF=$1 is no MAC address and is ignored" ;;
    esac
}

# cmdline_ip VALUE (dracut.cmdline(7)): dhcp, IFACE:dhcp, or
# client:[peer]:gateway:netmask:hostname:iface:method[:dns1[:dns2]]; pxelinux' own four-field form
# (client:server:gateway:netmask) too. Becomes one line of arg_ip: iface|method|client|gateway|
# netmask|hostname|nameservers.
cmdline_ip() {
    case $1 in
    '' | *'|'*) cmdline_note "ip=$1 says nothing and is ignored" && return ;;
    *'['*) cmdline_note "ip=$1: IPv6 is not supported yet, ignored" && return ;;
    esac
    ip_client='' ip_gateway='' ip_netmask='' ip_hostname='' ip_iface='' ip_method='' ip_dns=''
    ip_fields=$(printf '%s\n' "$1" | sed 's/:/|/g')
    case $ip_fields in
    *'|'*'|'*)
        IFS='|' read -r ip_client ip_peer ip_gateway ip_netmask ip_hostname ip_iface ip_method ip_dns <<END
$ip_fields
END
        ;;
    *'|'*) ip_iface=${ip_fields%%|*} ip_method=${ip_fields#*|} ;;
    *) ip_method=$ip_fields ;;
    esac
    case $ip_method in
    dhcp | on | any | single-dhcp) ip_method=dhcp ;;
    none | off | '') ip_method=static ;;
    *) cmdline_note "ip=$1: method $ip_method is not supported yet, ignored" && return ;;
    esac
    if [ "$ip_method" = static ] && [ -z "$ip_client" ]; then
        ip_method=off
    elif [ "$ip_method" = static ] && [ -z "$ip_netmask" ]; then
        cmdline_note "ip=$1 has no netmask and is ignored" && return
    fi
    # A number in the place of the first name server is an MTU: not done.
    ip_dns=$(printf '%s' "$ip_dns" | sed 's/|/ /g')
    case ${ip_dns%% *} in
    *.*) ;;
    ?*) cmdline_note "ip=$1: MTU and MAC address are not supported yet, ignored" && ip_dns= ;;
    esac
    # The last one counts for an interface.
    ip_others=
    while read -r ip_other; do
        [ -z "$ip_other" ] || [ "${ip_other%%|*}" = "$ip_iface" ] || ip_others=$ip_others$ip_other$newline
    done <<END
$arg_ip
END
    arg_ip="$ip_others$ip_iface|$ip_method|$ip_client|$ip_gateway|$ip_netmask|$ip_hostname|$ip_dns$newline"
}

cmdline_warn() {
    while read -r cmdline_word; do
        [ -z "$cmdline_word" ] || warn "$cmdline_word"
    done <<END
$arg_warnings
END
}
