"""Words of others that a terminal would obey: whoever says them, they never reach one as they are."""

import json
import subprocess

import pytest

from lab import archive, process
from lab.server import FAULTY_PORT, TOP, URL

from test_manifest import FACTS

CONFIG, SOURCE = 10, 12
# Title of the window, screen cleared, the 8-bit CSI, and right-to-left from here on.
WORDS = "\x1b]0;owned\x07\x1b[2J\u009b1m\u202e"


@pytest.fixture
def run(site):
    def run(*argv, namespace=None):
        argv = [site.environment["DOM0STRAP"], *map(str, argv)]
        if namespace:
            argv = process.inside(namespace) + argv
        done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    return run


def assert_harmless(text):
    """`?` stands for each of them, and something has been said at all."""
    assert text.strip()
    bad = [c for c in text if c not in "\n\t" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c == "\u202e")]
    assert not bad, repr(text)


def test_host_name_in_a_profile(run, site):
    path = site.profile("52-54-00-d0-00-01")
    path.write_text(path.read_text().replace("host: ", f"host: {json.dumps(WORDS)} # "))
    code, said = run("check", path)
    assert code == CONFIG and "?]0;owned" in said or "owned" in said
    assert_harmless(said)


@pytest.mark.parametrize("fault", [f"reason:No {WORDS}", f"redirect:ftp://host/{WORDS}"])
def test_answers_of_a_server(run, site, network, fault):
    argv = ["/usr/bin/python3", str(TOP / "qemu-tests/lab/faulty_server.py"), str(site.folder), str(FAULTY_PORT)]
    fault = fault.encode().decode("latin-1")  # http.server writes heads in that
    server = process.spawn(
        argv + [str(site.folder / "log"), fault, "always"], site.folder / "server.log", network.namespace
    )
    try:
        process.run(
            ["sh", "-c", f"until ss -Hltn 'sport = :{FAULTY_PORT}' | grep -q .; do sleep 0.05; done"], network.namespace
        )
        code, said = run("plan", "--facts", FACTS, "--profile", f"{URL}:{FAULTY_PORT}/x", namespace=network.namespace)
    finally:
        process.stop(server)
    assert code == SOURCE
    assert_harmless(said)


def test_entries_of_an_image(run, site):
    image = archive.make(site.folder / "image.tar.gz", [(f"../{WORDS}\x1b[31m", b"x")])
    code, said = run("extract", image, site.folder / "undo")
    assert code == SOURCE and "owned" in said
    assert_harmless(said)


def test_names_of_disks(run, site):
    facts = json.loads(FACTS.read_text())
    for disk in facts["disks"]:
        disk["model"] = disk["serial"] = disk["serial"] + WORDS
    path = site.folder / "facts.json"
    path.write_text(json.dumps(facts))
    _, said = run("plan", "--facts", path, "--profile", site.profile("52-54-00-d0-00-01"))
    assert_harmless(said)


def test_entries_of_a_boot_menu(run, site):
    (site.folder / "host/boot/grub").mkdir(parents=True)
    entry = f"menuentry 'Linux {WORDS}' {{\n linux /vmlinuz root=/dev/sda1 {WORDS}\n initrd /initrd\n}}\n"
    (site.folder / "host/boot/grub/grub.cfg").write_text(entry)
    code, said = run("boot", "--list", "--root", site.folder / "host")
    assert code == 0 and "Linux" in said
    assert_harmless(said)
