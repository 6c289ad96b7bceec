"""Signed lists: what pxe/render signs is what a machine believes, and nothing else.

The machine is the installer's `plan` on the facts of a golden case; server, signatures and requests are real.
"""

import hashlib
import os
import re
import time

import pytest

from lab import process
from lab.server import TOP, URL

FACTS = TOP / "installer/tests/golden/mirror-virtio/facts.json"
PROFILE = "profiles/mac/52-54-00-d0-00-01.yaml"
SOURCE = 12


class Signed:
    """A signed boot server on nginx, and a machine that asks it."""

    def __init__(self, site, network, key):
        self.site, self.network = site, network
        self.public, self.secret = key.public, key.secret
        self.image = site.folder / "images/dom0.tar"
        self.image.write_bytes(b"an image")
        profile = site.profile("52-54-00-d0-00-01")
        text = re.sub(r"^insecure.*", "", profile.read_text(), flags=re.MULTILINE)
        listed = f"url: {URL}/images/dom0.tar\n  manifest: {URL}/SHA256SUMS"
        profile.write_text(re.sub(r"url: .*\n  sha256: .*", listed, text))
        self.render()
        argv = ["nginx", "-e", "stderr", "-c", f"{site.out}/nginx.conf"]
        argv += ["-g", "daemon off; master_process off; user root;"]
        self.nginx = process.spawn(argv, site.folder / "nginx.log", network.namespace)
        deadline = time.monotonic() + 20
        while not process.run(["ss", "-Hltn", "sport = :80"], network.namespace).stdout.strip():
            assert time.monotonic() < deadline and self.nginx.poll() is None
            time.sleep(0.05)

    def render(self):
        self.site.render("--range", "192.0.2.100,192.0.2.199", "--sign", str(self.secret))

    def plan(self, *options, key=None, profile=PROFILE, manifest=True):
        argv = [self.site.environment["DOM0STRAP"], "plan", "--facts", str(FACTS), "--profile", f"{URL}/{profile}"]
        argv += ["--key", str(key or self.public), *options]
        argv += ["--manifest", f"{URL}/SHA256SUMS"] if manifest else []
        return process.run(argv, self.network.namespace, check=False)

    def refused(self, why, **parts):
        done = self.plan(**parts)
        assert done.returncode == SOURCE, done.stdout + done.stderr
        assert why in done.stderr

    def change(self, name, old, new):
        path = self.site.out / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def signed(site, network):
    server = Signed(site, network, site.signing_key())
    yield server
    process.stop(server.nginx)


def test_profile_and_image_by_a_signed_list(signed):
    done = signed.plan()
    assert done.returncode == 0, done.stderr
    expected = process.run(["sha256sum", str(signed.image)]).stdout.split()[0]
    assert f"sha256 {expected}" in done.stdout
    assert f"dom0strap.manifest={URL}/SHA256SUMS" in (signed.site.out / "tftp/pxelinux.cfg/default").read_text()
    checked = process.run(["minisign", "-V", "-p", str(signed.public), "-m", str(signed.site.out / "SHA256SUMS")])
    assert re.search(r"dom0strap serial:\d{10}\b", checked.stdout)
    names = [line.split("  ")[1] for line in (signed.site.out / "SHA256SUMS").read_text().splitlines()]
    assert names == [PROFILE, "boot/initramfs.img", "boot/modules.img", "boot/vmlinuz", "images/dom0.tar"]


def test_changed_in_transit(signed):
    signed.change(PROFILE, "dom0_mem=512M", "dom0_mem=513M")
    signed.refused("and http://192.0.2.1/SHA256SUMS says")


def test_profile_of_another_machine_in_its_place(signed):
    """It is signed, too, but not for this name."""
    signed.site.profile("52-54-00-d0-00-02")
    signed.render()
    path = signed.site.out / PROFILE
    path.write_text((signed.site.out / "profiles/mac/52-54-00-d0-00-02.yaml").read_text())
    signed.refused("says")


def test_another_listed_image_in_its_place(signed):
    """The digest that a plan has is that of the name, so what is unpacked has to be what the name stands for."""
    (signed.site.folder / "images/old.tar").write_bytes(b"an older image")
    signed.render()
    expected = re.search(r"sha256 (\w+)", signed.plan().stdout)[1]
    signed.image.write_bytes(b"an older image")
    argv = [signed.site.environment["DOM0STRAP"], "extract", "--sha256", expected, f"{URL}/images/dom0.tar"]
    done = process.run(argv + [str(signed.site.folder / "undo")], signed.network.namespace, check=False)
    assert done.returncode == SOURCE and f"expected\n  {expected}" in done.stderr, done.stderr


def test_list_that_was_changed(signed):
    signed.change("SHA256SUMS", "dom0.tar", "dom1.tar")
    signed.refused("the signature does not fit")


def test_list_signed_by_somebody_else(signed):
    signed.refused("signed with another key", key=signed.site.signing_key("other").public)


def test_signature_missing(signed):
    (signed.site.out / "SHA256SUMS.minisig").unlink()
    signed.refused("404")


def test_file_that_is_not_listed(signed):
    (signed.site.out / "profiles/mac/52-54-00-d0-00-03.yaml").write_text((signed.site.out / PROFILE).read_text())
    signed.refused("has no digest of", profile="profiles/mac/52-54-00-d0-00-03.yaml")


