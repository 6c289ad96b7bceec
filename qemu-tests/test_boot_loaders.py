"""Boot loaders other than GRUB 2 on a mirror: real GRUB legacy, extlinux and GRUB 2 read what the installer wrote."""

import pytest

from lab import fedora15, outside, tiny
from lab.profile import Profile

MIB = 1 << 20
XEN = r"\(XEN\) Xen version"
ARGUMENTS = f"console=ttyS0,115200 {tiny.KERNEL_OPTIONS}"  # with and without Xen in front

# One disk as Fedora 15 would have it: /boot on ext3 with small inodes, the root on ext4.
SINGLE = """
disks: {count: 1, min-size: 128M}
table: mbr
partitions:
  - {name: boot, size: 64M, active: true}
  - {name: root, size: rest}
filesystems:
  - {on: boot, type: ext3, mount: /boot, inode-size: 128}
  - {on: root, type: ext4, mount: /}
"""


def install(lab, machine, profile):
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    machine.power_cut()


def boot(machine, expected_xen):
    """Start from the disks and say whether Xen was there; a host that is not complete is a failure either way."""
    machine.direct, machine.boot = None, "disk"
    machine.start()
    machine.wait_for(tiny.COMPLETE, 600, unless=tiny.INCOMPLETE)
    found = machine.console.find(XEN) is not None
    machine.power_cut()
    assert found == expected_xen, "Xen was started" if found else "Linux was started without Xen"


def settings(profile, loader, default):
    profile.set("boot-loader", loader).set("kernel-options", ARGUMENTS)
    return profile.change(r"^  default: false", f"  default: {default}")


@pytest.mark.parametrize("loader", ["grub-legacy", pytest.param("extlinux", marks=pytest.mark.long)])
def test_mirror_boots_xen_from_each_half(lab, dom0_image, loader):
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB, loader=loader)
    machine, profile = lab.tiny_pair(image)
    profile.change(r"on: md0, type: ext4, mount: /boot", "on: md0, type: ext3, mount: /boot, inode-size: 128")
    install(lab, machine, settings(profile, loader, "true"))
    both = machine.disks
    boot(machine, expected_xen=True)
    machine.disks = [both[1]]
    boot(machine, expected_xen=True)


@pytest.mark.long
@pytest.mark.parametrize("loader", ["grub-legacy", "extlinux", "grub2"])
def test_once_falls_back_by_itself(lab, dom0_image, loader):
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB, loader=loader)
    machine, profile = lab.tiny_pair(image)
    machine.disks = machine.disks[:1]
    profile.layout(SINGLE)
    install(lab, machine, settings(profile, loader, "once"))
    boot(machine, expected_xen=True)
    boot(machine, expected_xen=False)
    boot(machine, expected_xen=False)


CHANGED = {"boot/grub/grub.conf", "etc/sysconfig/kernel"} | {f"etc/rc.d/rc{level}.d" for level in range(7)}
LINKS = {f"etc/rc.d/rc{level}.d/{'S97' if level in (3, 4, 5) else 'K03'}libvirtd" for level in range(7)}


def test_convert_changes_what_it_names_and_nothing_else(lab, dom0_image):
    disk = fedora15.make(lab, dom0_image)
    before = fedora15.tree(disk, lab.folder / "root")
    machine = lab.machine("fedora", disks=[disk], memory=768, direct=lab.direct_install())
    profile = Profile.example("xen-dom0-convert").change(r"52:54:00(:\w\w){3}", machine.nic.mac)
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    machine.power_cut()
    after = fedora15.tree(disk, lab.folder / "root")
    found = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert found - CHANGED == LINKS | {"etc/rc.d/rc3.d/K03libvirtd"}
    assert {"boot/grub/grub.conf", "etc/sysconfig/kernel"} <= found
    menu = after["boot/grub/grub.conf"]
    assert menu[:-1] == before["boot/grub/grub.conf"][:-1], "mode, owner or label"
    assert fedora15.LABEL in dict(menu[3:-1]).values()
    assert b"\nfallback 0\n" in menu[-1] and b"\ndefault=1\n" in menu[-1]
    assert b"title Fedora + Xen (" in menu[-1]
    assert b"module /vmlinuz-" in menu[-1] and b"rd_NO_MD console=hvc0\n" in menu[-1]
    assert after["etc/sysconfig/kernel"][-1] == b'# kept\nUPDATEDEFAULT="no"\nDEFAULTKERNEL=kernel\n'
    boot(machine, expected_xen=True)
    boot_converted(lab, machine)
    assert fedora15.tree(disk, lab.folder / "root") == after


