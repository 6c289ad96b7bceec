"""Reads ext2, ext3 and ext4 from outside, without a mount: what is in the files of a disk, and nothing else.

The format is that of the kernel's Documentation/filesystems/ext4. Reads what installers make: extents and block
maps, no inline data, no encryption. The journal must have been replayed (see manifest()).
"""

import hashlib
import stat
import struct

from . import process
from .failure import LabFailure

_ROOT_INODE = 2
_EXTENTS = 0x80000
_INCOMPAT_64BIT = 0x80
_XATTR_MAGIC = 0xEA020000
_PREFIXES = {
    1: "user.",
    2: "system.posix_acl_access",
    3: "system.posix_acl_default",
    4: "trusted.",
    6: "security.",
    7: "system.",
}
_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


class Inode:
    def __init__(self, number, raw):
        self.number = number
        self.raw = raw
        (self.mode, uid, size, gid, self.links) = struct.unpack_from("<HHI12xHH", raw, 0)
        self.flags = struct.unpack_from("<I", raw, 32)[0]
        self.blocks = raw[40:100]
        acl, high = struct.unpack_from("<II", raw, 104)
        self.size = size | (high << 32 if stat.S_ISREG(self.mode) else 0)
        acl_high, uid_high, gid_high = struct.unpack_from("<HHH", raw, 118)
        self.uid, self.gid = uid | uid_high << 16, gid | gid_high << 16
        self.acl = acl | acl_high << 32

    @property
    def kind(self):
        return _KINDS[stat.S_IFMT(self.mode)]


