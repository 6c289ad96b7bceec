# Network: the first interface that answers, BOOTIF's before all others.
# A lease, static or DHCP's, is a file $run/net/lease.IFACE with interface= address= router= dns=
# ntp= hostname= how=; $run/net/lease leads to the first one, and says that the network is up.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

net_bootif_wait=10 # seconds that BOOTIF's interface has for itself
net_link_wait=15   # seconds for the first link: switches take their time to agree
net_nic_wait=5     # seconds for an interface to appear at all

# net_list: sets nics, the interfaces with hardware behind them. Wireless ones cannot be meant.
net_list() {
    nics=
    for nic in "$root"/sys/class/net/*; do
        [ -e "$nic/device" ] || continue
        [ ! -e "$nic/wireless" ] || continue
        nics="$nics ${nic##*/}"
    done
}

net_mac() {
    nic_mac=
    [ ! -r "$root/sys/class/net/$1/address" ] || read -r nic_mac <"$root/sys/class/net/$1/address"
}

# An interface that is down has no carrier to read: EINVAL.
net_has_link() {
    nic_carrier=0
    read -r nic_carrier 2>/dev/null <"$root/sys/class/net/$1/carrier" || :
    [ "$nic_carrier" = 1 ]
}

net_switch_on() {
    [ ! -e "$run/net/$1.on" ] || return 0
    : >"$run/net/$1.on"
    ip link set "$1" up || :
}

# net_of_bootif: sets bootif_nic.
net_of_bootif() {
    bootif_nic=
    [ -n "$arg_bootif" ] || return 0
    net_list
    for nic in $nics; do
        net_mac "$nic"
        [ "$nic_mac" != "$arg_bootif" ] || bootif_nic=$nic
    done
}

# network_up: 0 with a lease (and the clock set, if it names a server), 1 without; it says why.
network_up() {
    uptime_cs
    net_start=$now_cs
    ip link set lo up || :
    echo "$arg_nameservers" >"$run/net/nameservers"
    net_wait=$arg_net_wait
    case $arg_mode$arg_profile$arg_report in
    *://*) ;;
    *) [ "$net_wait" -lt 10 ] || net_wait=10 ;; # nothing to fetch: do not hold up a shell
    esac
    net_end=$((now_cs + net_wait * 100))
    while IFS='|' read -r net_nic net_method net_client net_gateway net_netmask net_hostname net_dns; do
        case $net_method in
        static) net_static ;;
        dhcp) net_dhcp "$net_nic" ;;
        off) step network "off, as ip= says" ;;
        esac
    done <<END
${arg_ip:-|dhcp|||||}
END
    if [ -e "$run/net/lease" ]; then
        net_tell
        network_set_clock
        return 0
    fi
    net_complain
    return 1
}

net_static() {
    if [ -z "$net_nic" ]; then
        net_pick
    fi
    while [ -n "$net_nic" ] && [ ! -e "$root/sys/class/net/$net_nic" ]; do
        uptime_cs
        if [ $((now_cs - net_start)) -ge $((net_nic_wait * 100)) ]; then
            warn "ip=...:$net_nic: there is no such interface"
            return
        fi
        sleep 0.1
    done
    [ -n "$net_nic" ] || return 0
    net_switch_on "$net_nic"
    case $net_netmask in
    *.*) net_prefix "$net_netmask" ;;
    *) prefix=$net_netmask ;;
    esac
    DOM0STRAP_HOW=static DOM0STRAP_RACE=$net_nic interface=$net_nic ip=$net_client mask=$prefix router=$net_gateway \
        dns=$net_dns hostname=$net_hostname "$root/usr/share/udhcpc/default.script" bound || :
    while ! net_has_link "$net_nic"; do
        uptime_cs
        [ $((now_cs - net_start)) -lt $((net_link_wait * 100)) ] || return 0
        sleep 0.1
    done
}

