"""Disks as files, and what can be said of them from outside the machine."""

import hashlib
import os
import struct
from pathlib import Path

from .process import run

_SECTOR = 512
_DRIVERS = {
    "virtio-blk": "virtio-blk-pci,drive={id},serial={serial}",
    "virtio-scsi": "scsi-hd,drive={id},serial={serial},bus=scsi0.0",
    "ide": "ide-hd,drive={id},serial={serial},bus=ide.{index}",
    "nvme": "nvme,drive={id},serial={serial}",
}


class Disk:
    """One disk image: raw and sparse, or a qcow2 overlay over another disk that stays untouched."""

    def __init__(self, path, serial, size=None, base=None, bus="virtio-blk"):
        if bus not in _DRIVERS:
            raise ValueError(f"no such bus: {bus}")
        self.path = Path(path)
        self.serial = serial
        self.bus = bus
        self.base = base
        self.format = "qcow2" if base else "raw"
        if base:
            run(
                ["qemu-img", "create", "-q", "-f", "qcow2", "-F", base.format]
                + ["-b", str(base.path.resolve()), str(self.path)]
            )
        elif size:
            with open(self.path, "wb") as image:
                image.truncate(size)

    def overlay(self, path):
        """A new disk with this one's content and serial number; writes to it never reach this one."""
        return Disk(path, self.serial, base=self, bus=self.bus)

    def arguments(self, index, bootindex):
        """QEMU's arguments for this disk. A killed QEMU may lose qcow2 metadata unless flushes are real."""
        cache = "unsafe" if self.format == "raw" else "writeback"
        drive = f"if=none,id=disk{index},file={self.path},format={self.format},cache={cache},discard=unmap"
        device = _DRIVERS[self.bus].format(id=f"disk{index}", serial=self.serial, index=index)
        return ["-drive", drive, "-device", f"{device},id=dev-disk{index},bootindex={bootindex}"]

    def sha256(self):
        """Over every byte, holes read as zeroes. Only for raw disks, which is what the refusals use."""
        if self.format != "raw":
            raise ValueError("digest of a raw disk only")
        digest = hashlib.sha256()
        with open(self.path, "rb") as image:
            while chunk := image.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()

    def read(self, offset, length):
        """Bytes as the guest sees them, through qemu-img where the file is an overlay."""
        if self.format == "raw":
            with open(self.path, "rb") as image:
                return os.pread(image.fileno(), length, offset)
        first, last = offset // _SECTOR, -(-(offset + length) // _SECTOR)
        out = self.path.with_suffix(".piece")
        run(
            ["qemu-img", "dd", "-f", self.format, "-O", "raw", f"bs={_SECTOR}", f"skip={first}"]
            + [f"count={last}", f"if={self.path}", f"of={out}"]
        )
        piece = out.read_bytes()
        out.unlink()
        return piece[offset - first * _SECTOR :][:length]

    def write(self, offset, data):
        """Put foreign bytes on a raw disk before the machine starts."""
        with open(self.path, "r+b") as image:
            os.pwrite(image.fileno(), data, offset)

    def partitions(self):
        """The MBR's entries as dicts (active, type, start, sectors); [] where there is no MBR."""
        sector = self.read(0, _SECTOR)
        if sector[510:512] != b"\x55\xaa":
            return []
        entries = (struct.unpack_from("<B3xB3xII", sector, 446 + 16 * n) for n in range(4))
        return [
            {"active": flag == 0x80, "type": kind, "start": start, "sectors": sectors}
            for flag, kind, start, sectors in entries
            if kind
        ]

    def has_boot_code(self):
        return any(self.read(0, 440))

    def bootable(self):
        """Would a BIOS get anywhere with it: boot code, the signature, and a partition marked active?"""
        return self.has_boot_code() and any(part["active"] for part in self.partitions())
