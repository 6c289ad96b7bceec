"""Layouts: what the disks hold afterwards, seen from outside, and what the host says of them that boots from it."""

import random
import re
import subprocess
from dataclasses import dataclass, field, replace

import pytest

from lab import Trigger, outside, process, tiny
from lab.server import URL

MIB = 1 << 20
RAID_GUID = "a19d880f-05fc-4d3b-a006-743f0f84911e"
BIOS_BOOT_GUID = "21686148-6449-6e6f-744e-656564454649"
ESP_GUID = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
MIRROR = r"Raid Level : raid1"
# Kernel modules by what they are for; md's parity needs its own checksum module, and xfs too.
PARITY, XFS, FAT = "libcrc32c raid456", "libcrc32c xfs", "vfat nls_cp437 nls_ascii nls_iso8859-1"


@dataclass
class Case:
    layout: str
    disks: int = 2
    size: int = 384 * MIB
    kind: dict = field(default_factory=dict)  # properties of the disks
    types: list = field(default_factory=list)  # of the partitions
    members: dict = field(default_factory=dict)  # partition: what mdadm --examine says, as patterns
    content: dict = field(default_factory=dict)  # partition that is a mirror's member: type by blkid
    says: list = field(default_factory=list)  # patterns: lines of the booted tiny host
    drivers: str = ""
    uefi: bool = False
    loader: str = "grub2"
    boots: bool = True
    alone: bool = False  # from each disk without the others, too
    first_boot: bool = False  # an overlay has a script for it


