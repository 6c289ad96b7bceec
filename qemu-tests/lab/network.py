"""A network segment of its own: a namespace that lives as long as its keeper process, a bridge, taps.

The namespace has no name, so any number of labs run side by side with the same addresses, and no way out,
so nothing in a lab ever meets a real network.
"""

from pathlib import Path

from . import process
from .failure import LabFailure

BRIDGE = "lab0"
SERVER = "192.0.2.1"  # TEST-NET-1, RFC 5737: means nothing outside
PREFIX = 24
NETWORK = f"192.0.2.0/{PREFIX}"
SERVER6 = "2001:db8:1::1"  # RFC 3849
NETWORK6 = "2001:db8:1::/64"
MACHINES = 8  # more than any case has


class Namespace:
    """A network of its own, as long as its keeper lives: a child of the namespace with that pid, or of ours."""

    def __init__(self, log, parent=None):
        self._keeper = process.spawn(["unshare", "--net", "sleep", "infinity"], log, parent)
        self.namespace = self._keeper.pid
        self._wait_for_namespace()
        process.run(["ip", "link", "set", "lo", "up"], self.namespace)

    def _wait_for_namespace(self):
        # unshare has left our namespace by the time it has become sleep.
        for _ in range(200):
            with open(f"/proc/{self.namespace}/comm", encoding="ascii") as comm:
                if comm.read() == "sleep\n":
                    return
            try:
                self._keeper.wait(0.02)
            except process.subprocess.TimeoutExpired:
                continue
            break
        raise LabFailure("no network namespace: the lab needs root")

    def close(self):
        process.stop(self._keeper)


class Network(Namespace):
    def __init__(self, log):
        super().__init__(log)
        self._log = log
        self._hosts = []
        self._helpers = []
        for command in (
            ["ip", "link", "add", BRIDGE, "type", "bridge", "forward_delay", "0"],
            ["ip", "addr", "add", f"{SERVER}/{PREFIX}", "dev", BRIDGE],
            ["ip", "link", "set", BRIDGE, "up"],
        ):
            process.run(command, self.namespace)

    def add_tap(self, number, card=0):
        """A tap on the bridge for that card of machine `number`; returns its name. Kept over power cycles."""
        tap = f"tap{number}" if card == 0 else f"tap{number}.{card}"
        for command in (
            ["ip", "tuntap", "add", tap, "mode", "tap"],
            ["ip", "link", "set", tap, "master", BRIDGE],
            ["ip", "link", "set", tap, "up"],
        ):
            process.run(command, self.namespace)
        return tap

    def tag(self, tap, vlan):
        """From now on the port of that tap speaks to its machine in that VLAN alone, tagged (tagger.py)."""
        inner, outer = f"{tap}i", f"{tap}o"
        for command in (
            ["ip", "link", "set", tap, "nomaster"],
            ["ip", "link", "add", outer, "type", "veth", "peer", "name", inner],
            ["ip", "link", "set", outer, "master", BRIDGE, "up"],
            ["ip", "link", "set", inner, "up"],
        ):
            process.run(command, self.namespace)
        self._help("tagger.py", tap, inner, outer, str(vlan))

    def _help(self, script, *arguments):
        argv = ["/usr/bin/python3", str(Path(__file__).with_name(script)), *arguments]
        self._helpers.append(process.spawn(argv, self._log, self.namespace))

    def aggregate(self, taps, log):
        """These ports are one link by LACP (lacp.py), and nothing goes from one to another; see its log."""
        for tap in taps:
            process.run(["ip", "link", "set", tap, "type", "bridge_slave", "isolated", "on"], self.namespace)
        self._help("lacp.py", str(log), *taps)

    def use_ipv6(self):
        """The server gets its IPv6 address. A bridge without a port that is up would keep it from being used."""
        for command in (
            ["ip", "link", "add", "port6", "type", "veth", "peer", "name", "port6b"],
            ["ip", "link", "set", "port6b", "up"],
            ["ip", "link", "set", "port6", "master", BRIDGE, "up"],
            ["ip", "addr", "add", f"{SERVER6}/64", "dev", BRIDGE, "nodad"],
        ):
            process.run(command, self.namespace)

    def add_host(self, number, address=None):
        """The namespace of a host that is no virtual machine: a card eth0 on the bridge, with the address or none."""
        host = Namespace(self._log, self.namespace)
        self._hosts.append(host)
        port = f"host{number}"
        for command in (
            ["ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(host.namespace)],
            ["ip", "link", "set", port, "master", BRIDGE, "up"],
        ):
            process.run(command, self.namespace)
        process.run(["ip", "link", "set", "eth0", "address", machine_mac(number), "up"], host.namespace)
        if address:
            process.run(["ip", "addr", "add", f"{address}/{PREFIX}", "dev", "eth0"], host.namespace)
        return host.namespace

    def close(self):
        for host in self._hosts:
            host.close()
        for helper in self._helpers:
            process.stop(helper)
        super().close()


def machine_mac(number, card=0):
    return f"52:54:00:d0:{card:02x}:{number:02x}"


def machine_address(number):
    return f"192.0.2.{10 + number}"
