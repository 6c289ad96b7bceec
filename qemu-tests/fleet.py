#!/usr/bin/python3
"""make bench-fleet: many machines boot at once from one server, straight and through a cache in each rack.

The servers are real (nginx as pxe/render configures it), and so are the clients (one curl for each machine, with
what a machine fetches, in its order). Bytes and speeds are both divided by SCALE, so the seconds are those of the
real sizes; what a request costs is not divided. Networks are namespaces of this computer.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import process
from lab.network import BRIDGE, SERVER, Network
from lab.server import TOP, URL, BootServer

FOLDER = TOP / "build/bench/fleet"
SCALE = 20
MBIT = 1_000_000 // 8
UPLINK = 10_000 * MBIT  # bytes a second: the server's network card
CARD = 1_000 * MBIT  # each machine's
PROFILE = "profiles/mac/52-54-00-d0-00-01.yaml"
# As `make bench` measures them: kernel, both archives, and the image.
FILES = {
    "boot/vmlinuz": 8_250_000,
    "boot/initramfs.img": 2_720_000,
    "boot/modules.img": 11_960_000,
    PROFILE: 2_000 * SCALE,
    "images/dom0.tar.zst": 115_000_000,
}
IMAGE = "images/dom0.tar.zst"
CHUNK = 4 << 20
LIMIT_SECONDS = 300
WAYS = {  # what is asked for where; all of them get the same bytes
    "straight": (URL, False),
    "through a cache in each rack": ("http://127.0.0.1", False),
    "through it, the image in chunks": ("http://127.0.0.1", True),
}


@dataclass
class Result:
    """One boot of the whole fleet. Seconds: from a machine's first request to its last byte."""

    way: str
    machines: int
    racks: int
    errors: int
    origin_mb: float
    origin_copies: float  # how often the server has sent everything
    p50_seconds: float
    p99_seconds: float

    def row(self):
        sent = f"{self.origin_mb:g} MB | {self.origin_copies:.1f}"
        return f"| {self.way} | {sent} | {self.p50_seconds:.1f} s | {self.p99_seconds:.1f} s | {self.errors} |"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Fleet:
    """The server on its segment, behind its uplink; racks are namespaces with machines and a cache in them."""

    def __init__(self, folder, machines, racks):
        self.folder = Path(folder)
        self.machines, self.racks = machines, racks
        (self.folder / "boot").mkdir(parents=True)
        self.network = Network(self.folder / "network.log")
        self._children = []
        for name, size in FILES.items():
            if name.startswith("boot/"):
                self._write(self.folder / name, size)
        self.server = BootServer(
            self.network.namespace,
            self.folder / "server",
            self.folder / "boot",
            options=["--cache", "cache", "--chunks", str(CHUNK // SCALE)],
        )
        for name, size in FILES.items():
            if not name.startswith("boot/"):
                self._write(self.folder / "server" / name, size)
        self._chunks = self._cut(IMAGE)
        rate = str(UPLINK * 8 // SCALE)
        limit = ["tbf", "rate", rate, "burst", "512kb", "latency", "200ms"]
        process.run(["tc", "qdisc", "add", "dev", BRIDGE, "root", *limit], self.network.namespace)
        self._racks = [self._make_rack(number) for number in range(1, racks + 1)]

    def _write(self, path, size):
        path.write_bytes(os.urandom(size // SCALE))

    def _cut(self, image):
        """What pxe/render has to cut anew, now that the image is there; the chunks, in their order."""
        self.server.render()
        # Rendering writes profiles anew, and the fleet's one is no profile.
        self._write(self.folder / "server" / PROFILE, FILES[PROFILE])
        chunks = (self.folder / f"server/chunks/{Path(image).name}.chunks").read_text().splitlines()[1:]
        return [f"chunks/{digest}" for digest in chunks]

    def _files(self, in_chunks):
        """Names and sizes of what a machine fetches."""
        files = {name: size // SCALE for name, size in FILES.items()}
        if in_chunks:
            rest = files.pop(IMAGE)
            for name in self._chunks:
                files[name] = min(rest, CHUNK // SCALE)
                rest -= files[name]
        return files

    def _make_rack(self, number):
        namespace = self.network.add_host(number, f"192.0.2.{10 + number}")
        folder = self.folder / f"rack{number}"
        folder.mkdir()
        argv = ["nginx", "-p", f"{folder}/", "-e", "stderr", "-c", str(self.folder / "server/nginx-rack.conf")]
        argv += ["-g", "daemon off; master_process off; user root;"]
        self._children.append(process.spawn(argv, folder / "nginx.log", namespace))
        return namespace

    def boot(self, way):
        """All machines at once; every one fetches everything."""
        source, in_chunks = WAYS[way]
        files = self._files(in_chunks)
        before = len(self.server.requests())
        logs = [self.folder / f"machine{number}.log" for number in range(self.machines)]
        curl = f"curl -sS --max-time {LIMIT_SECONDS} --limit-rate {CARD // SCALE}"
        curl += " -w '%{http_code} %{size_download} %{time_total}\\n'"
        for name in files:
            curl += f" -o /dev/null {source}/{name}"
        go = self.folder / "go"
        go.unlink(missing_ok=True)
        racks = []
        for number, namespace in enumerate(self._racks):
            mine = " ".join(str(log) for log in logs[number :: self.racks])
            script = f"until [ -e {go} ]; do sleep 0.1; done; for log in {mine}; do {curl} >$log 2>&1 & done; wait"
            racks.append(process.spawn(["sh", "-c", script], self.folder / "clients.log", namespace))
        time.sleep(1)
        go.touch()
        deadline = time.monotonic() + LIMIT_SECONDS
        for rack in racks:
            rack.wait(max(1, deadline - time.monotonic()))
        time.sleep(0.5)  # the access log's last lines
        return self._judge(way, list(files.values()), logs, self.server.requests()[before:])

    def _judge(self, way, sizes, logs, requests):
        seconds, errors = [], 0
        for log in logs:
            lines = [line.split() for line in log.read_text().splitlines()]
            right = [line[:2] for line in lines] == [["200", str(size)] for size in sizes]
            errors += not right
            if right:
                seconds.append(sum(float(line[2]) for line in lines))
        sent = sum(request.bytes for request in requests)
        return Result(
            way=way,
            machines=self.machines,
            racks=self.racks,
            errors=errors,
            origin_mb=round(sent * SCALE / 1e6),
            origin_copies=round(sent / sum(sizes), 2),
            p50_seconds=round(percentile(seconds or [0], 0.50), 2),
            p99_seconds=round(percentile(seconds or [0], 0.99), 2),
        )

    def close(self):
        for child in self._children:
            process.stop(child)
        self.server.close()
        self.network.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=200, choices=range(1, 401), metavar="1-400")
    parser.add_argument("--racks", type=int, default=10, choices=range(1, 21), metavar="1-20")
    arguments = parser.parse_args()
    process.run(["rm", "-rf", str(FOLDER)])
    with Fleet(FOLDER, arguments.machines, arguments.racks) as fleet:
        # The cold cache is the case that matters: a rack that is switched on for the first time.
        # Chunks have not been asked for before; the other files are in the caches by then.
        results = [fleet.boot(way) for way in WAYS]
    print(f"{arguments.machines} machines in {arguments.racks} racks at once; {SERVER} sends at {UPLINK // MBIT} Mbit/s,")
    print(f"each takes {sum(FILES.values()) / 1e6:.0f} MB at {CARD // MBIT} Mbit/s; bytes and speeds divided by {SCALE}\n")
    print("| way | sent by the server | copies | p50 | p99 | errors |\n|---|---|---|---|---|---|")
    for result in results:
        print(result.row())
    (FOLDER / "results.json").write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    return 1 if any(result.errors for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
