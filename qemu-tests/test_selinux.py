"""SELinux without a running host: labels as setfiles gives them, booleans. For a live one see test_first_boot.py."""

import subprocess

import pytest
from conftest import RESULTS

from lab.profile import Profile
from lab.server import TOP

# The labels by which the others are judged are made once.
pytestmark = pytest.mark.xdist_group("selinux")

CONTEXTS = "/etc/selinux/default/contexts/files/file_contexts"


@pytest.fixture(scope="session")
def selinux_image():
    image = TOP / "build/image/dom0-selinux.tar.zst"
    assert image.exists(), "no dom0 image with SELinux; `make image` builds it"
    return image


def in_mount_namespace(script, folder):
    """The script's output; it starts in a tmpfs of its own, mounted on folder."""
    folder.mkdir(parents=True, exist_ok=True)
    script = f"set -eu\nmount -t tmpfs none {folder}\ncd {folder}\n{script}"
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=True, timeout=900
    ).stdout


def labels(text):
    """{path: label} of what LIST below prints."""
    return dict(line.rsplit(" ", 1) for line in text.splitlines())


# Every path below host/ with its label, "-" where it has none.
LIST = """/usr/bin/python3 - <<'END'
import os
def show(path):
    try:
        label = os.getxattr(path, "security.selinux", follow_symlinks=False).rstrip(b"\\0").decode()
    except OSError:
        label = "-"
    print(path.encode("unicode_escape").decode(), label)
show("host")
for folder, folders, files in os.walk("host"):
    for name in folders + files:
        show(f"{folder}/{name}")
END
"""


def assert_same(ours, judged):
    assert len(judged) > 10000 and sum(label != "-" for label in judged.values()) > 10000
    assert {path: (ours.get(path), label) for path, label in judged.items() if ours.get(path) != label} == {}
    assert ours.keys() == judged.keys()


@pytest.fixture(scope="session")
def judged(selinux_image):
    """The image has no label at all; its own setfiles, run in it, is the judge of each path."""
    script = f"mkdir host\nbsdtar -xpf {selinux_image} -C host\nmount -t proc proc host/proc\n"
    script += f"chroot host setfiles -F -e /proc {CONTEXTS} / >log 2>&1\numount host/proc\n"
    return labels(in_mount_namespace(script + LIST, RESULTS / "labels"))


def test_a_whole_image_gets_the_labels_of_setfiles(selinux_image, judged):
    script = f"mkdir host\n{TOP}/build/dom0strap extract {selinux_image} host >digest\n"
    assert_same(labels(in_mount_namespace(script + LIST, RESULTS / "labels")), judged)


def test_a_tree_that_is_there_gets_them_too(selinux_image, judged):
    profile = RESULTS / "tree.yaml"
    profile.write_text(Profile.example("xen-dom0-raid1").append("\nselinux: {mode: permissive}\n").text)
    script = f"mkdir host\nbsdtar -xpf {selinux_image} -C host\n"
    script += f"{TOP}/build/dom0strap apply --root host --profile {profile} --step selinux 2>log\n"
    assert_same(labels(in_mount_namespace(script + LIST, RESULTS / "labels")), judged)


@pytest.mark.long
def test_an_unknown_boolean_ends_the_install(selinux_image, lab):
    """Exit 10 with the near name of that very policy, before the disks become bootable."""
    machine, profile = lab.pair("xen01", selinux_image, disk={"discard": True}, direct=lab.direct_install())
    lab.server.offer_profile(
        machine.nic.mac, profile.append("\nselinux: {booleans: {httpd_can_network_memcache: on}}\n")
    )
    machine.start()
    failed = machine.wait_for(r"dom0strap: failed", 600)
    assert failed
    line = machine.console.find(r"has no boolean httpd_can_network_memcache; did you mean \S+\?")
    assert line and "profile" in machine.console.find(r"dom0strap: failed.*").text
