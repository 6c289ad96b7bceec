"""What the boot server's cases share: a network segment without machines, and pxe/render on it."""

import os
import subprocess

import pytest

from lab import Profile, process
from lab.network import BRIDGE, NETWORK, Network
from lab.server import TOP, URL
from lab.signing import SigningKey

ADDRESS6 = "2001:db8:1::1"


@pytest.fixture
def network(tmp_path):
    network = Network(tmp_path / "network.log")
    process.run(["ip", "addr", "add", f"{ADDRESS6}/64", "dev", BRIDGE, "nodad"], network.namespace)
    yield network
    network.close()


class Site:
    """An operator's folders: profiles, images, boot files; and what was rendered from them."""

    def __init__(self, folder):
        self.folder = folder
        self.out = folder / "out"
        self.profiles = folder / "hosts"
        for name in ("boot", "hosts", "images", "overlays", "undo"):
            (folder / name).mkdir()
        for name in ("vmlinuz", "initramfs.img", "modules.img"):
            (folder / "boot" / name).write_bytes(name.encode() * 1000)
        self.environment = dict(os.environ)
        self.environment.setdefault("DOM0STRAP", str(TOP / "build/dom0strap"))

    def profile(self, file, match=None, **values):
        """A good profile, written to hosts/FILE.yaml."""
        profile = Profile.example("xen-dom0-raid1")
        for key, value in values.items():
            profile.set(key, value)
        if match:
            profile.append(f"match: {match}\n")
        path = self.profiles / f"{file}.yaml"
        path.write_text(profile.text)
        return path

    def overlay(self, name):
        """An overlay's folder that brings /etc/NAME, from overlays/NAME."""
        folder = self.folder / "overlays" / name
        (folder / "files/etc").mkdir(parents=True)
        (folder / "files/etc" / name).write_text(f"{name} of @place@\n")
        text = f"name: {name}\nsummary: a file\nfiles: {{/etc/{name}: '0640'}}\n"
        (folder / "overlay.yaml").write_text(text + "parameters: {place: {help: where it is}}\n")
        return folder

    def render(self, *options, check=True, url=URL):
        argv = [str(TOP / "pxe/render"), "--url", url, "--interface", BRIDGE, "--out", str(self.out)]
        argv += ["--network", NETWORK] if "--network6-only" not in options else []
        for name in ("boot", "images", "overlays"):
            argv += [f"--{name}", str(self.folder / name)]
        argv += ["--profiles", str(self.profiles)]
        argv += [option for option in options if option != "--network6-only"]
        done = subprocess.run(argv, capture_output=True, text=True, env=self.environment, check=False)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def signing_key(self, name="key"):
        (self.folder / name).mkdir()
        return SigningKey(self.folder / name)

    def certificate(self):
        """A throw-away one for the boot server's address; returns --cert and --key."""
        cert, key = self.folder / "server.pem", self.folder / "server.key"
        argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        argv += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=boot"]
        process.run(argv + ["-addext", "subjectAltName=IP:192.0.2.1,IP:2001:db8:1::1"])
        return ["--cert", str(cert), "--key", str(key)]


@pytest.fixture
def site():
    """Where others may read, as nginx's user must."""
    with process.scratch() as folder:
        folder.chmod(0o755)
        yield Site(folder)
