"""How good the prices of a set are, ticker by ticker and as a whole. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from modeling.engines.prices.cleaning.calendars import calendar_findings
from modeling.engines.prices.cleaning.clean import move_findings, without_split_jumps
from modeling.engines.prices.cleaning.gaps import find_delistings, find_gaps, gap_findings
from modeling.engines.prices.cleaning.impossible import drop_impossible, impossible_findings
from modeling.engines.prices.cleaning.moves import moves_of
from modeling.engines.prices.cleaning.records import Finding
from modeling.engines.prices.cleaning.stale import find_stale, stale_findings
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.quality.rules import SURE, judged, word_of
from modeling.engines.prices.quality.twins import Twins, find_twins
from modeling.engines.prices.statistics.records import carried

WORST: Final = 10
NO_DAY: Final = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class TickerQuality:
    """One ticker's prices.

    Attributes
    ----------
    first_day, last_day : of its prices, NaT where it has none
    observations : how many prices it has
    missing_share : of the calendar's days from its first to its last price that lack one
    longest_gap : in days of the calendar
    stale_runs, stale_share : runs of unchanged prices, and the share of its prices in them
    not_positive : prices that can't be
    splits, spikes, jumps : suspected ones; ``likely_`` those of a confidence of a half or more
    delisted : "certain", "suspected" or empty
    calendar_share : share of the set's days on which it has a price
    score, word : 0 to 100 and Good, Fair or Poor, by the rules of `judged`; ``reasons`` says what cost points
    """

    ticker: str
    currency: str
    first_day: np.datetime64
    last_day: np.datetime64
    observations: int
    missing_share: float
    longest_gap: int
    stale_runs: int
    stale_share: float
    not_positive: int
    splits: int
    likely_splits: int
    spikes: int
    likely_spikes: int
    jumps: int
    delisted: str
    calendar_share: float
    score: int
    word: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SetQuality:
    """The whole set.

    Attributes
    ----------
    first_day, last_day, days : of the calendar
    longest_pause : most days of the year between two neighbouring days of the calendar
    coverage : share of all tickers' days that have a price
    common_first, common_last, common_days : the period in which every ticker that has prices is traded, NaT if none
    currencies : how many tickers are quoted in each; ``mixed`` where there is more than one
    twins : pairs that look like the same series under two names
    words : how many tickers are Good, Fair and Poor
    worst : tickers with the lowest scores, at most ten, none that is Good
    findings : everything suspicious, with evidence
    """

    first_day: np.datetime64
    last_day: np.datetime64
    days: int
    longest_pause: int
    coverage: float
    common_first: np.datetime64
    common_last: np.datetime64
    common_days: int
    currencies: dict[str, int]
    mixed: bool
    twins: tuple[Twins, ...]
    words: dict[str, int]
    worst: tuple[str, ...]
    tickers: tuple[TickerQuality, ...]
    findings: tuple[Finding, ...]


def quality_of(panel: Panel) -> SetQuality:
    """The report; it takes any panel, also one with prices that can't be, which count as missing then."""
    impossible = impossible_findings(panel)
    panel = drop_impossible(panel).panel
    moves = moves_of(panel) if len(panel.days) > 1 else None
    findings = [*impossible, *gap_findings(panel, find_gaps(panel)), *find_delistings(panel)]
    findings += [*stale_findings(panel, find_stale(panel)), *calendar_findings(panel)]
    if moves is not None:
        findings += move_findings(panel, moves)
    findings = without_split_jumps(findings)
    by_ticker: dict[str, list[Finding]] = {ticker: [] for ticker in panel.tickers}
    for finding in findings:
        by_ticker[finding.ticker].append(finding)
    tickers = tuple(_ticker(panel, row, by_ticker[ticker]) for row, ticker in enumerate(panel.tickers))
    poorest = sorted((one for one in tickers if one.word != "Good"), key=lambda one: (one.score, one.ticker))
    twins = () if moves is None else tuple(find_twins(moves.own, panel.tickers))
    return SetQuality(
        **_calendar(panel),
        currencies=dict(sorted(Counter(panel.currencies).items())),
        mixed=len(set(panel.currencies)) > 1,
        twins=twins,
        words={word: sum(one.word == word for one in tickers) for word in ("Good", "Fair", "Poor")},
        worst=tuple(one.ticker for one in poorest[:WORST]),
        tickers=tickers,
        findings=tuple(findings),
    )


def _ticker(panel: Panel, row: int, findings: list[Finding]) -> TickerQuality:
    places = np.flatnonzero(~np.isnan(panel.prices[row]))
    life = int(places[-1] - places[0] + 1) if len(places) else 0
    kinds = Counter(finding.kind for finding in findings)
    likely = Counter(finding.kind for finding in findings if finding.confidence >= SURE)
    stale = sum(finding.evidence["days"] for finding in findings if finding.kind == "stale")
    figures: dict[str, Any] = {
        "observations": len(places),
        "missing_share": 1 - len(places) / life if life else 0.0,
        "longest_gap": int(np.diff(places).max(initial=1)) - 1,
        "stale_runs": kinds["stale"],
        "stale_share": stale / max(len(places), 1),
        "not_positive": kinds["not_positive"],
        "splits": kinds["split"],
        "likely_splits": likely["split"],
        "spikes": kinds["spike"],
        "likely_spikes": likely["spike"],
        "jumps": kinds["jump"],
        "delisted": next((finding.word for finding in findings if finding.kind == "delisting"), ""),
        "calendar_share": len(places) / max(len(panel.days), 1),
    }
    score, reasons = judged(figures)
    return TickerQuality(
        ticker=panel.tickers[row],
        currency=panel.currencies[row] if panel.currencies else "",
        first_day=panel.dates[places[0]] if life else NO_DAY,
        last_day=panel.dates[places[-1]] if life else NO_DAY,
        **figures,
        score=score,
        word=word_of(score),
        reasons=reasons,
    )


def _calendar(panel: Panel) -> dict[str, Any]:
    days, dates = panel.days, panel.dates
    priced = ~np.isnan(panel.prices).all(axis=1) if len(days) else np.zeros(len(panel.tickers), np.bool_)
    start, end = 0, -1
    if priced.any():
        _, first, last = carried(panel.prices[priced])
        start, end = int(first.max()), int(last.min())
    common = end >= start
    return {
        "first_day": dates[0] if len(days) else NO_DAY,
        "last_day": dates[-1] if len(days) else NO_DAY,
        "days": len(days),
        "longest_pause": int(np.diff(days).max(initial=0)),
        "coverage": float((~np.isnan(panel.prices)).mean()) if panel.prices.size else 0.0,
        "common_first": dates[start] if common else NO_DAY,
        "common_last": dates[end] if common else NO_DAY,
        "common_days": end - start + 1 if common else 0,
    }
