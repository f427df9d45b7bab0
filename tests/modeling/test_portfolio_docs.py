"""docs/portfolios.md is true: it names every key, its documents can be read, and its answers are the product's."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from modeling.codecs.portfolio import fields, parse, sources, views, walk
from modeling.codecs.portfolio.model import PERIODS
from modeling.codecs.portfolio.parse import parse_portfolio
from modeling.engines.portfolio.backtest.rules import Rules, Window
from modeling.engines.portfolio.bridge import LONGEST, SHORTEST
from modeling.engines.portfolio.estimators.catalogue import covariance_estimators, mean_estimators
from modeling.engines.portfolio.estimators.sample import LEAST_RETURNS
from modeling.engines.portfolio.problem import TOLERANCE
from modeling.portfolios import size
from modeling.portfolios.solve import LEAST_SCENARIOS
from tests.__main__ import ROOT

TEXT = (ROOT / "docs" / "portfolios.md").read_text()
WORDS = " ".join(TEXT.split())
EXAMPLE = ROOT / "examples" / "four_shares.json"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def keys() -> Iterator[str]:
    """Every word that a document or the rules of a backtest may hold."""
    yield from (*fields.TOP, *fields.OBJECTIVES, *fields.LINKAGES, *parse.OBJECTIVE_KEYS, *PERIODS)
    yield from (*sources.STORED, *sources.INLINE, *walk.KEYS, *walk.CALENDARS)
    for name, kind in fields.KINDS.items():
        yield from (name, *kind.keys)
    for name, of_kind in views.KEYS.items():
        yield from (name, *of_kind)
    for registry in (mean_estimators, covariance_estimators):
        for estimator in registry:
            yield estimator.name
            for parameter in estimator.parameters:
                yield from (parameter.name, *parameter.choices)


def named() -> set[str]:
    """What stands in code spans, and the keys and kinds in the documents shown."""
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL))
    documents = "".join(blocks("json"))
    shown = re.findall(r'"([a-z_]+)":', documents) + re.findall(r'"kind": "([a-z_]+)"', documents)
    return {word for span in spans for word in re.findall(r"[a-z_]+", span)} | {*shown}


def test_every_key_is_named() -> None:
    assert sorted(set(keys()) - named()) == []


def test_limits_are_those_of_the_code() -> None:
    for limit in (fields.MOST_ASSETS, fields.MOST_DAYS, fields.MOST_RULES, fields.MOST_VIEWS, fields.MOST_FACTORS):
        assert f"{limit:,} " in WORDS
    for number, unit in (
        (fields.MOST_POINTS, "points"),
        (size.PLAIN, "assets"),
        (size.CONSTRAINED, "assets"),
        (size.STATED, "assets"),
        (size.FRONTIER, "assets times points"),
        (size.SELECTED_ELSE, "assets"),
        *((most, "assets") for name, most in size.SELECTED.items() if name != "frontier"),
        (size.MOST_LOSSES, "returns"),
        (size.MOST_PRICES, "prices"),
    ):
        assert f"{number:,} {unit}" in WORDS
    assert f"At least {LEAST_RETURNS} returns" in WORDS
    assert f"at least {LEAST_SCENARIOS} |" in WORDS
    assert "after five periods" in WORDS and Rules.delisted_after == 5
    assert f"| `window` | {walk.DEFAULT_WINDOW} |" in WORDS
    assert Window(3).required == 4  # "a full window"


def test_ranges_are_those_of_the_codec() -> None:
    said = [
        (fields.RETURN, -1, 5, "`mean` (−1 to 5)"),
        (fields.RATE, -1, 1, "| `risk_free` | 0 | −1 to 1"),
        (parse.LOWER, -10, 1, "`lower` (−10 to 1)"),
        (parse.UPPER, -1, 10, "`upper` (−1 to 10)"),
        (fields.WEIGHT, -10, 10, "by ticker (−10 to 10)"),
        (parse.COST, 0, 0.5, "what is traded (0 to 0.5)"),
        (fields.RISK, 0, 10, "`target_risk`: 0 to 10"),
        (parse.RISK_AVERSION, 0, 1e4, "above 0, at most 10,000"),
        (parse.BETA, 0.5, 1, "0.5 to below 1"),
    ]
    assert [
        words for spec, low, high, words in said if (spec.low, spec.high) != (low, high) or words not in WORDS
    ] == []
    assert (SHORTEST, LONGEST, fields.HORIZON.default) == (0.25, 30, 3) and "(3; a quarter to thirty)" in WORDS
    assert TOLERANCE == 1e-8 and WORDS.count("| 1e-8 |") == 3


def test_the_example_is_the_file() -> None:
    assert json.loads(blocks("json")[0]) == json.loads(EXAMPLE.read_text())


@pytest.mark.parametrize("block", blocks("json")[1:])
def test_every_part_of_a_document_can_be_read(block: str) -> None:
    part: dict[str, Any] = json.loads(block)
    document = json.loads(EXAMPLE.read_text())
    if "prices" in part:
        document = {key: document[key] for key in ("objective", "risk_free")}
    parse_portfolio({**document, **part})


def test_the_answer_is_the_commands() -> None:
    out = io.StringIO()
    call_command("optimize_portfolio", str(EXAMPLE), stdout=out)
    assert out.getvalue() == blocks("text")[0]


def test_the_refusal_is_the_commands() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("optimize_portfolio", str(EXAMPLE), objective="target_return", target_return=0.1)
    assert f"{refused.value}\n" == blocks("text")[1]