def boot_converted(lab, machine):
    """Convert it again: nothing is left to do, so the host is only booted."""
    machine.direct = lab.direct_install()
    machine.start()
    machine.wait_for("converted already: boot it, nothing is changed", 200, unless="dom0strap: failed")
    machine.wait_for(tiny.COMPLETE, 600, unless=tiny.INCOMPLETE)
    machine.power_cut()


# GRUB 2 has its (stand-in of a) generator, extlinux its own file. LVM on one disk, and on a mirror.
VOLUMES = """
disks: {count: %d, min-size: 256M}
table: mbr
partitions:
  - {name: boot, size: 64M, active: true}
  - {name: rest, size: rest}
%s
volume-groups:
  vg-host:
    of: %s
    volumes:
      root: {size: rest}
filesystems:
  - {on: %s, type: ext3, mount: /boot}
  - {on: vg-host/root, type: %s, mount: /}
"""
MIRRORS = """
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.0"}
  - {name: md1, level: 1, of: rest}
"""
LAYOUTS = {
    "md": ("grub2", None, ""),
    "extlinux": ("extlinux", SINGLE, ""),
    "lvm-xfs": ("extlinux", VOLUMES % (1, "", "rest", "boot", "xfs"), "dm-mod libcrc32c xfs"),
    "lvm-on-md": ("grub2", VOLUMES % (2, MIRRORS, "md1", "md0", "ext4"), "dm-mod"),
}
# What the plan of a conversion names.
CONVERTED = {
    "grub2": {"boot/grub/grub.cfg", "boot/grub/custom.cfg", "etc/default/grub"},
    "extlinux": {"boot/extlinux/extlinux.conf"},
}


def prepare(lab, dom0_image, layout):
    """(machine, profile) of a host of that layout, for install()."""
    loader, text, drivers = LAYOUTS[layout]
    # What tells that it is a system.
    more = {"etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n"}
    image = tiny.make(
        lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB, drivers=drivers, loader=loader, more=more
    )
    machine, profile = lab.tiny_pair(image)
    if text:
        profile.layout(text)
        machine.disks = [lab.disk(f"SYSTEM{n}", 640 * MIB) for n in range(1 if "count: 1" in text else 2)]
    return machine, profile


def tree(lab, machine, layout):
    """{path: what it is} of every file, which is the same on all disks. An xfs root is left out: nothing of a
    conversion with extlinux is there."""
    places = {1: "boot/"} if layout == "lvm-xfs" else {1: "boot/", 2: ""}
    found = [
        {
            place + path: row
            for part, place in places.items()
            for path, row in outside.manifest(disk, part, lab.folder).items()
        }
        for disk in machine.disks
    ]
    assert len(found[0]) > 10 and all(one == found[0] for one in found)
    return found[0]


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS)
def test_convert_finds_its_host(lab, dom0_image, layout):
    """Installed with Linux as the default; the conversion makes it Xen's, and touches nothing but what it names."""
    loader = LAYOUTS[layout][0]
    machine, profile = prepare(lab, dom0_image, layout)
    install(lab, machine, settings(profile, loader, "false").set("kernel-options", "console=ttyS0,115200 quiet"))
    boot(machine, expected_xen=False)
    before = tree(lab, machine, layout)
    profile = Profile.example("xen-dom0-convert").change(r"52:54:00(:\w\w){3}", machine.nic.mac)
    machine.direct = lab.direct_install()
    install(lab, machine, profile)
    after = tree(lab, machine, layout)
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} == CONVERTED[loader]
    boot(machine, expected_xen=True)
    boot_converted(lab, machine)
    assert tree(lab, machine, layout) == after
