"""Fixtures and the report. A case's logs (consoles, events, servers) stay in build/test/CASE."""

import json
import os
import re

import pytest

from lab import Lab
from lab.server import TOP

RESULTS = TOP / "build/test"
APPEND = "panic=-1 dom0strap.events=/dev/ttyS1"


@pytest.fixture
def lab(request):
    """A lab of the case's own; ended with it, however it ends."""
    with Lab(RESULTS / re.sub(r"\W+", "-", request.node.name).strip("-"), append=APPEND) as lab:
        yield lab


@pytest.fixture(scope="session")
def dom0_image():
    image = TOP / "build/image/dom0.tar.zst"
    assert image.exists(), "no dom0 image; `make image` builds it"
    return image


class Report:
    """One line a case while they run, and at the very end the line that make and CI read."""

    def __init__(self, terminal):
        self._terminal = terminal
        self.outcomes = {}

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split("@")[0]
        # A case counts once: as failed if any of its three stages failed.
        if report.failed or (report.when == "call" and name not in self.outcomes) or report.skipped:
            self.outcomes[name] = report.outcome
            self._terminal.write_line(f"{report.duration:7.1f} s  {report.outcome:7} {name}")

    def counts(self):
        skipped = sum(outcome == "skipped" for outcome in self.outcomes.values())
        failed = sum(outcome == "failed" for outcome in self.outcomes.values())
        if os.environ.get("CI") == "true":
            failed, skipped = failed + skipped, 0
        return len(self.outcomes) - failed - skipped, failed, skipped


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        config.lab_report = Report(config.pluginmanager.get_plugin("terminalreporter"))
        config.pluginmanager.register(config.lab_report)


def pytest_report_teststatus(report):
    """No dots between the lines of Report; pytest's own summary still knows what happened."""
    return report.outcome if report.when == "call" or not report.passed else "", "", ""


def pytest_sessionfinish(session):
    report = getattr(session.config, "lab_report", None)
    if report and report.counts()[1] and session.exitstatus == 0:
        session.exitstatus = 1  # skipped under CI


def pytest_unconfigure(config):
    report = getattr(config, "lab_report", None)
    if report is None:
        return
    passed, failed, skipped = report.counts()
    RESULTS.mkdir(parents=True, exist_ok=True)
    counts = {"passed": passed, "failed": failed, "skipped": skipped, "cases": report.outcomes}
    (RESULTS / "qemu.json").write_text(json.dumps(counts, indent=1) + "\n")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
