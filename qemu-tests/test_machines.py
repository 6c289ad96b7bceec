"""The same install on every kind of disk that a machine may have."""

import re

import pytest

from lab import archive, outside, tiny
from lab.lab import TINY_DISK_BYTES

# Properties of the disks.
KINDS = {
    "ide": {"bus": "ide"},
    "sata": {"bus": "sata"},
    "megaraid": {"bus": "megaraid"},
    "scsi": {"bus": "virtio-scsi"},
    "nvme": {"bus": "nvme"},
    "scsi-4k": {"bus": "virtio-scsi", "sector_bytes": 4096},
    "virtio-4k": {"sector_bytes": 4096},
    "nvme-4k": {"bus": "nvme", "sector_bytes": 4096},
    "scsi-discard": {"bus": "virtio-scsi", "discard": True},
    "virtio-discard": {"discard": True},
}

QUICK = ("nvme-4k",)  # of them, those in `make test`: megaraid is below, discard in test_storage


@pytest.fixture
def image(lab, dom0_image):
    return tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=4 << 20)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind in QUICK else pytest.mark.long) for kind in KINDS]
)
def test_installs_on(lab, image, kind):
    machine, profile = lab.tiny_pair(image, KINDS[kind])
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    first, second = (outside.manifest(disk, 2, lab.folder) for disk in machine.disks)
    assert len(first) > 100 and not outside.differences(first, second)
    assert all(disk.bootable() for disk in machine.disks)


def test_a_stick_is_not_a_disk(lab, image):
    """It would make the choice ambiguous. Beside a RAID controller, because only these are waited for so long that a
    stick is found as well."""
    machine, profile = lab.tiny_pair(image, {"bus": "megaraid"})
    stick = lab.disk("STICK", TINY_DISK_BYTES, bus="usb")
    machine.disks.append(stick)
    before = stick.sha256()
    lab.server.offer_profile(machine.nic.mac, profile.set("count", "3"))
    machine.start()
    assert re.search(r"serial STICK, .*, usb\): removable", machine.wait_failed(11)["message"])
    lab.server.offer_profile(machine.nic.mac, profile.set("count", "2"))
    machine.start()
    machine.wait_installed()
    assert stick.sha256() == before
    assert all(disk.bootable() for disk in machine.disks[:2])


def test_a_refusal_lists_every_kind_of_disk(lab):
    image = archive.make(lab.folder / "none.tar.gz", archive.HOST)
    machine, profile = lab.tiny_pair(image)
    kinds = ("ide", "sata", "virtio-scsi", "nvme", "virtio-blk", "megaraid", "usb")
    machine.disks = [lab.disk(kind.upper(), TINY_DISK_BYTES, bus=kind) for kind in kinds]
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    message = machine.wait_failed(11)["message"]
    assert not [kind for kind in kinds if f"serial {kind.upper()}," not in message], message


@pytest.mark.parametrize("count", [3])
def test_installs_on_several_disks(lab, image, count):
    machine, profile = lab.tiny_pair(image)
    machine.disks += [lab.disk(f"DISK{number}", TINY_DISK_BYTES) for number in range(3, count + 1)]
    lab.server.offer_profile(machine.nic.mac, profile.change(r"count: 2", f"count: {count}"))
    machine.start()
    machine.wait_installed()
    assert all(disk.bootable() for disk in machine.disks)
