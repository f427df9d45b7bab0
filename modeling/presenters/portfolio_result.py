"""A kept result of a portfolio: its weights or its backtest, what it rested on, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.forms.portfolio.estimators import methods
from modeling.forms.portfolio.lines import weights_text
from modeling.models import PortfolioResult, PriceSeries
from modeling.presenters.backtest import backtest_view
from modeling.presenters.changes import sentence
from modeling.presenters.frontier import Place, chart_of, plane_of
from modeling.presenters.holdings import figures_of, holdings_of, method_words
from modeling.presenters.portfolio_answer import OBJECTIVE_WORDS, basis_of, effects_of
from modeling.presenters.portfolio_changes import changes, inputs_of
from modeling.presenters.words import typeset
from valor.lib.numbers import format_number, format_percent


def groups_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The sectors of the price set's tickers."""
    number = (document.get("prices") or {}).get("set")
    if number is None:
        return {}
    series = PriceSeries.objects.filter(price_set_id=number).exclude(sector="")
    return dict(series.values_list("ticker", "sector"))


def result_context(kept: PortfolioResult) -> dict[str, Any]:
    """What the page of a result that is there shows."""
    result, document = kept.result, kept.request["document"]
    assert result is not None
    found = changes(document, kept.portfolio.document)
    context = {
        "objective": OBJECTIVE_WORDS.get(result["objective"], result["objective"]),
        "changed": sentence(found, "this was kept"),
        "prices_changed": prices_words(kept),
        "inputs": inputs_of(document),
        "basis": basis_of(result["data"]),
    }
    if kept.kind == "backtest":
        return context | {"backtest": backtest_view(result)}
    estimates = result["estimates"]
    context |= {
        "notes": [typeset(note) for note in estimates["notes"]],
        "estimators": estimators_words(estimates),
        "effects": effects_of(estimates["views"]),
    }
    if "points" in result:
        return context | {"frontier": frontier_of(result), "points": points_of(result)}
    return context | {
        "figures": figures_of(result),
        "holdings": holdings_of(result, groups_of(document), document["current"]),
        "method": method_words(result),
        "lines": weights_text({name: weight for name, weight in result["weights"].items() if weight}),
    }


def prices_words(kept: PortfolioResult) -> str:
    """Whether the prices have changed since."""
    prices = kept.portfolio.price_set
    if kept.prices_revision is None or prices is None or prices.revision == kept.prices_revision:
        return ""
    return f"The prices of {prices.name} have changed since: the same inputs may give something else now."


def estimators_words(estimates: Mapping[str, Any]) -> str:
    """Both estimators by their labels."""
    named = [
        dict(methods(side)).get(estimates[f"{side}_method"], estimates[f"{side}_method"])
        for side in ("mean", "covariance")
    ]
    return " and ".join(named)


def frontier_of(result: Mapping[str, Any]) -> Any:
    """The kept points as a drawing."""
    estimates = result["estimates"]
    drawn: list[Place] = [(point["volatility"], point["expected_return"]) for point in result["points"]]
    assets = {name: (estimates["volatility"][name], reward) for name, reward in estimates["expected_return"].items()}
    return chart_of(plane_of([*drawn, *assets.values()]), drawn, assets, {})


def points_of(result: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Each point: risk, return, Sharpe ratio, and what it holds most."""
    rows = []
    for point in result["points"]:
        largest = sorted(point["weights"].items(), key=lambda item: -abs(item[1]))[:3]
        held = ", ".join(f"{name} {format_percent(weight, 0)}" for name, weight in largest)
        figures = (format_percent(point["volatility"]), format_percent(point["expected_return"]))
        rows.append((*figures, format_number(point["sharpe"], 2), held))
    return rows
