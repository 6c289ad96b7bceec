# The kernel's command line: dracut's network arguments and our own namespace.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # the arg_ variables are for the other parts; root and run are init's

arg_mode='' arg_profile='' arg_report='' arg_undo='' arg_manifest='' arg_allow_older='' arg_pin='' arg_ntp='' arg_confirm='' arg_events='' arg_bootif='' arg_medium=''
arg_ssh_keys=''
arg_disk_wait=20 arg_net_wait=60 arg_nameservers='' arg_ip='' arg_warnings=''
arg_vlans='' arg_bonds='' arg_names=''

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

# cmdline_read LINE: sets the arg_ variables. The last of several wins; nameserver= and
# dom0strap.ssh-key= add up; ip= is one for each interface.
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
    dom0strap.ssh-key | dom0strap.ssh_key) arg_ssh_keys=$arg_ssh_keys$2$newline ;;
    dom0strap.disk-wait | dom0strap.disk_wait) cmdline_seconds arg_disk_wait "$@" ;;
    dom0strap.net-wait | dom0strap.net_wait) cmdline_seconds arg_net_wait "$@" ;;
    dom0strap | dom0strap.*) cmdline_note "$1 is no argument of dom0strap and is ignored" ;;
    ip) cmdline_ip "$2" ;;
    nameserver) arg_nameservers="$arg_nameservers $2" ;;
    BOOTIF) cmdline_bootif "$2" ;;
    vlan) cmdline_vlan "$2" ;;
    bond) cmdline_bond "${2:-bond0:eth0,eth1:mode=balance-rr}" ;;
    ifname) cmdline_ifname "$2" ;;
    team | bridge | rd.route | bootdev | rd.peerdns)
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

# Interface names go into paths and other programs' arguments (IFNAMSIZ in linux/if.h).
cmdline_is_interface() {
    case $1 in
    '' | . | .. | -* | *[!A-Za-z0-9._-]* | ????????????????*) return 1 ;;
    esac
}

# vlan=NAME:CARD. As in dracut, the number at the name's end is the VLAN's: vlan5, VLAN0005, eth0.5.
# One line of arg_vlans: name|id|card.
cmdline_vlan() {
    vlan_name=${1%%:*} vlan_card=${1#*:}
    vlan_id=$(printf '%s' "$vlan_name" | sed 's/.*[^0-9]//; s/^0*//')
    if [ "$vlan_card" = "$1" ] || ! cmdline_is_interface "$vlan_name" || ! cmdline_is_interface "$vlan_card" ||
        [ "${#vlan_id}" -gt 4 ] || [ "${vlan_id:-0}" -lt 1 ] || [ "$vlan_id" -gt 4094 ]; then
        cmdline_note "vlan=$1 is not like vlan=eth0.5:eth0 and is ignored"
        return
    fi
    arg_vlans=$arg_vlans$vlan_name'|'$vlan_id'|'$vlan_card$newline
}

# bond=NAME[:CARD,CARD…[:OPTION=VALUE,…[:MTU]]]. One line of arg_bonds: name|cards|options|MTU, the lists
# with blanks.
cmdline_bond() {
    IFS=: read -r bond_name bond_cards bond_options bond_mtu <<END
$1
END
    bond_cards=$(printf '%s' "${bond_cards:-eth0,eth1}" | tr , ' ')
    bond_good=yes
    # shellcheck disable=SC2086 # a list of words
    for bond_card in "$bond_name" $bond_cards; do
        cmdline_is_interface "$bond_card" || bond_good=no
    done
    case $bond_options$bond_mtu in
    *[!A-Za-z0-9_.,=\;+-]* | *..*) bond_good=no ;;
    esac
    if [ "$bond_good" = no ]; then
        cmdline_note "bond=$1 is not like bond=bond0:eth0,eth1:mode=active-backup and is ignored"
        return
    fi
    bond_options=$(printf '%s' "$bond_options" | tr , ' ')
    arg_bonds=$arg_bonds$bond_name'|'$bond_cards'|'$bond_options'|'$bond_mtu$newline
}

# ifname=NAME:MAC. One line of arg_names: name|mac.
cmdline_ifname() {
    ifname_mac=$(printf '%s' "${1#*:}" | tr 'A-F-' 'a-f:')
    case $ifname_mac in
    ??:??:??:??:??:??) ;;
    *) ifname_mac= ;;
    esac
    if [ -z "$ifname_mac" ] || ! cmdline_is_interface "${1%%:*}"; then
        cmdline_note "ifname=$1 is not like ifname=lan0:52:54:00:aa:bb:cc and is ignored"
        return
    fi
    arg_names=$arg_names${1%%:*}'|'$ifname_mac$newline
}

# cmdline_ip VALUE (dracut.cmdline(7)): a method, IFACE:method, or
# client:[peer]:gateway:netmask:hostname:iface:method[:dns1[:dns2]]; pxelinux' own four-field form
# (client:server:gateway:netmask) too. IPv6 addresses stand in brackets. Becomes one line of arg_ip:
# iface|method|client|gateway|netmask|hostname|nameservers.
cmdline_ip() {
    case $1 in
    '' | *'|'* | *@*) cmdline_note "ip=$1 says nothing and is ignored" && return ;;
    esac
    ip_client='' ip_gateway='' ip_netmask='' ip_hostname='' ip_iface='' ip_method='' ip_dns=''
    ip_fields=$(printf '%s\n' "$1" | sed ':a
s/\(\[[^]]*\):/\1@/
ta
s/:/|/g
s/@/:/g
s/[][]//g')
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
    dhcp | on | single-dhcp) ip_method=dhcp ;;
    any | dhcp6 | auto6 | either6) ;;
    none | off | '') ip_method=static ;;
    *) cmdline_note "ip=$1: method $ip_method is not supported, ignored" && return ;;
    esac
    if [ "$ip_method" = static ] && [ -z "$ip_client" ]; then
        ip_method=off
    elif [ "$ip_method" = static ] && [ -z "$ip_netmask" ]; then
        cmdline_note "ip=$1 has no netmask and is ignored" && return
    fi
    # A number in the place of the first name server is an MTU: not done.
    ip_dns=$(printf '%s' "$ip_dns" | sed 's/|/ /g')
    case ${ip_dns%% *} in
    *[.:]*) ;;
    ?*) cmdline_note "ip=$1: MTU and MAC address are not supported yet, ignored" && ip_dns= ;;
    esac
    # The last one counts for an interface and a family.
    cmdline_family "$ip_method" "$ip_client"
    ip_family=$family ip_others=
    while read -r ip_other; do
        IFS='|' read -r other_iface other_method other_client _ <<END_OTHER
$ip_other
END_OTHER
        cmdline_family "$other_method" "$other_client"
        [ -z "$ip_other" ] || [ "$other_iface $family" = "$ip_iface $ip_family" ] ||
            ip_others=$ip_others$ip_other$newline
    done <<END
$arg_ip
END
    arg_ip="$ip_others$ip_iface|$ip_method|$ip_client|$ip_gateway|$ip_netmask|$ip_hostname|$ip_dns$newline"
}

# cmdline_family METHOD CLIENT: sets family, 4 or 6.
cmdline_family() {
    case $1$2 in
    *6 | static*:*) family=6 ;;
    *) family=4 ;;
    esac
}

cmdline_warn() {
    while read -r cmdline_word; do
        [ -z "$cmdline_word" ] || warn "$cmdline_word"
    done <<END
$arg_warnings
END
}
