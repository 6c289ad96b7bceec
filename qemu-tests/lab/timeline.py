"""Where the time of an install goes: phases cut at what was seen on the console and in the events."""

import re
import threading
from dataclasses import dataclass

from .failure import LabFailure

# A phase begins at the first line after the one before that matches; lines of the events port are looked
# at like lines of the console.
INSTALL = (
    ("firmware, DHCP, TFTP", None),
    ("pxelinux: kernel and initramfs over HTTP", r"^PXELINUX"),
    ("boot environment: kernel, network, drivers", r"Linux version"),
    ("dom0strap: profile and plan", r'"event":"start","step":"dom0strap"'),
    ("install: partitions, arrays, filesystems", r'"event":"start","step":"disk"'),
    ("install: unpack the image", r'"event":"start","step":"image"'),
    ("install: identity, fstab, mdadm.conf", r'"event":"start","step":"identity"'),
    ("install: GRUB, Xen entry, boot records", r'"event":"start","step":"boot-loader"'),
    ("kexec into Xen", r'"event":"finish","step":"install"'),
    ("dom0: kernel and initramfs", r"Linux version"),
    ("dom0: services, to the login prompt", r"Welcome to"),
)
DISK_BOOT = (
    ("firmware and GRUB", None),
    ("Xen", r"\(XEN\) Xen version"),
    ("dom0: kernel and initramfs", r"Linux version"),
    ("dom0: services, to the login prompt", r"Welcome to"),
)


@dataclass
class Phase:
    name: str
    start: float
    seconds: float = 0.0
    bytes: int = 0


class Timeline:
    """Feed it every line; `announce` is called with the name of each phase as it begins."""

    def __init__(self, phases, begin, announce=None):
        self._expected = list(phases)
        self._announce = announce or (lambda name: None)
        self._lock = threading.Lock()
        self.phases = []
        self._next_phase(begin)

    def _next_phase(self, now):
        self.finish(now)
        name, _ = self._expected.pop(0)
        self.phases.append(Phase(name, now))
        self._announce(name)

    def feed(self, line):
        """Console and events arrive on threads of their own, so one at a time."""
        with self._lock:
            if self._expected and re.search(self._expected[0][1], line.text):
                self._next_phase(line.time)

    def finish(self, now):
        """The phase that is going on ends."""
        if self.phases:
            self.phases[-1].seconds = now - self.phases[-1].start

    def account(self, requests, tftp_files):
        """Book the bytes that the boot server sent on the phases in which their transfers ended."""
        self.phases[0].bytes += sum(path.stat().st_size for path in tftp_files if path.exists())
        for request in requests:
            for phase in reversed(self.phases):
                if request.time >= phase.start:
                    phase.bytes += request.bytes
                    break

    def rows(self):
        """For programs: the phases as dicts, with `at`: seconds after power-on."""
        if self._expected:
            raise LabFailure(f"the timeline never saw the phase: {self._expected[0][0]}")
        origin = self.phases[0].start
        return [
            {"phase": p.name, "at": round(p.start - origin, 2), "seconds": round(p.seconds, 2), "bytes": p.bytes}
            for p in self.phases
        ]

    def table(self):
        """For people."""
        lines = ["   from s   seconds        bytes  phase"]
        for row in self.rows():
            size = f"{row['bytes']:,}" if row["bytes"] else ""
            lines.append(f"{row['at']:9.1f} {row['seconds']:9.1f} {size:>12}  {row['phase']}")
        total = sum(row["seconds"] for row in self.rows())
        size = sum(row["bytes"] for row in self.rows())
        lines.append(f"{'':9} {total:9.1f} {f'{size:,}' if size else '':>12}  power-on to login prompt")
        return "\n".join(lines)
