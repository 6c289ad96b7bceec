# Asking: DHCP, IPv6 routers and DHCPv6, on all interfaces with a link at once.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

net_bootif_wait=10 # seconds that BOOTIF's interface has for itself

# net_families METHOD: sets families, how is asked. `any` is what the profile's address needs, else both.
net_families() {
    families=$1
    [ "$1" = any ] || return 0
    case $arg_profile in
    *://*@\[* | *://\[*) families=auto6 ;;
    *://*@[0-9]*.*.*.[0-9]* | *://[0-9]*.*.*.[0-9]*) families=dhcp ;;
    *) families='dhcp auto6' ;;
    esac
}

# net_ask_all IFACE METHOD: asks on IFACE, or on all interfaces with link at once; the first that gets an answer
# wins, and another family may still add to it. Interfaces without link are only looked at.
net_ask_all() {
    net_families "$2"
    ask_pids='' ask_links=0 ask_tell=$((net_start + 600))
    DOM0STRAP_RACE=${1:-any}.$2
    export DOM0STRAP_RACE
    while [ ! -e "$run/net/up.$DOM0STRAP_RACE" ]; do
        uptime_cs
        net_candidates "$1"
        for nic in $candidates; do
            net_switch_on "$nic"
            net_has_link "$nic" || continue
            ask_links=$((ask_links + 1))
            [ ! -e "$run/net/$nic.asked.$DOM0STRAP_RACE" ] || continue
            : >"$run/net/$nic.asked.$DOM0STRAP_RACE"
            for family in $families; do
                case $family in
                dhcp) net_ask "$nic" & ;;
                *) net_ask6 "$nic" "$family" & ;;
                esac
                ask_pids="$ask_pids $nic:$!"
            done
        done
        net_enough
        [ "$now_cs" -lt "$net_end" ] || break
        if [ "$ask_links" = 0 ] && { [ -e "$run/net/lease" ] || [ $((now_cs - net_start)) -ge $((net_link_wait * 100)) ]; }; then
            break
        fi
        if [ "$now_cs" -ge "$ask_tell" ]; then
            ask_tell=$net_end
            net_tell_waiting
        fi
        sleep 0.05
    done
    # The winner's clients stay and renew, in the background of their own by now; the others end.
    ask_winner=$(readlink "$run/net/race.$DOM0STRAP_RACE" || :)
    for pid in $ask_pids; do
        [ "${pid%:*}" = "$ask_winner" ] || kill "${pid#*:}" 2>/dev/null || :
    done
    for nic in $candidates; do
        [ "$ask_winner" != "$nic" ] || continue
        for file in "$run/net/$nic".pid*; do
            [ ! -r "$file" ] || kill "$(cat "$file")" 2>/dev/null || :
        done
    done
}

net_tell_waiting() {
    net_states=
    net_list
    for nic in $nics; do
        net_state="no link"
        [ ! -e "$run/net/$nic.tries" ] && [ ! -e "$run/net/$nic.tries6" ] || net_state="no answer"
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
    candidates=$net_made
    [ -z "$net_made" ] || return 0
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
        [ -e "$run/net/up.$DOM0STRAP_RACE" ] || sleep 0.5
    done
}

# net_ask6 IFACE auto6|dhcp6|either6, again and again as well. The kernel makes the route and, where the router
# lets it, the address; DHCPv6 is asked where the router says so (RFC 4861 4.2: managed, other), or ip= does.
net_ask6() {
    tries=0
    while [ ! -e "$run/net/up.$DOM0STRAP_RACE" ]; do
        tries=$((tries + 1))
        echo "$tries" >"$run/net/$1.tries6"
        # What the router says goes for DHCPv6's lease, too.
        : >"$run/net/$1.router"
        router_answered=yes
        dom0strap router "$1" >"$run/net/$1.router" 2>>"$run/net/$1.log" || router_answered=no
        net_read_router "$1"
        case $2$router_answered in
        dhcp6* | either6no) net_dhcp6 "$1" && break ;;
        *yes) net_auto6 "$1" && break ;;
        esac
        uptime_cs
        [ "$now_cs" -lt "$net_end" ] || break
        [ -e "$run/net/up.$DOM0STRAP_RACE" ] || sleep 0.5
    done
}

net_read_router() {
    router_managed=no router_other=no router_address=
    while IFS='=' read -r router_key router_value; do
        case $router_key in
        managed) router_managed=$router_value ;;
        other) router_other=$router_value ;;
        address) router_address=$router_value ;;
        esac
    done <"$run/net/$1.router"
}

net_auto6() {
    if [ "$router_managed" = yes ] && net_dhcp6 "$1"; then
        return 0
    fi
    [ -n "$router_address" ] || return 1
    if [ "$router_other" = yes ]; then
        # Only for what else DHCPv6 knows; the script adds it to what the router said.
        DOM0STRAP_HOW=information udhcpc6 -i "$1" -n -q -l -t 4 -T 1 -s "$root/usr/share/udhcpc/default.script" >>"$run/net/$1.log" 2>&1 || :
    fi
    DOM0STRAP_HOW=SLAAC interface=$1 ipv6=${router_address%/*} mask=${router_address#*/} \
        "$root/usr/share/udhcpc/default.script" bound
}

net_dhcp6() {
    DOM0STRAP_HOW=DHCPv6 udhcpc6 -i "$1" -n -t 3 -T 2 -p "$run/net/$1.pid6" \
        -s "$root/usr/share/udhcpc/default.script" >>"$run/net/$1.log" 2>&1
}
