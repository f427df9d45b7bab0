"""manage.py optimize_portfolio FILE"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from modeling.examples import PORTFOLIO
from modeling.management.commands.optimize_portfolio import proof_of
from modeling.presenters.holdings import method_words
from tests.modeling.portfolios.conftest import make_set

OBJECTIVES = ["min_variance", "max_sharpe", "frontier", "risk_parity", "hrp", "min_cvar", "black_litterman"]


@pytest.fixture
def prices(tmp_path) -> Path:
    """Ten names on 300 days, semicolons and decimal commas among them."""
    rng = np.random.default_rng(3)
    days = np.datetime64("2022-01-03") + np.arange(300)
    market = rng.normal(0.0005, 0.01, 300)
    paths = 100 * np.cumprod(1 + market + rng.normal(0.0002, 0.01, (10, 300)), axis=1)
    lines = ["Date;" + ";".join(f"N{place}" for place in range(10))]
    lines += [
        f"{day};" + ";".join(f"{price:.4f}".replace(".", ",") for price in paths[:, row])
        for row, day in enumerate(days)
    ]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def run(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("optimize_portfolio", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_of_a_file_of_prices(db, prices, objective) -> None:
    found = json.loads(run(prices, "--objective", objective, "--max-weight", "0.2", "--risk-free", "0.02", "--json"))
    assert found["objective"] == objective
    for point in found.get("points", [found]):
        assert sum(point["weights"].values()) == pytest.approx(1)
        assert max(point["weights"].values()) <= 0.2 + 1e-9
    assert found["data"]["returns"] == 299


def test_people_read_weights_shares_of_risk_and_what_it_rests_on(db, prices) -> None:
    text = run(prices, "--max-weight", "0.2")
    assert "299 returns from 2022-01-03 to 2022-10-29, prices.csv." in text
    assert "max_sharpe, by critical line: proved optimal to 1e-8" in text
    assert "of the risk" in text
    assert "299 returns from 2022-01-03 to 2022-10-29" in text


def test_views_move_the_weights(db, prices) -> None:
    def weights(*views: str) -> dict[str, float]:
        told = [word for view in views for word in ("--view", view)]
        return json.loads(run(prices, "--objective", "black_litterman", *told, "--json"))["weights"]

    market, liked = weights(), weights("N1=0.2@0.3", "N2>N3=0.02@0.3")
    assert market["N1"] == pytest.approx(0.1)
    assert liked["N1"] > market["N1"]
    assert liked["N2"] > market["N2"] > liked["N3"]


def test_a_document_is_read_and_its_options_replaced(db, tmp_path) -> None:
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps(PORTFOLIO))
    assert json.loads(run(file, "--json"))["objective"] == "max_sharpe"
    assert json.loads(run(file, "--objective", "min_variance", "--json"))["objective"] == "min_variance"


def test_a_stored_set_of_the_named_user(analyst, tmp_path) -> None:
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps({"prices": {"set": make_set(analyst).pk}, "objective": "hrp"}))
    assert json.loads(run(file, "--user", analyst.username, "--json"))["data"]["source"] == "Five names"
    with pytest.raises(CommandError, match="no such price set"):
        run(file)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--objective", "best"), "objective.method"),
        (("--max-weight", "much"), "bounds.upper"),
        (("--max-weight", "0.05"), "add up"),
        (("--risk-free", "8"), "did you mean 0.08"),
        (("--view", "N1"), "views.views.0"),
        (("--view", "ZZ=0.1"), "ZZ"),
        (("--user", "nobody"), "There is no such user"),
        (("--frequency", "hourly"), "prices.frequency"),
    ],
)
def test_what_is_wrong_is_named(db, prices, arguments, told) -> None:
    with pytest.raises(CommandError) as caught:
        run(prices, *arguments)
    assert caught.value.returncode == 2
    assert told in str(caught.value)


def test_bounds_out_of_reach_are_told_with_what_was_sent(analyst, tmp_path, capsys) -> None:
    file, prices = tmp_path / "portfolio.json", {"set": make_set(analyst).pk}
    for bounds, option, field, value in (
        ({}, "--max-weight", "bounds.upper", 0.05),
        ({"by_asset": {"AAA": {"upper": 0.07}}}, "--max-weight", "bounds.upper", 0.05),
        ({}, "--min-weight", "bounds.lower", 0.5),
    ):
        file.write_text(json.dumps({"prices": prices, "bounds": bounds}))
        with pytest.raises(CommandError):
            call_command("optimize_portfolio", str(file), "--user", analyst.username, "--json", option, str(value))
        (problem,) = json.loads(capsys.readouterr().out)["details"]
        assert (problem["field"], problem["value"]) == (field, value)
        assert "add up to" in problem["message"]


def test_bad_files_are_refused(db, tmp_path) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(b"\x00\x01\x02 nothing")
    with pytest.raises(CommandError):
        run(file)
    file.write_text("Date,AAA\n2024-01-02,10\n2024-01-03,-1\n2024-01-04,12\n")
    with pytest.raises(CommandError, match="AAA"):
        run(file)
    with pytest.raises(CommandError, match="can't be read"):
        run(tmp_path / "none.csv")


PRINTING = """
import ctypes, django, os, sys
django.setup()
from django.core.management import call_command
from modeling.portfolios import answer
honest = answer.solve

