"""What a host has to say for itself: the questions that demo and tests ask, and what the answers must show."""

import re

QUESTIONS = (
    "xl info",
    "cat /proc/xen/capabilities",
    "cat /proc/mdstat",
    "findmnt -n -o SOURCE,FSTYPE /",
    "findmnt -n -o SOURCE,FSTYPE /boot",
    "hostname",
    "cat /proc/cmdline",
    "systemctl --failed --no-legend --plain",
)


def ask(lab, machine):
    """All answers, by question."""
    return {question: lab.ssh(machine, question).strip() for question in QUESTIONS}


def member_states(mdstat):
    """{"md0": "UU", …} of every array in /proc/mdstat."""
    return dict(re.findall(r"^(md\d+) : active.*\n.*\[([U_]+)\]", mdstat, re.MULTILINE))


def claims(answers, members, host="xen01"):
    """(claim, whether it holds) of a host installed from the example profile. members: "UU", or "U_" with one disk."""
    states = member_states(answers["cat /proc/mdstat"])
    # With one member gone it depends on the slot whether U_ or _U is shown.
    good = {name for name, state in states.items() if sorted(state) == sorted(members)}
    return (
        ("the hypervisor answers xl info", "xen_version" in answers["xl info"]),
        ("this is the dom0 (control_d)", "control_d" in answers["cat /proc/xen/capabilities"].split()),
        (f"md0 and md1 are active with [{members}]", good == {"md0", "md1"} == set(states)),
        ("/ is ext4 on /dev/md1", answers["findmnt -n -o SOURCE,FSTYPE /"].split() == ["/dev/md1", "ext4"]),
        ("/boot is ext4 on /dev/md0", answers["findmnt -n -o SOURCE,FSTYPE /boot"].split() == ["/dev/md0", "ext4"]),
        (f"the host is called {host}", answers["hostname"].split(".")[0] == host),
        ("the kernel found its root by UUID", "root=UUID=" in answers["cat /proc/cmdline"]),
        ("no service failed", answers["systemctl --failed --no-legend --plain"] == ""),
    )
