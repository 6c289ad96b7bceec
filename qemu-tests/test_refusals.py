"""What must not happen: half of what an installer is for. Each case has its own two small blank disks.

Kernel and initramfs are handed over by QEMU itself, which saves the 20 seconds of a network boot; profile and
image come from the boot server as always.
"""

import random
import subprocess
import time
from types import SimpleNamespace

import pytest

from lab import Profile, archive
from lab.lab import TINY_DISK_BYTES
from lab.server import URL

MIB = 1 << 20


@pytest.fixture
def bench(lab):
    """A machine with two blank disks, booted directly into the installer, and a good profile for it."""
    machine, profile = lab.tiny_pair(archive.make(lab.folder / "tiny.tar.gz", archive.HOST))
    return SimpleNamespace(lab=lab, machine=machine, profile=profile, disks=machine.disks)


def run_until_refused(bench, code):
    """Boot the installer and wait for its last word. Returns the last event, whose message says why."""
    bench.lab.server.offer_profile(bench.machine.nic.mac, bench.profile)
    bench.machine.start()
    return bench.machine.wait_failed(code)


def assert_untouched(bench, code, message):
    """Refused with that exit code and message, and not one byte of any disk differs afterwards."""
    before = [disk.sha256() for disk in bench.disks]
    failure = run_until_refused(bench, code)
    assert message in failure["message"], failure
    assert [disk.sha256() for disk in bench.disks] == before


def assert_not_bootable(bench, message):
    """Refused with exit 12 after the disks were partitioned; no BIOS gets anywhere with them."""
    failure = run_until_refused(bench, 12)
    assert message in failure["message"], failure
    for disk in bench.disks:
        parts = disk.partitions()
        assert len(parts) == 2, f"the install never got to the disks: {parts}"
        assert not any(part["active"] for part in parts)
        assert not disk.has_boot_code()


# The profile: nothing is opened for writing.

PROFILE_ERRORS = {
    "unknown-key": ("^finish:", "finnish:", 'unknown key "finnish"'),
    "wrong-type": (r"count: 2", "count: two", "not a whole number"),
    "missing-key": (r"^host: .*\n", "", '"host" is missing'),
    "two-filesystems-on-one-mount": ("mount: /boot", "mount: /", "mounted on /"),
}


@pytest.mark.parametrize("error", PROFILE_ERRORS)
def test_profile_error_is_told_with_its_place(bench, error):
    pattern, replacement, message = PROFILE_ERRORS[error]
    bench.profile.change(pattern, replacement)
    assert_untouched(bench, 10, message)
    assert bench.machine.console.find(r"52-54-00-d0-00-01\.yaml:\d+:\d+: ")


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_plain_http_needs_the_profile_to_say_so(bench, scheme):
    bench.profile.change("^insecure: true\n", "")
    bench.machine.direct.append = bench.machine.direct.append.replace("profile=http:", f"profile={scheme}:")
    assert_untouched(bench, 10, "insecure: true")


def test_profile_of_another_machine(bench):
    bench.profile.append("match: {mac: 52:54:00:00:00:01}\n")
    assert_untouched(bench, 11, "this profile is for the machine with mac")


def test_no_profile_on_the_server(bench):
    """A machine that nobody has prepared is left alone."""
    bench.profile = Profile("")
    before = [disk.sha256() for disk in bench.disks]
    bench.machine.direct.append = bench.machine.direct.append.replace("${mac}", "nobody")
    failure = run_until_refused(bench, 12)
    assert "404" in failure["message"]
    assert [disk.sha256() for disk in bench.disks] == before


# The hardware.


def test_disks_too_small(bench):
    bench.profile.set("min-size", "300M")
    assert_untouched(bench, 11, "0 of the 2 disks here fit")


def test_too_few_disks(bench):
    bench.machine.disks = bench.disks = bench.disks[:1]
    assert_untouched(bench, 11, "1 of the 1 disks here fit")


def test_more_disks_than_asked_for_are_ambiguous(bench):
    bench.disks.append(bench.lab.disk("DISK3", TINY_DISK_BYTES))
    bench.machine.disks = bench.disks
    assert_untouched(bench, 11, "3 disks fit, disks.count is 2")


def test_layout_larger_than_the_disks(bench):
    bench.profile.change("size: 128M", "size: 1G")
    assert_untouched(bench, 11, "does not fit")


# Somebody else's data.


