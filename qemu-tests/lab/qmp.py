"""QEMU's machine protocol over a unix socket that we listen on (so no start-up race)."""

import contextlib
import json
import socket

from .failure import LabFailure


class Qmp:
    def __init__(self, path, timeout=20):
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(1)
        self._server.settimeout(timeout)
        self._stream = None
        self.events = []

    def accept(self):
        """Wait until the QEMU started meanwhile has connected."""
        try:
            connection, _ = self._server.accept()
        except TimeoutError as error:
            raise LabFailure("QEMU did not open its QMP socket") from error
        connection.settimeout(60)
        self._stream = connection.makefile("rw", encoding="utf-8", newline="\n")
        self._read()
        self.command("qmp_capabilities")

    def _read(self):
        line = self._stream.readline()
        if not line:
            raise LabFailure("QEMU closed its QMP socket")
        return json.loads(line)

    def command(self, name, /, **arguments):
        request = {"execute": name}
        if arguments:
            request["arguments"] = {key.replace("_", "-"): value for key, value in arguments.items()}
        try:
            self._stream.write(json.dumps(request) + "\n")
            self._stream.flush()
        except OSError as error:
            raise LabFailure("QEMU has gone") from error
        while True:
            answer = self._read()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise LabFailure(f"QMP {name}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def close(self):
        if self._stream is not None:
            # Closing flushes, which fails when QEMU is gone; that is no news here.
            with contextlib.suppress(OSError):
                self._stream.close()
        self._server.close()
