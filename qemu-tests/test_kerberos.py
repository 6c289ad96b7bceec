"""A host that becomes a member of its Kerberos realm while it is installed, with Debian's KDC on the lab's network."""

import time

import pytest

from lab import outside, process, tiny
from lab.kdc import REALM, read_keytab
from lab.network import SERVER

HOST = "xen01.example.com"
NAME = f"host/{HOST}"
ONE_TIME = "once-and-never-again"
ENROL = f"kerberos: {{realm: {REALM}, kdc: {SERVER}, host-key: {{enrol: {ONE_TIME}}}}}\n"
KEYTAB, SECRET, SSH_KEY = "etc/krb5.keytab", ".dom0strap/enrolment", "etc/ssh/ssh_host_ed25519_key"
SOURCE = 12
HOUR = 3600
AES = {17, 18, 19, 20}


@pytest.fixture
def kdc(lab):
    kdc = lab.kdc()
    kdc.admin(f"addprinc +requires_preauth -pw {ONE_TIME} {NAME}")
    return kdc


def make_image(lab, dom0_image, name):
    """Its SSH host key is the image's name."""
    more = {"etc/krb5.conf": b"[realms]\n OTHER.ORG = {\n  kdc = kdc.other.org\n }\n"}
    return tiny.make(lab.folder / f"{name}.tar.zst", dom0_image, 4 << 20, more=more | {SSH_KEY: name.encode()})


def make_machine(lab, image, keys=ENROL, **parts):
    machine, profile = lab.tiny_pair(image, **parts)
    profile.append(keys)
    lab.server.offer_profile(machine.nic.mac, profile)
    return machine, profile


def read(lab, machine, *names):
    """Those of the files that are on the root file system, the same from both disks."""
    found = [outside.files(disk, 2, lab.folder, names) for disk in machine.disks]
    assert found[0] == found[1]
    return found[0]


def assert_enrolled(lab, machine, kdc):
    """The keytab's keys are those in the KDC's database, made by one change; krb5.conf keeps what was there."""
    files = read(lab, machine, KEYTAB, SECRET, "etc/krb5.conf")
    assert SECRET not in files
    assert f"default_realm = {REALM}\n".encode() in files["etc/krb5.conf"]
    assert b" OTHER.ORG = {\n  kdc = kdc.other.org\n }\n" in files["etc/krb5.conf"]
    keys = set(read_keytab(files[KEYTAB]))
    assert {key.enctype for key in keys} == AES
    known = set(kdc.keys(NAME))
    assert known and known <= keys, (known, keys)
    assert {key.kvno for key in keys} == {2}
    row = outside.manifest(machine.disks[0], 2, lab.folder)[KEYTAB]
    assert (row["mode"], row["owner"]) == ("0o600", (0, 0))
    return files[KEYTAB]


def assert_nowhere(lab, secrets):
    """None of the secrets is in anything that the runs have left, but the profile and the KDC's own files."""
    looked_at = 0
    for path in lab.folder.rglob("*"):
        inside = path.relative_to(lab.folder).parts
        if not path.is_file() or inside[0] in ("disks", "kdc") or inside[:2] == ("server", "profiles"):
            continue
        content = path.read_bytes()
        if inside[:2] == ("server", "undo"):
            unpacked = process.subprocess.run(["bsdtar", "-xOf", str(path)], capture_output=True, check=True)
            content += unpacked.stdout
        looked_at += 1
        for secret in secrets:
            assert secret not in content, path
    assert looked_at > 8


def cut_after_change(machine, kdc):
    """The power goes as soon as the KDC has the new key, and nothing that was not flushed stays."""
    machine.start()
    deadline = time.monotonic() + 300
    while not kdc.changes():
        assert machine.running() and time.monotonic() < deadline, machine.console.story("no change of the key")
        time.sleep(0.01)
    machine.power_cut()


