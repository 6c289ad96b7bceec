"""The lab: one network, one boot server, the machines on it. A context manager; leaving it ends all."""

import fcntl
import os
import shutil
import time
from pathlib import Path

from . import process, tiny
from .disk import Disk
from .failure import LabFailure
from .kdc import Kdc
from .machine import Direct, Machine, Nic
from .network import Network, machine_address, machine_mac
from .profile import Profile
from .server import TOP, URL, URL6, BootServer

TINY_DISK_BYTES = 256 << 20
# QEMU keeps what it has translated by physical page and virtual address. Programs that begin elsewhere each time are
# translated anew each time, and a later store into such a page, as when Xen clears memory in its idle loop, looks
# through all those translations: dom0 has hung for minutes on that. Real machines know nothing of this.
SAME_ADDRESSES = "norandmaps"
_SSH = "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null".split()
_SSH += "-o LogLevel=ERROR -o ConnectTimeout=60".split()


class Lab:
    """folder gets the logs, which stay, and the disks, which go with the lab unless keep_disks is set.

    server: what else BootServer is to be told.
    """

    def __init__(self, folder, boot=None, append="", keep_disks=False, **server):
        self.folder = Path(folder)
        self.url = URL6 if server.get("six") else URL
        # LAB_BOOT: other boot files than this checkout's, to look for the change that broke something.
        self.boot = Path(boot or os.environ.get("LAB_BOOT", TOP / "build/boot"))
        self._append = f"{SAME_ADDRESSES} {append}".strip()
        self._server = server
        self._keep_disks = keep_disks
        self._machines = []
        self._connections = []
        self.network = None
        self._lock = None
        self.server = None
        self.key = None

    def __enter__(self):
        self._lock_folder()
        if self.folder.exists():
            shutil.rmtree(self.folder)
        (self.folder / "disks").mkdir(parents=True)
        try:
            self.key = self._make_key()
            self.network = Network(self.folder / "network.log")
            if self._server.get("six"):
                self.network.use_ipv6()
            self.server = BootServer(
                self.network.namespace, self.folder / "server", self.boot, self._append, **self._server
            )
        except BaseException:
            self.close()
            raise
        return self

    def _lock_folder(self):
        """Two runs in one folder would take each other's disks away. The lock goes when this process does."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.folder.parent / f".{self.folder.name}.lock", "w", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabFailure(f"{self.folder} is in use by another run; wait for it to end") from error

    def __exit__(self, *_):
        self.close()

    def close(self):
        for machine in self._machines:
            machine.power_cut()
        for connection in self._connections:
            process.stop(connection)
        if self.server is not None:
            self.server.close()
        if self.network is not None:
            self.network.close()
        if not self._keep_disks:
            shutil.rmtree(self.folder / "disks", ignore_errors=True)
        (self.folder / "initrd").unlink(missing_ok=True)
        self._lock.close()

    # Equipment.

    def _make_key(self):
        key = self.folder / "ssh-key"
        process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)])
        return key

    def kdc(self):
        """A Kerberos realm on this network. Once a lab."""
        return Kdc(self.network.namespace, self.folder / "kdc")

    def public_key(self):
        return self.key.with_suffix(".pub").read_text().strip()

    def disk(self, serial, size, **properties):
        return Disk(self.folder / "disks" / serial, serial, size=size, **properties)

    def overlay(self, disk, name):
        return disk.overlay(self.folder / "disks" / f"{name}-{disk.serial}.qcow2")

    def machine(self, name, cards=1, **parts):
        """A new machine on the lab's network, with the next MAC address, which is that of its first card."""
        number = len(self._machines) + 1
        nics = [Nic(machine_mac(number, card), self.network.add_tap(number, card)) for card in range(cards)]
        machine = Machine(name, self.network.namespace, self.folder, nics=nics, **parts)
        machine.address = machine_address(number)
        self._machines.append(machine)
        return machine

    def pair(self, name, image, size=6 << 30, disk=None, **parts):
        """The machine of most cases, with two blank disks, DISK1 and DISK2. Returns it and the example profile.

        disk: properties of the disks. On small ones the partitions are small, too.
        """
        disks = [self.disk(serial, size, **(disk or {})) for serial in ("DISK1", "DISK2")]
        machine = self.machine(name, disks=disks, **parts)
        profile = self.example_profile(machine, self.server.offer_image(image))
        if size < 4 << 30:
            profile.set("min-size", f"{size >> 20}M").change("size: 512M", "size: 64M").change("size: 3G", "size: 128M")
        return machine, profile

    def tiny_pair(self, image, disk=None, **parts):
        """pair() for a tiny host (see tiny.py) or what pretends to be one, started without PXE. Power off is the end.

        Its menu starts Linux alone, in a third of the time; kexec goes into Xen.
        """
        parts = {"memory": 768, "direct": self.direct_install()} | parts
        machine, profile = self.pair("tiny", image, TINY_DISK_BYTES, disk, **parts)
        profile.set("options", tiny.XEN_OPTIONS).set("kernel-options", tiny.KERNEL_OPTIONS).set("finish", "poweroff")
        profile.change(r"^  timeout: 2", "  timeout: 1\n  default: false")
        # The same in every lab, so that installs can be compared.
        return machine, profile.change(r"- ssh-ed25519 .*", "- ssh-ed25519 AAAAC3 nobody")

    def direct_install(self, mode="install", network="ip=dhcp"):
        """Boot the installer without a network boot: 20 seconds less. Profile and image come as always.

        mode: rescue is a shell on the console (see Machine.type()). network: that part of its arguments.
        """
        initrd = self.folder / "initrd"
        initrd.write_bytes(b"".join((self.boot / name).read_bytes() for name in ("initramfs.img", "modules.img")))
        append = f"console=tty0 console=ttyS0,115200 {network} {self._append} dom0strap.mode={mode}"
        append += f" dom0strap.undo={self.url}/undo"
        return Direct(
            self.boot / "vmlinuz", initrd, f"{append} dom0strap.profile={self.url}/profiles/mac/${{mac}}.yaml"
        )

    def example_profile(self, machine, image, example="xen-dom0-raid1"):
        """profiles/EXAMPLE.yaml for this machine and image, with this lab's SSH key let in."""
        profile = Profile.example(example)
        profile.set("url", image["url"]).set("sha256", image["sha256"])
        profile.change(r"ssh-ed25519 .*", self.public_key())
        profile.change(r"52:54:00(:\w\w){3}", machine.nic.mac)
        return profile.change("^  kernel-options: ", f"  kernel-options: {SAME_ADDRESSES} ")

    # Talking to an installed host.

    def ssh(self, machine, command, timeout=60, check=True):
        """Run a shell command as root on the machine and return its output."""
        argv = [*_SSH, "-S", str(machine.ssh_socket), "-i", str(self.key), f"root@{machine.address}", command]
        done = process.run(argv, self.network.namespace, timeout, check=False)
        if check and done.returncode != 0:
            raise LabFailure(f"ssh {machine.name} {command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def keep_ssh(self, machine):
        """From now until its power is cut, ssh() logs in no more: on an emulated host that takes 10 s each time."""
        argv = [*_SSH, "-M", "-N", "-o", "ServerAliveInterval=15", "-S", str(machine.ssh_socket), "-i", str(self.key)]
        argv.append(f"root@{machine.address}")
        self._connections.append(process.spawn(argv, self.folder / "ssh.log", self.network.namespace))
        while not machine.ssh_socket.exists():
            if self._connections[-1].poll() is not None:
                raise LabFailure(f"no SSH on {machine.name}: {(self.folder / 'ssh.log').read_text()}")
            time.sleep(0.1)

    def ssh_by_ticket(self, machine, user, ticket, server, command="id -un"):
        """Try it with that ticket (Kdc.ticket()) and nothing else. server: the host's name in its service principal.

        Returns the CompletedProcess.
        """
        argv = [*ticket, *_SSH, "-o", "PreferredAuthentications=gssapi-with-mic", "-o", "GSSAPIAuthentication=yes"]
        argv += ["-o", f"GSSAPIServerIdentity={server}", f"{user}@{machine.address}", command]
        return process.run(argv, self.network.namespace, 300, check=False)

    def wait_for_ssh(self, machine, timeout=300):
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.ssh(machine, "true", timeout=200)
            except (LabFailure, process.subprocess.TimeoutExpired) as error:
                if time.monotonic() > deadline or not machine.running():
                    raise LabFailure(f"no SSH on {machine.name} within {timeout} s: {error}") from error
                time.sleep(1)
