"""The command line of the benchmarks and their bookkeeping; their figures are judged nowhere but in `make bench`."""

from __future__ import annotations

import json

import pytest

from benchmarks import __main__ as command
from benchmarks import registry
from benchmarks.registry import benchmark, benchmarks
from benchmarks.simulation import COMPANY, PLAIN, TESLA, TESLA_DRIVERS, peak_extra_mb, simulation_of
from benchmarks.timing import median_ratios


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(registry, "_declared", dict(benchmarks()))

    @benchmark("counting", "counts to two")
    def measure():
        return {"one": 1, "two": 2.00004}

    return measure


def test_json_is_one_document_with_name_and_figures(counting, capsys) -> None:
    assert command.main(["counting", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "counting", "figures": {"one": 1.0, "two": 2.0}}


def test_without_json_there_is_a_table(counting, capsys) -> None:
    assert command.main(["counting"]) == 0
    name, one, two = capsys.readouterr().out.splitlines()
    assert (name, one.split(), two.split()) == ("counting", ["one", "1.000"], ["two", "2.000"])


def test_the_list_names_every_benchmark(capsys) -> None:
    assert command.main(["--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == sorted(benchmarks())
    assert "simulation" in listed


def test_an_unknown_name_is_answered_with_the_known_ones(capsys) -> None:
    assert command.main(["simulatoin"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "simulation" in said.err


def test_a_name_may_be_declared_once(counting) -> None:
    def other():
        return {}

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="declared twice"):
        benchmark("counting", "again")(other)


def test_ratios_are_taken_against_the_base(monkeypatch) -> None:
    clock = iter(range(10**6))
    spent = {"base": 2, "slow": 6}
    now = [0.0]

    def work(name):
        def run():
            next(clock)
            now[0] += spent[name]

        return run

    monkeypatch.setattr("benchmarks.timing.time.process_time", lambda: now[0])
    assert median_ratios(work("base"), {"slow": work("slow")}, pairs=3) == {"slow": 3.0}
    assert next(clock) == 2 + 2 * 3


@pytest.mark.parametrize(("company", "drivers"), [(COMPANY, PLAIN), (TESLA, TESLA_DRIVERS)])
def test_what_is_measured_gives_a_sound_result(company, drivers) -> None:
    result = simulation_of(company, drivers, "sobol").run()
    assert result.percentiles["p1"] < result.percentiles["p50"] < result.percentiles["p99"]
    assert result.floored_share < 0.001
    assert len(result.contributions) == len(drivers)


def test_the_memory_of_a_run_is_what_it_holds_besides_its_outcomes() -> None:
    assert 1 < peak_extra_mb(simulation_of(COMPANY, PLAIN, "sobol")) < 64
