"""All steps of cleaning in their order, by the rules of a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from modeling.engines.prices.cleaning.calendars import on_calendar
from modeling.engines.prices.cleaning.currencies import converted, refuse_mixed
from modeling.engines.prices.cleaning.gaps import (
    drop_delisted,
    drop_sparse_days,
    drop_sparse_tickers,
    fill_gaps,
    find_delistings,
    find_gaps,
    gap_findings,
)
from modeling.engines.prices.cleaning.impossible import drop_impossible, refuse_impossible
from modeling.engines.prices.cleaning.moves import Moves, moves_of
from modeling.engines.prices.cleaning.outliers import drop_spikes, find_outliers, outlier_findings
from modeling.engines.prices.cleaning.policy import CleaningPolicy
from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair
from modeling.engines.prices.cleaning.splits import adjust_splits, find_splits, split_findings
from modeling.engines.prices.cleaning.stale import drop_stale, find_stale, stale_findings
from modeling.engines.prices.panel import Panel

Step = Callable[[Panel], Cleaned]


def clean(panel: Panel, policy: CleaningPolicy | None = None) -> Cleaned:
    """The panel after all steps, with everything that was found and done on the way, in order.

    The default policy changes no price: it only reports, and refuses what no statistic can be made of. A jump that is
    a suspected split is reported as the split alone.

    Raises
    ------
    NotPositive, MixedCurrencies, TooFewPrices, OutOfStep
        As the policy and the steps say.
    """
    chosen = policy or CleaningPolicy()
    findings: list[Finding] = []
    repairs: list[Repair] = []
    for step in _steps(chosen):
        done = step(panel)
        panel = done.panel
        findings += done.findings
        repairs += done.repairs
    return Cleaned(panel, tuple(without_split_jumps(findings)), tuple(repairs))


def _steps(policy: CleaningPolicy) -> Iterator[Step]:
    yield drop_impossible if policy.not_positive == "drop" else _refused_impossible
    yield lambda panel: _in_currency(panel, policy)
    yield lambda panel: on_calendar(panel, policy.calendar)
    yield from _steps_of_moves(policy)
    if policy.stale == "drop":
        yield lambda panel: drop_stale(panel, policy.stale_days)
    else:
        yield lambda panel: Cleaned(panel, tuple(stale_findings(panel, find_stale(panel, policy.stale_days))))
    yield drop_delisted if policy.delistings == "drop" else _flagged_delistings
    yield (lambda panel: fill_gaps(panel, policy.fill_days)) if policy.gaps == "fill" else _flagged_gaps
    ticker_share, day_share = policy.most_missing_of_ticker, policy.most_missing_of_day
    if ticker_share is not None:
        yield lambda panel: drop_sparse_tickers(panel, ticker_share)
    if day_share is not None:
        yield lambda panel: drop_sparse_days(panel, day_share)


def _steps_of_moves(policy: CleaningPolicy) -> Iterator[Step]:
    """Splits before spikes, which are looked for in the adjusted prices."""
    if policy.splits == "flag" and policy.spikes == "flag":
        yield _flagged_moves
    elif policy.splits == "flag":
        yield _flagged_splits
    else:
        yield lambda panel: adjust_splits(panel, policy.split_confidence)
    if policy.spikes == "drop":
        yield lambda panel: drop_spikes(panel, policy.spike_confidence)
    elif policy.splits == "adjust":
        yield _flagged_outliers


def without_split_jumps(findings: list[Finding]) -> list[Finding]:
    splits = {(one.ticker, str(one.last_day)) for one in findings if one.kind == "split"}
    return [one for one in findings if one.kind != "jump" or (one.ticker, str(one.last_day)) not in splits]


def _refused_impossible(panel: Panel) -> Cleaned:
    refuse_impossible(panel)
    return Cleaned(panel)


def _in_currency(panel: Panel, policy: CleaningPolicy) -> Cleaned:
    if policy.currency is not None:
        return converted(panel, policy.currency, policy.rates)
    refuse_mixed(panel)
    return Cleaned(panel)


def _flagged_moves(panel: Panel) -> Cleaned:
    return Cleaned(panel, tuple(move_findings(panel, moves_of(panel))))


def move_findings(panel: Panel, moves: Moves) -> list[Finding]:
    """Splits and outliers, from the same moves."""
    splits = split_findings(panel, find_splits(panel, moves), moves)
    return splits + outlier_findings(panel, find_outliers(panel, moves), moves)


def _flagged_splits(panel: Panel) -> Cleaned:
    moves = moves_of(panel)
    return Cleaned(panel, tuple(split_findings(panel, find_splits(panel, moves), moves)))


def _flagged_outliers(panel: Panel) -> Cleaned:
    moves = moves_of(panel)
    return Cleaned(panel, tuple(outlier_findings(panel, find_outliers(panel, moves), moves)))


def _flagged_delistings(panel: Panel) -> Cleaned:
    return Cleaned(panel, tuple(find_delistings(panel)))


def _flagged_gaps(panel: Panel) -> Cleaned:
    return Cleaned(panel, tuple(gap_findings(panel, find_gaps(panel))))
