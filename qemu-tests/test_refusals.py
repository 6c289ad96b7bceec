"""What must not happen: half of what an installer is for.

A boot costs 20 seconds, and a refusal changes nothing. So most cases type `dom0strap install` into one machine's shell,
and QEMU's own counters say that no disk was written to. One case of each kind boots into the installer instead.
"""

import random
import re
import subprocess
import time
from types import SimpleNamespace

import pytest
from conftest import APPEND, RESULTS

from lab import Lab, Profile, archive
from lab.lab import TINY_DISK_BYTES
from lab.server import URL

MIB = 1 << 20
FOREIGN_BYTES = TINY_DISK_BYTES - 64 * MIB  # too small to fit by accident


@pytest.fixture
def bench(lab):
    """A machine with two blank disks, booted directly into the installer, and a good profile for it."""
    machine, profile = lab.tiny_pair(archive.make(lab.folder / "tiny.tar.gz", archive.HOST))
    return SimpleNamespace(lab=lab, machine=machine, profile=profile, disks=machine.disks)


@pytest.fixture(scope="module")
def shell():
    """A machine at the shell's prompt, with two blank disks and some with foreign data."""
    with Lab(RESULTS / "refusals", append=APPEND) as lab:
        image = archive.make(lab.folder / "tiny.tar.gz", archive.HOST)
        machine, profile = lab.tiny_pair(image, direct=lab.direct_install("rescue"))
        for number, put in enumerate(FOREIGN):
            disk = lab.disk(f"FOREIGN{number}", FOREIGN_BYTES)
            put(disk)
            machine.disks.append(disk)
        machine.start()
        machine.wait_for_shell()
        yield SimpleNamespace(lab=lab, machine=machine, text=profile.text, image=image)


typed = pytest.mark.xdist_group("refusals")


@pytest.fixture
def profile(shell):
    return Profile(shell.text)


def install(shell, profile, code, message, url=f"{URL}/profiles/mac/52-54-00-d0-00-01.yaml"):
    """Type it; it ends with that exit code and says that. Returns the lines that it printed."""
    shell.lab.server.offer_profile(shell.machine.nic.mac, profile)
    found, lines = shell.machine.type_and_read(f"dom0strap install --profile {url} --yes", 120)
    assert found == code, lines
    assert any(message in line for line in lines), lines
    return lines


def assert_refused(shell, profile, code, message, **url):
    before = shell.machine.writes()
    lines = install(shell, profile, code, message, **url)
    assert shell.machine.writes() == before
    return lines


def assert_does_not_boot(shell, profile, message):
    """Refused with exit 12 after the disks were partitioned; no BIOS gets anywhere with them."""
    profile.set("wipe", "{listed: [DISK1, DISK2]}")
    before = shell.machine.writes()
    install(shell, profile, 12, message)
    assert shell.machine.type("sync") == 0
    after = shell.machine.writes()
    for number, disk in enumerate(shell.machine.disks[:2]):
        assert after[number] > before[number], "the install never got to the disks"
        assert_dead(disk)
    assert after[2:] == before[2:]


def assert_dead(disk):
    parts = disk.partitions()
    assert len(parts) == 2, f"the install never got to the disks: {parts}"
    assert not any(part["active"] for part in parts)
    assert not disk.has_boot_code()


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
    failure = run_until_refused(bench, 12)
    assert message in failure["message"], failure
    for disk in bench.disks:
        assert_dead(disk)


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


FOREIGN = (put_ext4, put_swap, put_mbr, put_gpt_backup_only, put_filesystem_in_partition_area)


@typed
@pytest.mark.parametrize("put", FOREIGN)
def test_foreign_data_is_refused(shell, profile, put):
    """On the second disk: a check that stops after the first one passes nothing."""
    serial = f"FOREIGN{FOREIGN.index(put)}"
    profile.set("min-size", f"64M\n  serial: [DISK1, {serial}]").change("size: 128M", "size: 64M")
    assert_refused(shell, profile, 15, serial)


def test_foreign_data_ends_the_installer(bench):
    put_gpt_backup_only(bench.disks[1])
    assert_untouched(bench, 15, "DISK2")


# The profile: nothing is opened for writing.

PROFILE_ERRORS = {
    "unknown-key": ("^finish:", "finnish:", 'unknown key "finnish"'),
    "wrong-type": (r"count: 2", "count: two", "not a whole number"),
    "missing-key": (r"^host: .*\n", "", '"host" is missing'),
    "two-filesystems-on-one-mount": ("mount: /boot", "mount: /", "mounted on /"),
}