def test_enrolment_power_cut_and_reinstall(lab, kdc, dom0_image):
    """The clock is an hour off, and a time server is there. The power goes behind the change of the key; the next run
    finishes it. Another profile then installs the same host again, which keeps its keys.
    """
    kdc.serve_time()
    lab.server.offer_time(SERVER)
    machine, profile = make_machine(lab, make_image(lab, dom0_image, "first"), disk={"volatile": True})
    machine.clock = -HOUR
    cut_after_change(machine, kdc)
    files = read(lab, machine, KEYTAB, SECRET)
    assert KEYTAB not in files  # or it was cut too late to show anything
    secret = files[SECRET]
    assert len(secret) > 40

    machine.start()
    machine.wait_installed()
    assert machine.console.find(r"an earlier run has changed the key already")
    assert machine.console.find(rf"{NAME}@{REALM}: enrolled, key version 2, verified")
    keytab = assert_enrolled(lab, machine, kdc)

    image = lab.server.offer_image(make_image(lab, dom0_image, "second"))
    profile.set("wipe", "own").set("url", image["url"]).set("sha256", image["sha256"])
    profile.append("preserve: [keytab, ssh-host-keys]\n")
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    assert machine.console.find(rf"{NAME}@{REALM}: keytab kept, key version 2, verified")
    assert assert_enrolled(lab, machine, kdc) == keytab
    assert read(lab, machine, SSH_KEY)[SSH_KEY] == b"first"
    assert outside.manifest(machine.disks[0], 2, lab.folder)[SSH_KEY]["mode"] == "0o600"
    assert kdc.changes() == 1
    keys = [key.key for key in kdc.keys(NAME)]
    assert_nowhere(lab, [ONE_TIME.encode(), secret, *keys, *(key.hex().encode() for key in keys)])


def assert_refused(lab, machine, kdc, words):
    """With those words; nothing on the disks boots, the KDC's key is the old one."""
    machine.start()
    message = machine.wait_failed(SOURCE)["message"]
    assert words in message, message
    assert not any(disk.has_boot_code() for disk in machine.disks)
    assert KEYTAB not in read(lab, machine, KEYTAB)
    assert {key.kvno for key in kdc.keys(NAME)} == {1}
    assert_nowhere(lab, [ONE_TIME.encode()])


def test_wrong_one_time_password(lab, kdc, dom0_image):
    kdc.admin(f"delprinc -force {NAME}")
    kdc.admin(f"addprinc +requires_preauth -pw another-one {NAME}")
    machine, _ = make_machine(lab, make_image(lab, dom0_image, "tiny"))
    assert_refused(
        lab, machine, kdc, "one-time password: ticket of host/xen01.example.com@EXAMPLE.COM: Preauthentication"
    )


@pytest.mark.long
def test_clock_off_without_a_time_server(lab, kdc, dom0_image):
    machine, _ = make_machine(lab, make_image(lab, dom0_image, "tiny"))
    machine.clock = -HOUR
    assert_refused(lab, machine, kdc, "s behind the KDC's, and Kerberos allows 300 s")


@pytest.mark.long
def test_no_kdc(lab, kdc, dom0_image):
    machine, _ = make_machine(lab, make_image(lab, dom0_image, "tiny"))
    kdc.down()
    assert_refused(lab, machine, kdc, f"Cannot contact any KDC for realm '{REALM}'")


@pytest.mark.long
def test_keytab_of_the_administrator(lab, kdc, dom0_image):
    """Served over plain HTTP with its digest; and one of another host's."""
    path = lab.server.images / "host.keytab"
    kdc.admin(f"ktadd -k {path} {NAME}")
    path.chmod(0o644)
    offer = lab.server.offer_image(path)
    key = f"host-key: {{keytab: {offer['url']}, sha256: {offer['sha256']}}}"
    keys = f"kerberos: {{realm: {REALM}, kdc: {SERVER}, {key}}}\n"
    machine, profile = make_machine(lab, make_image(lab, dom0_image, "tiny"), keys)
    lab.server.offer_profile(machine.nic.mac, profile.change(r"^host: .*", "host: xen02.example.com"))
    machine.start()
    message = machine.wait_failed(SOURCE)["message"]
    assert f"no key of host/xen02.example.com@{REALM}; it has {NAME}@{REALM}" in message

    profile.change(r"^host: .*", f"host: {HOST}").set("wipe", "{listed: [DISK1, DISK2]}")
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_installed()
    assert read(lab, machine, KEYTAB)[KEYTAB] == path.read_bytes()
    assert machine.console.find(rf"{NAME}@{REALM}: keytab fetched, key version 2, verified")