# net_prefix 255.255.240.0: sets prefix=20.
net_prefix() {
    prefix=0
    for octet in $(printf '%s' "$1" | tr . ' '); do
        while [ "$octet" -gt 0 ]; do
            prefix=$((prefix + octet % 2))
            octet=$((octet / 2))
        done
    done
}

# net_pick: sets net_nic to BOOTIF's interface, else the first with link.
net_pick() {
    while [ -z "$net_nic" ]; do
        net_of_bootif
        net_nic=$bootif_nic
        net_list
        for nic in $nics; do
            net_switch_on "$nic"
            [ -n "$net_nic" ] || ! net_has_link "$nic" || net_nic=$nic
        done
        uptime_cs
        [ "$now_cs" -lt "$net_end" ] || return 0
        [ -n "$net_nic" ] || sleep 0.1
    done
}

# net_dhcp [IFACE]: asks on IFACE, or on all interfaces with link at once; the first lease wins.
# Interfaces without link are only looked at.
net_dhcp() {
    dhcp_pids='' dhcp_links=0 dhcp_tell=$((net_start + 600))
    DOM0STRAP_RACE=${1:-any}
    export DOM0STRAP_RACE
    while [ ! -e "$run/net/up.$DOM0STRAP_RACE" ]; do
        uptime_cs
        net_candidates "$1"
        for nic in $candidates; do
            net_switch_on "$nic"
            net_has_link "$nic" || continue
            dhcp_links=$((dhcp_links + 1))
            [ ! -e "$run/net/$nic.tries" ] || continue
            echo 0 >"$run/net/$nic.tries"
            net_ask "$nic" &
            dhcp_pids="$dhcp_pids $!"
        done
        [ "$now_cs" -lt "$net_end" ] || break
        if [ "$dhcp_links" = 0 ] && [ $((now_cs - net_start)) -ge $((net_link_wait * 100)) ]; then
            break
        fi
        if [ "$now_cs" -ge "$dhcp_tell" ]; then
            dhcp_tell=$net_end
            net_tell_waiting
        fi
        sleep 0.05
    done
    # The winner's client stays and renews, in the background of its own by now; the others end.
    for pid in $dhcp_pids; do
        kill "$pid" 2>/dev/null || :
    done
    for nic in $candidates; do
        [ "$(readlink "$run/net/race.$DOM0STRAP_RACE" || :)" != "$nic" ] || continue
        [ ! -r "$run/net/$nic.pid" ] || kill "$(cat "$run/net/$nic.pid")" 2>/dev/null || :
    done
}

net_tell_waiting() {
    net_states=
    net_list
    for nic in $nics; do
        net_state="no link"
        [ ! -e "$run/net/$nic.tries" ] || net_state="no answer"
        [ ! -e "$run/net/$nic.on" ] || net_states="$net_states, $nic $net_state"
    done
    step network "none yet${net_states}; $(((net_end - now_cs) / 100)) s left"
}

# net_candidates [IFACE]: sets candidates, who may ask at this time.
net_candidates() {
    candidates=$1
    if [ -n "$1" ]; then
        [ -e "$root/sys/class/net/$1" ] || candidates=
        return
    fi
    net_of_bootif
    net_list
    candidates=$nics
    net_past=$(((now_cs - net_start) / 100))
    if [ -n "$bootif_nic" ] && [ "$net_past" -lt "$net_bootif_wait" ]; then
        candidates=$bootif_nic
    elif [ -n "$arg_bootif" ] && [ -z "$bootif_nic" ] && [ "$net_past" -lt "$net_nic_wait" ]; then
        candidates=
    fi
}

# Three requests two seconds apart, again and again: a switch that still learns its spanning tree
# swallows the first 30 seconds.
net_ask() {
    tries=0
    while [ ! -e "$run/net/up.$DOM0STRAP_RACE" ]; do
        tries=$((tries + 3))
        echo "$tries" >"$run/net/$1.tries"
        if udhcpc -i "$1" -n -t 3 -T 2 -O ntpsrv -V dom0strap -p "$run/net/$1.pid" \
            -s "$root/usr/share/udhcpc/default.script" >>"$run/net/$1.log" 2>&1; then
            break
        fi
        uptime_cs
        [ "$now_cs" -lt "$net_end" ] || break
        sleep 0.5
    done
}

