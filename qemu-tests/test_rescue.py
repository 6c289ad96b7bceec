"""The rescue mode, as an operator has it: by SSH, with 256 MB, and what it does to the disks."""

import re

import pytest

from lab import process, tiny
from lab.failure import LabFailure
from test_boot import MIB, STOPPED, XEN, digest
from test_boot_loaders import LAYOUTS, install, prepare, settings

MEMORY = 256
SERVING = r"this machine's own key: (SHA256:\S+)"
SILENT = r"ssh +not started, nobody can log in"


def rescue(lab, machine, key, memory=MEMORY):
    """Started into the rescue mode; returns the fingerprint that the console shows. None: no server."""
    machine.memory = memory
    machine.direct = lab.direct_install("rescue")
    if key:
        machine.direct.append += f' dom0strap.ssh-key="{key}"'
    machine.start()
    machine.wait_for_shell()
    line = machine.wait_for(SERVING if key else SILENT, 90).text
    return re.search(SERVING, line)[1] if key else None


def ask(lab, machine, *options):
    """SSH with these options instead of the lab's key: what it says when it does not get in."""
    options = [
        word
        for option in ("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", *options)
        for word in ("-o", option)
    ]
    argv = ["ssh", *options, f"root@{machine.address}", "true"]
    done = process.run(argv, lab.server._namespace, check=False)
    assert done.returncode == 255, "somebody got in"
    return done.stderr


def test_ssh_with_a_key_alone(lab):
    """One machine with a key, beside it one that nobody has a key for."""
    # Without a disk they would wait for one.
    closed, machine = (lab.machine(name, disks=[lab.disk(name, MIB)]) for name in ("closed", "rescue"))
    fingerprint = rescue(lab, machine, lab.public_key())
    rescue(lab, closed, None)
    assert "Connection refused" in ask(lab, closed)
    assert closed.type("! pidof dropbear") == 0

    scanned = process.run(["ssh-keyscan", "-t", "ed25519", machine.address], lab.server._namespace).stdout
    (lab.folder / "host-key").write_text(scanned)
    assert fingerprint in process.run(["ssh-keygen", "-lf", str(lab.folder / "host-key")]).stdout
    assert "Permission denied (publickey)" in ask(lab, machine, "PubkeyAuthentication=no", "BatchMode=yes")
    process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(lab.folder / "other-key")])
    other = [f"IdentityFile={lab.folder}/other-key", "IdentitiesOnly=yes", "BatchMode=yes"]
    assert "Permission denied (publickey)" in ask(lab, machine, *other)

    assert f", {machine.address}/24" in lab.ssh(machine, "rescue")
    assert "no array" in lab.ssh(machine, "rescue prompt")
    lab.ssh(machine, f"rescue logs {lab.url}/undo")
    [archive] = lab.server.undo.glob("rescue-*.cpio")
    files = process.run(["bsdtar", "-tf", str(archive)]).stdout.split()
    assert {"kernel.log", "facts.json", "proc/mdstat", "run/dom0strap/init.log"} <= set(files)
    assert b"dom0strap.ssh-key" not in archive.read_bytes()


VOLUME = "/dev/mapper/vg--host-root"


@pytest.mark.long
@pytest.mark.parametrize("layout", ["md", "lvm-on-md"])
def test_disks_change_only_when_asked(lab, dom0_image, layout):
    volume = layout == "lvm-on-md"
    machine, profile = prepare(lab, dom0_image, layout)
    install(lab, machine, settings(profile, LAYOUTS[layout][0], "true"))
    before = digest(machine)
    rescue(lab, machine, lab.public_key())
    assert "is not in use: /dev/" in lab.ssh(machine, "rescue")
    shown = lab.ssh(machine, "rescue assemble")
    assert shown.count("raid1, read-only, 2 of 2 members") == 2
    assert (f"volume {VOLUME}" in shown) == volume
    assert " 2/2 ro" in lab.ssh(machine, "rescue prompt")
    lab.ssh(machine, "rescue mount")
    lab.ssh(machine, "mountpoint -q /target && mountpoint -q /target/boot && test -e /target/boot/grub/grub.cfg")
    lab.ssh(machine, "! touch /target/new 2>/dev/null")
    assert not volume or lab.ssh(machine, f"blockdev --getro {VOLUME}") == "1\n"
    assert lab.ssh(machine, "rescue chroot -- cat /srv/zoo/file") == "two names\n"
    lab.ssh(machine, "rescue chroot -- ls /proc/self/status && ! test -e /target/proc/self")
    with pytest.raises(LabFailure, match="exit 13"):
        lab.ssh(machine, "rescue chroot -- ls /nowhere")
    with pytest.raises(LabFailure, match="is a shell or a program still in it"):
        lab.ssh(machine, "cd /target/boot && rescue release")
    lab.ssh(machine, "rescue release")
    lab.ssh(machine, "! grep -q '^md' /proc/mdstat && ! grep -q ' /target' /proc/mounts && ! ls /dev/mapper/vg-*")
    machine.power_cut()
    assert digest(machine) == before, "bytes changed that nobody asked to change"

    rescue(lab, machine, lab.public_key(), memory=768)  # Xen is going to give 256 MB to dom0
    lab.ssh(machine, "rescue mount --write && rescue chroot -- sh -c 'echo new >/srv/new'")
    # What is mounted to be looked at after that is not written to.
    lab.ssh(machine, "rescue mount && test -e /target/srv/new && ! touch /target/new 2>/dev/null")
    assert "raid1, clean, 2 of 2" in lab.ssh(machine, "rescue")
    machine.console.send("rescue boot\n")
    machine.wait_for(XEN, 240, unless=STOPPED)
    machine.wait_for(tiny.COMPLETE, 300, unless=tiny.INCOMPLETE)
    machine.power_cut()
    assert digest(machine) != before


@pytest.mark.long
def test_keys_of_the_profile(lab, dom0_image):
    image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=MIB)
    machine, profile = lab.tiny_pair(image)
    lab.server.offer_profile(machine.nic.mac, profile.change(r"- ssh-ed25519 .*", f"- {lab.public_key()}"))
    machine.memory, machine.direct = MEMORY, lab.direct_install("rescue")
    machine.start()
    machine.wait_for(SERVING, 90)
    lab.ssh(machine, "rescue")
    assert "no installed system was found" in lab.ssh(machine, "rescue mount 2>&1 || :")
