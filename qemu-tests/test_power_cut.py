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
KEEP = (0.0, 0.5, 1.0)  # of what was in the disks' caches
LAST_WRITE = (0.0, 0.02, 0.05, 0.1)  # seconds after its start
FAILED = r"dom0strap: failed, exit|Kernel panic"
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


def same_moment(point):
    """A predicate for run_until(): the same event in another run. Progress comes at other bytes each time."""

    def matches(event):
        if any(event.get(key) != point.get(key) for key in ("event", "step", "action")):
            return False
        return point["event"] != "progress" or event["done"] >= point["done"]

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
        machine.wait_off(120, unless=FAILED)
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
            self.boot(tiny.COMPLETE, 120, unless=tiny.INCOMPLETE)
        elif try_boot:
            self.assert_nothing_runs()
        return bool(bootable)

    def assert_rerun_ends_well(self):
        """Once more the same profile. A complete host is booted by kexec, and the tiny one powers off as well."""
        self.machine.start()
        self.machine.wait_off(180, unless=f"{FAILED}|{tiny.INCOMPLETE}")
        last = self.machine.json_events()[-1]
        assert (last["event"], last["step"]) == ("finish", "install"), last
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


@pytest.mark.parametrize("number", spread(POINTS, quick=(7, 10, 22)))
def test_power_cut(lab, dom0_image, undisturbed, number):
    moments = milestones(undisturbed[0])
    point = moments[round(number * (len(moments) - 1) / (POINTS - 1))]
    cut = cut_at(lab, dom0_image, undisturbed, point, KEEP[number % len(KEEP)], seed=number)
    cut.assert_nothing_or_everything(try_boot=number % 6 == 1)
    cut.assert_rerun_ends_well()


@pytest.mark.parametrize("number", spread(len(LAST_WRITE), quick=(1,)))
def test_power_cut_during_the_last_write(lab, dom0_image, undisturbed, number):
    point = [event for event in milestones(undisturbed[0]) if event["event"] == "start"][-1]
    cut = cut_at(lab, dom0_image, undisturbed, point, KEEP[number % len(KEEP)], LAST_WRITE[number], seed=number)
    assert cut.assert_nothing_or_everything(try_boot=False), "everything is on the disks before the last write"
    cut.assert_rerun_ends_well()
