"""A serial port seen from outside: every line with the host's time at which it ended.

A thread reads for as long as the machine lives. Waiting looks at lines and at the unfinished last line,
because a login prompt never ends with a newline.
"""

import re
import socket
import threading
import time
from dataclasses import dataclass

from .failure import LabFailure
from .sockets import hang_up

# Cursor movement, colours, charset switches, and the lone control characters that firmware sends.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]|\x1b[=>78cDM]|[\x00-\x08\x0b-\x1f]")


def strip_escapes(text):
    """Plain text of a console line. A carriage return inside means: what follows overwrites."""
    last = text.rstrip("\r").rsplit("\r", 1)[-1]
    return _ESCAPES.sub("", last)


@dataclass
class Line:
    time: float
    text: str


class Deadline:
    """When to give up on a machine: a loaded host makes it slow, but only one that hangs falls silent.

    After `timeout` seconds, if its console has been silent for the last minute; after four times that in any case.
    """

    SILENCE = 60

    def __init__(self, console, timeout):
        self._console = console
        self._soft = time.monotonic() + timeout
        self._hard = self._soft + 3 * timeout

    def left(self):
        """Seconds; none of them left means to give up."""
        patient = max(self._soft, self._console.heard + self.SILENCE)
        return min(patient, self._hard) - time.monotonic()


class Console:
    """One serial line. path: unix socket to listen on; log: file that gets the raw bytes."""

    def __init__(self, path, log, on_line=None):
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(1)
        self._connection = None
        self._log = open(log, "ab", buffering=0)
        self._on_line = on_line
        self._changed = threading.Condition()
        self._partial = ""
        self.closed = False
        self.heard = 0.0  # when it last said anything, in time.monotonic()
        self.lines = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            self._connection, _ = self._server.accept()
            while data := self._connection.recv(65536):
                self._log.write(data)
                self._take(data.decode("utf-8", "replace"))
        except OSError:
            pass
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _take(self, text):
        now = time.time()
        fresh = []
        with self._changed:
            self.heard = time.monotonic()
            *whole, self._partial = (self._partial + text).split("\n")
            fresh = [Line(now, strip_escapes(line)) for line in whole]
            self.lines.extend(fresh)
            self._changed.notify_all()
        for line in fresh:
            if self._on_line:
                self._on_line(line)

    @property
    def partial(self):
        return strip_escapes(self._partial)

    def find(self, pattern):
        """The first Line that matches, or None. Never waits."""
        regex = re.compile(pattern)
        with self._changed:
            return self._search(regex)

    def _search_whole(self, regex):
        return next((line for line in self.lines if regex.search(line.text)), None)

    def _search(self, regex):
        if found := self._search_whole(regex):
            return found
        if regex.search(self.partial):
            return Line(time.time(), self.partial)
        return None

    def wait_for(self, pattern, timeout, unless=None):
        """Wait for a line that matches. A whole line that matches `unless`, or the end of the machine, fails at once.

        The unfinished last line is not held against `unless`: it may still become the very line that is awaited.
        """
        regex = re.compile(pattern)
        bad = re.compile(unless) if unless else None
        deadline = Deadline(self, timeout)
        with self._changed:
            while True:
                if found := self._search(regex):
                    return found
                if bad and (wrong := self._search_whole(bad)):
                    raise LabFailure(self.story(f"waiting for /{pattern}/, the console said: {wrong.text}"))
                if self.closed:
                    raise LabFailure(self.story(f"the machine ended while /{pattern}/ was awaited"))
                left = deadline.left()
                if left <= 0:
                    raise LabFailure(self.story(f"no /{pattern}/ within {timeout} s"))
                self._changed.wait(min(left, 1))

    def send(self, text):
        """Type into the serial line."""
        self._connection.sendall(text.encode())

    def story(self, what):
        """what, and the last 40 lines: the message of a failure."""
        tail = [line.text for line in self.lines[-40:]] + [self.partial]
        return what + "; the last lines were:\n  | " + "\n  | ".join(tail)

    def close(self):
        for sock in (self._connection, self._server):
            hang_up(sock)
        self._thread.join(2)
        self._log.close()
