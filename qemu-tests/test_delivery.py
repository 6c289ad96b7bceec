"""Ways of an install to its machine that need the boot environment: in chunks, from a server with a pinned key."""

import pytest
from conftest import APPEND, RESULTS

from lab import Lab, Profile, process, tiny
from lab.lab import TINY_DISK_BYTES
from lab.machine import FAILED
from lab.server import URL

LIAR_PORT = 8281
TWENTY_YEARS = 20 * 365 * 86400


@pytest.mark.long
def test_install_in_chunks(request, dom0_image):
    with Lab(RESULTS / request.node.name, append=APPEND, options=["--chunks", "1M"]) as lab:
        image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=8 << 20)
        machine, profile = lab.tiny_pair(image)
        digest = lab.server.offer_image(image)["sha256"]
        profile.set("sha256", f"{digest}\n  chunks: {URL}/chunks/{image.name}.chunks")
        lab.server.publish(machine.nic.mac.replace(":", "-"), profile)
        machine.start()
        machine.wait_installed()
        names = (lab.server.folder / f"chunks/{image.name}.chunks").read_text().splitlines()[1:]
        asked = [request.path for request in lab.server.requests()]
        assert len(names) > 8 and [path for path in asked if path[8:] in names] == [f"/chunks/{name}" for name in names]
        assert not any(path.startswith("/images/") for path in asked)


@pytest.mark.long
def test_second_machine_installs_from_the_first(request, dom0_image):
    """The boot server sends each chunk once. Before the first machine another is asked, which lies about one."""
    with Lab(RESULTS / request.node.name, append=APPEND, options=["--chunks", "1M"]) as lab:
        image = tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=8 << 20)
        first, profile = lab.tiny_pair(image)
        disks = [lab.disk(serial, TINY_DISK_BYTES) for serial in ("DISK3", "DISK4")]
        second = lab.machine("second", disks=disks, memory=first.memory, direct=first.direct)
        digest = lab.server.offer_image(image)["sha256"]
        profile.set("sha256", f"{digest}\n  chunks: {URL}/chunks/{image.name}.chunks\n  serve-chunks: 1h")
        lab.server.publish(first.nic.mac.replace(":", "-"), profile)
        profile.change(r"52:54:00(:\w\w){3}", second.nic.mac)
        peers = f"[{URL}:{LIAR_PORT}, http://{first.address}:8280]"
        profile.set("serve-chunks", f"90s\n  chunk-peers: {peers}").set("finish", "kexec")
        lab.server.publish(second.nic.mac.replace(":", "-"), profile)

        chunks = lab.server.folder / "chunks"
        names = (chunks / f"{image.name}.chunks").read_text().splitlines()[1:]
        (lab.folder / "liar").mkdir()
        lie = (chunks / names[0]).read_bytes()
        (lab.folder / "liar" / names[0]).write_bytes(lie[:-1] + bytes([lie[-1] ^ 1]))
        argv = ["/usr/bin/python3", "-m", "http.server", str(LIAR_PORT), "--directory", str(lab.folder / "liar")]
        liar = process.spawn(argv, lab.folder / "liar.log", lab.network.namespace)
        try:
            first.start()
            first.wait_for(r"serve the image's chunks at port 8280 for 1h; Enter: go on at once", 900, unless=FAILED)
            before = len(lab.server.requests())
            second.start()
            second.wait_for(r"serve the image's chunks at port 8280 for 90s", 900, unless=FAILED)
        finally:
            process.stop(liar)
        asked = [request.path[8:] for request in lab.server.requests()]
        assert len(names) > 8 and [name for name in asked if name in names] == names
        assert not set(names) & set(asked[before:]), "the boot server was asked for a chunk twice"
        assert second.console.find(rf"{names[0]}: what came is not what its name says; that machine is not asked again")
        first.console.send("\n")
        first.wait_off(120)
        assert first.console.find(rf"  {len(names)} chunks sent, ")
        second.wait_for(tiny.COMPLETE, 400, unless=tiny.INCOMPLETE)  # by itself, when its time was up


def certificate(folder):
    """For another name: nothing but its key is to count. Returns pxe/render's options, and the pin."""
    cert, key = folder / "server.pem", folder / "server.key"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    process.run(argv + ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=nobody"])
    script = f"openssl x509 -in {cert} -noout -pubkey | openssl pkey -pubin -outform der"
    pin = process.run(["sh", "-c", script + " | openssl dgst -sha256 -binary | openssl base64"]).stdout.strip()
    return ["--secure-url", URL.replace("http", "https"), "--cert", str(cert), "--key", str(key)], pin


@pytest.mark.long
def test_dead_battery_and_a_pinned_key(request, tmp_path):
    """The certificate is not valid yet by the machine's clock, which the server's Date then sets."""
    options, pin = certificate(tmp_path)
    with Lab(RESULTS / request.node.name, append=f"{APPEND} dom0strap.pin-sha256={pin}", options=options) as lab:
        machine = lab.machine("a", disks=[lab.disk("SMALL", 64 << 20)], direct=lab.direct_install())
        machine.direct.append = machine.direct.append.replace(f"={URL}/", f"={URL.replace('http', 'https')}/")
        machine.clock = -TWENTY_YEARS
        lab.server.offer_profile(machine.nic.mac, Profile.example("xen-dom0-raid1").change("^insecure: true\n", ""))
        machine.start()
        machine.wait_failed(11)  # its disk is too small: the profile has been read
        assert machine.console.find(r"clock set from the server with the pinned key \(\+6\d{8} s\)")
