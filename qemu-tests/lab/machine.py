"""One virtual server: QEMU with its consoles, its QMP socket and its disks."""

import json
import os
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from . import process
from .console import Console
from .failure import LabFailure
from .png import ppm_to_png
from .qmp import Qmp


@dataclass
class Nic:
    mac: str
    tap: str
    model: str = "virtio-net-pci"


@dataclass
class Direct:
    """Kernel and initramfs handed over by QEMU itself: the short way when PXE is not what is tested."""

    kernel: Path
    initrd: Path
    append: str


def parse_event(line):
    """A line of the events port as a dict, or None."""
    try:
        event = json.loads(line.text)
    except ValueError:
        return None
    return {**event, "host": line.time} if isinstance(event, dict) else None


class Machine:
    """Off until start(). What it needs from the lab: the namespace to run in and a folder for its logs."""

    def __init__(self, name, namespace, logs, disks=(), nic=None, memory=1024, boot="disk", direct=None, uuid=None):
        self.name = name
        self.disks = list(disks)
        self.nic = nic
        self.memory = memory
        self.boot = boot
        self.direct = direct
        self.uuid = uuid
        self.console = None
        self.events = None
        self.qmp = None
        self.started = None
        self._namespace = namespace
        self._logs = Path(logs)
        self._process = None
        self._sockets = None
        self._firmware = None
        self._boots = 0
        self._attached = []

    # Power.

    def start(self, on_line=None, on_event=None):
        """Power on. The two are called with each Line of the console and of the events, from threads of their own."""
        self._boots += 1
        prefix = self._logs / f"{self.name}-{self._boots}"
        # Unix socket paths end at 107 characters, so not under the logs.
        self._sockets = Path(tempfile.mkdtemp(prefix="lab-"))
        self.console = Console(self._sockets / "console", f"{prefix}.console", on_line)
        self.events = Console(self._sockets / "events", f"{prefix}.events", on_event)
        self.qmp = Qmp(self._sockets / "qmp")
        self._firmware = Path(f"{prefix}.firmware")
        for disk in self.disks:
            disk.power_on(self._sockets)
        self._attached = list(self.disks)
        self.started = time.time()
        self._process = process.spawn(self._arguments(), f"{prefix}.qemu", self._namespace)
        try:
            self.qmp.accept()
        except LabFailure as failure:
            self.power_cut()
            raise LabFailure(f"{failure}: {Path(f'{prefix}.qemu').read_text()}") from failure

    def power_cut(self, keep=0.0, dice=None):
        """What a pulled plug does: no shutdown, no flush. Safe on a machine that is off.

        keep: of what is in volatile caches, the share that reaches the disks all the same. Returns the bytes lost.
        """
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for part in (self.console, self.events, self.qmp):
            if part is not None:
                part.close()
        lost = sum(disk.power_off(keep, dice) for disk in self._attached)
        self._attached = []
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        return lost

    def run_until(self, matches, timeout, delay=0.0, **cut):
        """Power on, and cut the power `delay` seconds after the first event for which matches(event) holds.

        The plug is pulled by the thread that hears the event, so nothing else happens in between. Returns what
        power_cut() does, which gets what is in `cut`.
        """
        pulled = threading.Event()

        def on_event(line):
            event = parse_event(line)
            if event and not pulled.is_set() and matches(event):
                time.sleep(delay)
                self._process.kill()
                pulled.set()

        self.start(on_event=on_event)
        deadline = time.monotonic() + timeout
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.05)
        lost = self.power_cut(**cut)
        if not pulled.is_set():
            raise LabFailure(self.console.story("the event at which the power was to be cut never came"))
        return lost

    def wait_off(self, timeout, unless=None):
        """Wait until the guest itself powers off (or reboots, which ends QEMU too: -no-reboot)."""
        deadline = time.monotonic() + timeout
        while self.running():
            if unless and (line := self.console.find(unless)):
                raise LabFailure(self.console.story(f"waiting for power-off, the console said: {line.text}"))
            if time.monotonic() > deadline:
                raise LabFailure(self.console.story(f"{self.name} did not power off in {timeout} s"))
            time.sleep(0.2)
        self.power_cut()

    def wait_for_firmware(self, pattern, timeout):
        """Wait for what the BIOS writes to its debug port, which is where it tells why it boots nothing."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, log := self._firmware.read_text(errors="replace")):
            if time.monotonic() > deadline:
                raise LabFailure(f"the BIOS never said /{pattern}/ in {timeout} s, but:\n{log}")
            time.sleep(0.2)

    def running(self):
        return self._process is not None and self._process.poll() is None

    # What it is made of.

    def _arguments(self):
        accel = os.environ.get("ACCEL", "tcg")
        # SMAP and SMEP, which -cpu max has, crash a dom0 under emulated Xen. The empty floppy of a default
        # PC hangs GRUB's search for arrays.
        argv = ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-device", "VGA"]
        argv += ["-machine", f"pc,accel={accel}", "-cpu", "host" if accel == "kvm" else "Nehalem", "-smp", "2"]
        argv += ["-m", str(self.memory), "-name", self.name, "-device", "virtio-rng-pci"]
        if self.uuid:
            argv += ["-uuid", self.uuid]
        for port in ("console", "events"):
            argv += ["-chardev", f"socket,id={port},path={self._sockets}/{port}"]
            argv += ["-device", f"isa-serial,chardev={port}"]
        argv += ["-chardev", f"file,id=firmware,path={self._firmware}"]
        argv += ["-device", "isa-debugcon,iobase=0x402,chardev=firmware"]
        argv += ["-chardev", f"socket,id=qmp,path={self._sockets}/qmp", "-mon", "chardev=qmp,mode=control"]
        for controller in sorted({disk.controller() for disk in self.disks} - {None}):
            argv += ["-device", controller]
        for index, disk in enumerate(self.disks):
            argv += disk.arguments(index, index + 1)
        return argv + self._nic_arguments() + self._direct_arguments()

    def _nic_arguments(self):
        if self.nic is None:
            return []
        # Without a ROM the BIOS does not spend seconds on network boot that nobody wants.
        rom = "bootindex=0" if self.boot == "net" else "romfile="
        return [
            "-netdev",
            f"tap,id=net0,ifname={self.nic.tap},script=no,downscript=no",
            "-device",
            f"{self.nic.model},netdev=net0,mac={self.nic.mac},{rom}",
        ]

    def _direct_arguments(self):
        if self.direct is None:
            return []
        return ["-kernel", str(self.direct.kernel), "-initrd", str(self.direct.initrd), "-append", self.direct.append]

    # What can be seen and done while it runs.

    def wait_for(self, pattern, timeout, unless=None):
        return self.console.wait_for(pattern, timeout, unless)

    def json_events(self):
        """The installer's events so far, each with `host`: the host's clock when it arrived."""
        found = []
        for line in list(self.events.lines):
            if event := parse_event(line):
                found.append(event)
        return found

    def screenshot(self, path):
        """The screen as a PNG file."""
        ppm = Path(path).with_suffix(".ppm")
        self.qmp.command("screendump", filename=str(ppm.resolve()))
        Path(path).write_bytes(ppm_to_png(ppm.read_bytes()))
        ppm.unlink()

    def unplug(self, index):
        """Ask the guest to release disk number `index`, as pulling it from its bay would."""
        self.qmp.command("device_del", id=f"dev-disk{index}")
