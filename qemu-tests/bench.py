#!/usr/bin/python3
"""make bench: sizes, times and extraction, each beside its peer's in the same run where a peer can be run.

Writes build/bench/results.json and prints one table. Exit 1 if a figure misses its limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import Lab, by_hand, tiny
from lab.server import TOP
from lab.timeline import INSTALL, Timeline

FOLDER = TOP / "build/bench"
BOOT = TOP / "build/boot"
IMAGE = TOP / "build/image/dom0.tar.zst"
SELINUX_IMAGE = TOP / "build/image/dom0-selinux.tar.zst"
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
        return round(self.ours / self.peer, 3) if self.peer else None

    def holds(self):
        if self.limit is not None and self.ours > self.limit:
            return False
        return self.limit_ratio is None or self.ratio() <= self.limit_ratio

    def row(self):
        peer = f"{self.peer:g} {self.peer_name}" if self.peer else self.peer_name
        limit = f"{self.limit:g}" if self.limit is not None else f"x {self.limit_ratio:.2g}" if self.limit_ratio else ""
        ratio = f"{self.ratio():.2f}" if self.peer else ""
        verdict = "" if not limit else "yes" if self.holds() else "NO"
        return f"| {self.name} | {self.ours:g} {self.unit} | {peer} | {ratio} | {limit} | {verdict} |"


def sizes():
    ours = sum((BOOT / name).stat().st_size for name in ("vmlinuz", "initramfs.img", "modules.img"))
    peer = sum((PEER / name).stat().st_size for name in ("linux", "initrd.gz"))
    name = "Debian's netboot installer"
    yield Figure("kernel + initramfs", "MB", round(ours / MB, 1), round(peer / MB, 1), name, limit=24)
    every = subprocess.run([TOP / "build.sh", "every-module"], capture_output=True, text=True, check=True).stdout
    ours += Path(every.splitlines()[-1]).stat().st_size - (BOOT / "modules.img").stat().st_size
    yield Figure("the same with every driver", "MB", round(ours / MB, 1), limit=32)
    yield Figure("dom0strap, static", "MB", round((TOP / "build/dom0strap").stat().st_size / MB, 2))


def install_times():
    """One install as in the demo; returns the timeline's rows and the moment of the first line of dom0strap."""
    with Lab(FOLDER / "install", append="panic=-1 dom0strap.events=/dev/ttyS1") as lab:
        machine, profile = lab.pair("xen01", IMAGE, disk={"discard": True}, boot="net")
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


def patching():
    """The installer's image of XenServer: a segment appended, beside unpacking, sed and packing anew."""
    script = TOP / "installer/tests/bench/bench_patch.sh"
    profile = TOP / "profiles/xenserver-raid10.yaml"
    argv = [str(script), "--json", "--dir", str(FOLDER), str(TOP / "build/dom0strap"), str(IMAGE), str(profile)]
    result = json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)
    name = f"installer's image of {round(result['image_bytes'] / MB)} MB patched"
    peer = result["peer_ms"] / 1000
    for key, where in (("by_name_ms", "files in order"), ("last_ms", "installer last")):
        yield Figure(f"{name}, {where}", "s", result[key] / 1000, peer, "cpio and bzip2", limit_ratio=1 / 20)
    yield Figure("memory that it takes", "MB", round(result["rss_kb"] * 1024 / MB, 1), limit=64)


LAYOUT = """
disks: {{count: {disks}, min-size: 1G}}
partitions:
  - {{name: boot, size: 256M, active: true}}
  - {{name: root, size: {root_mib}M}}
arrays:
  - {{name: md0, level: 1, of: boot, metadata: "1.0"}}
  - {{name: md1, level: {level}, of: root}}
filesystems:
  - {{on: md1, type: ext4, mount: /}}
  - {{on: md0, type: ext4, mount: /boot}}
"""
ROOT_MIB = 1536
STORAGE_RUNS = 3