CASES = {
    "mbr-0.90": Case(
        layout="""
disks: {count: 2, min-size: 256M}
table: mbr
partitions:
  - {name: boot, size: 64M, active: true}
  - {name: root, size: rest}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "0.90"}
  - {name: md1, level: 1, of: root, metadata: "0.90"}
filesystems:
  - {on: md0, type: ext3, mount: /boot, inode-size: 128}
  - {on: md1, type: ext3, mount: /}
""",
        types=[0xFD, 0xFD],
        members={1: [MIRROR, "Version : 0.90"], 2: [MIRROR, "Version : 0.90"]},
        says=["/boot is ext3 on md0"],
        alone=True,
        first_boot=True,
    ),
    "gpt-bios": Case(
        layout="""
disks: {count: 2, min-size: 256M}
table: gpt
partitions:
  - {name: core, size: 1M, type: bios-boot}
  - {name: boot, size: 64M, active: true}
  - {name: swap, size: 32M}
  - {name: root, size: 50%}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.1"}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 1, of: swap, bitmap: none}
filesystems:
  - {on: md0, type: ext2, mount: /boot}
  - {on: md1, type: ext4, mount: /}
  - {on: md2, type: swap}
""",
        types=[BIOS_BOOT_GUID, RAID_GUID, RAID_GUID, RAID_GUID],
        members={2: [MIRROR, "Version : 1.1"], 4: [MIRROR, "Version : 1.2", "Internal Bitmap"]},
        content={2: "ext2", 3: "swap", 4: "ext4"},
        says=["/boot is ext2 on md0", "swap is on md2"],
        alone=True,
    ),
    "gpt-uefi": Case(
        layout="""
disks: {count: 2, min-size: 256M}
table: gpt
partitions:
  - {name: esp, size: 64M}
  - {name: boot, size: 64M}
  - {name: root, size: rest}
arrays:
  - {name: md0, level: 1, of: boot}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 1, of: esp, metadata: "1.0"}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: ext4, mount: /}
  - {on: md2, type: vfat, mount: /boot/efi}
""",
        uefi=True,
        types=[ESP_GUID, RAID_GUID, RAID_GUID],
        members={1: [MIRROR, "Version : 1.0"], 2: [MIRROR, "Version : 1.2"]},
        content={1: "vfat"},
        says=["/boot/efi is vfat on md2"],
        drivers=FAT,
        alone=True,
    ),
    "every-level": Case(
        layout="""
disks: {count: 4, min-size: 256M}
table: gpt
partitions:
  - {name: core, size: 1M, type: bios-boot}
  - {name: boot, size: 64M, active: true}
  - {name: root, size: 100M}
  - {name: p0, size: 16M}
  - {name: p4, size: 16M}
  - {name: p5, size: 16M}
  - {name: p6, size: 16M}
  - {name: p10n, size: 16M}
  - {name: p10f, size: 16M}
  - {name: p10o, size: 16M}
  - {name: plinear, size: rest}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.0"}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 0, of: p0, chunk: 64K}
  - {name: md3, level: 4, of: p4}
  - {name: md4, level: 5, of: p5, chunk: 128K, layout: left-asymmetric}
  - {name: md5, level: 6, of: p6}
  - {name: md6, level: 10, of: p10n}
  - {name: md7, level: 10, of: p10f, layout: f2, bitmap: none}
  - {name: md8, level: 10, of: p10o, layout: o2}
  - {name: md9, level: linear, of: plinear}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: ext4, mount: /}
  - {on: md2, type: ext4, mount: /srv/raid0}
  - {on: md3, type: ext4, mount: /srv/raid4}
  - {on: md4, type: ext4, mount: /srv/raid5}
  - {on: md5, type: ext4, mount: /srv/raid6}
  - {on: md6, type: ext4, mount: /srv/raid10n}
  - {on: md7, type: ext4, mount: /srv/raid10f}
  - {on: md8, type: ext4, mount: /srv/raid10o}
  - {on: md9, type: ext4, mount: /srv/linear}
""",
        disks=4,
        types=[BIOS_BOOT_GUID] + [RAID_GUID] * 10,
        members={
            3: [MIRROR, "Raid Devices : 4"],
            4: ["Raid Level : raid0", "Chunk Size : 64K"],
            5: ["Raid Level : raid4"],
            6: ["Raid Level : raid5", "Chunk Size : 128K", "Layout : left-asymmetric"],
            7: ["Raid Level : raid6", "Raid Devices : 4"],
            8: ["Raid Level : raid10", "Layout : near=2", "Internal Bitmap"],
            9: ["Raid Level : raid10", "Layout : far=2"],
            10: ["Raid Level : raid10", "Layout : offset=2"],
            11: ["Raid Level : linear"],
        },
        says=[f"/srv/raid{level} is ext4" for level in "0 4 5 6 10n 10f 10o".split()]
        + ["/srv/linear is ext4", "md5 is raid6 of 4, 0 missing"],
        drivers=f"raid0 linear raid10 {PARITY}",
    ),
    "spare-and-missing": Case(
        layout="""
disks: {count: 3, min-size: 256M}
table: mbr
partitions:
  - {name: boot, size: 64M, active: true}
  - {name: root, size: 128M}
  - {name: data, size: rest}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.0"}
  - {name: md1, level: 1, of: root, spares: 1}
  - {name: md2, level: 5, of: data, missing: 1}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: ext4, mount: /}
  - {on: md2, type: ext4, mount: /srv/data}
""",
        disks=3,
        types=[0xFD] * 3,
        members={2: [MIRROR, "Raid Devices : 2"], 3: ["Raid Level : raid5", "Raid Devices : 4"]},
        says=["md1 is raid1 of 2, 0 missing", "md2 is raid5 of 4, 1 missing", "/srv/data is ext4 on md2"],
        drivers=PARITY,
    ),
    "lvm-and-xfs": Case(
        layout="""
disks: {count: 2, min-size: 256M}
table: mbr
partitions:
  - {name: boot, size: 64M, active: true}
  - {name: root, size: 320M}
  - {name: guests, size: rest}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.0"}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 1, of: guests}
volume-groups:
  vmstorage:
    of: md2
    volumes:
      images: {size: 50%}
      iso: {size: rest}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: xfs, mount: /}
  - {on: vmstorage/images, type: ext4, mount: /srv/images}
""",
        size=640 * MIB,
        content={1: "ext4", 2: "xfs", 3: "LVM2_member"},
        types=[0xFD] * 3,
        drivers=XFS,
        boots=False,  # nothing in the tiny host's initramfs knows LVM
    ),
    "whole-disks": Case(
        layout="""
disks: {count: 2, max-size: 400M}
data-disks:
  vm: {count: 4, min-size: 401M}
table: mbr
partitions:
  - {name: boot, size: 64M, active: true}
  - {name: root, size: rest}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.0"}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 6, of: vm}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: ext4, mount: /}
  - {on: md2, type: ext4, mount: /srv/vm}
""",
        types=[0xFD] * 2,
        says=["md2 is raid6 of 4, 0 missing", "/srv/vm is ext4 on md2"],
        drivers=PARITY,
    ),
    "4096-byte-sectors": Case(
        layout="""
disks: {count: 2, min-size: 256M}
table: gpt
partitions:
  - {name: esp, size: 64M}
  - {name: boot, size: 64M}
  - {name: root, size: rest}
arrays:
  - {name: md0, level: 1, of: boot}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 1, of: esp, metadata: "1.0"}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: ext4, mount: /}
  - {on: md2, type: vfat, mount: /boot/efi}
""",
        uefi=True,
        size=640 * MIB,
        kind={"sector_bytes": 4096, "bus": "virtio-scsi"},
        types=[ESP_GUID, RAID_GUID, RAID_GUID],
        content={1: "vfat", 2: "ext4", 3: "ext4"},
        boots=False,
    ),
}

