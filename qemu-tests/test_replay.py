"""A list of yesterday, with yesterday's profile, on a machine that boots from the network: its own disks remember."""

import shutil

import pytest
from conftest import APPEND, RESULTS

from lab import Lab, tiny
from lab.server import TOP, URL
from lab.signing import SigningKey

SOURCE = 12


@pytest.fixture
def lab(request, tmp_path):
    key = SigningKey(tmp_path)
    boot = key.boot_files(TOP / "build/boot")
    append = f"{APPEND} dom0strap.manifest={URL}/SHA256SUMS"
    with Lab(RESULTS / request.node.name, boot=boot, append=append, options=["--sign", str(key.secret)]) as lab:
        yield lab


def keep(lab, name):
    folder = lab.folder / name
    folder.mkdir()
    for file in ("SHA256SUMS", "SHA256SUMS.minisig"):
        shutil.copy(lab.server.folder / file, folder)
    return folder


def put_back(lab, folder):
    for file in folder.iterdir():
        shutil.copy(file, lab.server.folder)


@pytest.mark.long
def test_replayed_list_on_an_installed_host(lab, dom0_image):
    machine, profile = lab.tiny_pair(tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=1 << 20))
    profile.change("^insecure: true\n", "").set("finish", "kexec")
    name = machine.nic.mac.replace(":", "-")
    lab.server.publish(name, profile)
    older = keep(lab, "older")
    lab.server.publish(name, profile)
    newer = keep(lab, "newer")
    numbers = [(folder / "SHA256SUMS.minisig").read_text().split("serial:")[1].split()[0] for folder in (older, newer)]
    assert int(numbers[0]) < int(numbers[1])
    machine.start()
    machine.wait_for(tiny.COMPLETE, 300)
    machine.power_cut()

    put_back(lab, older)
    disks = [disk.path.read_bytes() for disk in machine.disks]
    machine.start()
    message = machine.wait_failed(SOURCE)["message"]
    assert f"has the serial number {numbers[0]}, and this host has seen {numbers[1]}" in message
    machine.power_cut()
    assert [disk.path.read_bytes() for disk in machine.disks] == disks  # looking has written nothing

    machine.direct.append += f" dom0strap.allow-older={numbers[0]}"
    machine.start()
    machine.wait_for(tiny.COMPLETE, 300)
    machine.power_cut()
