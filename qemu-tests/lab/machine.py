"""One virtual server: QEMU with its consoles, its QMP socket and its disks."""

import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from . import process
from .console import Console, Deadline
from .failure import LabFailure
from .png import ppm_to_png
from .qmp import Qmp

# The installer's exit codes, by their meaning in its last line.
EXITS = {10: "profile", 11: "hardware", 12: "source", 13: "tool", 14: "system", 15: "refused for safety"}
_OVMF = Path("/usr/share/OVMF")
FAILED = r"dom0strap: failed, exit|Kernel panic"
_INIT = r"^dom0strap boot environment|Kernel panic"


INIT_SECONDS = 100  # ten times what an idle computer needs from power-on to init


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


class Trigger:
    """For start(on_event=…): calls action() at the first event for which matches(event) holds, `done` afterwards.

    It is called by the thread that hears the event, so that as little as possible happens in between.
    """

    def __init__(self, matches, action):
        self._matches = matches
        self._action = action
        self._error = None
        self.done = threading.Event()

    def __call__(self, line):
        event = parse_event(line)
        if event and not self.done.is_set() and self._matches(event):
            try:
                self._action()
            except Exception as failure:  # for the thread that waits: this one must go on listening
                self._error = failure
            self.done.set()

    def wait(self, machine, timeout):
        if not self.done.wait(timeout):
            raise LabFailure(machine.console.story(f"the event that was waited for did not come in {timeout} s"))
        if self._error:
            raise self._error


