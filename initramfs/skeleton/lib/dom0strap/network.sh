# Network: the first interface that answers, by IPv4 or IPv6, BOOTIF's before all others.
# A lease, from wherever, is a file $run/net/lease.IFACE (IPv6: lease6.IFACE) with interface= address= router=
# dns= ntp= hostname= how=; $run/net/lease leads to the first one, and says that the network is up.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

net_link_wait=15   # seconds for the first link: switches take their time to agree
net_more_wait=3    # seconds for the other interfaces that ip= names, when one has come up

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
    link_make
    net_pids=
    while IFS='|' read -r net_nic net_method net_client net_gateway net_netmask net_hostname net_dns; do
        case $net_method in
        '') continue ;;
        off) step network "off, as ip= says" && continue ;;
        static)
            [ -n "$net_nic" ] || net_pick
            [ -n "$net_nic" ] && net_switch_on "$net_nic" && net_has_link "$net_nic" && net_set_static && continue
            net_static &
            ;;
        *) net_ask_all "$net_nic" "$net_method" & ;;
        esac
        net_pids="$net_pids $!"
    done <<END
${arg_ip:-|any|||||}
END
    for pid in $net_pids; do
        wait "$pid" || :
    done
    net_write_boot
    if [ -e "$run/net/lease" ]; then
        net_tell
        network_set_clock
        return 0
    fi
    net_complain
    return 1
}

# net_enough: sets net_end. When another interface has come up, the rest is not waited for as long.
net_enough() {
    if [ -e "$run/net/lease" ] && [ $((now_cs + net_more_wait * 100)) -lt "$net_end" ]; then
        net_end=$((now_cs + net_more_wait * 100))
    fi
}

# Without a cable the address is set all the same, but last, so that its route is not the one taken.
net_static() {
    if [ -z "$net_nic" ] || ! net_await "$net_nic"; then
        [ -z "$net_nic" ] || warn "ip=...:$net_nic: there is no such interface"
        return 0
    fi
    net_switch_on "$net_nic"
    while ! net_has_link "$net_nic" && [ ! -e "$run/net/lease" ]; do
        uptime_cs
        [ $((now_cs - net_start)) -lt $((net_link_wait * 100)) ] || break
        sleep 0.1
    done
    net_set_static
}

net_set_static() {
    prefix=$net_netmask net_ip=$net_client net_ip6=
    case $net_client$net_netmask in
    *:*) net_ip='' net_ip6=$net_client ;;
    *.*.*.*.*) net_prefix "$net_netmask" ;;
    esac
    DOM0STRAP_HOW=static DOM0STRAP_RACE=$net_nic interface=$net_nic ip=$net_ip ipv6=$net_ip6 mask=$prefix \
        router=$net_gateway dns=$net_dns hostname=$net_hostname "$root/usr/share/udhcpc/default.script" bound || :
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
    net_nic=${net_made##* }
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

# net_write_boot: $run/net/boot, from which dom0strap can give the installed host the same network: the first
# lease, and the bond and VLAN below it. With addresses of both families from outside, both are asked again.
net_write_boot() {
    [ -e "$run/net/lease" ] || return 0
    network_read_lease
    case $lease_how in
    static) boot_method=static ;;
    DHCP) boot_method=dhcp ;;
    *)
        boot_method=auto6
        [ ! -e "$run/net/lease.$lease_interface" ] || boot_method=dhcp
        ;;
    esac
    {
        echo "interface=$lease_interface"
        echo "mac=$nic_mac"
        echo "method=$boot_method"
        if [ "$boot_method" = static ]; then
            echo "address=$lease_address"
            echo "gateway=$lease_router"
            echo "nameservers=$lease_dns"
        fi
        [ ! -e "$run/net/link.$lease_interface" ] || cat "$run/net/link.$lease_interface"
    } >"$run/net/boot"
}

net_tell() {
    network_read_lease
    lasted_since "$net_start"
    step network "$lease_interface $nic_mac, $lease_address (${lease_how}, $lasted)${lease_hostname:+, $lease_hostname}"
    step '' "gateway ${lease_router:-none}, name server ${lease_dns:-none}${lease_ntp:+, time from $lease_ntp}"
    [ ! -e "$run/net/link.$lease_interface" ] || link_tell "$lease_interface"
    net_list
    net_unheard=
    for nic in $nics; do
        if [ -e "$run/net/$nic.on" ] && ! net_has_link "$nic"; then
            net_unheard="$net_unheard $nic"
        fi
    done
    [ -z "$net_unheard" ] || step '' "no link on$net_unheard"
    if [ -z "$net_made" ] && [ -n "$arg_bootif" ] && [ "$nic_mac" != "$arg_bootif" ]; then
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
    for nic in $nics $net_made; do
        net_mac "$nic"
        nic_driver=$(readlink "$root/sys/class/net/$nic/device/driver" || echo made)
        nic_state="link"
        if [ ! -e "$run/net/$nic.on" ]; then
            nic_state="not tried"
        elif ! net_has_link "$nic"; then
            nic_state="no link"
        else
            [ ! -e "$run/net/$nic.tries" ] || nic_state="$nic_state, no DHCP answer ($(cat "$run/net/$nic.tries") tries)"
            [ ! -e "$run/net/$nic.tries6" ] || nic_state="$nic_state, no IPv6 address ($(cat "$run/net/$nic.tries6") tries)"
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
