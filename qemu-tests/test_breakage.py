"""What breaks while an install is going on: disks, the network, the server, too little room.

Long trouble ends in a last line that names the disk's serial or the URL, the documented exit code, and disks that
do not boot. Short network trouble is survived.
"""

import re
import time

import pytest

from lab import Trigger, archive, tiny

HARDWARE, SOURCE = 11, 12
MIB = 1 << 20
IMAGE_AT = 5_000_000  # of the image's bytes have come when something happens


def half_way(event):
    """In the middle of the download."""
    return event["event"] == "progress" and event["action"] == "image" and event["done"] >= IMAGE_AT


def starts(words):
    return lambda event: event["event"] == "start" and words in event.get("action", "")


@pytest.fixture
def image(lab, dom0_image):
    return tiny.make(lab.folder / "tiny.tar.zst", dom0_image)


def install(lab, machine, profile):
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()


# Disks.


def assert_disk_failure_is_told(machine, serial, what):
    message = machine.wait_failed(HARDWARE)["message"]
    assert re.search(rf"disk /dev/\w+ \(serial {serial}\) {what}", message), message
    assert not any(disk.has_boot_code() for disk in machine.disks)


# A name, the moment, the kind of disk.
MOMENTS = {
    "unpacking": half_way,
    "boot-entry": starts("boot entry"),
}


@pytest.mark.parametrize("moment", ["unpacking", pytest.param("boot-entry", marks=pytest.mark.long)])
def test_writes_fail_on_one_member(lab, image, moment):
    machine, profile = lab.tiny_pair(image)
    lab.server.offer_profile(machine.nic.mac, profile)
    trigger = Trigger(MOMENTS[moment], lambda: machine.break_writes(1))
    machine.start(on_event=trigger)
    trigger.wait(machine, 120)
    assert_disk_failure_is_told(machine, "DISK2", "has failed: write error")


@pytest.mark.parametrize("bus", ["virtio-blk", pytest.param("virtio-scsi", marks=pytest.mark.long)])
def test_disk_is_pulled(lab, image, bus):
    machine, profile = lab.tiny_pair(image, {"bus": bus})
    lab.server.offer_profile(machine.nic.mac, profile)
    trigger = Trigger(half_way, lambda: machine.unplug(0))
    machine.start(on_event=trigger)
    trigger.wait(machine, 120)
    assert_disk_failure_is_told(machine, "DISK1", "is gone")


# The network.


def test_network_is_down_for_30_seconds(lab, image):
    machine, profile = lab.tiny_pair(image)
    lab.server.offer_profile(machine.nic.mac, profile)
    cable = Trigger(half_way, lambda: machine.link(up=False))
    machine.start(on_event=cable)
    cable.wait(machine, 120)
    time.sleep(30)
    assert machine.json_events()[-1]["event"] != "fail"
    machine.link(up=True)
    machine.wait_installed()
    answers = [request for request in lab.server.requests() if request.path.startswith("/images/")]
    # Finished by the first connection, or by a later one from where that broke off.
    assert len(answers) == 1 or answers[-1].range, answers


# Faults of the server that an install survives, with what its log must show after them: (status, whether resumed).
SURVIVED = {
    "503-for-a-while": (["503", "503", "503"], [(503, False)] * 3 + [(200, False)]),
    "stall": ([f"stall:{IMAGE_AT}"], [(200, False), (206, True)]),
    "cut": ([f"cut:{IMAGE_AT}", f"cut:{IMAGE_AT}"], [(200, False), (206, True), (206, True)]),
}


@pytest.mark.parametrize(
    "trouble", ["cut"] + [pytest.param(name, marks=pytest.mark.long) for name in ("stall", "503-for-a-while")]
)
def test_server_trouble_is_survived(lab, image, trouble):
    faults, expected = SURVIVED[trouble]
    machine, profile = lab.tiny_pair(image)
    profile.set("url", lab.server.offer_badly(lab.server.offer_image(image), *faults))
    install(lab, machine, profile)
    requests = lab.server.faulty_requests()
    # Two threads write that log, so the order is that of the ends.
    assert sorted((entry["status"], bool(entry["range"])) for entry in requests) == sorted(expected)
    assert sum(entry["bytes"] for entry in requests) < 2 * image.stat().st_size


# Faults, the last of which never ends, and the seconds after which an install has given up.
FOR_EVER = {
    "503": (["503"], 90),
    "silence": ([f"stall:{IMAGE_AT}", "stall:0"], 300),
}


@pytest.mark.parametrize("trouble", ["503", pytest.param("silence", marks=pytest.mark.long)])
def test_server_trouble_that_lasts(lab, image, trouble):
    machine, profile = lab.tiny_pair(image)
    faults, patience = FOR_EVER[trouble]
    url = lab.server.offer_badly(lab.server.offer_image(image), *faults, "always")
    lab.server.offer_profile(machine.nic.mac, profile.set("url", url))
    machine.start()
    failure = machine.wait_failed(SOURCE, patience)
    assert url in failure["message"] and "gave up" in failure["message"], failure
    assert not any(disk.has_boot_code() for disk in machine.disks)


# Room.


def test_image_is_larger_than_the_disk(lab):
    block = bytes(range(256)) * (4 * MIB // 256)
    entries = archive.HOST + tuple((f"usr/share/block{number}", block) for number in range(40))
    image = archive.make(lab.folder / "large.tar.gz", entries)
    machine, profile = lab.tiny_pair(image)
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    failure = machine.wait_failed(SOURCE)
    assert lab.server.offer_image(image)["url"] in failure["message"], failure
    assert "does not fit: / (" in failure["message"], failure
    assert not any(disk.has_boot_code() for disk in machine.disks)
