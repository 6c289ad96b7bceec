"""Hosts under SELinux: labels as setfiles gives them, and a dom0 that enforces from its first start.

That dom0 comes by network boot and joins its Kerberos realm on the way, so that all of it is seen together once.
"""

import re
import subprocess

import pytest
from conftest import APPEND, RESULTS

from lab import Lab
from lab.kdc import REALM
from lab.network import SERVER
from lab.profile import Profile
from lab.server import TOP

# One install serves the cases of a booted host, one after the other.
pytestmark = pytest.mark.xdist_group("selinux")

LOGIN = r"^xen01\S* login:"
TROUBLE = r"dom0strap: failed|Kernel panic|grub rescue>|Gave up waiting"
# Fedora's name first, which Debian's policy does not have.
SELINUX = """
selinux:
  mode: enforcing
  booleans:
    httpd_can_network_memcache: {state: on, or: httpd_can_network_connect_memcache}
"""
NAME = "host/xen01.example.com"
ENROL = f"kerberos: {{realm: {REALM}, kdc: {SERVER}, host-key: {{enrol: only-this-once}}}}\n"
BOOLEAN = "httpd_can_network_connect_memcache"
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


@pytest.fixture(scope="session")
def enforcing(selinux_image):
    with Lab(RESULTS / "selinux", append=APPEND) as lab:
        lab.kdc().admin(f"addprinc +requires_preauth -pw only-this-once {NAME}")
        machine, profile = lab.pair("xen01", selinux_image, disk={"discard": True}, boot="net")
        lab.server.offer_profile(machine.nic.mac, profile.append(SELINUX + ENROL))
        machine.start()
        machine.wait_for(LOGIN, 1800, unless=TROUBLE)
        lab.wait_for_ssh(machine, timeout=600)
        yield lab, machine


def state(lab, machine):
    return lab.ssh(machine, f"getenforce; getsebool {BOOLEAN}; xl info | grep -c xen_version").split("\n")


@pytest.mark.long
def test_dom0_enforces_from_its_first_start(enforcing):
    lab, machine = enforcing
    assert state(lab, machine)[:3] == ["Enforcing", f"{BOOLEAN} --> on", "1"]
    assert "selinux=1" in lab.ssh(machine, "cat /proc/cmdline")
    # What the installer and the host's tools wrote: each has the label that the policy names for it.
    wrong = lab.ssh(machine, "restorecon -rnv /etc /boot /root /lost+found", timeout=600)
    assert wrong == ""
    assert "unlabeled_t" not in lab.ssh(machine, "ls -dZ / /boot /boot/grub/* /boot/* /etc/* /root/.ssh/*")
    assert lab.ssh(machine, "stat -c %C /root/.ssh/authorized_keys").strip().split(":")[2] == "ssh_home_t"
    # Nobody was denied anything because of a file of ours.
    denied = lab.ssh(machine, "dmesg | grep -i avc: || true")
    assert not re.search(r"unlabeled_t|krb5|fstab|mdadm|authorized_keys|shadow|hostname", denied), denied
    assert "/.autorelabel" not in lab.ssh(machine, "ls -a /")


def ticket(lab, machine):
    """The host's own, by its keytab."""
    lab.ssh(machine, f"kinit -k {NAME}", timeout=120)
    return lab.ssh(machine, "klist; kdestroy")


@pytest.mark.long
def test_it_is_a_member_of_its_realm(enforcing):
    lab, machine = enforcing
    assert f"krbtgt/{REALM}@{REALM}" in ticket(lab, machine)
    assert lab.ssh(machine, "stat -c '%a %U %C' /etc/krb5.keytab").split(":")[:3:2] == ["600 root system_u", "krb5_keytab_t"]


@pytest.mark.long
def test_everything_is_labelled_and_the_boolean_stays(enforcing):
    """The whole tree; the policy built anew by the host's own tools; a start from the disk."""
    lab, machine = enforcing
    # Only what the running system has made itself may differ.
    wrong = lab.ssh(machine, "restorecon -rnv -x / | grep -v ' /var/\\(lib\\|log\\|tmp\\)/' || true", timeout=900)
    assert wrong == ""
    lab.ssh(machine, "semodule -B", timeout=1200)
    assert state(lab, machine)[1] == f"{BOOLEAN} --> on"
    lab.ssh(machine, "sync")
    machine.power_cut()
    machine.direct, machine.boot = None, "disk"
    machine.start()
    machine.wait_for(LOGIN, 1800, unless=TROUBLE)
    lab.wait_for_ssh(machine, timeout=600)
    assert state(lab, machine)[:3] == ["Enforcing", f"{BOOLEAN} --> on", "1"]
    assert f"krbtgt/{REALM}@{REALM}" in ticket(lab, machine)


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
