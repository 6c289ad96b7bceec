#!/usr/bin/python3
"""make bench: sizes, times and extraction, each beside its peer's in the same run where a peer can be run.

Writes build/bench/results.json and prints one table. Exit 1 if a figure misses its limit.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import Lab
from lab.server import TOP
from lab.timeline import INSTALL, Timeline

FOLDER = TOP / "build/bench"
BOOT = TOP / "build/boot"
IMAGE = TOP / "build/image/dom0.tar.zst"
PEER = Path("/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64")
MB = 1_000_000


@dataclass
class Figure:
    """limit: ours must not exceed it; in the figure's unit, or as a ratio to the peer's."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    limit: float | None = None
    limit_ratio: float | None = None

    def ratio(self):
        return round(self.ours / self.peer, 2) if self.peer else None

    def holds(self):
        if self.limit is not None and self.ours > self.limit:
            return False
        return self.limit_ratio is None or self.ratio() <= self.limit_ratio

    def row(self):
        peer = f"{self.peer:g} {self.peer_name}" if self.peer else self.peer_name
        limit = f"{self.limit:g}" if self.limit is not None else f"x {self.limit_ratio:g}" if self.limit_ratio else ""
        ratio = f"{self.ratio():.2f}" if self.peer else ""
        verdict = "" if not limit else "yes" if self.holds() else "NO"
        return f"| {self.name} | {self.ours:g} {self.unit} | {peer} | {ratio} | {limit} | {verdict} |"


def sizes():
    ours = sum((BOOT / name).stat().st_size for name in ("vmlinuz", "initramfs.img", "modules.img"))
    peer = sum((PEER / name).stat().st_size for name in ("linux", "initrd.gz"))
    name = "Debian's netboot installer"
    yield Figure("kernel + initramfs", "MB", round(ours / MB, 1), round(peer / MB, 1), name, limit=24)
    yield Figure("dom0strap, static", "MB", round((TOP / "build/dom0strap").stat().st_size / MB, 2))


def install_times():
    """One install as in the demo; returns the timeline's rows and the moment of the first line of dom0strap."""
    with Lab(FOLDER / "install", append="panic=-1 dom0strap.events=/dev/ttyS1") as lab:
        machine, profile = lab.pair("xen01", IMAGE, boot="net")
        lab.server.offer_profile(machine.nic.mac, profile)
        timeline = Timeline(INSTALL, time.time())
        machine.start(timeline.feed, timeline.feed)
        login = machine.wait_for(r"^\S+ login:", 600, unless=r"dom0strap: failed|Kernel panic")
        timeline.finish(login.time)
        timeline.account(lab.server.requests(), lab.server.tftp_files())
        print(timeline.table(), flush=True)
        return timeline.rows()


def peer_first_screen():
    """Debian's installer over the same network boot, to its first question on the serial console."""
    folder = FOLDER / "netboot-peer"
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in (("vmlinuz", PEER / "linux"), ("initramfs.img", PEER / "initrd.gz")):
        (folder / name).write_bytes(source.read_bytes())
    # Our menu names a second archive; an empty one stands in for it.
    empty = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=b"", capture_output=True, check=True)
    (folder / "modules.img").write_bytes(empty.stdout)
    with Lab(FOLDER / "peer", boot=folder, append="DEBIAN_FRONTEND=text vga=off") as lab:
        machine = lab.machine("peer", disks=[lab.disk("DISK1", 6 << 30)], boot="net")
        machine.start()
        first = machine.wait_for(r"Select a language|Choose (a|the) language|Language:", 180)
        return first.time - machine.started


def times():
    rows = install_times()
    first = next(row["at"] for row in rows if row["phase"].startswith("dom0strap"))
    jump = next(row["at"] for row in rows if row["phase"].startswith("kexec"))
    end = rows[-1]["at"] + rows[-1]["seconds"]
    peer = round(peer_first_screen(), 1)
    yield Figure(
        "power-on to first line of dom0strap", "s", round(first, 1), peer, "Debian's netboot installer, first question"
    )
    yield Figure("power-on to end of install", "s", round(jump, 1))
    yield Figure("power-on to dom0 login prompt", "s", round(end, 1))
    (FOLDER / "timeline.json").write_text(json.dumps(rows, indent=1) + "\n")


def extraction():
    script = TOP / "installer/tests/bench/bench_extract.sh"
    argv = [str(script), "--json", "--dir", str(FOLDER), str(TOP / "build/dom0strap"), str(IMAGE)]
    result = json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)
    for key, name in (("returned", "image unpacked, program returned"), ("on_disk", "image unpacked, on the disk")):
        peers = {peer: result[peer][f"median_{key}_ms"] / 1000 for peer in ("bsdtar", "tar")}
        best = min(peers, key=peers.get)
        ours = result["dom0strap"][f"median_{key}_ms"] / 1000
        limit = 0.7 if key == "returned" else None
        yield Figure(name, "s", ours, peers[best], best, limit_ratio=limit)


PARTS = {"sizes": sizes, "extraction": extraction, "times": times}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default: all")
    wanted = parser.parse_args().parts or list(PARTS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = []
    for part in wanted:
        print(f"bench: {part}", flush=True)
        figures += PARTS[part]()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=TOP, capture_output=True, text=True)
    results = {
        "commit": commit.stdout.strip(),
        "cpus": os.cpu_count(),
        "figures": [asdict(f) | {"ratio": f.ratio(), "holds": f.holds()} for f in figures],
    }
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print("\n| figure | ours | peer, same run | ratio | limit | holds |\n|---|---|---|---|---|---|")
    for figure in figures:
        print(figure.row())
    sys.exit(0 if all(figure.holds() for figure in figures) else 1)


if __name__ == "__main__":
    main()
