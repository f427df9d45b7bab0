"""Working out which blocks a merge changes, and writing these. It loads NumPy: import it late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from django.utils import timezone

from modeling.engines.prices.panel import Array, Days
from modeling.importers.prices.signs import fits, misfit
from modeling.models import PriceSeries, PriceSet
from modeling.prices.coding import SPAN, Block, encoded, unpacked_days, unpacked_prices
from modeling.prices.merging import Merged, Outcome, PriceConflict, merge
from modeling.prices.points import MOST_POINTS, Points, day_of
from modeling.prices.reading import Wanted, bundles
from modeling.prices.rules import Rule
from modeling.services.prices.bundling import store_blocks
from valor.lib.errors import Conflict, InvalidInput, Problem

BATCH = 500
NOTHING: tuple[Days, Array] = (np.empty(0, np.int32), np.empty(0))
ABOUT = ("name", "sector", "source")
WRITTEN = ["name", "sector", "source", "first", "last", "count", "last_price", "checksum", "revision", "updated_at"]


class PricesDiffer(Conflict):
    """Other prices are stored of some of these days: leave those days out, or merge by another rule."""

    def __init__(self, ticker: str, merged: Merged) -> None:
        remedy = "Leave the day out, or merge by the rule replace or keep."
        super().__init__(problems=[differing(ticker, conflict, remedy) for conflict in merged.conflicts])


def differing(ticker: str, conflict: PriceConflict, remedy: str) -> Problem:
    message = f"{ticker} has {conflict.stored:g} on {conflict.day}, where {conflict.offered:g} is offered."
    return Problem("prices", conflict.offered, message, remedy)


class Storing:
    """One merge into the locked set: first worked out for all tickers, then written."""

    def __init__(self, price_set: PriceSet, known: Mapping[str, PriceSeries], rule: Rule) -> None:
        self.price_set, self.known, self.rule = price_set, known, rule
        self.changed: list[PriceSeries] = []
        self.new: list[PriceSeries] = []
        self.blocks: list[tuple[PriceSeries, Block]] = []

    def merge(self, offered: Sequence[Points]) -> tuple[Merged, ...]:
        stored = self.blocks_by_series(offered)
        return tuple(self.merge_one(points, stored) for points in offered)

    def blocks_by_series(self, offered: Sequence[Points]) -> Mapping[int, dict[int, Block]]:
        """The stored blocks of the spans that any of these days are in, by series and span."""
        found: dict[int, dict[int, Block]] = defaultdict(dict)
        if self.known:
            first = min(int(points.days[0]) for points in offered) // SPAN
            last = max(int(points.days[-1]) for points in offered) // SPAN
            keys = {series.pk for series in self.known.values()}
            for _, bundle in bundles(Wanted(self.price_set.pk, [*keys], first, last)):
                for key, block in bundle.blocks():
                    if key in keys:
                        found[key][block.span] = block
        return found

    def merge_one(self, points: Points, stored: Mapping[int, dict[int, Block]]) -> Merged:
        series = self.known.get(points.ticker)
        if series is None:
            return self.begin(points)
        self.refuse_other_currency(series, points)
        refuse_other_sign(series.currency, points)
        old = stored[series.pk]
        outcome = merge(points.ticker, together(old), (points.days, points.prices), self.rule)
        if self.rule is Rule.REFUSE and outcome.merged.differing:
            raise PricesDiffer(points.ticker, outcome.merged)
        if outcome.merged.added or outcome.merged.changed:
            self.change(series, old, outcome)
        self.describe(series, points, outcome.merged)
        return outcome.merged

    def begin(self, points: Points) -> Merged:
        """A ticker that comes for the first time."""
        refuse_other_sign(points.currency or self.price_set.currency, points)
        series = PriceSeries(
            price_set=self.price_set,
            ticker=points.ticker,
            currency=points.currency or self.price_set.currency,
            checksum="0" * 16,
            count=0,
            revision=0,
            first=day_of(points.days[0]),
            last=date.min,
            **{field: getattr(points, field) for field in ABOUT},
        )
        outcome = merge(points.ticker, NOTHING, (points.days, points.prices), self.rule)
        self.change(series, {}, outcome)
        return replace(outcome.merged, created=True)

    def change(self, series: PriceSeries, old: Mapping[int, Block], outcome: Outcome) -> None:
        """Notes the blocks that are another now, and what is known of the series."""
        now = {block.span: block for block in encoded(outcome.days, outcome.prices)}
        written = [block for span, block in now.items() if old.get(span) != block]
        gone = [old[block.span] for block in written if block.span in old]
        self.blocks += [(series, block) for block in written]
        checksum = int(series.checksum, 16)
        for block in (*written, *gone):
            checksum ^= block.digest
        series.checksum = f"{checksum:016x}"
        series.count += outcome.merged.added
        if series.count > MOST_POINTS:
            message = f"{series.ticker} would have {series.count:,} prices; at most {MOST_POINTS:,} are kept."
            raise InvalidInput.at("prices", series.count, message, "Give a shorter history.")
        series.first = min(series.first, day_of(outcome.days[0]))
        last = day_of(outcome.days[-1])
        if last >= series.last:
            series.last, series.last_price = last, float(outcome.prices[-1])
        (self.changed if series.pk else self.new).append(series)

    def describe(self, series: PriceSeries, points: Points, merged: Merged) -> None:
        """Takes over a new name or sector; a new source only with prices from it."""
        touched = bool(merged.added or merged.changed)
        fields = ABOUT if touched else ("name", "sector")
        news = {field: text for field in fields if (text := getattr(points, field)) and text != getattr(series, field)}
        for field, text in news.items():
            setattr(series, field, text)
        if news and not touched:
            self.changed.append(series)

    def refuse_other_currency(self, series: PriceSeries, points: Points) -> None:
        if points.currency and points.currency != series.currency:
            message = f"The stored prices of {series.ticker} are in {series.currency}."
            raise InvalidInput.at("currency", points.currency, message, "Remove the ticker first, or use another set.")

    def write(self) -> bool:
        """Stores what was noted; whether there was anything."""
        now = timezone.now()
        for series in (*self.new, *self.changed):
            series.revision += 1
            series.updated_at = now
        PriceSeries.objects.bulk_create(self.new, batch_size=BATCH)
        # An upsert is written in a tenth of the time of an update by cases.
        PriceSeries.objects.bulk_create(
            self.changed,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["price_set", "ticker"],
            update_fields=WRITTEN,
        )
        store_blocks(self.price_set, [(series.pk, block) for series, block in self.blocks])
        return bool(self.new or self.changed)


def refuse_other_sign(currency: str, points: Points) -> None:
    """Prices are stored without their sign: one of another currency would be lost."""
    if not fits(points.sign, currency):
        raise InvalidInput(problems=[misfit(points.sign, currency)])


def together(blocks: Mapping[int, Block]) -> tuple[Days, Array]:
    """The days and prices of a series' blocks, one after the other."""
    if not blocks:
        return NOTHING
    in_order = [blocks[span] for span in sorted(blocks)]
    days = np.concatenate([unpacked_days(block.span, block.days) for block in in_order])
    return days, np.concatenate([unpacked_prices(block) for block in in_order])
