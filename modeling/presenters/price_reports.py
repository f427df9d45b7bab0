"""Quality, statistics and correlation of a set as tables and sentences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modeling.presenters.heat import HeatCell
from modeling.presenters.prices import STATES
from modeling.presenters.words import typeset
from valor.lib.numbers import format_number, format_percent

# Correlations at which the colour changes; step 5 is at none.
STEPS = (-0.7, -0.45, -0.25, -0.08, 0.08, 0.25, 0.45, 0.7)
KINDS = {
    "gap": "Gap",
    "delisting": "Delisting",
    "split": "Suspected split",
    "spike": "Outlier",
    "jump": "Large move",
    "stale": "Stale prices",
    "not_positive": "Price that can't be",
    "duplicate": "Duplicate day",
    "calendar": "Other calendar",
    "currency": "Currency",
}


@dataclass(frozen=True)
class Column:
    """A measure: its key in the report, label, and how it is written."""

    key: str
    label: str
    write: Callable[[float | None], str]
    help: str = ""


def percent(value: float | None) -> str:
    return format_percent(value, 1)


def ratio(value: float | None) -> str:
    return format_number(value, 2)


RETURNS = (
    Column("annual_growth", "Annual return", percent, "compounded"),
    Column("volatility", "Volatility", percent, "a year"),
    Column("ewma_volatility", "EWMA", percent, "volatility, decayed"),
    Column("max_drawdown", "Drawdown", percent, "deepest"),
    Column("sharpe", "Sharpe", ratio),
    Column("sortino", "Sortino", ratio),
    Column("calmar", "Calmar", ratio),
    Column("skew", "Skew", ratio),
    Column("excess_kurtosis", "Kurtosis", ratio, "excess"),
)
MARKET = (
    Column("beta", "Beta", ratio),
    Column("alpha", "Alpha", percent, "a year"),
    Column("market_correlation", "Correlation", ratio, "with the benchmark"),
)
TAILS = (("historical", "historical"), ("normal", "normal"), ("cornish_fisher", "Cornish-Fisher"))


def tail_columns() -> tuple[Column, ...]:
    var = tuple(Column(f"value_at_risk.{name}", "VaR", percent, words) for name, words in TAILS)
    return var + tuple(Column(f"expected_shortfall.{name}", "ES", percent, words) for name, words in TAILS)


def columns_of(benchmark: str) -> tuple[Column, ...]:
    return RETURNS + (MARKET if benchmark else ()) + tail_columns()


def figure(row: Mapping[str, Any], key: str) -> float | None:
    name, _, part = key.partition(".")
    value = row[name][part] if part else row[name]
    return None if value is None else float(value)


@dataclass(frozen=True)
class StatisticsTable:
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    caption: str


def sorted_rows(report: Mapping[str, Any], asked: str) -> list[Mapping[str, Any]]:
    """The tickers' figures in the order asked for; those without a figure come last."""
    rows = list(report["tickers"])
    key = asked.removeprefix("-")
    if key not in {column.key for column in columns_of(report["benchmark"])}:
        return rows
    known = [row for row in rows if figure(row, key) is not None]
    known.sort(key=lambda row: figure(row, key) or 0.0, reverse=asked.startswith("-"))
    return known + [row for row in rows if figure(row, key) is None]


