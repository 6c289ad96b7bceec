"""The main job from power-on to dom0, and what the installed pair of disks can do afterwards.

One install serves all cases here; each of the later ones works on overlays of its disks. They need the
same machine (its MAC address is in the host's network configuration), so they run one after the other.
"""

import re
from dataclasses import dataclass, field

import pytest
from conftest import APPEND, RESULTS

from lab import Disk, Lab, Machine, dom0

pytestmark = pytest.mark.xdist_group("installed")

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
        self.machine.wait_for(LOGIN, 300, unless=TROUBLE)
        self.lab.wait_for_ssh(self.machine)
        return dom0.ask(self.lab, self.machine)


@pytest.fixture(scope="session")
def installed(dom0_image):
    with Lab(RESULTS / "installed", append=APPEND) as lab:
        machine, profile = lab.pair("xen01", dom0_image, disk={"discard": True}, boot="net")
        lab.server.offer_profile(machine.nic.mac, profile)
        machine.start()
        machine.wait_for(LOGIN, 600, unless=TROUBLE)
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


def test_blank_machine_becomes_a_dom0(installed):
    assert_claims(installed.answers, "UU")


def test_boot_files_come_over_http_and_only_pxelinux_over_tftp(installed):
    served = {request.path for request in installed.requests if request.status == 200}
    assert {"/boot/vmlinuz", "/boot/initramfs.img", "/boot/modules.img"} <= served
    assert "/profiles/mac/52-54-00-d0-00-01.yaml" in served
    assert {path.name for path in installed.tftp_files} == {"lpxelinux.0", "ldlinux.c32", "default"}


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


def test_arrays_are_in_sync_from_the_start(installed):
    """These disks zero themselves. That the members do agree is seen in test_storage.py."""
    assert installed.zeroed == ["md0", "md1"]
    assert installed.sync_actions == ["idle", "idle"]


@pytest.mark.parametrize("member", [0, 1])
def test_boots_from_one_member_alone(installed, member):
    answers = installed.boot([installed.disks[member]], boot="disk")
    assert_claims(answers, "U_")


def boot_from_network(installed, disks, members):
    """Up to its login prompt, with nothing made or fetched again; returns what the installer said of the plan."""
    downloads = sum("/images/" in request.path for request in installed.lab.server.requests())
    assert_claims(installed.boot(disks, boot="net"), members)
    events = installed.machine.json_events()
    assert events[-1]["event"] == "finish" and events[-1]["step"] == "install"
    actions = [event["action"] for event in events if "action" in event and event["event"] == "start"]
    assert actions and not [action for action in actions if MAKES_SOMETHING.search(action)]
    assert sum("/images/" in request.path for request in installed.lab.server.requests()) == downloads
    return [event["message"] for event in events if event.get("step") == "plan" and "message" in event]


def test_network_boot_of_an_installed_machine_boots_it(installed):
    boot_from_network(installed, installed.disks, "UU")


def test_network_boot_beside_a_blank_disk_boots_the_host(installed):
    """One disk has died and a new one is in its place: the host comes up, and nothing is written to the new one."""
    blank = installed.lab.disk("DISK3", 6 << 30)
    said = boot_from_network(installed, [installed.disks[1], blank], "U_")
    assert [text for text in said if "(serial DISK3) is blank and waits to be added to its arrays" in text]
    # The machine had an overlay of it: no partition table came onto that.
    installed.machine.power_cut()
    assert not installed.machine.disks[1].partitions()
