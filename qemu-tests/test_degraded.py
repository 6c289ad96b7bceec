"""A pair of disks of which one has died, left on network boot: the host comes up, and nothing is written.

The install is that of test_install.py, once more, because a session's fixture belongs to its module.
"""

import pytest
from test_install import MAKES_SOMETHING, assert_claims, installed

pytestmark = pytest.mark.xdist_group("installed")
__all__ = ["installed"]  # a fixture


def boot_from_network(installed, disks):
    """Up to its login prompt and in order, but for the disk; returns what the installer said of the plan."""
    downloads = sum("/images/" in request.path for request in installed.lab.server.requests())
    assert_claims(installed.boot(disks, boot="net"), "U_")
    events = installed.machine.json_events()
    assert events[-1]["event"] == "finish" and events[-1]["step"] == "install"
    actions = [event["action"] for event in events if "action" in event and event["event"] == "start"]
    assert actions and not [action for action in actions if MAKES_SOMETHING.search(action)]
    assert sum("/images/" in request.path for request in installed.lab.server.requests()) == downloads
    return [event["message"] for event in events if event.get("step") == "plan" and "message" in event]


@pytest.mark.parametrize("member", [0, 1])
def test_network_boot_without_a_disk_boots_the_host(installed, member):
    said = boot_from_network(installed, [installed.disks[member]])
    expected = "1 of 2 disks is missing; the host is booted degraded; replace it and add it to its arrays"
    assert expected in said


def test_network_boot_beside_a_blank_disk_boots_the_host(installed):
    blank = installed.lab.disk("DISK3", 6 << 30)
    said = boot_from_network(installed, [installed.disks[0], blank])
    assert [text for text in said if "(serial DISK3) is blank and waits to be added to its arrays" in text]
    # The machine had an overlay of it: no partition table came onto that.
    assert not installed.machine.disks[1].partitions()
