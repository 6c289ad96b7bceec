"""The main job from power-on to dom0, and what the installed pair of disks can do afterwards.

One install serves all cases of the real host; each of the later ones works on overlays of its disks. They need the
same machine (its MAC address is in the host's network configuration), so they run one after the other.
"""

import re
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from conftest import APPEND, RESULTS

from lab import Disk, Lab, Machine, dom0, tiny
from lab.lab import TINY_DISK_BYTES

real = pytest.mark.xdist_group("installed")

LOGIN = r"^xen01\S* login:"
MAKES_SOMETHING = re.compile(r"^(clear|partition) |mdadm --create|mke2fs|^extract |^write /target|^edit |^boot code")
TROUBLE = r"dom0strap: failed|Kernel panic|grub rescue>|Gave up waiting"


@dataclass
class Installed:
    lab: Lab
    machine: Machine
    disks: list[Disk]
    answers: dict
    events: list
    sync_actions: list
    zeroed: list  # arrays of which the installer says that they are in sync
    requests: list
    tftp_files: list
    resets: int = field(default=0)

    def boot(self, disks, boot):
        """The same machine with other disks in it, up to its login prompt."""
        self.machine.power_cut()
        self.resets += 1
        self.machine.disks = [self.lab.overlay(disk, f"boot{self.resets}") for disk in disks]
        self.machine.boot = boot
        self.machine.start()
        self.machine.wait_for(LOGIN, 900, unless=TROUBLE)
        self.lab.wait_for_ssh(self.machine)
        return dom0.ask(self.lab, self.machine)


@pytest.fixture(scope="session")
def installed(dom0_image):
    with Lab(RESULTS / "installed", append=APPEND) as lab:
        machine, profile = lab.pair("xen01", dom0_image, disk={"discard": True}, boot="net")
        lab.server.offer_profile(machine.nic.mac, profile)
        machine.start()
        machine.wait_for(LOGIN, 900, unless=TROUBLE)
        lab.wait_for_ssh(machine)
        answers = dom0.ask(lab, machine)
        sync_actions = lab.ssh(machine, "cat /sys/block/md*/md/sync_action; sync").split()
        zeroed = [array for array in ("md0", "md1") if machine.console.find(rf"{array}: in sync \(both members zeroed")]
        events = machine.json_events()
        machine.power_cut()
        yield Installed(
            lab,
            machine,
            machine.disks,
            answers,
            events,
            sync_actions,
            zeroed,
            lab.server.requests(),
            lab.server.tftp_files(),
        )


def assert_claims(answers, members):
    wrong = [claim for claim, holds in dom0.claims(answers, members) if not holds]
    assert not wrong, f"not so: {wrong}; the host said: {answers}"


@real
def test_blank_machine_becomes_a_dom0(installed):
    assert_claims(installed.answers, "UU")


@real
def test_boot_files_come_over_http_and_only_pxelinux_over_tftp(installed):
    served = {request.path for request in installed.requests if request.status == 200}
    assert {"/boot/vmlinuz", "/boot/initramfs.img", "/boot/modules.img"} <= served
    assert "/profiles/mac/52-54-00-d0-00-01.yaml" in served
    assert {path.name for path in installed.tftp_files} == {"lpxelinux.0", "ldlinux.c32", "default"}


@real
def test_every_started_action_is_finished_in_the_events(installed):
    open_actions = set()
    for event in installed.events:
        key = (event.get("step"), event.get("action"))
        if event["event"] == "start" and "action" in event:
            open_actions.add(key)
        elif event["event"] == "finish" and "action" in event:
            open_actions.remove(key)
    assert not open_actions
    assert installed.events[-1]["event"] == "finish" and installed.events[-1]["step"] == "install"
    assert any(len(event.get("digest", "")) == 64 for event in installed.events if event.get("step") == "plan")


@real
def test_arrays_are_in_sync_from_the_start(installed):
    """These disks zero themselves. That the members do agree is seen in test_storage.py."""
    assert installed.zeroed == ["md0", "md1"]
    assert installed.sync_actions == ["idle", "idle"]


# Minutes each. `make test` sees it of tiny hosts (test_storage.py), `make demo` of this one's second disk.
@real
@pytest.mark.long
@pytest.mark.parametrize("member", [0, 1])
def test_boots_from_one_member_alone(installed, member):
    answers = installed.boot([installed.disks[member]], boot="disk")
    assert_claims(answers, "U_")


# The installer meets a finished host: a tiny one, which says what it finds and switches the machine off.


@pytest.fixture(scope="module")
def tiny_host(dom0_image):
    with Lab(RESULTS / "installed-tiny", append=APPEND) as lab:
        machine, profile = lab.tiny_pair(tiny.make(lab.folder / "tiny.tar.zst", dom0_image, filler_bytes=1 << 20))
        lab.server.offer_profile(machine.nic.mac, profile.set("finish", "kexec"))
        machine.start()
        machine.wait_for(tiny.COMPLETE, 240, unless=f"{tiny.INCOMPLETE}|{TROUBLE}")
        machine.power_cut()
        yield SimpleNamespace(lab=lab, machine=machine, disks=machine.disks)


def boot_once_more(host, disks, says):
    """Up to what the host says, with nothing made or fetched again; returns what the installer said of the plan."""
    downloads = sum("/images/" in request.path for request in host.lab.server.requests())
    host.machine.power_cut()
    host.machine.disks = disks
    host.machine.start()
    host.machine.wait_for(tiny.COMPLETE, 240, unless=f"{tiny.INCOMPLETE}|{TROUBLE}")
    assert host.machine.console.find(says)
    events = host.machine.json_events()
    host.machine.power_cut()
    assert events[-1]["event"] == "finish" and events[-1]["step"] == "install"
    actions = [event["action"] for event in events if "action" in event and event["event"] == "start"]
    assert actions and not [action for action in actions if MAKES_SOMETHING.search(action)]
    assert sum("/images/" in request.path for request in host.lab.server.requests()) == downloads
    return [event["message"] for event in events if event.get("step") == "plan" and "message" in event]


@pytest.mark.xdist_group("installed-tiny")
def test_a_machine_left_on_network_boot_boots_its_host(tiny_host):
    disks = [tiny_host.lab.overlay(disk, "both") for disk in tiny_host.disks]
    boot_once_more(tiny_host, disks, "md1 is raid1 of 2, 0 missing")


@pytest.mark.xdist_group("installed-tiny")
def test_a_host_beside_a_blank_disk_is_booted(tiny_host):
    """One disk has died and a new one is in its place: the host comes up, and nothing is written to the new one."""
    blank = tiny_host.lab.disk("DISK3", TINY_DISK_BYTES)
    half = tiny_host.lab.overlay(tiny_host.disks[1], "half")
    said = boot_once_more(tiny_host, [half, blank], "md1 is raid1 of 2, 1 missing")
    assert [text for text in said if "(serial DISK3) is blank and waits to be added to its arrays" in text]
    assert not blank.partitions()
