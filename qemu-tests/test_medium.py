"""Sticks and discs that pxe/medium writes: machines without a network card start from them."""

import os

import pytest

from lab import Disk, process, tiny
from lab.lab import TINY_DISK_BYTES
from lab.server import TOP


def make(lab, profile, kind, mode, images=None):
    """A medium with this profile for any machine, as a disk."""
    profiles = lab.folder / "profiles"
    profiles.mkdir()
    (profiles / "any.yaml").write_text(profile.text)
    path = lab.folder / "disks" / "MEDIUM"
    argv = [str(TOP / "pxe/medium"), f"--{kind}", str(path), "--boot", str(lab.boot), "--profiles", str(profiles)]
    argv += ["--images", str(images)] if images else []
    process.run(argv + ["--mode", mode, "--append", "dom0strap.events=/dev/ttyS1 panic=-1"])
    return Disk(path, "MEDIUM", bus="usb" if kind == "usb" else "cdrom")


def without_network(machine, medium):
    machine.nics, machine.direct, machine.boot = [], None, "disk"
    machine.disks = [medium, *machine.disks]  # the firmware starts the first


def test_a_stick_installs_without_a_network(lab, dom0_image):
    images = lab.folder / "images"
    images.mkdir()
    image = tiny.make(images / "tiny.tar.zst", dom0_image, filler_bytes=1 << 20)
    machine, profile = lab.tiny_pair(image)
    profile.set("url", "medium:/images/tiny.tar.zst").change("^insecure: true\n", "")
    stick = make(lab, profile, "usb", "install", images)
    os.truncate(stick.path, TINY_DISK_BYTES + (64 << 20))  # large enough to be taken for one of the disks
    before = stick.sha256()
    disks = machine.disks
    without_network(machine, stick)
    machine.start()
    machine.wait_installed()
    assert machine.console.find(r"medium +DOM0DATA on /dev/sd\w2")
    assert stick.sha256() == before
    machine.disks = disks
    machine.start()
    machine.wait_for(tiny.COMPLETE, 240, unless=tiny.INCOMPLETE)


@pytest.mark.long
@pytest.mark.parametrize(
    "kind, uefi",
    [
        pytest.param("usb", True, id="stick-uefi"),
        pytest.param("iso", False, id="disc-bios"),
        pytest.param("iso", True, id="disc-uefi"),
    ],
)
def test_the_plan_is_shown(lab, dom0_image, kind, uefi):
    """On UEFI the plan says that this profile, which comes from the medium, is one for BIOS."""
    machine, profile = lab.tiny_pair(dom0_image, uefi=uefi)
    medium = make(lab, profile.change("^insecure: true\n", ""), kind, "plan")
    without_network(machine, medium)
    machine.start()
    if uefi:
        machine.wait_for(r"any\.yaml: this machine has booted by UEFI", 240, unless="dom0strap: done|Kernel panic")
    else:
        machine.wait_for("dom0strap: done", 240, unless="dom0strap: failed|Kernel panic")
        assert machine.console.find("md0")
    assert not any(disk.partitions() for disk in machine.disks[1:])