@typed
@pytest.mark.parametrize("error", PROFILE_ERRORS)
def test_profile_error_is_told_with_its_place(shell, profile, error):
    pattern, replacement, message = PROFILE_ERRORS[error]
    lines = assert_refused(shell, profile.change(pattern, replacement), 10, message)
    assert any(re.search(r"52-54-00-d0-00-01\.yaml:\d+:\d+: ", line) for line in lines)


def test_profile_error_ends_the_installer(bench):
    bench.profile.change("^finish:", "finnish:")
    assert_untouched(bench, 10, 'unknown key "finnish"')


@typed
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_plain_http_needs_the_profile_to_say_so(shell, profile, scheme):
    url = f"{URL}/profiles/mac/52-54-00-d0-00-01.yaml".replace("http:", f"{scheme}:")
    assert_refused(shell, profile.change("^insecure: true\n", ""), 10, "insecure: true", url=url)


@typed
def test_profile_of_another_machine(shell, profile):
    profile.append("match: {mac: 52:54:00:00:00:01}\n")
    assert_refused(shell, profile, 11, "this profile is for the machine with mac")


def test_no_profile_on_the_server(bench):
    """A machine that nobody has prepared is left alone."""
    bench.profile = Profile("")
    bench.machine.direct.append = bench.machine.direct.append.replace("${mac}", "nobody")
    assert_untouched(bench, 12, "404")


# The hardware.


@typed
def test_disks_too_small(shell, profile):
    assert_refused(shell, profile.set("min-size", "300M"), 11, "0 of the 7 disks here fit")


@typed
def test_too_few_disks(shell, profile):
    assert_refused(shell, profile.set("count", "3"), 11, "2 of the 7 disks here fit")


@typed
def test_more_disks_than_asked_for_are_ambiguous(shell, profile):
    assert_refused(shell, profile.set("min-size", "64M"), 11, "7 disks fit, disks.count is 2")


@typed
def test_layout_larger_than_the_disks(shell, profile):
    assert_refused(shell, profile.change("size: 128M", "size: 1G"), 11, "does not fit")


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


def offer(shell, profile, path):
    image = shell.lab.server.offer_image(path)
    return profile.set("url", image["url"]).set("sha256", image["sha256"])


@typed
def test_truncated_image_with_a_matching_digest(shell, profile):
    """The digest of the cut file is right: only the archive itself can tell that its end is missing."""
    cut = archive.truncate(shell.image, shell.lab.folder / "cut.tar.gz")
    assert_does_not_boot(shell, offer(shell, profile, cut), "truncated")


@typed
def test_unreachable_image(shell, profile):
    assert_does_not_boot(shell, profile.set("url", f"{URL}/images/not-there.tar.gz"), "404")


@typed
def test_not_an_archive(shell, profile):
    noise = shell.lab.folder / "noise.tar.gz"
    noise.write_bytes(random.Random(1).randbytes(200_000))
    assert_does_not_boot(shell, offer(shell, profile, noise), "cannot be read as an archive")


@typed
def test_image_without_a_hypervisor(shell, profile):
    """The good tiny image itself: everything before the boot loader's step must have worked."""
    assert_does_not_boot(shell, profile, "no hypervisor")


OUTSIDE = {
    "dot-dot": [("../evil", b"out")],
    "dot-dot-inside": [("etc/../../evil", b"out")],
    "absolute": [("/evil", b"out")],
    "through-a-symlink": [("etc/way-out", ("symlink", "/dev")), ("etc/way-out/evil", b"out")],
}


@typed
@pytest.mark.parametrize("way", OUTSIDE)
def test_entry_outside_the_target(shell, profile, way):
    evil = archive.make(shell.lab.folder / "evil.tar.gz", archive.HOST + tuple(OUTSIDE[way]))
    assert_does_not_boot(shell, offer(shell, profile, evil), "evil")


def test_second_run_goes_on_with_its_own_half_done_work(bench):
    """What the first run left is ours, not foreign: the same profile goes through it all again."""
    assert_not_bootable(bench, "no hypervisor")
    assert_not_bootable(bench, "no hypervisor")
    assert bench.machine.console.find(r"begun by this profile, not finished")
    # To another profile it is somebody else's.
    bench.profile.set("host", "xen02.example.com")
    assert_untouched(bench, 15, 'md RAID member of array "xen01:md0"')
