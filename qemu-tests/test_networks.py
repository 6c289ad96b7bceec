"""How the boot environment reaches its server and its profile: VLAN, bonds, several cards, IPv6 alone."""

import re

import pytest
from conftest import APPEND, RESULTS

from lab import Lab
from lab.lacp import SYSTEM

LACP_SYSTEM = SYSTEM.hex(":")
TOO_SMALL = 64 << 20  # a disk that no profile here takes: exit 11, and all that is wanted has been seen


@pytest.fixture
def lab_of(request):
    labs = []

    def make(**server):
        labs.append(Lab(RESULTS / re.sub(r"\W+", "-", request.node.name).strip("-"), append=APPEND, **server))
        return labs[-1].__enter__()

    yield make
    for lab in labs:
        lab.close()


def machine_for(lab, network, cards=1, profile_card=0):
    """A machine that plans with those network arguments; its profile is known by the address of one of its cards."""
    direct = lab.direct_install("plan", network)
    machine = lab.machine("a", cards=cards, disks=[lab.disk("SMALL", TOO_SMALL)], memory=512, direct=direct)
    profile = lab.example_profile(machine, {"url": f"{lab.url}/images/none", "sha256": "0" * 64})
    profile.change(machine.nic.mac, machine.nics[profile_card].mac)
    lab.server.offer_profile(machine.nics[profile_card].mac, profile)
    return machine


def planned(machine):
    """It has read its profile; returns its lines."""
    machine.wait_for(r"dom0strap: failed, exit 11", 150, unless=r"dom0strap: (failed, exit (?!11)|done)|Kernel panic")
    lines = [line.text for line in machine.console.lines]
    machine.power_cut()
    return lines


def network_line(lines):
    """What init says of its network, and the seconds that it took."""
    found = next(line for line in lines if re.match(r" *[\d.]+  network  \S+ 52:", line))
    return found, float(re.search(r"([\d.]+) s\)", found)[1])


def test_ipv6_alone(lab_of):
    """The router says that addresses come by DHCPv6; there is no IPv4 at all."""
    lab = lab_of(six=True)
    machine = machine_for(lab, "")
    machine.start()
    line, _ = network_line(planned(machine))
    assert re.search(r"2001:db8:1::1\w{3}/128 \(DHCPv6", line)
    assert "DHCPREPLY" in (lab.folder / "server/dnsmasq.log").read_text()


@pytest.mark.long
def test_ipv6_by_hand(lab_of):
    lab = lab_of(six=True)
    machine = machine_for(lab, "ip=[2001:db8:1::77]:::64::eth0:none")
    machine.start()
    line, _ = network_line(planned(machine))
    assert "2001:db8:1::77/64 (static" in line
    assert "2001:db8:1::77" in {request.client for request in lab.server.requests()}


def tag(lab, machine, vlan):
    """Its ports are tagged. What tagger.py hands on must be whole, so the cards compute checksums before they send."""
    for nic in machine.nics:
        nic.model = "virtio-net-pci,csum=off"
        lab.network.tag(nic.tap, vlan)


@pytest.mark.long
def test_vlan(lab_of):
    """The switch's port is tagged; without the tag nothing comes through."""
    lab = lab_of()
    machine = machine_for(lab, "vlan=eth0.5:eth0")
    tag(lab, machine, 5)
    machine.start()
    lines = planned(machine)
    assert network_line(lines)[0].split()[2] == "eth0.5"
    assert any("VLAN 5 on eth0" in line for line in lines)


@pytest.mark.long
def test_bond_with_one_link_down(lab_of):
    """The profile is the second card's: the first one's cable is pulled before the boot."""
    lab = lab_of()
    machine = machine_for(lab, "bond=bond0:eth0,eth1:mode=active-backup", cards=2)
    machine.start_without_link(0)
    lines = planned(machine)
    assert network_line(lines)[0].split()[2] == "bond0"
    assert any(re.search(r"bond0: bond mode=active-backup miimon=100, eth0 \(no link\), eth1$", line) for line in lines)


@pytest.mark.long
@pytest.mark.parametrize("down", [None, 1], ids=["both", "one-link-down"])
def test_bond_by_802_3ad(lab_of, down):
    """The switch is lab/lacp.py, and the machine has to agree with it on every link that is up."""
    lab = lab_of()
    machine = machine_for(lab, "bond=bond0:eth0,eth1:mode=802.3ad,lacp_rate=fast", cards=2)
    for nic in machine.nics:  # on a link without duplex Linux speaks no LACP
        nic.model = "virtio-net-pci,speed=1000,duplex=full"
    log = lab.folder / "lacp.log"
    lab.network.aggregate([nic.tap for nic in machine.nics], log)
    if down is None:
        machine.start()
    else:
        machine.start_without_link(down)
    assert network_line(planned(machine))[0].split()[2] == "bond0"
    agreed = {line.split()[0] for line in log.read_text().splitlines() if line.split()[2:] == ["3f", LACP_SYSTEM]}
    assert agreed == {nic.tap for number, nic in enumerate(machine.nics) if number != down}


@pytest.mark.long
def test_vlan_on_a_bond(lab_of):
    lab = lab_of()
    machine = machine_for(lab, "bond=bond0:eth0,eth1:mode=active-backup vlan=bond0.5:bond0", cards=2)
    tag(lab, machine, 5)
    machine.start()
    assert network_line(planned(machine))[0].split()[2] == "bond0.5"


@pytest.mark.long
@pytest.mark.parametrize("network", ["ip=dhcp", "ip=eth0:dhcp ip=eth1:dhcp"], ids=["any", "named"])
def test_two_cards_with_one_cable(lab_of, network):
    """The first card has none, and that costs no time."""
    lab = lab_of()
    machine = machine_for(lab, network, cards=2, profile_card=1)
    machine.start_without_link(0)
    lines = planned(machine)
    line, seconds = network_line(lines)
    assert line.split()[2] == "eth1"
    assert any("no link on eth0" in line for line in lines)
    assert seconds < 10, "it has waited for a link that is not there (15 s)"
