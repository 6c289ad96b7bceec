#!/usr/bin/python3
"""make bench-fleet: many machines boot at once from one server, straight, through a cache in each rack, and with
the image from a machine of the rack that was switched on before the others.

The servers are real (nginx as pxe/render configures it; dom0strap where a machine serves others), and so are the
clients (one curl for each machine, with what a machine fetches, in its order). Bytes and speeds are both divided by
SCALE, so the seconds are those of the real sizes; what a request costs is not divided. Networks are namespaces of this
computer.
"""

import argparse
import json
import os
import sys
import tarfile
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
PEER_PORT = 8280


@dataclass
class Way:
    """What is asked for where; all of them get the same bytes. chunks: the folder of an image that is in chunks."""

    source: str
    chunks: str = ""
    first: bool = False  # one machine of each rack is switched on before the others, and serves them


WAYS = {
    "straight": Way(URL),
    "through a cache in each rack": Way("http://127.0.0.1"),
    "through it, the image in chunks": Way("http://127.0.0.1", "http://127.0.0.1/chunks"),
    "straight, the image from the rack's first machine": Way(URL, f"http://127.0.0.1:{PEER_PORT}", True),
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
    image_copies: float  # and the image
    p50_seconds: float
    p99_seconds: float

    def row(self):
        sent = f"{self.origin_mb:g} MB | {self.origin_copies:.1f} | {self.image_copies:.1f}"
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
        self._image = self.folder / "server" / IMAGE
        self._pack(self._image, FILES[IMAGE] // SCALE)
        self._chunks = self._cut(IMAGE)
        rate = str(UPLINK * 8 // SCALE)
        limit = ["tbf", "rate", rate, "burst", "512kb", "latency", "200ms"]
        process.run(["tc", "qdisc", "add", "dev", BRIDGE, "root", *limit], self.network.namespace)
        self._racks = [self._make_rack(number) for number in range(1, racks + 1)]

    def _write(self, path, size):
        path.write_bytes(os.urandom(size // SCALE))

    @staticmethod
    def _pack(path, size):
        """An image of about that size, for whoever unpacks it."""
        path.with_name("file").write_bytes(os.urandom(size - tarfile.RECORDSIZE))
        with tarfile.open(path, "w") as tar:
            tar.add(path.with_name("file"), "file")
        path.with_name("file").unlink()

    def _cut(self, image):
        """What pxe/render has to cut anew, now that the image is there; the chunks, in their order."""
        self.server.render()
        # Rendering writes profiles anew, and the fleet's one is no profile.
        self._write(self.folder / "server" / PROFILE, FILES[PROFILE])
        chunks = (self.folder / f"server/chunks/{Path(image).name}.chunks").read_text().splitlines()[1:]
        return chunks

    def _files(self, way):
        """URLs and sizes of what a machine fetches."""
        files = {f"{way.source}/{name}": size // SCALE for name, size in FILES.items() if name != IMAGE}
        rest = self._image.stat().st_size
        if not way.chunks:
            return files | {f"{way.source}/{IMAGE}": rest}
        for digest in self._chunks:
            files[f"{way.chunks}/{digest}"] = min(rest, CHUNK // SCALE)
            rest -= CHUNK // SCALE
        return files

    def _make_rack(self, number):
        namespace = self.network.add_host(number, f"192.0.2.{10 + number}")
        folder = self.folder / f"rack{number}"
        folder.mkdir()
        argv = ["nginx", "-p", f"{folder}/", "-e", "stderr", "-c", str(self.folder / "server/nginx-rack.conf")]
        argv += ["-g", "daemon off; master_process off; user root;"]
        self._children.append(process.spawn(argv, folder / "nginx.log", namespace))
        return namespace

    def _curl(self, files):
        curl = f"curl -sS --max-time {LIMIT_SECONDS} --limit-rate {CARD // SCALE}"
        curl += " -w '%{http_code} %{size_download} %{time_total}\\n'"
        return curl + "".join(f" -o /dev/null {url}" for url in files)

    def _install_first(self):
        """One machine of each rack, which then serves the others at the speed of its own card."""
        digest = process.run(["sha256sum", str(self._image)]).stdout.split()[0]
        program = os.environ.get("DOM0STRAP", str(TOP / "build/dom0strap"))
        card = ["tbf", "rate", str(CARD * 8 // SCALE), "burst", "512kb", "latency", "200ms"]
        boot = [f"{URL}/{name}" for name in FILES if name != IMAGE]
        for number, namespace in enumerate(self._racks, 1):
            target = self.folder / f"rack{number}/target"
            target.mkdir()
            process.run(["sh", "-c", self._curl(boot)], namespace)
            argv = [program, "extract", "--chunks", f"{URL}/chunks/{Path(IMAGE).name}.chunks", "--sha256", digest]
            argv += ["--serve-chunks", "1h", f"{URL}/{IMAGE}", str(target)]
            self._children.append(process.spawn(argv, self.folder / f"rack{number}/first.log", namespace))
            listening = f"until ss -Hltn 'sport = :{PEER_PORT}' | grep -q .; do sleep 0.05; done"
            process.run(["timeout", "60", "sh", "-c", listening], namespace)
            process.run(["tc", "qdisc", "add", "dev", "lo", "root", *card], namespace)

    def boot(self, name):
        """All machines at once; every one fetches everything."""
        way = WAYS[name]
        files = self._files(way)
        before = len(self.server.requests())
        if way.first:
            self._install_first()
        count = self.machines - self.racks * way.first
        logs = [self.folder / f"machine{number}.log" for number in range(count)]
        go = self.folder / "go"
        go.unlink(missing_ok=True)
        racks = []
        for number, namespace in enumerate(self._racks):
            mine = " ".join(str(log) for log in logs[number :: self.racks])
            fetch = f"for log in {mine}; do {self._curl(files)} >$log 2>&1 & done; wait"
            script = f"until [ -e {go} ]; do sleep 0.1; done; {fetch}"
            racks.append(process.spawn(["sh", "-c", script], self.folder / "clients.log", namespace))
        time.sleep(1)
        go.touch()
        deadline = time.monotonic() + LIMIT_SECONDS
        for rack in racks:
            rack.wait(max(1, deadline - time.monotonic()))
        time.sleep(0.5)  # the access log's last lines
        return self._judge(name, list(files.values()), logs, self.server.requests()[before:])

    def _judge(self, way, sizes, logs, requests):
        seconds, errors = [], 0
        for log in logs:
            lines = [line.split() for line in log.read_text().splitlines()]
            right = [line[:2] for line in lines] == [["200", str(size)] for size in sizes]
            errors += not right
            if right:
                seconds.append(sum(float(line[2]) for line in lines))
        sent = sum(request.bytes for request in requests)
        of_image = [request.bytes for request in requests if request.path.split("/")[1] in ("images", "chunks")]
        return Result(
            way=way,
            machines=self.machines,
            racks=self.racks,
            errors=errors,
            origin_mb=round(sent * SCALE / 1e6),
            origin_copies=round(sent / sum(sizes), 2),
            image_copies=round(sum(of_image) / self._image.stat().st_size, 2),
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
    print(
        f"{arguments.machines} machines in {arguments.racks} racks at once; {SERVER} sends at {UPLINK // MBIT} Mbit/s,"
    )
    print(
        f"each takes {sum(FILES.values()) / 1e6:.0f} MB at {CARD // MBIT} Mbit/s; bytes and speeds divided by {SCALE}\n"
    )
    print("| way | sent by the server | copies | of the image | p50 | p99 | errors |\n|---|---|---|---|---|---|---|")
    for result in results:
        print(result.row())
    (FOLDER / "results.json").write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    return 1 if any(result.errors for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