def printing(task):
    ctypes.CDLL(None).puts(b"buffered by C")
    os.write(1, b"written past Python\\n")
    return honest(task)

answer.solve = printing
call_command("optimize_portfolio", sys.argv[1], "--json")
"""


@pytest.mark.skipif(os.name != "posix", reason="C's output is reached through the C library of the process")
def test_what_a_solver_prints_never_gets_into_the_answer(tmp_path) -> None:
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps(PORTFOLIO | {"constraints": [{"kind": "cardinality", "most": 2}]}))
    done = subprocess.run([sys.executable, "-c", PRINTING, file], capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["weights"]) <= 2
    assert "buffered by C" in done.stderr
    assert "written past Python" in done.stderr


def test_a_file_that_can_be_read_in_two_ways_is_refused(db, tmp_path) -> None:
    file = tmp_path / "doubtful.csv"
    rows = "".join(f"{day:02}/02/2024,{day + 10},{day + 20}\n" for day in range(1, 12))
    file.write_text(f"Date,AAA,BBB\n{rows}")
    with pytest.raises(CommandError, match="date_format"):
        run(file)


@pytest.mark.parametrize(
    ("heads", "written", "told"),
    [
        ("Date,Ticker,Close,Currency", ("{},USD", "{},EUR"), "BBB is in EUR, AAA in USD"),
        ("Date,Ticker,Close", ("${}", "€{}"), "signs of several currencies"),
    ],
)
def test_prices_in_several_currencies_are_never_added_up(db, tmp_path, heads, written, told) -> None:
    days = [f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(13, 26)]
    rows = [
        f"{day},{ticker},{price.format(100 + place * step % 7)}"
        for place, day in enumerate(days)
        for ticker, price, step in (("AAA", written[0], 3), ("BBB", written[1], 5))
    ]
    file = tmp_path / "mixed.csv"
    file.write_text("\n".join([heads, *rows]))
    with pytest.raises(CommandError, match=told):
        run(file)
    same = [line.replace("EUR", "USD").replace("€", "$") for line in rows]
    file.write_text("\n".join([heads, *same]))
    answer = json.loads(run(file, "--json"))
    assert answer["data"].get("currency", "") == ("USD" if "Currency" in heads else "")


def test_signs_that_only_come_far_down_are_met_all_the_same(db, tmp_path) -> None:
    days = [date(2020, 1, 1) + timedelta(days=place) for place in range(1500)]
    rows = [f"{day},{ticker},{100 + place % 7}" for place, day in enumerate(days) for ticker in ("AAA", "BBB")]
    rows += [f"{days[-1] + timedelta(days=1)},AAA,$101", f"{days[-1] + timedelta(days=1)},BBB,€101"]
    file = tmp_path / "late.csv"
    file.write_text("\n".join(["Date,Ticker,Close", *rows]))
    with pytest.raises(CommandError, match=r"BBB is in €, AAA in \$"):
        run(file)


def test_a_search_that_proved_nothing_is_not_called_proven() -> None:
    """The certificate of the chosen assets holds, whatever other assets might have brought."""
    proof = {"holds": True, "stationarity": 0.0, "complementarity": 0.0, "feasibility": 0.0}
    answer = {"method": "minimum variance", "certificate": proof, "details": {"proven_optimal": False, "gap": 0.12}}
    assert proof_of(answer) == "not proved optimal, another choice of assets may be up to 12.0% better"
    assert "not proven optimal: other assets may be up to 12 % better" in method_words(answer)
    proven = {**answer, "details": {"proven_optimal": True, "gap": 0.0}}
    assert proof_of(proven) == "proved optimal to 1e-8"
    assert "; proven optimal" in method_words(proven)
