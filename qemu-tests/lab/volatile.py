"""Disks with a write cache that a power cut empties.

What a killed QEMU has written to a file stays in the host's page cache, whatever its cache mode: such a disk never
loses anything, and an installer that forgets to flush would pass. So these disks are served over NBD
(doc/proto.md of nbd describes it) by a thread of ours: writes go to a front file, a flush copies what was written
since the last one to the disk's own file, and a cut leaves of the rest whatever share is asked for: nothing, all, or a
random part, for real caches write back in an order of their own.
"""

import ctypes
import os
import random
import socket
import struct
import threading

from .failure import LabFailure
from .sockets import hang_up

_MAGIC = 0x4E42444D41474943
_OPTION = 0x49484156454F5054
_OPTION_REPLY = 0x3E889045565A9
_REQUEST = 0x25609513
_REPLY = 0x67446698
_FIXED_NEWSTYLE, _NO_ZEROES = 1, 2
_HAS_FLAGS, _FLUSH, _TRIM, _WRITE_ZEROES = 1 << 0, 1 << 2, 1 << 5, 1 << 6
_READ, _WRITE, _DISCONNECT, _DO_FLUSH, _DO_TRIM, _DO_ZERO = 0, 1, 2, 3, 4, 6
_OPT_EXPORT_NAME, _OPT_ABORT, _OPT_GO = 1, 2, 7
_REP_ACK, _REP_INFO, _REP_UNSUPPORTED = 1, 3, (1 << 31) + 1
_PIECE = 1 << 20
_KEEP_SIZE, _PUNCH_HOLE = 1, 2  # fallocate(2)
_LIBC = ctypes.CDLL(None, use_errno=True)


class Cache:
    """Serves one disk file at a unix socket, from start() until stop(). One connection, requests in order."""

    def __init__(self, path, socket_path):
        self.path = path
        self.socket_path = socket_path
        self._front = path.with_name(f"{path.name}.front")
        self._unflushed = []
        self._listener = None
        self._connection = None
        self._thread = None
        self._size = 0

    def start(self):
        self._size = self.path.stat().st_size
        with open(self.path, "rb") as disk, open(self._front, "wb") as front:
            front.truncate(self._size)
            for offset, length in _data(disk.fileno(), 0, self._size):
                _copy(disk.fileno(), front.fileno(), offset, length)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket_path))
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self, keep=0.0, dice=None):
        """The machine is off. keep: the share of unflushed writes that reaches the disk all the same, picked by dice
        (random.Random). Returns how many bytes are lost."""
        for sock in (self._listener, self._connection):
            hang_up(sock)
        self._thread.join(10)
        self._thread = None
        dice = dice or random.Random(1)
        lost = []
        kept = []
        for piece in self._unflushed:
            (kept if dice.random() < keep else lost).append(piece)
        self._write_back(kept)
        self._front.unlink()
        self.socket_path.unlink(missing_ok=True)
        return sum(length for _, length in lost)

    def _write_back(self, pieces):
        with open(self._front, "rb") as front, open(self.path, "r+b") as disk:
            for offset, length in pieces:
                _copy(front.fileno(), disk.fileno(), offset, length)

    # The protocol.

    def _serve(self):
        try:
            self._connection, _ = self._listener.accept()
            if self._negotiate():
                with open(self._front, "r+b") as front:
                    while self._answer(front.fileno()):
                        pass
        except (OSError, EOFError):
            pass  # the machine is off

    def _take(self, length):
        parts = []
        while length:
            part = self._connection.recv(min(length, _PIECE))
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _negotiate(self):
        flags = _HAS_FLAGS | _FLUSH | _TRIM | _WRITE_ZEROES
        self._connection.sendall(struct.pack(">QQH", _MAGIC, _OPTION, _FIXED_NEWSTYLE | _NO_ZEROES))
        self._take(4)
        while True:
            _, option, length = struct.unpack(">QII", self._take(16))
            self._take(length)
            if option == _OPT_EXPORT_NAME:
                self._connection.sendall(struct.pack(">QH", self._size, flags))
                return True
            if option == _OPT_GO:
                self._reply(option, _REP_INFO, struct.pack(">HQH", 0, self._size, flags))
                self._reply(option, _REP_ACK)
                return True
            if option == _OPT_ABORT:
                return False
            self._reply(option, _REP_UNSUPPORTED)

    def _reply(self, option, kind, content=b""):
        self._connection.sendall(struct.pack(">QIII", _OPTION_REPLY, option, kind, len(content)) + content)

    def _answer(self, front):
        magic, _, kind, handle, offset, length = struct.unpack(">IHHQQI", self._take(28))
        if magic != _REQUEST:
            raise LabFailure("NBD: out of step")
        answer = b""
        if kind == _READ:
            answer = os.pread(front, length, offset)
        elif kind == _WRITE:
            os.pwrite(front, self._take(length), offset)
            self._unflushed.append((offset, length))
        elif kind in (_DO_TRIM, _DO_ZERO):
            _punch(front, offset, length)
            self._unflushed.append((offset, length))
        elif kind == _DO_FLUSH:
            self._write_back(self._unflushed)
            self._unflushed = []
        elif kind == _DISCONNECT:
            return False
        self._connection.sendall(struct.pack(">IIQ", _REPLY, 0, handle) + answer)
        return True


def _data(fd, offset, length):
    """(offset, length) of what is not a hole."""
    end = offset + length
    while offset < end:
        try:
            begin = os.lseek(fd, offset, os.SEEK_DATA)
        except OSError:
            return
        if begin >= end:
            return
        offset = min(os.lseek(fd, begin, os.SEEK_HOLE), end)
        yield begin, offset - begin


def _punch(fd, offset, length):
    if _LIBC.fallocate(fd, _KEEP_SIZE | _PUNCH_HOLE, ctypes.c_int64(offset), ctypes.c_int64(length)) != 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def _copy(source, target, offset, length):
    """Large holes stay holes."""
    if length <= _PIECE:
        os.pwrite(target, os.pread(source, length, offset), offset)
        return
    _punch(target, offset, length)
    for begin, size in _data(source, offset, length):
        for at in range(begin, begin + size, _PIECE):
            os.pwrite(target, os.pread(source, min(_PIECE, begin + size - at), at), at)