class Machine:
    """Off until start(). What it needs from the lab: the namespace to run in and a folder for its logs."""

    def __init__(
        self, name, namespace, logs, disks=(), nics=(), memory=1024, boot="disk", direct=None, uuid=None, uefi=False
    ):
        self.name = name
        self.disks = list(disks)
        self.nics = list(nics)
        self.memory = memory
        self.boot = boot
        self.direct = direct
        self.uuid = uuid
        self.uefi = uefi
        self.more = []  # further arguments of QEMU
        self.clock = 0  # how far its battery's clock is off, in seconds
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
        self._typed = 0
        self._pulled = None  # the card whose cable is not in
        self._listeners = (None, None)
        self._again = False

    @property
    def nic(self):
        """The card that it is known by."""
        return self.nics[0]

    @property
    def ssh_socket(self):
        """Where Lab.keep_ssh() has its connection."""
        return self._sockets / "ssh"

    # Power.

    def start(self, on_line=None, on_event=None):
        """Power on. The two are called with each Line of the console and of the events, from threads of their own.

        The emulator sometimes loses a kernel before its init (seen: silence for five minutes after "sched_clock:
        Marking stable", once in some hundred boots). Such a machine is switched off and on again, once, and it says so.
        """
        self._listeners = (on_line, on_event)
        self._again = False
        self._power_on()
        if self.direct is not None and not self._reaches_init():
            self._start_again("hung before its init")

    def start_without_link(self, card):
        """Power on with that card's cable pulled before the first instruction."""
        self._pulled = card
        self.start()

    def _reaches_init(self):
        deadline = time.monotonic() + INIT_SECONDS
        while time.monotonic() < deadline:
            if not self.running() or self.console.find(_INIT):
                return True
            time.sleep(0.1)
        return False

    def _start_again(self, why):
        print(self.console.story(f"{self.name} {why}; switched off and on again"), file=sys.stderr)
        self._again = True
        self.power_cut()
        self._power_on()

    def _power_on(self):
        on_line, on_event = self._listeners
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
        if self._pulled is not None:
            self.link(False, self._pulled)

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

        Returns what power_cut() does, which gets what is in `cut`.
        """

        def pull_the_plug():
            time.sleep(delay)
            self.kill()

        trigger = Trigger(matches, pull_the_plug)
        self.start(on_event=trigger)
        deadline = Deadline(self.console, timeout)
        while self.running() and deadline.left() > 0:
            time.sleep(0.05)
        lost = self.power_cut(**cut)
        if not trigger.done.is_set():
            raise LabFailure(self.console.story("the event at which the power was to be cut never came"))
        return lost

    def wait_off(self, timeout, unless=None):
        """Wait until the guest itself powers off (or reboots, which ends QEMU too: -no-reboot)."""
        deadline = Deadline(self.console, timeout)
        while self.running():
            if unless and (line := self.console.find(unless)):
                raise LabFailure(self.console.story(f"waiting for power-off, the console said: {line.text}"))
            if deadline.left() <= 0:
                raise LabFailure(self.console.story(f"{self.name} did not power off in {timeout} s"))
            time.sleep(0.2)
        self.power_cut()

    def wait_for_shell(self, timeout=90):
        """The rescue mode's, whose help ends so."""
        self.wait_for(r"^ *reboot, poweroff +leave", timeout, unless=FAILED)

    def type(self, command, timeout=60):
        """Run a command in the shell on the console; returns its exit code."""
        self._typed += 1
        # The full stop: of a line that is still coming, "1" may become "15".
        self.console.send(f"{command}; echo typed-{self._typed}-$?.\n")
        return int(self.wait_for(rf"^typed-{self._typed}-\d+\.", timeout).text.rstrip(".").rsplit("-", 1)[1])

    def type_and_read(self, command, timeout=60):
        """The same, and what it printed, line by line."""
        first = len(self.console.lines)
        code = self.type(command, timeout)
        return code, [line.text for line in self.console.lines[first:]]

    def writes(self):
        """How many bytes have been written to each disk since the power went on."""
        stats = {entry.get("node-name"): entry["stats"] for entry in self.qmp.command("query-blockstats")}
        return [stats[f"disk{index}"]["wr_bytes"] for index in range(len(self.disks))]

    def kill(self):
        """Only that: power_cut() has to follow, from the main thread. For a Trigger."""
        self._process.kill()

    def wait_installed(self, timeout=300):
        """Wait for an installer that switches the machine off when it is done, and see that it says so itself."""
        self.wait_off(timeout, unless=FAILED)
        last = self.json_events()[-1]
        if (last["event"], last["step"]) != ("finish", "install"):
            raise LabFailure(self.console.story(f"the last event is not the end of an install but {last}"))

    def wait_failed(self, code, timeout=200):
        """Wait for the installer's last line with that exit code, and switch off. Returns its last event."""
        expected = rf"dom0strap: failed, exit {code} \({EXITS[code]}\)"
        self.wait_for(expected, timeout, unless=r"dom0strap: (failed|done)|Kernel panic")
        self.power_cut()
        last = self.json_events()[-1]
        if (last["event"], last["step"], last["code"]) != ("fail", "install", code):
            raise LabFailure(f"the last event is not a failure with exit {code} but {last}")
        return last

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
        if self.uefi:
            argv += self._uefi_arguments()
        if self.uuid:
            argv += ["-uuid", self.uuid]
        if self.clock:
            argv += ["-rtc", time.strftime("base=%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + self.clock))]
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
        return argv + self._nic_arguments() + self._direct_arguments() + self.more

    def _uefi_arguments(self):
        """The firmware, and variables of the machine's own, which it keeps over power cycles."""
        variables = self._logs / f"{self.name}.vars"
        if not variables.exists():
            shutil.copyfile(_OVMF / "OVMF_VARS_4M.fd", variables)
        flash = "if=pflash,format=raw,unit"
        # What OVMF is not to try, so that HTTP boot or PXE over IPv6 comes at once.
        versions = {"http": "46", "pxe6": "4"}.get(self.uefi, "")
        off = [f"name=opt/org.tianocore/IPv{version}PXESupport,string=n" for version in versions]
        return [word for option in off for word in ("-fw_cfg", option)] + [
            *("-drive", f"{flash}=0,readonly=on,file={_OVMF / 'OVMF_CODE_4M.fd'}"),
            *("-drive", f"{flash}=1,file={variables}"),
        ]

    def _nic_arguments(self):
        argv = []
        for index, nic in enumerate(self.nics):
            # Without a ROM the BIOS does not spend seconds on network boot that nobody wants.
            rom = "bootindex=0" if self.boot == "net" and index == 0 else "romfile="
            argv += ["-netdev", f"tap,id=net{index},ifname={nic.tap},script=no,downscript=no"]
            argv += ["-device", f"{nic.model},netdev=net{index},mac={nic.mac},{rom}"]
        return argv

    def _direct_arguments(self):
        if self.direct is None:
            return []
        return ["-kernel", str(self.direct.kernel), "-initrd", str(self.direct.initrd), "-append", self.direct.append]

    # What can be seen and done while it runs.

    def wait_for(self, pattern, timeout, unless=None):
        """Console.wait_for(), and once more from power-on if PXELINUX reset the machine before there was an init.

        Seen: an emulated card that stalls in a transfer until the server hangs up, once in some hundred boots.
        """
        try:
            return self.console.wait_for(pattern, timeout, unless)
        except LabFailure:
            found = self.console.find
            if self._again or not self.console.closed or not found(r"^PXELINUX ") or found(_INIT):
                raise
            self._start_again("was reset before its init")
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

    def link(self, up, card=0):
        """Pull the network cable of that card, or put it back."""
        self.qmp.command("set_link", name=f"net{card}", up=up)

    def break_writes(self, index):
        """From now on every write to disk number `index` fails, as on a drive that has run out of spare sectors."""
        rule = {"event": "none", "iotype": "write", "errno": 5, "once": False}
        self.qmp.command(
            "blockdev-add",
            driver="blkdebug",
            node_name=f"broken{index}",
            image=f"file{index}",
            inject_error=[rule],
        )
        self.qmp.command("blockdev-reopen", options=[self.disks[index].node(index, over="broken")])

    def unplug(self, index):
        """Ask the guest to release disk number `index`, as pulling it from its bay would."""
        self.qmp.command("device_del", id=f"dev-disk{index}")