CASES["gpt-uefi-signed"] = replace(CASES["gpt-uefi"], loader="grub2-signed")

FIRST_BOOT = [
    "rc.local: greeting: started at ",
    r"rc.local: -rw-r-----\s+1 0\s+0\s+12 ",
    "rc.local: from rack 7$",
    "rc.local: greeting: exit 3$",
]
# Of them, those not in `make test`.
LONG = ("every-level", "gpt-bios", "gpt-uefi-signed", "spare-and-missing", "whole-disks")


def greeting(lab):
    """An overlay: a file with a parameter in it, and a script that shows it."""
    folder = lab.folder / "greeting"
    (folder / "files/etc").mkdir(parents=True)
    (folder / "overlay.yaml").write_text(
        "name: greeting\nsummary: a greeting\nneeds: [/etc/rc.local]\nfiles: {/etc/greeting: '0640'}\n"
        "parameters: {place: {help: where it is}}\n"
    )
    (folder / "files/etc/greeting").write_text("from @place@\n")
    (folder / "first-boot").write_text("#!/bin/sh\nls -ln /etc/greeting\ncat /etc/greeting\nexit 3\n")
    archive = lab.folder / "greeting.tar"
    process.run(["tar", "-C", str(folder), "-cf", str(archive), "."])
    source = lab.server.offer_image(archive)
    source = f"url: '{source['url']}', sha256: {source['sha256']}"
    return f"overlays: [{{name: greeting, parameters: {{place: rack 7}}, {source}}}]\n"


def prepare(lab, dom0_image, case):
    image = tiny.make(
        lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=4 * MIB, drivers=case.drivers, loader=case.loader
    )
    machine, profile = lab.tiny_pair(image, uefi=case.uefi, memory=1024)
    machine.disks = [lab.disk(f"SYSTEM{n}", case.size, **case.kind) for n in range(case.disks)]
    if "data-disks" in case.layout:
        machine.disks += [lab.disk(f"DATA{n}", case.size + 64 * MIB, **case.kind) for n in range(4)]
    profile.layout(case.layout)
    profile.set("kernel-options", f"{tiny.KERNEL_OPTIONS} tiny.check")
    if case.first_boot:
        profile.append(greeting(lab))
    lab.server.offer_profile(machine.nic.mac, profile)
    return machine


def install(lab, dom0_image, case):
    machine = prepare(lab, dom0_image, case)
    machine.start()
    machine.wait_installed()
    return machine


def look(disk, case, folder):
    """One disk from outside: its table, the superblocks on it, what its mirrors hold."""
    parts = disk.partitions()
    assert [part["type"] for part in parts] == case.types
    for part in parts:
        path = outside.copy_partition(disk, part, folder / "partition")
        for pattern in case.members.get(part["number"], ()):
            assert re.search(pattern, outside.examine(path).get("text", "")), (disk.serial, part, pattern)
        if part["number"] in case.content:
            outside.copy_filesystem(disk, part, path)
            assert outside.probe(path).get("TYPE") == case.content[part["number"]]
        path.unlink()


