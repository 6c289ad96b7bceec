"""Disks as files, and what can be said of them from outside the machine."""

import hashlib
import json
import os
import struct
import uuid
import zlib
from pathlib import Path

from .failure import LabFailure
from .process import run
from .volatile import Cache

_SECTOR = 512
# What a disk hangs on: QEMU's device for it, and the controller that all disks of the kind share.
_BUSES = {
    "virtio-blk": ("virtio-blk-pci", None),
    "virtio-scsi": ("scsi-hd,bus=scsi0.0", "virtio-scsi-pci,id=scsi0"),
    "megaraid": ("scsi-hd,bus=raid0.0", "megasas-gen2,id=raid0"),
    "ide": ("ide-hd,bus=ide.{index}", None),
    "sata": ("ide-hd,bus=ahci0.{index}", "ahci,id=ahci0"),
    "nvme": ("nvme", None),
    "cdrom": ("ide-cd,bus=ide.{index}", None),
    "usb": ("usb-storage,removable=on", "qemu-xhci"),
}
# How a kind of disk says that it knows no discard; NVMe has no way to.
_NO_DISCARD = {
    "virtio-blk": ",discard=off,write-zeroes=off",
    "virtio-scsi": ",discard_granularity=0",
    "megaraid": ",discard_granularity=0",
    "ide": ",discard_granularity=0",
    "sata": ",discard_granularity=0",
    "usb": ",discard_granularity=0",
}


class Disk:
    """One disk image: raw and sparse, or a qcow2 overlay over another disk that stays untouched.

    sector_bytes: 512 or 4096. discard: whether the disk can be told that blocks are not needed; they read as
    zeroes then. volatile: whether it has a write cache that a power cut empties (see volatile.py). werror=report
    lets the guest see a failing disk as it would see a real one.
    """

    def __init__(
        self, path, serial, size=None, base=None, bus="virtio-blk", sector_bytes=512, discard=False, volatile=False
    ):
        if bus not in _BUSES:
            raise ValueError(f"no such bus: {bus}")
        self.path = Path(path)
        self.serial = serial
        self.bus = bus
        self.base = base
        self.sector_bytes = sector_bytes
        self.discard = discard
        self.format = "qcow2" if base else "raw"
        self._cache = None
        self._volatile = volatile
        if base:
            run(
                ["qemu-img", "create", "-q", "-f", "qcow2", "-F", base.format]
                + ["-b", str(base.path.resolve()), str(self.path)]
            )
        elif size:
            with open(self.path, "wb") as image:
                image.truncate(size)

    def controller(self):
        """QEMU's device that all disks on this bus share, or None."""
        return _BUSES[self.bus][1]

    def power_on(self, sockets):
        """To be called before QEMU starts, with a folder for sockets."""
        if self._volatile:
            self._cache = Cache(self.path, Path(sockets) / self.serial)
            self._cache.start()

    def power_off(self, keep=0.0, dice=None):
        """To be called after QEMU has ended; returns how many bytes the cache has lost. For keep see Cache.stop()."""
        cache, self._cache = self._cache, None
        return cache.stop(keep, dice) if cache else 0

    def overlay(self, path):
        """A new disk with this one's content and serial number; writes to it never reach this one."""
        return Disk(path, self.serial, base=self, bus=self.bus, sector_bytes=self.sector_bytes, discard=self.discard)

    def arguments(self, index, bootindex):
        """QEMU's arguments for this disk: device dev-diskN over block node diskN over block node fileN."""
        device = _BUSES[self.bus][0].format(index=index)
        device += f",drive=disk{index},serial={self.serial},id=dev-disk{index},bootindex={bootindex}"
        if self.sector_bytes != 512:
            device += f",logical_block_size={self.sector_bytes},physical_block_size={self.sector_bytes}"
        if self.bus != "nvme":
            device += ",werror=report,rerror=report"
        if not self.discard:
            device += _NO_DISCARD.get(self.bus, "")
        nodes = (self._file_node(index), self.node(index))
        return [word for node in nodes for word in ("-blockdev", json.dumps(node))] + ["-device", device]

    def _file_node(self, index):
        name = {"node-name": f"file{index}", "discard": "unmap"}
        if self._cache:
            return {"driver": "nbd", "server": {"type": "unix", "path": str(self._cache.socket_path)}, **name}
        # A killed QEMU may lose qcow2 metadata unless flushes are real.
        cache = {"no-flush": self.format == "raw"}
        return {"driver": "file", "filename": str(self.path), "cache": cache, **name}

    def node(self, index, over="file"):
        """The block node that the device uses, for QEMU's -blockdev and QMP's blockdev-reopen."""
        node = {"driver": self.format, "node-name": f"disk{index}", "file": f"{over}{index}"}
        if self.discard:
            node |= {"discard": "unmap", "detect-zeroes": "unmap"}
        return node

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
        """The table's entries as dicts: number, active, type, start and sectors (of sector_bytes); [] without a table.

        type is a number in an MBR and a GUID in a GPT, where active is the attribute that a BIOS looks at.
        """
        sector = self.read(0, _SECTOR)
        if sector[510:512] != b"\x55\xaa":
            return []
        entries = [struct.unpack_from("<B3xB3xII", sector, 446 + 16 * n) for n in range(4)]
        if entries[0][1] == 0xEE:
            return self._gpt_partitions()
        return [
            {"number": number, "active": flag == 0x80, "type": kind, "start": start, "sectors": sectors}
            for number, (flag, kind, start, sectors) in enumerate(entries, 1)
            if kind
        ]

    def _gpt_header(self, lba):
        """UEFI specification 2.10, 5.3. Fields, and the entries' bytes; both checksums must be right."""
        raw = self.read(lba * self.sector_bytes, 92)
        signature, size, crc, here, other = struct.unpack_from("<8s4xII4xQQ", raw, 0)
        at, count, entry_bytes, entries_crc = struct.unpack_from("<QIII", raw, 72)
        if signature != b"EFI PART" or here != lba:
            raise LabFailure(f"{self.serial}: no GPT header in sector {lba}")
        entries = self.read(at * self.sector_bytes, count * entry_bytes)
        zeroed = raw[:16] + bytes(4) + raw[20:size]
        if zlib.crc32(zeroed) != crc or zlib.crc32(entries) != entries_crc:
            raise LabFailure(f"{self.serial}: the GPT in sector {lba} has a wrong checksum")
        return other, entries, entry_bytes

    def _gpt_partitions(self):
        other, entries, entry_bytes = self._gpt_header(1)
        if (self.size() // self.sector_bytes - 1, entries) != (other, self._gpt_header(other)[1]):
            raise LabFailure(f"{self.serial}: the GPT's two copies are not the same")
        found = []
        for number, at in enumerate(range(0, len(entries), entry_bytes), 1):
            kind, own, first, last, flags = struct.unpack_from("<16s16sQQQ", entries, at)
            if any(kind):
                guid = {"type": str(uuid.UUID(bytes_le=kind)), "uuid": str(uuid.UUID(bytes_le=own))}
                place = {"start": first, "sectors": last + 1 - first}
                found.append({"number": number, "active": bool(flags & 4), **guid, **place})
        return found

    def size(self):
        """In bytes, as the guest sees it."""
        return self.path.stat().st_size if self.format == "raw" else self.base.size()

    def has_boot_code(self):
        return any(self.read(0, 440))

    def bootable(self):
        """Would a BIOS get anywhere with it: boot code, the signature, and a partition marked active?"""
        return self.has_boot_code() and any(part["active"] for part in self.partitions())
