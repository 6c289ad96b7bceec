"""The boot environment's network, its real shell code and clients, against dnsmasq with what pxe/render writes.

A namespace is the machine; /sys/class/net is a folder that says it has a card eth0 with a link.
"""

import re

import pytest
from conftest import ADDRESS6

from lab import process
from lab.network import BRIDGE, machine_mac
from lab.server import TOP

HOST6 = f"[{ADDRESS6}]"
URL6 = f"http://{HOST6}"
IPV6 = ["--network6", "2001:db8:1::/64", "--address6", ADDRESS6]
RANGE = ["--range", "192.0.2.100,192.0.2.199"]
APPLETS = "sh ip sed ln mv rm cat sleep readlink udhcpc udhcpc6 tr timeout hostname".split()
SCRIPT = r"""
set -eu
root=$1 run=$1/run/dom0strap
export root run DOM0STRAP_ROOT="$root"
for part in console cmdline module link ask network; do . "$root/lib/dom0strap/$part.sh"; done
cmdline_read "$2"
network_up
cat "$run/init.log" "$run/net/boot" "$root/etc/resolv.conf"
"""


@pytest.fixture
def up(site, network):
    """A function: what the machine says when it comes up with those kernel arguments; None is no network."""
    servers = []
    root = site.folder / "root"

    def bring_up(arguments, *render, url=URL6, dnsmasq=()):
        site.render(*render, url=url)
        argv = ["dnsmasq", "--no-daemon", *(dnsmasq or [f"--conf-file={site.out}/dnsmasq.conf"])]
        servers.append(process.spawn(argv, site.folder / "dnsmasq.log", network.namespace))
        machine = network.add_host(1)
        process.run(["cp", "-R", str(TOP / "initramfs/skeleton"), str(root)])
        for folder in ("sys/class/net/eth0/device", "run/dom0strap/net", "bin"):
            (root / folder).mkdir(parents=True)
        (root / "proc").symlink_to("/proc")
        (root / "sys/class/net/eth0/carrier").write_text("1\n")
        (root / "sys/class/net/eth0/address").write_text(f"{machine_mac(1)}\n")
        for name in APPLETS:
            (root / "bin" / name).symlink_to(TOP / "build/tools/busybox")
        (root / "bin/dom0strap").symlink_to(site.environment["DOM0STRAP"])
        # A host name that DHCP hands out is not to become this machine's.
        argv = ["unshare", "--uts", "env", "-i", f"PATH={root}/bin", "sh", "-c", SCRIPT, "sh", str(root), arguments]
        done = process.run(argv, machine, check=False)
        assert "not found" not in done.stderr
        return done.stdout if done.returncode == 0 else None

    yield bring_up
    for server in servers:
        process.stop(server)


PROFILE6 = f"dom0strap.mode=plan dom0strap.profile={URL6}/p.yaml"


def test_dhcpv6_where_the_router_says_so(up):
    said = up(PROFILE6, "--network6-only", *IPV6)
    assert re.search(r"eth0 52:54:00:d0:00:01, 2001:db8:1::1\w{3}/128 \(DHCPv6", said)
    assert re.search(r"gateway fe80::", said)
    assert "method=auto6" in said


def router(mode, *more):
    """dnsmasq that is no more than a router: what it advertises is `mode`."""
    argv = ["--conf-file=/dev/null", "--port=0", f"--interface={BRIDGE}", "--bind-interfaces", "--enable-ra"]
    return [*argv, f"--dhcp-range=2001:db8:1::,{mode}", "--dhcp-leasefile=/dev/null", *more]


def test_addresses_of_the_routers_prefix(up):
    """No DHCPv6 at all: name server and domain stand in the advertisement."""
    more = [f"--dhcp-option=option6:dns-server,[{ADDRESS6}]", "--dhcp-option=option6:domain-search,example.com"]
    said = up(PROFILE6 + " ip=auto6", "--network6-only", *IPV6, dnsmasq=router("ra-only", *more))
    assert re.search(r"2001:db8:1:0?:5054:ff:fed0:1/64 \(SLAAC", said)
    assert f"search example.com\nnameserver {ADDRESS6}\n" in said


def test_dhcpv6_for_the_rest_alone(up):
    """The flag "other": the address is the prefix's, what else there is DHCPv6 knows."""
    more = [f"--dhcp-option=option6:dns-server,[{ADDRESS6}]"]
    said = up(PROFILE6 + " ip=auto6", "--network6-only", *IPV6, dnsmasq=router("ra-stateless", *more))
    assert re.search(r"2001:db8:1:0?:5054:ff:fed0:1/64 \(SLAAC", said)
    assert "nameserver 2001:0db8:0001:0000:0000:0000:0000:0001\n" in said


def test_both_families_where_a_name_is_asked_for(up):
    """One answers first, and both may be there."""
    said = up("dom0strap.mode=plan dom0strap.profile=http://boot/p.yaml", *RANGE, *IPV6, url="http://192.0.2.1")
    assert re.search(r"192\.0\.2\.1\d\d/24 \(DHCP|2001:db8:1::1\w{3}/128 \(DHCPv6", said)


def test_ipv4_by_its_address(up):
    said = up("dom0strap.mode=plan dom0strap.profile=http://192.0.2.1/p.yaml", *RANGE, *IPV6, url="http://192.0.2.1")
    assert re.search(r"192\.0\.2\.1\d\d/24 \(DHCP,", said)
    assert "method=dhcp" in said


def test_no_router_is_no_network(up):
    assert up(PROFILE6 + " ip=auto6 dom0strap.net-wait=3", *RANGE, url="http://192.0.2.1") is None
