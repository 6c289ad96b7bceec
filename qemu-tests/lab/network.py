"""A network segment of its own: a namespace that lives as long as its keeper process, a bridge, taps.

The namespace has no name, so any number of labs run side by side with the same addresses, and no way out,
so nothing in a lab ever meets a real network.
"""

from . import process
from .failure import LabFailure

BRIDGE = "lab0"
SERVER = "192.0.2.1"  # TEST-NET-1, RFC 5737: means nothing outside
PREFIX = 24
NETWORK = f"192.0.2.0/{PREFIX}"
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
        for command in (
            ["ip", "link", "add", BRIDGE, "type", "bridge", "forward_delay", "0"],
            ["ip", "addr", "add", f"{SERVER}/{PREFIX}", "dev", BRIDGE],
            ["ip", "link", "set", BRIDGE, "up"],
        ):
            process.run(command, self.namespace)

    def add_tap(self, number):
        """A tap on the bridge for machine `number`; returns its name. Kept over power cycles."""
        tap = f"tap{number}"
        for command in (
            ["ip", "tuntap", "add", tap, "mode", "tap"],
            ["ip", "link", "set", tap, "master", BRIDGE],
            ["ip", "link", "set", tap, "up"],
        ):
            process.run(command, self.namespace)
        return tap

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
        super().close()


def machine_mac(number):
    return f"52:54:00:d0:00:{number:02x}"


def machine_address(number):
    return f"192.0.2.{10 + number}"