def statistics_table(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> StatisticsTable:
    columns = columns_of(report["benchmark"])
    cells = tuple((row["ticker"], tuple(column.write(figure(row, column.key)) for column in columns)) for row in rows)
    return StatisticsTable(columns, cells, caption(report))


def caption(report: Mapping[str, Any]) -> str:
    against = f", beta and alpha against {report['benchmark']}" if report["benchmark"] else ""
    return (
        f"{report['first_day']} to {report['last_day']}, risk-free {format_percent(report['risk_free'], 2)} a year"
        f"{against}. Value at risk and expected shortfall: the loss of one period at "
        f"{format_percent(report['confidence'], 0)}, three ways."
    )


def pairs_of(report: Mapping[str, Any], ticker: str) -> list[tuple[str, str]]:
    """One ticker's measures by label."""
    row = next((row for row in report["tickers"] if row["ticker"] == ticker), None)
    if row is None:
        return []
    return [
        (f"{column.label}{f' ({column.help})' if column.help else ''}", column.write(figure(row, column.key)))
        for column in columns_of(report["benchmark"])
    ]


@dataclass(frozen=True)
class QualityRow:
    ticker: str
    word: str
    state: str
    score: int
    missing: str
    longest_gap: str
    splits: int
    outliers: int
    stale: int
    delisted: str
    reasons: str


@dataclass(frozen=True)
class FindingRow:
    ticker: str
    kind: str
    days: str
    message: str
    evidence: str
    word: str
    confidence: str


@dataclass(frozen=True)
class Quality:
    word: str
    state: str
    sentence: str
    facts: tuple[str, ...]


def counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def quality_head(report: Mapping[str, Any]) -> Quality:
    words = report["words"]
    told = ", ".join(f"{words[word]:,} {word.lower()}" for word in ("Good", "Fair", "Poor") if words[word])
    facts = [f"{format_percent(report['coverage'], 1)} of the days have a price."]
    if report["common_days"]:
        common = f"{report['common_first']} to {report['common_last']}"
        facts.append(f"All tickers are traded from {common}, {report['common_days']:,} days.")
    if report["mixed"]:
        facts.append(f"The prices are in several currencies: {', '.join(report['currencies'])}.")
    facts += [
        f"{pair['first']} and {pair['second']} look like the same series ({pair['correlation']:.4f})."
        for pair in report["twins"][:5]
    ]
    word = report["word"]
    return Quality(
        word, STATES.get(word, "unknown"), f"{told} of {counted(len(report['tickers']), 'ticker')}", tuple(facts)
    )


def quality_rows(tickers: Sequence[Mapping[str, Any]]) -> list[QualityRow]:
    return [
        QualityRow(
            ticker=ticker["ticker"],
            word=ticker["word"],
            state=STATES[ticker["word"]],
            score=ticker["score"],
            missing=format_percent(ticker["missing_share"], 1),
            longest_gap=format_number(ticker["longest_gap"], 0),
            splits=ticker["splits"],
            outliers=ticker["spikes"],
            stale=ticker["stale_runs"],
            delisted=ticker["delisted"] or "no",
            reasons=typeset("; ".join(ticker["reasons"])),
        )
        for ticker in tickers
    ]


def finding_rows(findings: Sequence[Mapping[str, Any]]) -> list[FindingRow]:
    return [
        FindingRow(
            ticker=finding["ticker"] or "The set",
            kind=KINDS.get(finding["kind"], finding["kind"]),
            days=days_of(finding),
            message=typeset(finding["message"]),
            evidence=evidence_of(finding["evidence"]),
            word=finding["word"],
            confidence=format_percent(finding["confidence"], 0),
        )
        for finding in findings
    ]


def days_of(finding: Mapping[str, Any]) -> str:
    first, last = finding["first_day"], finding["last_day"]
    return str(first or "–") if first == last else f"{first} to {last}"


def evidence_of(evidence: Mapping[str, Any]) -> str:
    return typeset(", ".join(f"{name.replace('_', ' ')} {written(value)}" for name, value in evidence.items()))


def written(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, (list, tuple)):
        return " / ".join(written(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


@dataclass(frozen=True)
class Correlations:
    """Cells in the order of the clusters; ``starts`` are the rows at which a group begins."""

    tickers: tuple[str, ...]
    rows: tuple[tuple[str, bool, tuple[HeatCell, ...]], ...]
    sentences: tuple[str, ...]


def correlations_of(report: Mapping[str, Any]) -> Correlations:
    groups = report["groups"]
    rows = tuple(
        (
            ticker,
            place > 0 and groups[place] != groups[place - 1],
            tuple(HeatCell(format_number(value, 2), bisect_right(STEPS, value) + 1, at == place) for at, value in line),
        )
        for place, (ticker, line) in enumerate(
            (ticker, list(enumerate(values)))
            for ticker, values in zip(report["tickers"], report["matrix"], strict=True)
        )
    )
    return Correlations(tuple(report["tickers"]), rows, tuple(sentences_of(report)))


def sentences_of(report: Mapping[str, Any]) -> list[str]:
    told = []
    if report["average"] is not None:
        told.append(f"The average correlation of {len(report['tickers'])} tickers is {report['average']:.2f}.")
        told.append(f"Most alike: {pairs_words(report['highest'])}.")
        told.append(f"Least alike: {pairs_words(report['lowest'])}.")
    groups: dict[int, list[str]] = {}
    for ticker, group in zip(report["tickers"], report["groups"], strict=True):
        groups.setdefault(group, []).append(ticker)
    together = [f"{', '.join(names)}" for names in groups.values() if len(names) > 1]
    told += [f"Groups that move together: {'; '.join(together)}."] if together else []
    if report["left_out"]:
        told.append(f"Left out, since they have no correlation with another: {', '.join(report['left_out'][:20])}.")
    if report["cut"]:
        told.append(f"{report['cut']:,} tickers with shorter histories are not shown.")
    return told


def pairs_words(pairs: Sequence[Sequence[Any]]) -> str:
    return ", ".join(f"{first} and {second} ({format_number(value, 2)})" for first, second, value in pairs)