class Ext4:
    """A filesystem in bytes: anything with slices, such as an mmap."""

    def __init__(self, data):
        self._data = data
        sb = data[1024:2048]
        if struct.unpack_from("<H", sb, 56)[0] != 0xEF53:
            raise LabFailure("no ext2, ext3 or ext4 filesystem there")
        self.block_bytes = 1024 << struct.unpack_from("<I", sb, 24)[0]
        self._inodes_per_group = struct.unpack_from("<I", sb, 40)[0]
        self._inode_bytes = struct.unpack_from("<H", sb, 88)[0]
        wide = struct.unpack_from("<I", sb, 96)[0] & _INCOMPAT_64BIT
        self._descriptor_bytes = struct.unpack_from("<H", sb, 254)[0] if wide else 32
        self._descriptors = (struct.unpack_from("<I", sb, 20)[0] + 1) * self.block_bytes

    def _block(self, number):
        return self._data[number * self.block_bytes : (number + 1) * self.block_bytes]

    def inode(self, number):
        group, index = divmod(number - 1, self._inodes_per_group)
        at = self._descriptors + group * self._descriptor_bytes
        descriptor = self._data[at : at + self._descriptor_bytes]
        table = struct.unpack_from("<I", descriptor, 8)[0]
        if self._descriptor_bytes > 40:
            table |= struct.unpack_from("<I", descriptor, 40)[0] << 32
        at = table * self.block_bytes + index * self._inode_bytes
        return Inode(number, self._data[at : at + self._inode_bytes])

    # Content.

    def _extents(self, node):
        """(first block of the file, blocks, first block on the disk) of an extent tree; unwritten ones read as zero."""
        magic, entries, _, depth = struct.unpack_from("<HHHH", node, 0)
        if magic != 0xF30A:
            raise LabFailure("broken extent tree")
        for at in range(12, 12 + 12 * entries, 12):
            if depth:
                low, high = struct.unpack_from("<4xIH", node, at)
                yield from self._extents(self._block(low | high << 32))
            else:
                first, length, high, low = struct.unpack_from("<IHHI", node, at)
                if length <= 32768:
                    yield first, length, low | high << 32

    def _mapped(self, pointers, depth, first):
        """The same from the block numbers of ext2 and ext3."""
        span = (self.block_bytes // 4) ** depth
        for pointer in pointers:
            if pointer and depth:
                inner = struct.unpack(f"<{self.block_bytes // 4}I", self._block(pointer))
                yield from self._mapped(inner, depth - 1, first)
            elif pointer:
                yield first, 1, pointer
            first += span

    def _runs(self, inode):
        if inode.flags & _EXTENTS:
            yield from self._extents(inode.blocks)
            return
        pointers = struct.unpack("<15I", inode.blocks)
        per = self.block_bytes // 4
        yield from self._mapped(pointers[:12], 0, 0)
        first = 12
        for depth in (1, 2, 3):
            yield from self._mapped(pointers[11 + depth : 12 + depth], depth, first)
            first += per**depth

    def content(self, inode):
        size = self.block_bytes
        out = bytearray(-(-inode.size // size) * size)
        for first, length, block in self._runs(inode):
            out[first * size : (first + length) * size] = self._data[block * size : (block + length) * size]
        return bytes(out[: inode.size])

    def link_target(self, inode):
        # Short ones live where the block numbers would be.
        return inode.blocks[: inode.size] if inode.size < 60 else self.content(inode)

    def entries(self, inode):
        """(name, inode number) of a folder, without . and .."""
        content, at = self.content(inode), 0
        while at < len(content):
            number, length, name_length, _ = struct.unpack_from("<IHBB", content, at)
            name = content[at + 8 : at + 8 + name_length]
            if number and name not in (b".", b".."):
                yield name.decode("utf-8", "surrogateescape"), number
            at += length

    # Extended attributes.

    def _attribute_list(self, area, first, values):
        at = first
        while area[at : at + 4] != b"\0\0\0\0":
            name_length, prefix, offset, _, size = struct.unpack_from("<BBHII", area, at)
            name = area[at + 16 : at + 16 + name_length].decode()
            yield _PREFIXES[prefix] + name, area[values + offset : values + offset + size].hex()
            at += 16 + (name_length + 3) // 4 * 4

    def attributes(self, inode):
        found = {}
        if self._inode_bytes > 128:
            start = 128 + struct.unpack_from("<H", inode.raw, 128)[0]
            if inode.raw[start : start + 4] == struct.pack("<I", _XATTR_MAGIC):
                found |= self._attribute_list(inode.raw + bytes(4), start + 4, start + 4)
        if inode.acl:
            found |= self._attribute_list(self._block(inode.acl), 32, 0)
        return found

    # All of it.

    def walk(self, path="", number=_ROOT_INODE):
        """(path, Inode) of everything, folders before what is in them."""
        inode = self.inode(number)
        yield path, inode
        if inode.kind == "folder":
            for name, child in sorted(self.entries(inode)):
                yield from self.walk(f"{path}/{name}" if path else name, child)

    def manifest(self):
        """{path: what stat(2), readlink(2), getxattr(2) and sha256sum say}. Hard links by the first of their names."""
        rows, first_names = {}, {}
        for path, inode in self.walk():
            row = {"kind": inode.kind, "mode": oct(stat.S_IMODE(inode.mode)), "owner": (inode.uid, inode.gid)}
            row["xattrs"] = self.attributes(inode)
            if inode.kind == "file":
                row["sha256"] = hashlib.sha256(self.content(inode)).hexdigest()
            elif inode.kind == "symlink":
                row["target"] = self.link_target(inode).decode("utf-8", "surrogateescape")
            elif inode.kind.endswith("device"):
                row["device"] = inode.blocks[:8].hex()
            if inode.kind != "folder" and inode.links > 1:
                row["name of"] = first_names.setdefault(inode.number, path)
            rows[path] = row
        return rows


def check(path):
    """Replay the journal of a filesystem in a file, and see that it is sound."""
    done = process.run(["e2fsck", "-f", "-p", str(path)], check=False)
    if done.returncode > 1:
        raise LabFailure(f"e2fsck: exit {done.returncode}\n{done.stdout}{done.stderr}")