def layout_by_dom0strap(machine):
    """Seconds from the start of the install to the last mount, and to arrays that are in sync."""
    machine.start()
    machine.wait_installed()
    events = machine.json_events()
    start = next(e["time"] for e in events if (e["event"], e.get("step")) == ("start", "install"))
    ends = {
        step: max(e["time"] for e in events if (e["event"], e.get("step")) == ("finish", step))
        for step in ("array", "filesystem")
    }
    # In sync once created: the members were zeroed and read back, and the machine says so or this is not true.
    if not machine.console.find(r"md1: in sync \("):
        raise SystemExit("the arrays were not zeroed; there is nothing to compare")
    return ends["filesystem"] - start, ends["array"] - start


def layout_by_hand(lab, machine, level):
    """The same of the script, on a machine that waits with a shell."""
    machine.direct = lab.direct_install(mode="rescue")
    with open(machine.direct.initrd, "ab") as initrd:
        initrd.write(bytes(-initrd.tell() % 4))  # the kernel looks for an archive at every fourth byte
        initrd.write(by_hand.archive(lab.folder, ROOT_MIB).read_bytes())
    machine.start()
    machine.wait_for_shell()
    names = " ".join(f"vd{'abcd'[index]}" for index in range(len(machine.disks)))
    machine.console.send(f"/by-hand {level} {names}\n")
    line = machine.wait_for(r"^by hand: (\d+\.\d\d ?){3}$", 600)
    machine.power_cut()
    return by_hand.parse(line.text)


def layout_times(level, disks, run):
    """Both ways on blank disks of the same kind, one after the other."""
    with Lab(FOLDER / f"raid{level}-{run}", append="dom0strap.events=/dev/ttyS1") as lab:
        image = lab.server.offer_image(tiny.make(lab.folder / "tiny.tar.zst", IMAGE, filler_bytes=1 << 20))
        results = []
        for way in ("ours", "hand"):
            parts = [lab.disk(f"{way}{index}", (ROOT_MIB + 512) << 20, discard=True) for index in range(disks)]
            machine = lab.machine(way, disks=parts, memory=1024, direct=lab.direct_install())
            profile = lab.example_profile(machine, image).layout(
                LAYOUT.format(disks=disks, root_mib=ROOT_MIB, level=level)
            )
            lab.server.offer_profile(machine.nic.mac, profile.set("finish", "poweroff"))
            results.append(layout_by_dom0strap(machine) if way == "ours" else layout_by_hand(lab, machine, level))
        return results


def storage():
    """Blank disks to mounted filesystems, and to arrays in sync: beside sfdisk, mdadm, mke2fs, mount in sequence."""
    for level, disks in ((1, 2), (10, 4)):
        runs = [layout_times(level, disks, run) for run in range(STORAGE_RUNS)]
        for index, what in enumerate(("mounted filesystems", "arrays in sync")):
            ours, hand = (round(statistics.median(run[way][index] for run in runs), 2) for way in (0, 1))
            yield Figure(
                f"RAID {level}, {disks} blank disks to {what}", "s", ours, hand, "typed in sequence", limit_ratio=1.0
            )


def selinux():
    """A boolean and the labels of a whole tree, beside the image's own setsebool and setfiles."""
    script = TOP / "installer/tests/bench/bench_selinux.sh"
    argv = [str(script), str(TOP / "build/dom0strap"), str(SELINUX_IMAGE)]
    result = json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)
    seconds = {name: statistics.median(times) / 1000 for name, times in result.items()}
    yield Figure(
        "SELinux boolean set",
        "s",
        seconds["apply-boolean"],
        seconds["setsebool"],
        "setsebool -P -N",
        limit_ratio=1 / 15,
    )
    yield Figure(
        "whole tree labelled", "s", seconds["apply-labels"], seconds["setfiles"], "setfiles -F", limit_ratio=1.0
    )


PARTS = {
    "sizes": sizes,
    "extraction": extraction,
    "selinux": selinux,
    "patching": patching,
    "storage": storage,
    "times": times,
}


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
