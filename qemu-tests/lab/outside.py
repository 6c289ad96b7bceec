"""What an install has left on the disks, read from their files: no array is assembled, nothing is mounted."""

import contextlib
import mmap
import re
import struct
from dataclasses import dataclass

from . import ext4, process
from .failure import LabFailure

_MD_MAGIC = 0xA92B4EFC
_MIB = 1 << 20


@dataclass
class Member:
    """An md superblock of version 1 (the kernel's md_p.h); offsets from the beginning of the partition."""

    version: str
    uuid: str
    name: str
    level: int
    data_offset: int
    data_bytes: int


def read_member(disk, part):
    """The Member in a partition (of Disk.partitions()), or None."""
    start, length = part["start"] * disk.sector_bytes, part["sectors"] * disk.sector_bytes
    last = (length // 512 - 16) // 8 * 8 * 512
    for version, at in (("1.2", 4096), ("1.1", 0), ("1.0", last)):
        sb = disk.read(start + at, 256)
        if struct.unpack_from("<II", sb, 0) == (_MD_MAGIC, 1):
            level = struct.unpack_from("<i", sb, 72)[0]
            offset, sectors = struct.unpack_from("<QQ", sb, 128)
            return Member(
                version, sb[16:32].hex(), sb[32:64].rstrip(b"\0").decode(), level, offset * 512, sectors * 512
            )
    return None


def _copy(disk, start, length, path):
    """A part of a disk as a file. Holes stay holes."""
    with open(path, "wb") as out:
        out.truncate(length)
        for at in range(0, length, _MIB):
            piece = disk.read(start + at, min(_MIB, length - at))
            if any(piece):
                out.seek(at)
                out.write(piece)
    return path


def copy_partition(disk, part, path):
    return _copy(disk, part["start"] * disk.sector_bytes, part["sectors"] * disk.sector_bytes, path)


def _volume(disk, start, length):
    """Where the volume of a physical volume is, if that has just one, in one piece; the physical volume's metadata
    are text (lvm2, lib/format_text)."""
    head = disk.read(start, _MIB)
    if b"LABELONE" not in head[:2048]:
        return start, length
    text = head.decode("latin-1")
    numbers = {key: int(re.findall(rf"{key} = (\d+)", text)[-1]) for key in ("pe_start", "extent_size", "extent_count")}
    if set(re.findall(r"start_extent = (\d+)", text)) != {"0"}:
        raise LabFailure("its volumes cannot be read from outside")
    return start + numbers["pe_start"] * 512, numbers["extent_count"] * numbers["extent_size"] * 512


def _content(disk, part):
    """(start, length) of what is in a partition, or in the mirror that it is a member of."""
    start, length = part["start"] * disk.sector_bytes, part["sectors"] * disk.sector_bytes
    if member := read_member(disk, part):
        if member.level != 1:
            raise LabFailure(f"RAID {member.level} cannot be read from one member")
        start, length = start + member.data_offset, member.data_bytes
    return start, length


def copy_filesystem(disk, part, path):
    """What is in a partition, or in the mirror that it is a member of, as a file of its own."""
    return _copy(disk, *_content(disk, part), path)


def _settings(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def examine(path):
    """What mdadm says of the superblock in a file: MD_LEVEL, MD_UUID, … and its prose as `text`; {} without one."""
    done = process.run(["mdadm", "--examine", "--export", str(path)], check=False)
    if done.returncode != 0:
        return {}
    return _settings(done.stdout) | {"text": process.run(["mdadm", "--examine", str(path)]).stdout}


def probe(path):
    """What blkid says is in a file: TYPE, UUID, …; {} for nothing."""
    return _settings(process.run(["blkid", "-p", "-o", "export", str(path)], check=False).stdout)


@contextlib.contextmanager
def _filesystem(disk, number, folder):
    """The filesystem of partition `number`, also that of a volume there, its journal replayed."""
    part = disk.partitions()[number - 1]
    path = _copy(disk, *_volume(disk, *_content(disk, part)), folder / f"{disk.serial}-{number}.filesystem")
    try:
        ext4.check(path)
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield ext4.Ext4(data)
    finally:
        path.unlink()


def manifest(disk, number, folder):
    """Everything that is in there. See Ext4.manifest()."""
    with _filesystem(disk, number, folder) as filesystem:
        return filesystem.manifest()


def files(disk, number, folder, names):
    """The contents of those files, by name; without those that are not there."""
    with _filesystem(disk, number, folder) as filesystem:
        return {path: filesystem.content(inode) for path, inode in filesystem.walk() if path in names}


def differences(left, right):
    """Lines for people: what is not the same in two manifests."""
    found = []
    for path in sorted(left.keys() | right.keys()):
        a, b = left.get(path), right.get(path)
        if a is None or b is None:
            found.append(f"{path}: only in the {'second' if a is None else 'first'}")
        elif a != b:
            keys = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
            found.append(f"{path}: " + ", ".join(f"{key} {a.get(key)} and {b.get(key)}" for key in keys))
    return found