def boot(machine):
    """From its disks; returns what the tiny host says."""
    machine.direct = None
    machine.start()
    machine.wait_for(tiny.COMPLETE, 120, unless=tiny.INCOMPLETE)
    lines = [line.text for line in machine.console.lines if line.text.startswith("tiny host: ")]
    machine.power_cut()
    return lines


def assert_says(lines, patterns):
    for pattern in patterns:
        assert any(re.search(pattern, line) for line in lines), (pattern, lines)


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long if name in LONG else []) for name in CASES])
def test_layout(lab, dom0_image, name):
    case = CASES[name]
    machine = install(lab, dom0_image, case)
    for disk in machine.disks[: case.disks]:
        look(disk, case, lab.folder)
    if case.boots:
        mirrors = [f"{name} is raid1 of 2, 0 missing" for name in ("md0", "md1") if case.alone]
        lines = boot(machine)
        assert_says(lines, [*case.says, *mirrors, *(FIRST_BOOT if case.first_boot else [])])
    if case.alone:
        for disk in list(machine.disks):
            machine.disks = [lab.overlay(disk, "alone")]
            lines = boot(machine)
            assert_says(lines, [*case.says, "md0 is raid1 of 2, 1 missing"])
            assert not any("rc.local: " in line for line in lines), "the first boot was not the only one"


@pytest.mark.long
@pytest.mark.parametrize("name", ["gpt-uefi", "gpt-uefi-signed"])
def test_power_cut_once_firmware_finds_the_loader(lab, dom0_image, name):
    """Of what is in the disks' caches then nothing is left, and nothing of it was needed."""
    case = replace(CASES[name], kind={"volatile": True})
    machine = prepare(lab, dom0_image, case)
    machine.run_until(lambda e: e["event"] == "finish" and e.get("action", "").startswith("boot code"), 240)
    assert_says(boot(machine), case.says)


# In sync from the start, or not.


def put_noise(disk, seed):
    """Bytes that are nobody's: no signature, and other ones on each disk, so that a mirror over them does not agree."""
    dice = random.Random(seed)
    for offset in range(2 * MIB, disk.size() - 2 * MIB, 16 * MIB):
        disk.write(offset, dice.randbytes(2 * MIB))


@pytest.mark.parametrize("kind", ["discard", pytest.param("plain", marks=pytest.mark.long)])
def test_arrays_are_in_sync_where_disks_can_zero(lab, dom0_image, kind):
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=4 * MIB)
    machine, profile = lab.tiny_pair(image, {"discard": kind == "discard"})
    for seed, disk in enumerate(machine.disks):
        put_noise(disk, seed)
    profile.set("kernel-options", f"{tiny.KERNEL_OPTIONS} tiny.check")
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    expected = "idle, 0 mismatches" if kind == "discard" else "resync"
    assert_says(boot(machine), [f"md{n} is raid1 of 2, 0 missing, {expected}" for n in (0, 1)])


# Whose disks they are.


@pytest.fixture
def installed(lab, dom0_image):
    """A machine with a finished tiny host, and the profile that made it."""
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=4 * MIB)
    machine, profile = lab.tiny_pair(image)
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    return machine, profile


def again(lab, machine, profile):
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()


def assert_still_refused(lab, machine, profile, serial):
    before = [disk.sha256() for disk in machine.disks]
    again(lab, machine, profile)
    assert serial in machine.wait_failed(15)["message"]
    assert [disk.sha256() for disk in machine.disks] == before


