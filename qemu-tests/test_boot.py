"""`dom0strap boot`: installed hosts are found on their disks, and jumped into by kexec."""

import hashlib
import json
import re

import pytest

from lab import bls, tiny
from lab.profile import Profile
from test_boot_loaders import LAYOUTS, SINGLE, boot, prepare, settings
from test_boot_loaders import install as install_host

MIB = 1 << 20
XEN = r"\(XEN\) Xen version"
STOPPED = r"dom0strap: (failed|done)"


def install(lab, dom0_image, loader):
    """A tiny host on a mirror; its own loader's default is Xen."""
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB)
    machine, profile = lab.tiny_pair(image)
    profile.set("boot-loader", loader).change(r"^  default: false", "  default: true")
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    machine.power_cut()
    return machine


def digest(machine):
    return [hashlib.sha256(disk.path.read_bytes()).hexdigest() for disk in machine.disks]


def test_listing_changes_no_byte(lab, dom0_image):
    machine = install(lab, dom0_image, "grub2")
    before = digest(machine)
    machine.direct = lab.direct_install("rescue")
    machine.start()
    machine.wait_for_shell()
    assert machine.type("dom0strap boot --list") == 0
    machine.wait_for(r"\* +\d+  Xen .* \(Xen\)", 5)
    assert machine.type("test -z \"$(ls /run/dom0strap/hosts)\" && ! grep -q '^md' /proc/mdstat") == 0
    machine.power_cut()
    assert digest(machine) == before


# One disk without arrays: what is tried is the jump.
UEFI = """
disks: {count: 1, min-size: 256M}
table: gpt
partitions:
  - {name: esp, size: 64M}
  - {name: boot, size: 64M}
  - {name: root, size: rest}
filesystems:
  - {on: boot, type: ext4, mount: /boot}
  - {on: root, type: ext4, mount: /}
  - {on: esp, type: vfat, mount: /boot/efi}
"""


@pytest.mark.long
def test_uefi_machines_reach_dom0_by_kexec(lab, dom0_image):
    """After the install, when it is found complete, and by `boot`."""
    drivers = "vfat nls_cp437 nls_ascii nls_iso8859-1"
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB, drivers=drivers)
    machine, profile = lab.tiny_pair(image, uefi=True, memory=1024)
    machine.disks = machine.disks[:1]
    profile.layout(UEFI).set("finish", "kexec")
    lab.server.offer_profile(
        machine.nic.mac, settings(profile, "grub2", "true").set("kernel-options", tiny.KERNEL_OPTIONS)
    )
    for mode in ("install", "install", "boot"):
        machine.direct = lab.direct_install(mode)
        machine.start()
        machine.wait_for(XEN, 300, unless=f"dom0strap: failed|own loader|rebooting instead|{tiny.COMPLETE}")
        machine.wait_for(tiny.COMPLETE, 300, unless=tiny.INCOMPLETE)
        machine.power_cut()


@pytest.mark.long
@pytest.mark.parametrize("locked", [True, False])
def test_a_locked_kernel_is_a_fact(lab, locked):
    """What Secure Boot does to a kernel, asked for by hand: there the plan knows that it ends in a reboot."""
    machine = lab.machine("rescue", memory=512, direct=lab.direct_install("rescue"))
    machine.direct.append += " lockdown=integrity" * locked
    machine.start()
    machine.wait_for_shell()
    code, lines = machine.type_and_read("dom0strap facts")
    assert code == 0
    assert any(line.startswith("firmware: bios, the kernel is locked down,") for line in lines) == locked
    machine.power_cut()


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS)
def test_boot_reaches_dom0(lab, dom0_image, layout):
    """What the host's own loader would start is Xen. A device that would disturb it is named, then unbound."""
    machine, profile = prepare(lab, dom0_image, layout)
    install_host(lab, machine, settings(profile, LAYOUTS[layout][0], "true"))
    machine.direct = lab.direct_install("boot")
    machine.more = ["-device", "virtio-serial-pci"]
    machine.start()
    named = machine.wait_for(
        r"brought to rest before the jump: virtio\d+ \(virtio_console\)$", 240, unless=STOPPED
    ).text
    machine.wait_for(rf"{re.search('virtio[0-9]+', named).group()} was brought to rest", 60, unless=STOPPED)
    machine.wait_for(XEN, 120, unless=STOPPED)
    machine.wait_for(tiny.COMPLETE, 300, unless=tiny.INCOMPLETE)
    machine.power_cut()


