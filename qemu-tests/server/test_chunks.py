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

    def extract(self, url=LIST):
        """Returns the program's answer, and how often each chunk was asked for at the boot server."""
        log = self.site.out / "access.log"
        before = len(log.read_text()) if log.exists() else 0
        target = self.site.folder / f"target{time.monotonic_ns()}"
        target.mkdir()
        argv = [self.site.environment["DOM0STRAP"], "extract", "--chunks", url, "--sha256", self.digest()]
        done = process.run(argv + [f"{URL}/images/dom0.tar", str(target)], self.network.namespace, check=False)
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
    process.run(["minisign", "-S", "-s", str(server.secret), "-m", str(server.site.out / "SHA256SUMS"), "-t", "serial:1"])
    server.refused(f"SHA256SUMS has no digest of {LIST}")


def test_rack_asks_for_each_chunk_once(server):
    (server.site.folder / "cache").mkdir()
    argv = ["nginx", "-e", "stderr", "-c", f"{server.site.out}/nginx-rack.conf"]
    argv += ["-g", "daemon off; master_process off; user root;"]
    rack = process.spawn(argv, server.site.folder / "rack.log", server.network.namespace)
    listening = "until ss -Hltn 'sport = :8081' | grep -q .; do sleep 0.05; done"
    process.run(["sh", "-c", listening], server.network.namespace)
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
