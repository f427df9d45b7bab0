"""One house at a time; what went on in it where a scenario failed; and the table at the end."""

from __future__ import annotations

import signal
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.chaos.faults", "tests.chaos.house", "tests.chaos.web")

from tests.chaos.house import CONFIGURATIONS, House, house_on  # noqa: E402

FAILED = pytest.StashKey[bool]()


class Estate:
    """Keeps a house for as long as its configuration is asked for and nothing failed in it."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self.folders = folders
        self.configuration = ""
        self.stack = ExitStack()

    def house_on(self, configuration: str) -> House:
        if self.configuration != configuration:
            self.clear()
            self.house = self.stack.enter_context(house_on(configuration, self.folders.mktemp("house")))
            self.configuration = configuration
        return self.house

    def clear(self) -> None:
        self.configuration = ""
        self.stack.close()


@pytest.fixture(scope="session")
def estate(tmp_path_factory) -> Iterator[Estate]:
    # Ended from outside, too, nothing may stay behind.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    made = Estate(tmp_path_factory)
    yield made
    made.clear()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def owner(request) -> str:
    """On whose behalf the jobs of a scenario are submitted."""
    return str(request.node.name.partition("[")[2][:-1] or request.node.name)


@pytest.fixture
def house(request, estate, owner) -> Iterator[House]:
    """At work, with all its workers, whatever the scenario before did to it."""
    house = estate.house_on(request.param)
    house.start_worker()
    house.crew()
    request.node.user_properties.append(("configuration", request.param))
    request.node.stash[FAILED] = False
    since = house.log.stat().st_size
    yield house
    if request.node.stash[FAILED]:
        print(house.dump(owner, since))
        estate.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Configuration by fault: whether all went well, seconds until work went on, and until every job was done."""
    cells: dict[str, dict[str, str]] = {}
    recoveries: dict[str, list[float]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            told = dict(getattr(report, "user_properties", ()))  # a file that can't be read has none
            if "fault" not in told or (outcome == "passed" and report.when != "call"):
                continue
            times = [f"{told[name]:5.1f}" for name in ("recovery", "done") if name in told]
            word = "ok" if outcome == "passed" else "FAILED"
            cells.setdefault(told["fault"], {})[told["configuration"]] = " ".join([f"{word:<6}", *times])
            if "recovery" in told:
                recoveries.setdefault(told["fault"], []).append(told["recovery"])
    if not cells:
        return
    line = terminalreporter.write_line
    terminalreporter.section("chaos: seconds until work went on, and until all of it was done")
    line(f"{'fault':<36}" + "".join(f"{name:<22}" for name in CONFIGURATIONS) + "median")
    for fault, row in cells.items():
        middle = f"{statistics.median(recoveries[fault]):5.1f}" if fault in recoveries else ""
        line(f"{fault:<36}" + "".join(f"{row.get(name, ''):<22}" for name in CONFIGURATIONS) + middle)
