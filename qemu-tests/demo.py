#!/usr/bin/python3
"""make demo: two blank disks, a network card, and some minutes later a Xen host. Then one disk goes.

Everything is seen from outside, as a person in front of the machine would: its serial console, the boot
server's logs, SSH. Exit 1 if anything was not as claimed. Logs and screenshots stay in build/demo.
"""

import argparse
import json
import re
import shutil
import signal
import sys
import threading
import time

from lab import Lab, LabFailure
from lab import dom0, process
from lab.machine import parse_event
from lab.server import TOP
from lab.signing import SigningKey
from lab.timeline import DISK_BOOT, INSTALL, Timeline

FOLDER = TOP / "build/demo"
# A kernel's and a hypervisor's own chatter: some thousand lines that hide the interesting ones.
CHATTER = re.compile(r"^\s*(\[\s*\d+\.\d+\] |\(XEN\) (?!Xen version))")
BAR = 40


class Screen:
    """Our terminal: headings, the guest's console, a progress bar where the output is a terminal."""

    def __init__(self, verbose):
        self._verbose = verbose
        self._lock = threading.Lock()
        self._bar = False
        self._start = time.time()

    def restart_clock(self, now):
        self._start = now

    def _put(self, text):
        with self._lock:
            if self._bar:
                sys.stdout.write("\r\033[K")
                self._bar = False
            print(text, flush=True)

    def title(self, text):
        self._put(f"\n{'=' * 100}\n{text}\n{'=' * 100}")

    def phase(self, name):
        self._put(f"\n--- {time.time() - self._start:6.1f} s --- {name}")

    def say(self, text):
        self._put(text)

    def line(self, line):
        if line.text.strip() and (self._verbose or not CHATTER.match(line.text)):
            self._put(f"{line.time - self._start:8.1f} | {line.text}")

    def progress(self, event):
        done, total = event.get("done"), event.get("total")
        if not total or not sys.stdout.isatty():
            return
        with self._lock:
            bar = "#" * (BAR * done // total)
            sys.stdout.write(f"\r\033[K{'':8} | [{bar:<{BAR}}] {done / 1e6:.0f} of {total / 1e6:.0f} MB")
            sys.stdout.flush()
            self._bar = True


class Verdict:
    def __init__(self, screen):
        self._screen = screen
        self.failed = 0
        self.passed = 0

    def check(self, claim, holds):
        self.passed += bool(holds)
        self.failed += not holds
        self._screen.say(f"  {'yes' if holds else 'NO '}  {claim}")


def start(machine, screen, phases):
    """Power on with everything shown; returns the timeline that is being filled."""
    now = time.time()
    screen.restart_clock(now)
    timeline = Timeline(phases, now, screen.phase)

    def on_line(line):
        timeline.feed(line)
        screen.line(line)

    def on_event(line):
        timeline.feed(line)
        event = parse_event(line)
        if event and event.get("event") == "progress":
            screen.progress(event)

    machine.start(on_line, on_event)
    return timeline


def reach_login(lab, machine, screen, timeline, shot):
    login = machine.wait_for(r"^\S+ login:", 600, unless=r"dom0strap: failed|Kernel panic|grub rescue")
    timeline.finish(login.time)
    screen.say(f"{login.time - machine.started:8.1f} | {login.text}")
    machine.screenshot(lab.folder / shot)
    lab.wait_for_ssh(machine)
    screen.say(f"{time.time() - machine.started:8.1f} | SSH answers")


def interview(lab, machine, screen, verdict, members):
    screen.title(f"Asking the dom0 over SSH (root@{machine.address}, with a key made for this run)")
    answers = dom0.ask(lab, machine)
    for question, answer in answers.items():
        screen.say(f"$ {question}")
        for line in answer.splitlines() or ["(nothing)"]:
            screen.say(f"    {line}")
    screen.say("")
    for claim, holds in dom0.claims(answers, members):
        verdict.check(claim, holds)


def install(lab, machine, screen, verdict):
    screen.title("A machine with two blank disks is switched on; its first boot device is the network")
    timeline = start(machine, screen, INSTALL)
    reach_login(lab, machine, screen, timeline, "installed.png")
    interview(lab, machine, screen, verdict, "UU")
    screen.title("Where the time went (from the console's and the events' arrival here, and the boot server's logs)")
    timeline.account(lab.server.requests(), lab.server.tftp_files())
    screen.say(timeline.table())
    (lab.folder / "timeline.json").write_text(json.dumps(timeline.rows(), indent=1) + "\n")
    for disk in machine.disks:
        verdict.check(f"{disk.serial} has boot code and an active partition", disk.bootable())


def survive(lab, machine, screen, verdict):
    screen.title(
        "The power is cut, disk 1 is taken out, and the machine boots from disk 2 by itself, without network boot"
    )
    machine.power_cut()
    machine.disks = machine.disks[1:]
    machine.boot = "disk"
    timeline = start(machine, screen, DISK_BOOT)
    reach_login(lab, machine, screen, timeline, "degraded.png")
    interview(lab, machine, screen, verdict, "U_")
    screen.say("")
    screen.say(timeline.table())


def run(screen, verdict):
    image = TOP / "build/image/dom0.tar.zst"
    with process.scratch() as scratch:
        key = SigningKey(scratch)
        boot = key.boot_files(TOP / "build/boot")
        with Lab(FOLDER, boot, "panic=-1 dom0strap.events=/dev/ttyS1", options=["--sign", str(key.secret)]) as lab:
            show(lab, key, image, screen, verdict)


def show(lab, key, image, screen, verdict):
    machine, profile = lab.pair("xen01", image, boot="net", disk={"discard": True})
    offer = lab.server.offer_image(image)
    # Signed, so it need not excuse itself for coming over plain HTTP.
    profile = lab.server.publish(machine.nic.mac.replace(":", "-"), profile.change("^insecure: true\n", ""))
    screen.title("The boot server: dnsmasq for DHCP and TFTP, nginx for HTTP, in a network namespace of their own")
    screen.say(f"image   {offer['url']}  {image.stat().st_size:,} bytes")
    screen.say(
        "key     a throw-away one, made for this run and put into the initramfs; `make KEY=FILE` builds yours in:"
    )
    screen.say(f"        {key.public.read_text().splitlines()[1]}")
    screen.say("signed  SHA256SUMS, the digests of profile, image and boot files")
    screen.say(f"profile {profile.name}, after the machine's MAC address (its comments left out here):")
    for line in profile.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            screen.say(f"    {line}")
    install(lab, machine, screen, verdict)
    survive(lab, machine, screen, verdict)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verbose", action="store_true", help="the kernels' and Xen's own lines too")
    screen = Screen(parser.parse_args().verbose)
    verdict = Verdict(screen)
    for tool in ("qemu-system-x86_64", "dnsmasq", "nginx", "ssh"):
        if not shutil.which(tool):
            sys.exit(f"demo: {tool} is missing; `make demo` installs it")
    begin = time.time()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(screen, verdict)
    except LabFailure as failure:
        screen.say(f"\n{failure}")
        verdict.failed += 1
    except KeyboardInterrupt:
        sys.exit("\ndemo: interrupted; machine, servers and network are gone")
    screen.title(
        f"demo {'FAILED' if verdict.failed else 'succeeded'}: {verdict.passed} claims seen to be true, "
        f"{verdict.failed} not; {time.time() - begin:.0f} s; logs and screenshots in {FOLDER.relative_to(TOP)}"
    )
    sys.exit(1 if verdict.failed else 0)


if __name__ == "__main__":
    main()
