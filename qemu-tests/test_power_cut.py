"""The power goes at any moment of an install: then either the disks do not boot, or what boots is complete; and
the next run ends in the same host, file for file, as an install that nobody disturbed.

The moments come from the events of an undisturbed install. The disks have write caches, of which a cut leaves
nothing, a random half, or all (see lab/volatile.py). The host is the tiny one (lab/tiny.py) but for the last cases.
"""

import os
import random
import time
from dataclasses import dataclass

import pytest
from conftest import APPEND, RESULTS
from test_install import LOGIN, TROUBLE, assert_claims

from lab import Lab, dom0, outside, tiny

POINTS = 25
QUICK = (13,)  # of them, those in `make test`
KEEP = (0.0, 0.5, 1.0)  # of what was in the disks' caches
LAST_WRITE = (0.0, 0.02, 0.05, 0.1)  # seconds after its start
MIB = 1 << 20
# Mount times and counts, write times, the journal's sequence: what is in a superblock beside the UUID is not compared.
# Of files nothing differs by nature: no case needs an exception.


@dataclass
class Host:
    """What an install has left, read from one disk."""

    table: bytes  # all before the first partition: table, boot code, GRUB's core image
    arrays: list  # UUID and name of each
    filesystems: list  # UUID of each
    boot: dict
    root: dict


def look(disk, folder):
    members = [outside.read_member(disk, part) for part in disk.partitions()]
    uuids = []
    for part, member in zip(disk.partitions(), members):
        uuids.append(disk.read(part["start"] * 512 + member.data_offset + 1024 + 104, 16).hex())
    return Host(
        disk.read(0, MIB),
        [(member.uuid, member.name) for member in members],
        uuids,
        outside.manifest(disk, 1, folder),
        outside.manifest(disk, 2, folder),
    )


def assert_same(disk, undisturbed, folder):
    host = look(disk, folder)
    wrong = outside.differences(undisturbed.boot, host.boot) + outside.differences(undisturbed.root, host.root)
    assert not wrong, f"{disk.serial}: {len(wrong)} differences: {wrong[:20]}"
    assert (host.arrays, host.filesystems) == (undisturbed.arrays, undisturbed.filesystems)


def milestones(events):
    """The moments that can be told from outside, from the first write on."""
    names = [e for e in events if e["event"] in ("start", "finish", "progress") and "action" in e]
    first = next(i for i, e in enumerate(names) if e.get("step") == "disk")
    return names[first:]


def pick(moments):
    """POINTS of them. Spread half by time and half by count: neither the few long actions nor the many short ones get
    all of them.
    """
    begin, end = moments[0]["time"], moments[-1]["time"]
    places = [(e["time"] - begin) / (end - begin) + i / (len(moments) - 1) for i, e in enumerate(moments)]
    picked = [0]
    for number in range(1, POINTS):
        near = min(range(len(moments)), key=lambda i: abs(places[i] - 2 * number / (POINTS - 1)))
        picked.append(max(near, picked[-1] + 1))
    return [moments[i] for i in picked]


def same_moment(point):
    """A predicate for run_until(): the same event in another run. Progress comes at other bytes each time, and there
    are some more or fewer of them to write, so its share counts.
    """

    def matches(event):
        if any(event.get(key) != point.get(key) for key in ("event", "step", "action")):
            return False
        return point["event"] != "progress" or event["done"] * point["total"] >= point["done"] * event["total"]

    return matches


def make_machine(lab, dom0_image):
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image)
    machine, profile = lab.tiny_pair(image, {"volatile": True})
    lab.server.offer_profile(machine.nic.mac, profile)
    return machine


