#!/usr/bin/python3
"""A web server with the faults that it is asked for: one for each request, the last one for ever if so wished.

faulty_server.py FOLDER PORT LOG FAULT…   FAULT: ok, 503, stall:BYTES (then silence), cut:BYTES (then a reset),
redirect:URL, reason:WORDS (a 404 with these)
Each request is a JSON line in LOG: path, range, status, bytes sent. What follows the faults is served well, unless the
last fault is the word `always`.
"""

import json
import re
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PIECE = 64 << 10
_SILENCE = 600  # longer than any client waits


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802, the base class wants it so
        fault, _, argument = self.server.next_fault().partition(":")
        if fault in ("redirect", "reason"):
            status, sent = self._turn_away(fault, argument), 0
        else:
            status, sent = self._answer(fault, int(argument or 0))
        entry = {"path": self.path, "range": self.headers.get("Range", ""), "status": status, "bytes": sent}
        self.server.log({**entry, "fault": fault, "time": time.time()})

    def _turn_away(self, fault, argument):
        status = 302 if fault == "redirect" else 404
        self.send_response(status, argument if fault == "reason" else None)
        if fault == "redirect":
            self.send_header("Location", argument)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return status

    def _answer(self, fault, limit):
        if fault == "503":
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return 503, 0
        content = self.server.folder / Path(self.path).name
        size = content.stat().st_size
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(found.group(1)) if found else 0
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.send_header("ETag", f'"{size}"')
        self.end_headers()
        sent = self._send(content, start, size - start if fault == "ok" else limit)
        if fault == "stall":
            self._be_silent()
        elif fault == "cut":
            # SO_LINGER with 0 seconds: close() sends a reset instead of a good-bye.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        return 206 if found else 200, sent

    def _send(self, path, start, length):
        sent = 0
        with open(path, "rb") as content:
            content.seek(start)
            try:
                while sent < length and (piece := content.read(min(_PIECE, length - sent))):
                    self.wfile.write(piece)
                    sent += len(piece)
            except OSError:
                pass  # the client has had enough
        return sent

    def _be_silent(self):
        """Until the client goes away."""
        self.connection.settimeout(_SILENCE)
        try:
            self.connection.recv(1)
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder, port, log, faults):
        super().__init__(("", port), Handler)
        self.folder = Path(folder)
        self._log = Path(log)
        self._faults = faults
        self._lock = threading.Lock()

    def next_fault(self):
        with self._lock:
            if not self._faults:
                return "ok"
            if self._faults[1:] == ["always"]:
                return self._faults[0]
            return self._faults.pop(0)

    def log(self, entry):
        with self._lock, open(self._log, "a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]).serve_forever()