def put_ext4(disk):
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", disk.path], check=True)


def put_swap(disk):
    subprocess.run(["mkswap", "-q", disk.path], check=True)


def put_mbr(disk):
    subprocess.run(["sfdisk", "-q", disk.path], input=b"label: dos\n2048,20480,83\n", check=True)


def put_gpt_backup_only(disk):
    """The front is zero, as after dd of a first megabyte; the partition table's copy at the end is still there."""
    subprocess.run(["sfdisk", "-q", disk.path], input=b"label: gpt\n2048,20480\n", check=True)
    disk.write(0, bytes(MIB))


def put_filesystem_in_partition_area(disk):
    """No table at all, but where our first partition would begin somebody has a filesystem."""
    inner = disk.path.with_suffix(".inner")
    with open(inner, "wb") as image:
        image.truncate(32 * MIB)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", inner], check=True)
    disk.write(MIB, inner.read_bytes())


@pytest.mark.parametrize("put", [put_ext4, put_swap, put_mbr, put_gpt_backup_only, put_filesystem_in_partition_area])
def test_foreign_data_is_refused(bench, put):
    """On the second disk: a check that stops after the first one passes nothing."""
    put(bench.disks[1])
    assert_untouched(bench, 15, "DISK2")


# The image: the disk does not boot.


def test_wrong_digest(bench):
    bench.profile.set("sha256", "0" * 64)
    assert_not_bootable(bench, "SHA-256")
    # From outside, the way that counts. A BIOS starts whatever sector has the signature; in this one there is
    # nothing to start, so nothing ever speaks up.
    machine = bench.machine
    machine.direct = None
    machine.start()
    machine.wait_for_firmware(r"Booting from 0000:7c00", 30)
    time.sleep(10)
    assert not machine.console.lines and not machine.console.partial


def test_wrong_digest_and_power_off_on_error(bench):
    bench.profile.set("sha256", "0" * 64).set("on-error", "poweroff")
    bench.lab.server.offer_profile(bench.machine.nic.mac, bench.profile)
    bench.machine.start()
    bench.machine.wait_for(r"dom0strap: failed, exit 12 \(source\)", 120)
    bench.machine.wait_off(30)
    assert not any(disk.bootable() for disk in bench.disks)


def offer(bench, path):
    image = bench.lab.server.offer_image(path)
    bench.profile.set("url", image["url"]).set("sha256", image["sha256"])


def test_truncated_image_with_a_matching_digest(bench):
    """The digest of the cut file is right: only the archive itself can tell that its end is missing."""
    whole = bench.lab.folder / "tiny.tar.gz"
    offer(bench, archive.truncate(whole, bench.lab.folder / "cut.tar.gz"))
    assert_not_bootable(bench, "truncated")


def test_unreachable_image(bench):
    bench.profile.set("url", f"{URL}/images/not-there.tar.gz")
    assert_not_bootable(bench, "404")


def test_not_an_archive(bench):
    noise = bench.lab.folder / "noise.tar.gz"
    noise.write_bytes(random.Random(1).randbytes(200_000))
    offer(bench, noise)
    assert_not_bootable(bench, "cannot be read as an archive")


def test_image_without_a_hypervisor(bench):
    """The good tiny image itself: everything before the boot loader's step must have worked."""
    assert_not_bootable(bench, "no hypervisor")


OUTSIDE = {
    "dot-dot": [("../evil", b"out")],
    "dot-dot-inside": [("etc/../../evil", b"out")],
    "absolute": [("/evil", b"out")],
    "through-a-symlink": [("etc/way-out", ("symlink", "/dev")), ("etc/way-out/evil", b"out")],
}


@pytest.mark.parametrize("way", OUTSIDE)
def test_entry_outside_the_target(bench, way):
    offer(bench, archive.make(bench.lab.folder / "evil.tar.gz", archive.HOST + tuple(OUTSIDE[way])))
    assert_not_bootable(bench, "evil")


def test_second_run_goes_on_with_its_own_half_done_work(bench):
    """What the first run left is ours, not foreign: the same profile goes through it all again."""
    assert_not_bootable(bench, "no hypervisor")
    assert_not_bootable(bench, "no hypervisor")
    assert bench.machine.console.find(r"begun by this profile, not finished")
    # To another profile it is somebody else's.
    bench.profile.set("host", "xen02.example.com")
    assert_untouched(bench, 15, 'md RAID member of array "xen01:md0"')
