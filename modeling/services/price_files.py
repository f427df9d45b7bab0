"""Files of prices into a set: the good tickers of a good file, each of them wholly or not at all.

It loads NumPy: import it late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from modeling.importers.prices.container import Member
from modeling.importers.prices.judgement import LeftOut, Rules, Series, Trouble
from modeling.importers.prices.layout import Layout
from modeling.importers.prices.refusals import shown
from modeling.importers.prices.report import ADDED, CHANGED, REFUSED, UNCHANGED, FileReport, TickerReport
from modeling.importers.prices.rows import Reading
from modeling.models import PriceSet
from modeling.prices.points import Points
from modeling.prices.rules import Rule
from modeling.services.prices import merge_many
from valor.lib.errors import Conflict, InvalidInput, ValorError

if TYPE_CHECKING:
    from modeling.prices.merging import Merged, PriceConflict

# What is merged and kept in one transaction: short enough that nobody waits for long.
GROUP_TICKERS, GROUP_POINTS = 50, 200_000
CONFLICTS_TOLD = 3

Progress = Callable[[int, int, str], None]
Keep = Callable[[Sequence[TickerReport]], None]


def quiet(done: int, total: int, ticker: str) -> None:
    """Nobody watches."""


def forget(reports: Sequence[TickerReport]) -> None:
    """Nobody goes on after a fault."""


@dataclass(frozen=True)
class Intake:
    """Into which set files go, and by which rules.

    Attributes
    ----------
    price_set : gives the set when the first prices are stored; None where it is not there yet, and nothing is stored
    rule : what becomes of a price that is stored with another value
    today : prices of later days are refused
    duplicates : what to do with several prices of one day in a file
    dry_run : whether nothing is stored
    progress : is told how many tickers are done, of how many, and the last of them; may end the import by raising
    keep : is told of each group of tickers in the transaction that stores it
    """

    price_set: Callable[[], PriceSet | None]
    today: date
    rule: str = Rule.REPLACE
    duplicates: str = "refuse"
    dry_run: bool = False
    progress: Progress = quiet
    keep: Keep = forget

    def take(self, member: Member, layout: Layout, before: Mapping[str, TickerReport] | None = None) -> FileReport:
        """Imports one file; *before* holds what an earlier attempt has done of it already.

        Raises BadPriceFile, with nothing stored, where the file as a whole can't be used.
        """
        rules = Rules(self.today, self.duplicates)
        reading = Reading(member, layout, rules, look=lambda: self.progress(0, 1, ""))
        reports = dict(before or {})
        for group in grouped(judged for judged in reading.judged() if judged.ticker not in reports):
            done = self.store(group)
            reports |= {report.ticker: report for report in done}
            self.progress(len(reports), max(reading.total, len(reports)), done[-1].ticker)
        return FileReport(
            member.name,
            reading.rows,
            tuple(reports.values()),
            notes=reading.notes,
            dry_run=self.dry_run,
            price_column=layout.price_column,
        )

    def store(self, group: Sequence[Series | LeftOut]) -> list[TickerReport]:
        """What became of a group of tickers: all of this in one transaction."""
        series = [each for each in group if isinstance(each, Series)]
        price_set = self.price_set() if series else None
        with transaction.atomic():
            merged = iter(self.merged(price_set, series))
            reports = [TickerReport.left_out(each) if isinstance(each, LeftOut) else next(merged) for each in group]
            if self.dry_run:
                transaction.set_rollback(True)
            self.keep(reports)
        return reports

    def merged(self, price_set: PriceSet | None, series: Sequence[Series]) -> list[TickerReport]:
        """All at once where that goes; else one by one, so that the bad ones don't keep the good ones out."""
        if price_set is None:
            return [as_new(each) for each in series]
        try:
            return self.merged_at_once(price_set, series)
        except (InvalidInput, Conflict):
            return [self.merged_alone(price_set, each) for each in series]

    def merged_at_once(self, price_set: PriceSet, series: Sequence[Series]) -> list[TickerReport]:
        points = [
            Points(each.ticker, each.days, each.prices, currency=each.currency, sign=each.sign) for each in series
        ]
        found = merge_many(price_set=price_set, points=points, rule=self.rule)
        return [self.report(each, merged) for each, merged in zip(series, found, strict=True)]

    def merged_alone(self, price_set: PriceSet, each: Series) -> TickerReport:
        try:
            return self.merged_at_once(price_set, [each])[0]
        except (InvalidInput, Conflict) as error:
            return refused(each.ticker, error)

    def report(self, series: Series, merged: Merged) -> TickerReport:
        state = CHANGED if merged.changed else ADDED if merged.added else UNCHANGED
        conflicts = tuple(self.told(conflict) for conflict in merged.conflicts[:CONFLICTS_TOLD])
        return replace(
            as_new(series),
            state=state,
            added=merged.added,
            changed=merged.changed,
            unchanged=merged.unchanged,
            differing=merged.differing,
            conflicts=conflicts,
        )

    def told(self, conflict: PriceConflict) -> str:
        what = "replaces it" if self.rule == Rule.REPLACE else "was left out"
        return f"{conflict.day}: {conflict.stored:g} is stored, {conflict.offered:g} {what}"


def as_new(series: Series) -> TickerReport:
    """What becomes of a ticker of which nothing is stored."""
    return TickerReport(
        series.ticker,
        ADDED,
        added=len(series.days),
        duplicates=series.duplicates,
        overruled=series.overruled,
        unit=series.unit,
    )


def refused(ticker: str, error: ValorError) -> TickerReport:
    troubles = tuple(
        Trouble(0, shown(str(problem.value)), problem.message, problem.remedy) for problem in error.problems
    ) or (Trouble(0, ticker, error.message, ""),)
    return TickerReport(ticker, REFUSED, problems=troubles[:5], problem_count=len(troubles))


def grouped(judged: Iterator[Series | LeftOut]) -> Iterator[list[Series | LeftOut]]:
    group: list[Series | LeftOut] = []
    points = 0
    for each in judged:
        group.append(each)
        points += len(each.days) if isinstance(each, Series) else 0
        if len(group) >= GROUP_TICKERS or points >= GROUP_POINTS:
            yield group
            group, points = [], 0
    if group:
        yield group