@pytest.fixture(scope="session")
def undisturbed(dom0_image):
    """(events, {serial: Host}) of an install that nothing happened to."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with Lab(RESULTS / f"undisturbed-{worker}", append=APPEND) as lab:
        machine = make_machine(lab, dom0_image)
        machine.start()
        machine.wait_installed()
        hosts = {disk.serial: look(disk, lab.folder) for disk in machine.disks}
        return machine.json_events(), hosts


class Cut:
    """One machine whose power is cut once, and what can be asked of it then."""

    def __init__(self, lab, machine, hosts):
        self.lab = lab
        self.machine = machine
        self.hosts = hosts

    def boot(self, pattern, timeout, unless):
        """From the disks as they are, on overlays, so that nothing happens to them."""
        machine, disks, direct = self.machine, self.machine.disks, self.machine.direct
        machine.disks = [self.lab.overlay(disk, f"look{time.monotonic_ns()}") for disk in disks]
        machine.direct = None
        machine.start()
        machine.wait_for(pattern, timeout, unless=unless)
        machine.power_cut()
        machine.disks, machine.direct = disks, direct

    def assert_nothing_runs(self):
        machine, direct = self.machine, self.machine.direct
        machine.direct = None
        machine.start()
        machine.wait_for_firmware(r"Booting from 0000:7c00|not a bootable disk|No bootable device", 30)
        time.sleep(5)
        assert not machine.console.lines and not machine.console.partial
        machine.power_cut()
        machine.direct = direct

    def assert_nothing_or_everything(self, try_boot):
        """A BIOS starts whatever code is there, active partition or not: from then on the host must be complete."""
        bootable = [disk for disk in self.machine.disks if disk.has_boot_code()]
        for disk in bootable:
            host, expected = look(disk, self.lab.folder), self.hosts[disk.serial]
            wrong = outside.differences(expected.root, host.root) + outside.differences(expected.boot, host.boot)
            assert not wrong, f"{disk.serial} boots, but: {wrong[:20]}"
        if bootable:
            self.boot(tiny.COMPLETE, 240, unless=tiny.INCOMPLETE)
        elif try_boot:
            self.assert_nothing_runs()
        return bool(bootable)

    def assert_rerun_ends_well(self):
        """Once more the same profile. A complete host is booted by kexec, and the tiny one powers off as well."""
        self.machine.start()
        self.machine.wait_installed()
        assert not self.machine.console.find(tiny.INCOMPLETE)
        for disk in self.machine.disks:
            assert disk.bootable()
            assert_same(disk, self.hosts[disk.serial], self.lab.folder)


def cut_at(lab, dom0_image, undisturbed, point, keep, delay=0.0, seed=1):
    machine = make_machine(lab, dom0_image)
    lost = machine.run_until(same_moment(point), 120, delay, keep=keep, dice=random.Random(seed))
    where = f"{point['event']} {point.get('step', '')} {point['action']} {point.get('done', '')}"
    (lab.folder / "cut").write_text(f"{where}\nafter {delay} s\nlost {lost} bytes\n")
    return Cut(lab, machine, undisturbed[1])


def spread(count, quick):
    """Numbers of cases; those not in quick are for `make test-long`. Two groups, for one undisturbed install each."""
    for number in range(count):
        marks = [pytest.mark.xdist_group(f"power-cut-{number % 2}")]
        if number not in quick:
            marks.append(pytest.mark.long)
        yield pytest.param(number, marks=marks)


@pytest.mark.parametrize("number", spread(POINTS, quick=QUICK))
def test_power_cut(lab, dom0_image, undisturbed, number):
    point = pick(milestones(undisturbed[0]))[number]
    cut = cut_at(lab, dom0_image, undisturbed, point, KEEP[number % len(KEEP)], seed=number)
    cut.assert_nothing_or_everything(try_boot=number % 6 == 1)
    cut.assert_rerun_ends_well()


@pytest.mark.parametrize("number", spread(len(LAST_WRITE), quick=()))
def test_power_cut_during_the_last_write(lab, dom0_image, undisturbed, number):
    point = [event for event in milestones(undisturbed[0]) if event["event"] == "start"][-1]
    cut = cut_at(lab, dom0_image, undisturbed, point, KEEP[number % len(KEEP)], LAST_WRITE[number], seed=number)
    assert cut.assert_nothing_or_everything(try_boot=False), "everything is on the disks before the last write"
    cut.assert_rerun_ends_well()


@pytest.mark.xdist_group("power-cut-1")
def test_power_cut_after_the_first_boot_code(lab, dom0_image, undisturbed):
    """One disk boots: GRUB, which reads no journal, must find its modules and its menu in their place already."""
    coded = [e for e in milestones(undisturbed[0]) if e["event"] == "finish" and e["action"].startswith("boot code")]
    cut = cut_at(lab, dom0_image, undisturbed, coded[0], keep=0.0)
    assert cut.assert_nothing_or_everything(try_boot=False)
    cut.assert_rerun_ends_well()


# The real host: what boots is a whole dom0.

REAL_POINTS = {
    "unpacking": lambda e: e["event"] == "progress" and e["action"] == "image" and e["done"] > e["total"] / 2,
    "first-boot-code": lambda e: e["event"] == "finish" and e.get("action", "").startswith("boot code"),
    "last-write": lambda e: e["event"] == "start" and "/dev/vdb" in e.get("action", "") and "active" in e["action"],
}


def assert_is_dom0(lab, machine):
    machine.wait_for(LOGIN, 900, unless=TROUBLE)
    lab.wait_for_ssh(machine)
    assert_claims(dom0.ask(lab, machine), "UU")


@pytest.mark.long
@pytest.mark.parametrize("point", REAL_POINTS)
def test_power_cut_of_a_real_install(lab, dom0_image, point):
    machine, profile = lab.pair("xen01", dom0_image, disk={"volatile": True}, direct=lab.direct_install())
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.run_until(REAL_POINTS[point], 900)
    bootable = [disk for disk in machine.disks if disk.has_boot_code()]
    assert len(bootable) == {"unpacking": 0, "first-boot-code": 1, "last-write": 2}[point]
    if bootable:
        disks, direct = machine.disks, machine.direct
        machine.disks, machine.direct = [lab.overlay(disk, "look") for disk in disks], None
        machine.start()
        assert_is_dom0(lab, machine)
        machine.power_cut()
        machine.disks, machine.direct = disks, direct
    machine.start()
    assert_is_dom0(lab, machine)
