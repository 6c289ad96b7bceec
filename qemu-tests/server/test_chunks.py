"""Images in chunks: what pxe/render writes is what the installer puts together again, through a rack's cache, too."""

import io
import os
import re
import tarfile
import time

import pytest

from lab import process
from lab.server import URL
from test_manifest import Signed

LIST = f"{URL}/chunks/dom0.tar.chunks"


class Chunked(Signed):
    """A signed boot server with an image of five chunks, the last one short."""

    CONTENT = os.urandom(300_000)

    def render(self):
        with tarfile.open(self.image, "w", format=tarfile.USTAR_FORMAT) as tar:
            info = tarfile.TarInfo("file")
            info.size = len(self.CONTENT)
            tar.addfile(info, io.BytesIO(self.CONTENT))
        profile = self.site.profiles / "52-54-00-d0-00-01.yaml"
        text = re.sub(r"  chunks: .*\n", "", profile.read_text())
        profile.write_text(text.replace("image:\n", f"image:\n  chunks: {LIST}\n"))
        options = ["--range", "192.0.2.100,192.0.2.199", "--sign", str(self.secret), "--chunks", "64K"]
        self.site.render(*options, "--cache", str(self.site.folder / "cache"), "--cache-listen", "192.0.2.1:8081")

    def digest(self):
        return process.run(["sha256sum", str(self.image)]).stdout.split()[0]

    def chunks(self):
        return (self.site.out / "chunks/dom0.tar.chunks").read_text().split("\n")[1:-1]

    def spawn(self, argv, port):
        """Something that serves at that port, in the same network; the caller stops it."""
        child = process.spawn(argv, self.site.folder / f"{port}.log", self.network.namespace)
        listening = f"until ss -Hltn 'sport = :{port}' | grep -q .; do sleep 0.05; done"
        process.run(["sh", "-c", listening], self.network.namespace)
        return child

    def argv(self, url, *options):
        target = self.site.folder / f"target{time.monotonic_ns()}"
        target.mkdir()
        argv = [self.site.environment["DOM0STRAP"], "extract", "--chunks", url, "--sha256", self.digest(), *options]
        return argv + [f"{URL}/images/dom0.tar", str(target)], target

    def extract(self, url=LIST, *options):
        """Returns the program's answer, and how often each chunk was asked for at the boot server."""
        log = self.site.out / "access.log"
        before = len(log.read_text()) if log.exists() else 0
        argv, target = self.argv(url, *options)
        done = process.run(argv, self.network.namespace, check=False)
        asked = re.findall(r"/chunks/([0-9a-f]{64})", log.read_text()[before:])
        if done.returncode == 0:
            assert (target / "file").read_bytes() == self.CONTENT
        return done, [asked.count(name) for name in self.chunks()]


@pytest.fixture
def server(site, network):
    server = Chunked(site, network, site.signing_key())
    yield server
    process.stop(server.nginx)


def test_image_in_chunks(server):
    done, asked = server.extract()
    assert (done.returncode, asked) == (0, [1, 1, 1, 1, 1]), done.stderr
    plan = server.plan()
    expected = process.run(["sha256sum", str(server.site.out / "chunks/dom0.tar.chunks")]).stdout.split()[0]
    assert f"in the chunks of {LIST}, sha256 {expected}" in plan.stdout, plan.stderr


def test_list_that_is_not_the_signed_one(server):
    """The plan has the digest of the list, as it has the image's."""
    (server.site.out / "SHA256SUMS").write_text(
        re.sub(r".*chunks/dom0.tar.chunks\n", "", (server.site.out / "SHA256SUMS").read_text())
    )
    process.run(
        ["minisign", "-S", "-s", str(server.secret), "-m", str(server.site.out / "SHA256SUMS"), "-t", "serial:1"]
    )
    server.refused(f"SHA256SUMS has no digest of {LIST}")


def test_rack_asks_for_each_chunk_once(server):
    (server.site.folder / "cache").mkdir()
    argv = ["nginx", "-e", "stderr", "-c", f"{server.site.out}/nginx-rack.conf"]
    argv += ["-g", "daemon off; master_process off; user root;"]
    rack = server.spawn(argv, 8081)
    through = LIST.replace(URL, f"{URL}:8081")
    try:
        assert server.extract(through)[1] == [1, 1, 1, 1, 1]
        done, asked = server.extract(through)
        assert (done.returncode, asked) == (0, [0, 0, 0, 0, 0]), done.stderr
        # What the cache has is spoilt: the machine has it asked for anew, and only that.
        for path in (server.site.folder / "cache").rglob("*"):
            if path.is_file() and f"/chunks/{server.chunks()[1]}".encode() in path.read_bytes():
                content = path.read_bytes()
                path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        done, asked = server.extract(through)
        assert (done.returncode, asked) == (0, [0, 1, 0, 0, 0]), done.stderr
    finally:
        process.stop(rack)


PEER = ("--chunk-peer", f"{URL}:8280")


def test_rack_is_served_by_the_machine_that_has_finished(server):
    argv, target = server.argv(LIST, "--serve-chunks", "10m")
    first = server.spawn(argv, 8280)
    try:
        assert (target / "file").read_bytes() == server.CONTENT
        done, asked = server.extract(LIST, *PEER)
        assert (done.returncode, asked) == (0, [0, 0, 0, 0, 0]), done.stderr
        answer = process.run(["curl", "-s", "--path-as-is", f"{URL}:8280/../../etc/passwd"], server.network.namespace)
        assert answer.stdout == ""
    finally:
        process.stop(first)
    # It has jumped into its Xen by now.
    done, asked = server.extract(LIST, *PEER)
    assert (done.returncode, asked) == (0, [1, 1, 1, 1, 1]), done.stderr


def test_machine_that_serves_flipped_bits(server):
    folder = server.site.folder / "liar"
    folder.mkdir()
    for name in server.chunks():
        (folder / name).write_bytes((server.site.out / "chunks" / name).read_bytes())
    lie = folder / server.chunks()[1]
    lie.write_bytes(bytes([lie.read_bytes()[0] ^ 1]) + lie.read_bytes()[1:])
    liar = server.spawn(["/usr/bin/python3", "-m", "http.server", "8280", "--directory", str(folder)], 8280)
    try:
        done, asked = server.extract(LIST, *PEER)
    finally:
        process.stop(liar)
    assert (done.returncode, asked) == (0, [0, 1, 1, 1, 1]), done.stderr
    assert f"{server.chunks()[1]}: what came is not what its name says; that machine is not asked again" in done.stderr