def test_with_a_key_a_profile_cannot_excuse_itself(signed):
    """`insecure: true` is a word of the very file that anybody on the path can change."""
    signed.change(PROFILE, "host:", "insecure: true\nhost:")
    signed.refused("no signed manifest vouches for it", manifest=False)


def test_without_any_key(signed):
    signed.refused("no key to check a signature with", key="/nowhere")


def test_replayed_list(signed):
    """An old list with its old profile: well signed, and older than what this host has seen."""
    seen = signed.site.folder / "seen"
    seen.mkdir()
    number = int(re.search(r"serial:(\d+)", (signed.site.out / "SHA256SUMS.minisig").read_text())[1])
    name = "xen01.example.com-http---192.0.2.1-sha256sums"
    (seen / name).write_text(f"{number}\n")
    assert signed.plan("--seen", str(seen)).returncode == 0
    (seen / name).write_text(f"{number + 1}\n")
    done = signed.plan("--seen", str(seen))
    assert done.returncode == SOURCE
    assert f"has the serial number {number}, and this host has seen {number + 1}" in done.stderr
    for other in (number - 1, number + 1, ""):
        assert signed.plan("--seen", str(seen), "--allow-older", str(other)).returncode == SOURCE
    done = signed.plan("--seen", str(seen), "--allow-older", str(number))
    assert done.returncode == 0 and f"serial number {number}, older than {number + 1}; allowed" in done.stderr


def test_the_plan_has_the_number_written_and_is_not_bound_by_it(signed):
    """A newer list without another change is the same plan, so a confirmation of it holds."""
    first = signed.plan()
    assert "write /target/var/lib/dom0strap/lists, mode 0644\n      | (the serial numbers" in first.stdout
    time.sleep(1.1)  # the number is in seconds
    signed.render()
    assert signed.plan().stdout == first.stdout


@pytest.fixture
def with_overlay(signed):
    signed.site.overlay("greeting")
    path = signed.site.profiles / "52-54-00-d0-00-01.yaml"
    path.write_text(path.read_text() + "overlays: [{name: greeting, parameters: {place: rack 7}}]\n")
    signed.render()
    return signed


def test_overlay_by_the_signed_list(with_overlay):
    done = with_overlay.plan()
    assert done.returncode == 0, done.stderr
    digest = hashlib.sha256(b"greeting of rack 7\n").hexdigest()
    assert f"greeting: put /target/etc/greeting, mode 0640, root:root\n      | 19 bytes, sha256 {digest}" in done.stdout
    archive = with_overlay.site.out / "overlays/greeting.tar"
    assert "  overlays/greeting.tar\n" in (with_overlay.site.out / "SHA256SUMS").read_text()
    packed = archive.read_bytes()
    file = with_overlay.site.folder / "overlays/greeting/files/etc/greeting"
    os.chown(file, 12, 34)
    os.utime(file, (1, 1))
    with_overlay.render()
    assert archive.read_bytes() == packed, "packing tells of this machine"


def test_list_is_fetched_once_for_all_that_it_vouches_for(with_overlay):
    log = with_overlay.site.out / "access.log"
    before = len(log.read_text()) if log.exists() else 0
    assert with_overlay.plan().returncode == 0
    asked = log.read_text()[before:]
    assert [asked.count(f'"path":"/{name}"') for name in ("SHA256SUMS", "SHA256SUMS.minisig")] == [1, 1], asked


def test_overlay_that_was_changed(with_overlay):
    archive = with_overlay.site.out / "overlays/greeting.tar"
    archive.write_bytes(archive.read_bytes().replace(b"greeting of", b"Greeting of"))
    with_overlay.refused("overlay greeting: http://192.0.2.1/overlays/greeting.tar: sha256 is")
    archive.unlink()
    with_overlay.refused("404")


def test_overlay_of_a_server_that_signs_nothing(with_overlay):
    """It is believed as the profile is: here not at all, and where that says `insecure`."""
    path = with_overlay.site.profiles / "52-54-00-d0-00-01.yaml"
    path.write_text(re.sub(r"\n  manifest: .*", f"\n  sha256: {'0' * 64}\ninsecure: true", path.read_text()))
    with_overlay.render()
    done = with_overlay.plan(manifest=False, key="/nowhere")
    assert done.returncode == 0, done.stderr
    assert "greeting: put /target/etc/greeting" in done.stdout


def test_ssh_keys_are_believed_as_a_profile_is(signed):
    folder = signed.site.folder
    for name in ("one", "two"):
        process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)])
    listed, given = (f"{(folder / name).with_suffix('.pub').read_text().strip()}\n" for name in ("one", "two"))
    (folder / "images/keys").write_text(listed)
    signed.render()

    def keys(*options):
        argv = [signed.site.environment["DOM0STRAP"], "rescue", "keys", "--key", str(signed.public), *options]
        return process.run(argv, signed.network.namespace, check=False)

    by_list = ["--manifest", f"{URL}/SHA256SUMS", "--ssh-key", f"{URL}/images/keys"]
    done = keys(*by_list, "--ssh-key", given)
    assert (done.returncode, sorted(done.stdout.splitlines(True))) == (0, sorted([listed, given])), done.stderr
    done = keys("--ssh-key", f"{URL}/images/keys", "--ssh-key", given)
    assert (done.returncode, done.stdout) == (0, given)
    assert "no signed manifest vouches for it" in done.stderr
    (folder / "images/keys").write_text(given)
    done = keys(*by_list)
    assert (done.returncode, done.stdout) == (10, "")
    assert "SHA256SUMS says" in done.stderr and "nobody has a key" in done.stderr