def test_own_disks_may_be_installed_anew(lab, installed):
    """The same host from a changed profile: refused by default, done with wipe: own. Another host is another one."""
    machine, profile = installed
    profile.set("wipe", "own").set("host", "xen02.example.com")
    assert_still_refused(lab, machine, profile, "DISK1")
    profile.set("wipe", "blank-only").set("host", "xen01.example.com").change("size: 64M", "size: 72M")
    assert_still_refused(lab, machine, profile, "DISK1")
    again(lab, machine, profile.set("wipe", "own"))
    machine.wait_installed()
    assert [disk.partitions()[0]["sectors"] for disk in machine.disks] == [72 * 2048] * 2


@pytest.mark.long
def test_listed_disks_may_be_wiped(lab, installed):
    """Another host's arrays neither block nor confuse; a disk that is not on the list stays refused."""
    machine, profile = installed
    profile.set("host", "xen02.example.com").set("wipe", "{listed: [DISK1]}")
    assert_still_refused(lab, machine, profile, "DISK2")
    again(lab, machine, profile.set("wipe", "{listed: [DISK1, DISK2]}"))
    machine.wait_installed()
    members = [outside.read_member(disk, part) for disk in machine.disks for part in disk.partitions()]
    assert {member.name for member in members} == {"xen02:md0", "xen02:md1"}


# What was there before, and plans that are kept.


def put_foreign_data(disk):
    """A partition with a filesystem in it."""
    inner = disk.path.with_suffix(".inner")
    with open(inner, "wb") as image:
        image.truncate(32 * MIB)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-L", disk.serial, inner], check=True)
    subprocess.run(["sfdisk", "-q", disk.path], input=b"label: dos\n2048,65536,83\n", check=True)
    disk.write(MIB, inner.read_bytes())


def test_undo_puts_back_what_was_there(lab, dom0_image):
    """The power goes when everything is partitioned and no filesystem made yet. The archive is on the server then."""
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB)
    machine, profile = lab.tiny_pair(image, direct=lab.direct_install("rescue"))
    for disk in machine.disks:
        put_foreign_data(disk)
    before = [disk.sha256() for disk in machine.disks]
    lab.server.offer_profile(machine.nic.mac, profile.set("wipe", "{listed: [DISK1, DISK2]}"))
    trigger = Trigger(lambda e: e["event"] == "start" and "mke2fs" in e.get("action", ""), machine.kill)
    machine.start(on_event=trigger)
    machine.wait_for_shell()
    url = f"{URL}/profiles/mac/{machine.nic.mac.replace(':', '-')}.yaml"
    machine.console.send(f"dom0strap install --profile {url} --yes --undo {URL}/undo --events 9 9>/dev/ttyS1\n")
    trigger.wait(machine, 90)
    machine.power_cut()
    assert not any(disk.sha256() in before for disk in machine.disks)
    (archive,) = lab.server.undo.glob("undo-xen01*.cpio")
    lab.server.offer_image(archive)
    machine.start()
    machine.wait_for_shell()
    assert machine.type(f"wget -q -O /tmp/undo {URL}/images/{archive.name}") == 0
    assert machine.type("dom0strap undo /tmp/undo --yes && sync", 90) == 0
    machine.power_cut()
    assert [disk.sha256() for disk in machine.disks] == before


def test_a_kept_plan_binds(lab, dom0_image):
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB)
    machine, profile = lab.tiny_pair(image, direct=lab.direct_install("rescue"))
    lab.server.offer_profile(machine.nic.mac, profile.set("finish", "shell"))
    url = f"{URL}/profiles/mac/{machine.nic.mac.replace(':', '-')}.yaml"
    install = f"dom0strap install --profile {url} --plan /tmp/plan --yes"
    machine.start()
    machine.wait_for_shell()
    assert machine.type(f"dom0strap plan --profile {url} --json >/tmp/plan") == 0
    assert machine.type("mke2fs -q -F /dev/vdb 32M && sync") == 0
    before = [disk.sha256() for disk in machine.disks]
    assert machine.type(install) == 15
    assert machine.console.find("DISK2")
    assert [disk.sha256() for disk in machine.disks] == before
    assert machine.type("dd if=/dev/zero of=/dev/vdb bs=1M count=64 conv=fsync") == 0
    assert machine.type(install, 120) == 0
    assert all(disk.bootable() for disk in machine.disks)