# network_read_lease: sets lease_*; exports who we are for dom0strap, which puts the MAC into the
# profile's address when there was no BOOTIF.
network_read_lease() {
    lease_interface='' lease_address='' lease_router='' lease_dns='' lease_ntp='' lease_hostname='' lease_how=''
    while IFS='=' read -r lease_key lease_value; do
        case $lease_key in
        interface) lease_interface=$lease_value ;;
        address) lease_address=$lease_value ;;
        router) lease_router=$lease_value ;;
        dns) lease_dns=$lease_value ;;
        ntp) lease_ntp=$lease_value ;;
        hostname) lease_hostname=$lease_value ;;
        how) lease_how=$lease_value ;;
        esac
    done <"$run/net/lease"
    net_mac "$lease_interface"
    DOM0STRAP_INTERFACE=$lease_interface DOM0STRAP_MAC=$nic_mac
    export DOM0STRAP_INTERFACE DOM0STRAP_MAC
}

net_tell() {
    network_read_lease
    lasted_since "$net_start"
    step network "$lease_interface $nic_mac, $lease_address (${lease_how}, $lasted)${lease_hostname:+, $lease_hostname}"
    step '' "gateway ${lease_router:-none}, name server ${lease_dns:-none}${lease_ntp:+, time from $lease_ntp}"
    net_list
    net_unheard=
    for nic in $nics; do
        if [ -e "$run/net/$nic.on" ] && ! net_has_link "$nic"; then
            net_unheard="$net_unheard $nic"
        fi
    done
    [ -z "$net_unheard" ] || step '' "no link on$net_unheard"
    if [ -n "$arg_bootif" ] && [ "$nic_mac" != "$arg_bootif" ]; then
        net_of_bootif
        if [ -n "$bootif_nic" ]; then
            warn "BOOTIF=$arg_bootif ($bootif_nic) did not come up, $lease_interface did"
        else
            warn "no interface has the address BOOTIF=$arg_bootif, $lease_interface is used"
        fi
    fi
}

# What was tried, an interface a line.
net_complain() {
    lasted_since "$net_start"
    step network "none after $lasted"
    net_list
    for nic in $nics; do
        net_mac "$nic"
        nic_driver=$(readlink "$root/sys/class/net/$nic/device/driver" || :)
        if [ ! -e "$run/net/$nic.on" ]; then
            nic_state="not tried"
        elif ! net_has_link "$nic"; then
            nic_state="no link"
        elif [ -e "$run/net/$nic.tries" ]; then
            nic_state="link, no DHCP answer ($(cat "$run/net/$nic.tries") tries)"
        else
            nic_state="link"
        fi
        step '' "$nic $nic_mac (${nic_driver##*/}): $nic_state"
    done
    [ -n "$nics" ] || step '' "no network interface found"
    net_of_bootif
    [ -z "$arg_bootif" ] || [ -n "$bootif_nic" ] || step '' "BOOTIF=$arg_bootif: no interface has this address"
    pci_undriven 0x02 "network controller"
}

# TLS and Kerberos need the clock; a server whose battery died starts in another century. Bounded:
# a time server that is silent must not cost an install. dom0strap.ntp= replaces DHCP's.
network_set_clock() {
    clock_from=${arg_ntp# }
    clock_from=${clock_from:-$lease_ntp}
    [ -n "$clock_from" ] || return 0
    uptime_cs
    clock_start=$now_cs
    set --
    for server in $clock_from; do
        set -- "$@" -p "$server"
    done
    if timeout 3 ntpd -n -q "$@" >>"$run/net/ntp.log" 2>&1; then
        lasted_since "$clock_start"
        step clock "set from $clock_from ($lasted)"
    else
        warn "no time from $clock_from in 3 s, the clock stays as it is"
    fi
}