def rescue_lists(lab, machine):
    """What `boot` makes of the same menu, in a shell that is left open."""
    machine.direct = lab.direct_install("rescue")
    machine.start()
    machine.wait_for_shell()
    code, lines = machine.type_and_read("dom0strap boot --list --json")
    assert code == 0
    (menu,) = json.loads(next(line for line in lines if line.startswith("{")))["menus"]
    return [("*" if entry["default"] else "") + entry["title"] for entry in menu["entries"]]


@pytest.mark.long
def test_boot_loader_specification(lab, dom0_image):
    """Real GRUB draws what `boot` lists, and both start the same entry; once converted, that is Xen's."""
    more = {"etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n"} | bls.files()
    machine, profile = lab.tiny_pair(tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB, more=more))
    machine.disks = machine.disks[:1]
    profile.layout(SINGLE)
    install_host(lab, machine, settings(profile, "grub2", "false"))
    saved = rf"Command line: .* tiny\.entry={re.escape(bls.OLDER)}$"
    boot(machine, expected_xen=False)
    assert machine.console.find(saved)
    menu = bls.drawn(machine.console)
    assert menu[:2] == [f"Tiny {bls.NEWER}", f"*Tiny {bls.OLDER}"] and menu[2].startswith("Xen (")
    assert rescue_lists(lab, machine) == menu
    machine.console.send("dom0strap boot\n")
    machine.wait_for(saved, 300, unless=STOPPED)
    machine.wait_for(tiny.COMPLETE, 300, unless=tiny.INCOMPLETE)
    machine.power_cut()
    machine.direct = lab.direct_install()
    install_host(lab, machine, Profile.example("xen-dom0-convert").change(r"52:54:00(:\w\w){3}", machine.nic.mac))
    boot(machine, expected_xen=True)
    menu = bls.drawn(machine.console)
    assert menu[:2] == [f"Tiny {bls.NEWER}", f"Tiny {bls.OLDER}"] and menu[2].startswith("*Xen (")
    assert rescue_lists(lab, machine) == menu


@pytest.mark.long
@pytest.mark.parametrize("loader", ["grub2", "grub-legacy", "extlinux"])
def test_once_is_once_by_kexec(lab, dom0_image, loader):
    """What its loader would have tried once has been tried, and the rest of the disk is as it was."""
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB, loader=loader)
    machine, profile = lab.tiny_pair(image)
    machine.disks = machine.disks[:1]
    profile.layout(SINGLE)
    lab.server.offer_profile(machine.nic.mac, settings(profile, loader, "once"))
    machine.start()
    machine.wait_installed()
    machine.power_cut()
    machine.direct = lab.direct_install("boot")
    machine.start()
    machine.wait_for(XEN, 180, unless=STOPPED)
    machine.wait_for(tiny.COMPLETE, 240, unless=tiny.INCOMPLETE)
    machine.power_cut()
    boot(machine, expected_xen=False)


def test_boot_reaches_dom0_and_does_not_hang_twice(lab, dom0_image):
    """The tiny host leaves no trace of a start, so it is one that did not come up."""
    machine = install(lab, dom0_image, "grub2")
    machine.direct = lab.direct_install("boot")
    machine.start()
    machine.wait_for(XEN, 180, unless=STOPPED)
    machine.wait_for(tiny.COMPLETE, 240, unless=tiny.INCOMPLETE)
    machine.power_cut()
    machine.start()
    machine.wait_for(r"own loader: .* did not come up", 180, unless=STOPPED)
    machine.wait_off(60)
    machine.power_cut()
    machine.direct, machine.boot = None, "disk"
    machine.start()
    machine.wait_for(tiny.COMPLETE, 240, unless=tiny.INCOMPLETE)
    machine.power_cut()
