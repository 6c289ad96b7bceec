"""pxe/serve: one command, real clients, and nothing left when it ends."""

import os
import re
import shutil
import signal
import time

import pytest

from lab import process
from lab.network import BRIDGE
from lab.server import TOP, URL

RANGE = ["--range", "192.0.2.100,192.0.2.199"]


class Serve:
    """A running pxe/serve in the namespace, and its output."""

    def __init__(self, site, network, *options, user=None, pxe=TOP / "pxe"):
        self.log = site.folder / "serve.log"
        self.scratch = site.folder / "scratch"
        self.scratch.mkdir(exist_ok=True)
        self.scratch.chmod(0o1777)
        self.namespace = network.namespace
        argv = [str(pxe / "serve"), "--profiles", str(site.profiles), "--interface", BRIDGE]
        argv += ["--boot", str(site.folder / "boot"), *options]
        if user:
            argv = ["setpriv", f"--reuid={user}", "--clear-groups", *argv]
        # Whoever starts the tests in the background lets them ignore Ctrl-C, and no shell can take that back.
        environment = ["--default-signal=INT", f"TMPDIR={self.scratch}", f"DOM0STRAP={site.environment['DOM0STRAP']}"]
        self.process = process.spawn(["env", *environment, *argv], self.log, self.namespace)

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_until(self, what, seconds=60):
        deadline = time.monotonic() + seconds
        while what not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.05)
        return self

    def get(self, path, *options, port="", check=True):
        argv = ["curl", "-sS", "--fail", "--max-time", "20", *options, f"{URL}{port}{path}"]
        return process.run(argv, self.namespace, check=check)

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(20)

    def children(self):
        """Servers in that network namespace."""
        found = process.run(["ss", "-Hlntup"], self.namespace).stdout
        return re.findall(r'"(nginx|dnsmasq)"', found)


@pytest.fixture
def serve(site, network):
    running = []

    def start(*options, **parts):
        running.append(Serve(site, network, *options, **parts))
        return running[-1]

    yield start
    for one in running:
        process.stop(one.process)


def ask_dhcp(namespace, folder, *options):
    """What a DHCP server answers, as busybox' client puts it into its script's environment."""
    script = folder / "environment"
    script.write_text('#!/bin/sh\n[ "$1" != bound ] || env\n')
    script.chmod(0o755)
    argv = "env -i PATH=/usr/bin:/bin busybox udhcpc -i eth0 -n -q -f -t 5 -T 1 -s".split() + [str(script), *options]
    done = process.run(argv, namespace, check=False)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line), done


def test_serves_everything_and_leaves_nothing(site, network, serve):
    site.profile("52-54-00-d0-00-01")
    (site.profiles / "images").mkdir()
    (site.profiles / "images/dom0.tar").write_bytes(bytes(range(256)) * 64)
    server = serve(*RANGE).wait_until("serve: ready at http://192.0.2.1 for 192.0.2.0/24")
    assert server.get("/boot/vmlinuz").stdout.startswith("vmlinuz")
    assert "xen01.example.com" in server.get("/profiles/mac/52-54-00-d0-00-01.yaml").stdout
    assert server.get("/profiles/mac/52-54-00-d0-00-02.yaml", check=False).returncode == 22
    assert "lpxelinux" not in server.get("/tftp/pxelinux.cfg/default").stdout
    part = server.get("/images/dom0.tar", "-r", "65-67", "-i").stdout
    assert part.startswith("HTTP/1.1 206") and part.endswith("ABC")
    tftp = process.run(["curl", "-sS", "--max-time", "20", "tftp://192.0.2.1/pxelinux.cfg/default"], network.namespace)
    assert "dom0strap.profile=http://192.0.2.1/profiles/mac/${mac}.yaml" in tftp.stdout

    answer, done = ask_dhcp(network.add_host(9), site.folder, "-O", "bootfile", "-O", "tftp")
    assert (answer.get("bootfile") or answer.get("boot_file")) == "lpxelinux.0", done.stdout + done.stderr
    assert answer["siaddr"] == "192.0.2.1" and answer["ip"].startswith("192.0.2.1")

    assert sorted(set(server.children())) == ["dnsmasq", "nginx"]
    assert server.end(signal.SIGTERM) == 0
    assert server.children() == []
    assert list(server.scratch.iterdir()) == []


def test_profiles_over_https(site, serve):
    site.profile("52-54-00-d0-00-01")
    server = serve(*RANGE, "--", "--secure-url", "https://192.0.2.1", *site.certificate()).wait_until("serve: ready")
    argv = ["curl", "-sS", "--fail", "--max-time", "20", "https://192.0.2.1/profiles/mac/52-54-00-d0-00-01.yaml"]
    stranger = process.run(argv, server.namespace, check=False)
    assert stranger.returncode == 60  # nobody vouches for that certificate
    known = process.run([*argv, "--cacert", str(site.folder / "server.pem")], server.namespace)
    assert "xen01.example.com" in known.stdout
    menu = server.get("/tftp/pxelinux.cfg/default").stdout
    assert "dom0strap.profile=https://192.0.2.1/profiles/" in menu and "kernel http://192.0.2.1/boot/vmlinuz" in menu


def test_ctrl_c_is_a_clean_end_too(site, serve):
    site.profile("52-54-00-d0-00-01")
    server = serve(*RANGE).wait_until("serve: ready")
    assert server.end(signal.SIGINT) == 0
    assert server.children() == [] and list(server.scratch.iterdir()) == []


def test_a_bad_profile_starts_nothing(site, serve):
    site.profile("52-54-00-d0-00-01", count="many")
    server = serve(*RANGE)
    assert server.process.wait(60) == 1
    assert 'count: "many" is not a whole number' in server.text()
    assert server.children() == [] and list(server.scratch.iterdir()) == []


def test_a_taken_port_is_told(site, network, serve):
    site.profile("52-54-00-d0-00-01")
    other = process.spawn(["busybox", "nc", "-l", "-p", "80"], os.devnull, network.namespace)
    server = serve(*RANGE)
    assert server.process.wait(60) == 1
    assert "Address already in use" in server.text() and "nginx has ended" in server.text()
    assert server.children() == [] and list(server.scratch.iterdir()) == []
    process.stop(other)


def test_ordinary_user_serves_http(site, network, serve):
    """From a copy: an ordinary user may not be able to look into this checkout."""
    site.profile("52-54-00-d0-00-01")
    shutil.copytree(TOP / "pxe", site.folder / "pxe")
    shutil.copy(site.environment["DOM0STRAP"], site.folder / "dom0strap")
    site.environment["DOM0STRAP"] = str(site.folder / "dom0strap")
    server = serve(user="nobody", pxe=site.folder / "pxe").wait_until("serve: ready at http://192.0.2.1:8080")
    assert "not root, so HTTP only" in server.text()
    assert "#!ipxe" in server.get("/tftp/boot.ipxe", port=":8080").stdout
    assert server.get("/boot/modules.img", port=":8080").stdout.startswith("modules.img")
    assert server.end(signal.SIGTERM) == 0
    assert server.children() == [] and list(server.scratch.iterdir()) == []


@pytest.mark.parametrize(
    "options, why",
    [
        (["--interface", "nowhere"], "there is no network interface nowhere"),
        (["--interface", "lo"], "lo has no IPv4 address"),
        (["--boot", "/nowhere"], "vmlinuz is missing"),
        (["--port", "x"], "a number is needed"),
        (["--colour", "red"], "unknown option --colour"),
    ],
)
def test_what_is_missing_is_told(site, serve, options, why):
    server = serve(*options)
    assert server.process.wait(30) == 1
    assert why in server.text()
