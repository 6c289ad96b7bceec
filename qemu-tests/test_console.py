"""The lab's own ears: a case is only as good as what it hears."""

import socket
import threading
import time

import pytest
from lab.console import Console
from lab.failure import LabFailure


@pytest.fixture
def line(tmp_path):
    """A console and the machine's end of its serial line."""
    console = Console(tmp_path / "serial", tmp_path / "log")
    machine = socket.socket(socket.AF_UNIX)
    machine.connect(str(tmp_path / "serial"))
    yield console, machine
    machine.close()
    console.close()


def say_in_pieces(machine, *pieces):
    def say():
        for piece in pieces:
            machine.sendall(piece)
            time.sleep(0.3)

    threading.Thread(target=say, daemon=True).start()


def test_a_line_still_being_written_is_not_held_against_it(line):
    console, machine = line
    say_in_pieces(machine, b"dom0strap: failed", b", exit 10 (profile)\n")
    assert console.wait_for("failed, exit 10", 5, unless="dom0strap: failed").text.endswith("(profile)")


def test_a_whole_bad_line_ends_the_waiting(line):
    console, machine = line
    say_in_pieces(machine, b"Kernel panic\n")
    with pytest.raises(LabFailure, match="the console said: Kernel panic"):
        console.wait_for("login:", 30, unless="Kernel panic")


def test_a_prompt_without_newline_is_heard(line):
    console, machine = line
    say_in_pieces(machine, b"dom0 login: ")
    assert console.wait_for("login:", 5).text == "dom0 login: "


def seconds_until_it_gives_up(console, timeout):
    start = time.monotonic()
    with pytest.raises(LabFailure, match=f"within {timeout} s"):
        console.wait_for("login:", timeout)
    return time.monotonic() - start


def test_a_silent_machine_is_given_up_in_time(line):
    console, _ = line
    assert 1 <= seconds_until_it_gives_up(console, 1) < 2


def test_one_that_talks_gets_longer_but_not_for_ever(line):
    console, machine = line
    say_in_pieces(machine, *[b"still at it\n"] * 14)
    assert 4 <= seconds_until_it_gives_up(console, 1) < 5


def test_what_comes_late_from_one_that_talks_is_heard(line):
    console, machine = line
    say_in_pieces(machine, *[b"still at it\n"] * 6, b"dom0 login: ")
    assert console.wait_for("login:", 1)
