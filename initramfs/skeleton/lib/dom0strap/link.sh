# Interfaces: the cards, and the bonds and VLANs that bond= and vlan= put on them.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

net_nic_wait=5 # seconds for an interface to appear at all
net_made=''    # bonds and VLANs that nothing else lies on: these are asked, not the cards below

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

# An address of IPv6 may be used while the kernel still asks whether somebody has it (RFC 4429): that saves a second.
net_switch_on() {
    [ ! -e "$run/net/$1.on" ] || return 0
    : >"$run/net/$1.on"
    for net_optimism in optimistic_dad use_optimistic; do
        net_switch=$root/proc/sys/net/ipv6/conf/$1/$net_optimism
        [ ! -e "$net_switch" ] || echo 1 >"$net_switch" || :
    done
    ip link set "$1" up || :
}

# net_await IFACE: until it is there, as long as drivers may take.
net_await() {
    uptime_cs
    while [ ! -e "$root/sys/class/net/$1" ]; do
        [ $((now_cs - net_start)) -lt $((net_nic_wait * 100)) ] || return 1
        sleep 0.1
        uptime_cs
    done
}

# link_make: cards get the names of ifname=, then bonds are made, then VLANs, which may lie on bonds.
link_make() {
    while IFS='|' read -r link_name link_mac; do
        [ -z "$link_name" ] || link_rename
    done <<END
$arg_names
END
    [ -z "$arg_bonds" ] || module_load bonding
    [ -z "$arg_vlans" ] || module_load 8021q
    while IFS='|' read -r link_name link_cards link_options link_mtu; do
        [ -z "$link_name" ] || link_bond
    done <<END
$arg_bonds
END
    while IFS='|' read -r link_name link_id link_card; do
        [ -z "$link_name" ] || link_vlan
    done <<END
$arg_vlans
END
}

link_rename() {
    uptime_cs
    while :; do
        net_list
        for nic in $nics; do
            net_mac "$nic"
            [ "$nic_mac" = "$link_mac" ] || continue
            [ "$nic" = "$link_name" ] || ip link set "$nic" name "$link_name" ||
                warn "ifname=$link_name:$link_mac: $nic keeps its name"
            return 0
        done
        if [ $((now_cs - net_start)) -ge $((net_nic_wait * 100)) ]; then
            warn "ifname=$link_name:$link_mac: no card has this address"
            return 0
        fi
        sleep 0.1
        uptime_cs
    done
}

# The mode comes before the options that only some modes know, options before cards. Without miimon a
# bond never notices that a link is gone (Documentation/networking/bonding.rst).
link_bond() {
    link_folder=$root/sys/class/net/$link_name/bonding
    if ! ip link add "$link_name" type bond || [ ! -d "$link_folder" ]; then
        warn "bond=$link_name: the kernel makes no such bond"
        return
    fi
    case " $link_options" in
    *" miimon="* | *" arp_interval="*) ;;
    *) link_options="$link_options miimon=100" ;;
    esac
    for link_round in mode others; do
        for link_option in $link_options; do
            case $link_round,$link_option in
            mode,mode=*) ;;
            mode,* | others,mode=*) continue ;;
            esac
            link_bond_option "${link_option%%=*}" "${link_option#*=}"
        done
    done
    echo "bond=$link_name $link_options" >"$run/net/link.$link_name"
    for link_card in $link_cards; do
        if ! net_await "$link_card"; then
            warn "bond=$link_name: there is no $link_card"
            continue
        fi
        net_mac "$link_card" # its own; in the bond it has the bond's
        ip link set "$link_card" down || :
        if echo "+$link_card" 2>/dev/null >"$link_folder/slaves"; then
            echo "member=$link_card $nic_mac" >>"$run/net/link.$link_name"
            net_switch_on "$link_card"
        else
            warn "bond=$link_name: the kernel does not take $link_card"
        fi
    done
    [ -z "$link_mtu" ] || ip link set "$link_name" mtu "$link_mtu" || :
    net_made="$net_made $link_name"
}

# arp_ip_target holds several addresses with ; between, taken one by one.
link_bond_option() {
    for link_value in $(printf '%s' "$2" | tr ';' ' '); do
        [ "$1" != arp_ip_target ] || link_value=+$link_value
        if [ ! -e "$link_folder/$1" ] || ! echo "$link_value" 2>/dev/null >"$link_folder/$1"; then
            warn "bond=$link_name: the kernel does not take $1=$2"
        fi
    done
}

link_vlan() {
    if ! net_await "$link_card"; then
        warn "vlan=$link_name:$link_card: there is no $link_card"
        return
    fi
    net_switch_on "$link_card"
    if ! ip link add link "$link_card" name "$link_name" type vlan id "$link_id"; then
        warn "vlan=$link_name:$link_card: the kernel makes no such VLAN"
        return
    fi
    # What it lies on is written down along: a bond, or a card with its address.
    if [ -e "$run/net/link.$link_card" ]; then
        cat "$run/net/link.$link_card" >"$run/net/link.$link_name"
    else
        net_mac "$link_card"
        echo "member=$link_card $nic_mac" >"$run/net/link.$link_name"
    fi
    echo "vlan=$link_id $link_card" >>"$run/net/link.$link_name"
    net_others=
    for nic in $net_made; do
        [ "$nic" = "$link_card" ] || net_others="$net_others $nic"
    done
    net_made="$net_others $link_name"
}

# link_tell IFACE: what a bond or VLAN is made of.
link_tell() {
    link_words=
    while IFS='=' read -r link_key link_value; do
        case $link_key in
        vlan) link_words="$link_words, VLAN ${link_value%% *} on ${link_value#* }" ;;
        bond) link_words="$link_words, bond ${link_value#* }" ;;
        member)
            link_state=
            net_has_link "${link_value%% *}" || link_state=" (no link)"
            link_words="$link_words, ${link_value%% *}$link_state"
            ;;
        esac
    done <"$run/net/link.$1"
    step '' "$1: ${link_words#, }"
}
